"""export: lists into files."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sage_tui.cli.common import group, kind_of, sort_of
from sage_tui.cli.options import DryRun, Org, Query, Reason
from sage_tui.cli.output import answer, dumped, say
from sage_tui.cli.progress import Progress
from sage_tui.cli.state import current
from sage_tui.cli.stats import Department, From, KindOf, Model, To, User, span_of
from sage_tui.cli.world import clock, context, organization_id
from sage_tui.domain import months, spans
from sage_tui.domain.columns import USER_COLUMNS
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.paging import Sort
from sage_tui.domain.queries import quoted
from sage_tui.domain.queries_fields import USERS
from sage_tui.domain.reports import Period
from sage_tui.domain.spans import Range
from sage_tui.domain.text import clean, counted

if TYPE_CHECKING:
    from sage_tui.domain.exports import Exported, What
    from sage_tui.domain.progress import Progress as Told
    from sage_tui.services.context import Context
    from sage_tui.services.export_files import Sink

noun = group("Lists into files: CSV or JSON lines.")

Output = Annotated[
    str, typer.Option("--output", metavar="FILE|-", help="else a name of its own in the export directory")
]
Format = Annotated[str, typer.Option("--format", metavar="csv|jsonl")]
Force = Annotated[bool, typer.Option("--force", help="replace a file that exists")]


@noun.command()
def users(
    query: Query = "",
    org: Org = "",
    full: Annotated[bool, typer.Option("--full", help="every field")] = False,
    sort: Annotated[str, typer.Option("--sort", metavar="COL[:desc]", help="as users list; by email unless said")] = "",
    output: Output = "",
    format_: Format = "csv",
    force: Force = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Write people with their balances into a file.

    Example: sage-tui export users --org acme --query 'used>90%' --full --output near.csv
    """
    from sage_tui.domain.exports import ExportUsers
    from sage_tui.services import exports

    _known(format_, exports.FORMATS)
    order = sort_of(sort, Sort("email"), USERS, tuple(column.key for column in USER_COLUMNS if column.sortable))
    ctx = context(dry_run=dry_run, reason=reason)
    command = ExportUsers(query, organization_id(ctx, org), full, format_, sort=order)
    _write(
        ctx, output, lambda sink: exports.users(ctx, command, sink),
        lambda told: exports.users_to_file(ctx, command, told, output, replace=force),
    )  # fmt: skip


def _write(
    ctx: "Context", output: str, stream: "Callable[[Sink], Exported]", to_file: "Callable[[Told], Exported]"
) -> None:
    """To standard output, or into a file with progress; and say what was written."""
    from sage_tui.services.export_files import StreamSink

    if output == "-":
        sys.stdout.flush()
        _tell(stream(StreamSink(_nothing if ctx.dry_run else sys.stdout.buffer.write)), ctx.dry_run, stream=True)
        return
    with Progress("rows written") as progress:
        done = to_file(progress.at)
    _tell(done, ctx.dry_run, stream=False)


def _known(format_: str, formats: tuple[str, ...]) -> None:
    if format_ not in formats:
        raise WrongUse(
            f"--format: there is no format {clean(format_, limit=20)} here", f"Formats: {', '.join(formats)}."
        )


def _nothing(data: bytes) -> int:
    return len(data)


def _tell(done: Any, dry_run: bool, *, stream: bool) -> None:
    result = {"path": done.path, "rows": done.rows, "bytes": done.bytes, "sha256": done.sha256} | (
        {"dry_run": True} if dry_run else {}
    )
    rows = counted(done.rows, "row")
    if stream and current().json:
        print(dumped(result), file=sys.stderr)
    elif stream:
        say(f"Dry run: {rows} would be written; nothing was." if dry_run else f"{rows}, SHA-256 {done.sha256}")
    elif dry_run:
        answer(result, f"Dry run: {done.path} would get {rows}, {done.bytes:,} bytes; nothing was written.")
    else:
        answer(result, f"{done.path}: {rows}, {done.bytes:,} bytes, SHA-256 {done.sha256}")


def _export(what: "What", asked: dict[str, Any], **more: Any) -> None:
    """Every export but that of people: `asked` are the options of its command."""
    from sage_tui.domain.exports import Export
    from sage_tui.services import exporting, exports

    _known(asked["format_"], exporting.FORMATS.get(what, exports.FORMATS))
    ctx = context(dry_run=asked["dry_run"], reason=asked["reason"])
    command = Export(
        what, organization_id=organization_id(ctx, asked["org"]), format=asked["format_"],
        **{"query": _query(asked), **more},
    )  # fmt: skip
    output, force = asked["output"], asked["force"]
    _write(
        ctx, output, lambda sink: exporting.export(ctx, command, sink),
        lambda told: exporting.to_file(ctx, command, told, output, replace=force),
    )  # fmt: skip


def _query(asked: dict[str, Any]) -> str:
    """The filter that the options say, with `--query` behind it."""
    terms = [f"kind:{kind_of(asked['kind']).value}"] if asked.get("kind") else []
    for field, name in (("model", "model"), ("dept", "department"), ("user", "user")):
        if asked.get(name):
            terms.append(f"{field}={quoted(asked[name])}")
    return " ".join([*terms, asked.get("query") or ""]).strip()


def _days(asked: dict[str, Any]) -> str:
    """The same with `at:` for the days of `--from` and `--to`."""
    first, last = asked["first"], asked["last"]
    if not first and not last:
        return _query(asked)
    span = spans.own(first or "1970-01-01", last, clock().now()) if first else None
    ends = months.parse_day(last or "today", clock().now(), last=True)
    begins = "" if span is None else months.day_text(span.first)
    return f"at:{begins}..{months.day_text(span.last if span else ends)} {_query(asked)}".strip()


@noun.command()
def monthly(
    org: Org = "", first: From = "", last: To = "", kind: KindOf = "", model: Model = "", department: Department = "",
    user: User = "", query: Query = "", output: Output = "", format_: Format = "csv", force: Force = False,
    dry_run: DryRun = False, reason: Reason = "",
) -> None:  # fmt: skip
    """Write what was used, month by month; this year unless said.

    Example: sage-tui export monthly --org acme --from 2025-01 --output months.csv
    """
    from sage_tui.domain.exports import What

    _export(What.MONTHLY, locals(), span=span_of(first, last, Range.YEAR))


@noun.command()
def models(
    org: Org = "", first: From = "", last: To = "", kind: KindOf = "", department: Department = "", user: User = "",
    query: Query = "", output: Output = "", format_: Format = "csv", force: Force = False, dry_run: DryRun = False,
    reason: Reason = "",
) -> None:  # fmt: skip
    """Write what was used of each model; this month unless said.

    Example: sage-tui export models --org acme --from 2026-10 --to 2026-10 --format jsonl
    """
    from sage_tui.domain.exports import What

    _export(What.MODELS, locals(), span=span_of(first, last, Range.THIS_MONTH))


@noun.command()
def departments(
    org: Org = "", first: From = "", last: To = "", kind: KindOf = "", model: Model = "", query: Query = "",
    output: Output = "", format_: Format = "csv", force: Force = False, dry_run: DryRun = False, reason: Reason = "",
) -> None:  # fmt: skip
    """Write what each department used; this month unless said.

    Example: sage-tui export departments --org acme --from 90d
    """
    from sage_tui.domain.exports import What

    _export(What.DEPARTMENTS, locals(), span=span_of(first, last, Range.THIS_MONTH))


@noun.command()
def statistics(
    view: Annotated[
        str, typer.Option("--view", metavar="V", help="days, months, years, models, departments, users, allocations, "
                          "forecast")
    ] = "days",
    org: Org = "", first: From = "", last: To = "", kind: KindOf = "", model: Model = "", department: Department = "",
    user: User = "", query: Query = "",
    sort: Annotated[str, typer.Option("--sort", metavar="COLUMN[:desc]", help="as on the page")] = "",
    output: Output = "", format_: Format = "csv", force: Force = False, dry_run: DryRun = False, reason: Reason = "",
) -> None:  # fmt: skip
    """Write any view of Token Statistics, all its rows; of this month unless said.

    Example: sage-tui export statistics --view users --org acme --sort share:desc
    """
    from sage_tui.domain.exports import FORECAST, SORTS, What
    from sage_tui.domain.statistics import View

    if view not in (*View, FORECAST):
        raise WrongUse(f"--view: there is no view {clean(view, limit=20)}", f"Views: {', '.join([*View, FORECAST])}.")
    wanted = Sort.parse(sort) if sort else None
    if wanted is not None and wanted.column not in SORTS:
        raise WrongUse(f"--sort: there is no column {clean(wanted.column, limit=40)}", f"Columns: {', '.join(SORTS)}.")
    _export(What.STATISTICS, locals(), span=span_of(first, last, Range.THIS_MONTH), view=view, sort=wanted)


@noun.command()
def requests(
    query: Query = "",
    org: Org = "", first: From = "", last: To = "", kind: KindOf = "", department: Department = "",
    status: Annotated[str, typer.Option("--status", metavar="S", help="pending, approved, denied or withdrawn")] = "",
    output: Output = "", format_: Format = "csv", force: Force = False, dry_run: DryRun = False, reason: Reason = "",
) -> None:  # fmt: skip
    """Write requests for more tokens, the newest first.

    Example: sage-tui export requests --org acme --status pending --output waiting.csv
    """
    from sage_tui.domain.exports import What
    from sage_tui.domain.requests import Status

    if status and status not in tuple(Status):
        raise WrongUse(f"--status: there is no status {clean(status, limit=20)}", f"Statuses: {', '.join(Status)}.")
    _export(What.REQUESTS, locals(), query=_days(locals()), status=status)


@noun.command()
def activity(
    query: Query = "",
    org: Org = "", first: From = "", last: To = "", kind: KindOf = "", model: Model = "", department: Department = "",
    output: Output = "", format_: Format = "csv", force: Force = False, dry_run: DryRun = False, reason: Reason = "",
) -> None:  # fmt: skip
    """Write model interactions, the newest first; `import usage` reads them back.

    Example: sage-tui export activity --org acme --from 2026-10 --to 2026-10 --query status:failure
    """
    from sage_tui.domain.exports import What

    _export(What.ACTIVITY, locals(), query=_days(locals()))


@noun.command()
def batches(
    query: Query = "", org: Org = "", first: From = "", last: To = "", output: Output = "", format_: Format = "csv",
    force: Force = False, dry_run: DryRun = False, reason: Reason = "",
) -> None:  # fmt: skip
    """Write batches: acts that were done as one and can be undone, the newest first.

    Example: sage-tui export batches --org acme --from 2026-10
    """
    from sage_tui.domain.exports import What

    _export(What.BATCHES, locals(), query=_days(locals()))


@noun.command()
def report(
    period: Annotated[Period, typer.Option("--period", metavar="weekly|monthly")] = Period.MONTHLY,
    org: Org = "",
    first: Annotated[
        str, typer.Option("--from", metavar="D", help="the week or month of this UTC day; the last whole one unless "
                          "said")
    ] = "",
    output: Output = "",
    format_: Annotated[str, typer.Option("--format", metavar="csv|jsonl|xlsx")] = "csv",
    force: Force = False, dry_run: DryRun = False, reason: Reason = "",
) -> None:  # fmt: skip
    """Write the report of a week or month; as a workbook it has a sheet for each section.

    Example: sage-tui export report --period weekly --org acme --format xlsx
    """
    from sage_tui.domain.exports import What

    day = months.parse_day(first, clock().now()) if first else None
    _export(What.REPORT, locals(), span=None if day is None else spans.Span(day, day), period=period)


@noun.command()
def audit(
    org: Org = "",
    output: Output = "",
    force: Force = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Write whole audit chains into a file of JSON lines, which `audit verify FILE` proves without a database.

    Example: sage-tui export audit --org acme --output acme-audit.jsonl
    """
    from sage_tui.services import audit_files

    ctx = context(dry_run=dry_run, reason=reason)
    organization = organization_id(ctx, org)
    _write(
        ctx, output, lambda sink: audit_files.export(ctx, sink, organization),
        lambda told: audit_files.to_file(ctx, organization, told, output, replace=force),
    )  # fmt: skip


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="export")
