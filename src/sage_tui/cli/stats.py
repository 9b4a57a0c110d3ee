"""stats: what was used, by month, day, model, department and person; allocation against use; forecast."""

from typing import Annotated, Any

import typer

from sage_tui.cli.common import group, kind_of
from sage_tui.cli.options import Org
from sage_tui.cli.output import Col, answer, listing, say, shown, table
from sage_tui.cli.state import current
from sage_tui.cli.world import clock, context, organization_id
from sage_tui.domain import figures, months, spans, statistics_shapes
from sage_tui.domain.amounts import full
from sage_tui.domain.errors import NotFound
from sage_tui.domain.spans import Range, Span
from sage_tui.domain.statistics import Question, Slice, Statistics, View
from sage_tui.domain.text import clean
from sage_tui.domain.units import Kind

noun = group("Token statistics: one source for every number.")

FORECAST = (
    Col("OF", "of"),
    Col("KIND", "kind"),
    Col("REMAINING", "remaining", right=True),
    Col("A WEEK", "a_week", right=True),
    Col("LASTS UNTIL", "until"),
    Col("80% BAND", "band"),
)

From = Annotated[
    str,
    typer.Option("--from", metavar="D", help="the first UTC day, or a month: 2026-11-01, 2026-11; 7d: seven days ago"),
]
To = Annotated[str, typer.Option("--to", metavar="D", help="the last UTC day, included; today unless said")]
KindOf = Annotated[str, typer.Option("--kind", metavar="K", help="inference or embedding; both unless said")]
Model = Annotated[str, typer.Option("--model", metavar="M", help="one model, by its key")]
Department = Annotated[str, typer.Option("--department", metavar="D", help="the people of a department")]
User = Annotated[str, typer.Option("--user", metavar="EMAIL", help="one person")]
Top = Annotated[int, typer.Option("--top", metavar="N", min=0, help="the largest N, the rest in one row; 0: all")]
Counts = Annotated[bool, typer.Option("--counts", help="counted tokens, calls, failures and corrections too")]


def span_of(first: str, last: str, default: Range) -> Span:
    """The days of `--from` and `--to`; a named stretch without them. Raises WrongUse."""
    now = clock().now()
    if not first and not last:
        return spans.named(default, months.day_of(now))
    return spans.own(first or months.day_text(spans.named(default, months.day_of(now)).first), last, now)


def _answer(view: View, default: Range, asked: dict[str, Any]) -> None:
    from sage_tui.services import statistics, users

    ctx = context()
    person = users.show(ctx, email=asked["user"]).user.id if asked.get("user") else None
    organization = organization_id(ctx, asked["org"])
    department = asked.get("department") or None
    if department is not None and department not in statistics.filters(ctx, organization)[0]:
        raise NotFound(
            f"Nobody is in a department {clean(department, limit=60)!r}.", "See `sage-tui stats departments`."
        )
    wanted = Slice(
        span_of(asked["first"], asked["last"], default),
        organization,
        department,
        kind_of(asked["kind"]) if asked["kind"] else None,
        asked.get("model") or None,
        person,
    )
    found = statistics.look(ctx, Question(view, wanted, asked.get("top") or None))
    _show(found, counts=bool(asked.get("counts")))


def _show(found: Statistics, *, counts: bool) -> None:
    view = found.question.view
    shaped = statistics_shapes.statistics(found)
    if counts:
        for row, line in zip(shaped["rows"], found.lines, strict=True):
            row.update(statistics_shapes.counts(line.sums))
        shaped["total"].update(statistics_shapes.counts(found.total))
    name = statistics_shapes.NAMES[view]
    if current().json or current().csv:
        rows = shaped.pop("rows")
        listing("rows", rows, (), **shaped)
        return
    rest = [{name: f"{found.others:,} more", **shaped["rest"]}] if found.others else []
    columns = [
        Col(name.upper(), name),
        Col("INFERENCE", "inference", right=True),
        Col("EMBEDDING", "embedding", right=True),
    ]
    if counts:
        columns += [
            Col(key.replace("_", " ").upper(), key, right=True) for key in statistics_shapes.counts(found.total)
        ]
    unnamed = "(belongs to nobody)" if view is View.DEPARTMENTS else ""
    rows = [{**row, name: row[name] or (unnamed if row[name] is None else "(none)")} for row in shaped["rows"]]
    table([*rows, *rest, {**shaped["total"], name: "total"}], columns)
    say(*_compared(found))


def _compared(found: Statistics) -> list[str]:
    lines = []
    for kind in Kind:
        now, then = found.total.of(kind), found.before.of(kind)
        lines.append(f"{kind.value}: {full(now.charge)} {_change(now.charge, then.charge)} {found.compared.words()}")
        if now.charge != now.counted:
            lines[-1] += f"; {full(now.counted)} counted"
        if now.corrected:
            lines[-1] += f"; {full(now.corrected)} of it corrections"
    return [*lines, f"as of {months.time_text(found.as_of)}"]


def _change(now: int, then: int) -> str:
    difference = spans.change(now, then)
    if difference is None:
        return "after nothing in"
    return f"({'+' if difference >= 0 else '-'}{abs(difference) // 10}.{abs(difference) % 10}%) against {full(then)} in"


@noun.command("month")
def month(
    org: Org = "", first: From = "", last: To = "", kind: KindOf = "", model: Model = "", department: Department = "",
    user: User = "", counts: Counts = False,
) -> None:  # fmt: skip
    """By month; this year unless said.

    Example: sage-tui stats month --org acme --from 2026-01 --json
    """
    _answer(View.MONTHS, Range.YEAR, locals())


@noun.command("years")
def years(
    org: Org = "", first: From = "", last: To = "", kind: KindOf = "", model: Model = "", department: Department = "",
    user: User = "", counts: Counts = False,
) -> None:  # fmt: skip
    """By year; this one unless said.

    Example: sage-tui stats years --org acme --from 2024-01
    """
    _answer(View.YEARS, Range.YEAR, locals())


@noun.command("days")
def days(
    org: Org = "", first: From = "", last: To = "", kind: KindOf = "", model: Model = "", department: Department = "",
    user: User = "", counts: Counts = False,
) -> None:  # fmt: skip
    """By day; this month unless said.

    Example: sage-tui stats days --org acme --from 7d
    """
    _answer(View.DAYS, Range.THIS_MONTH, locals())


@noun.command("models")
def models(
    org: Org = "", first: From = "", last: To = "", kind: KindOf = "", department: Department = "", user: User = "",
    top: Top = 0, counts: Counts = False,
) -> None:  # fmt: skip
    """By model, the most charged first.

    Example: sage-tui stats models --org acme --from 2026-10 --to 2026-10
    """
    _answer(View.MODELS, Range.THIS_MONTH, locals())


@noun.command("users")
def users(
    org: Org = "", first: From = "", last: To = "", kind: KindOf = "", model: Model = "", department: Department = "",
    top: Top = 20, counts: Counts = False,
) -> None:  # fmt: skip
    """By person, the most charged first; identities that belong to nobody stand with their names.

    Example: sage-tui stats users --org acme --top 100 --csv
    """
    _answer(View.USERS, Range.THIS_MONTH, locals())


@noun.command("departments")
def departments(
    org: Org = "", first: From = "", last: To = "", kind: KindOf = "", model: Model = "", top: Top = 0,
    counts: Counts = False,
) -> None:  # fmt: skip
    """By the department that people have now.

    Example: sage-tui stats departments --org acme --from 90d
    """
    _answer(View.DEPARTMENTS, Range.THIS_MONTH, locals())


@noun.command("allocations")
def allocations(
    org: Org = "",
    month: Annotated[str, typer.Option("--month", metavar="M", help="2026-10; this one unless said")] = "",
    kind: KindOf = "inference",
    department: Department = "",
) -> None:
    """Allocation against use: people by how much of theirs they used, and what is stranded with them.

    Example: sage-tui stats allocations --org acme --month 2026-10
    """
    from sage_tui.services import statistics

    ctx = context()
    wanted = months.parse_month(month) if month else None
    found = statistics.allocations(ctx, organization_id(ctx, org), kind_of(kind), wanted, department or None)
    shaped = statistics_shapes.allocations(found)
    columns = (
        Col("USED OF ALLOCATION", "used_of_allocation"),
        *(Col(name.upper(), name, right=True) for name in ("people", "allocated", "used", "stranded")),
    )
    if current().json or current().csv:
        listing("rows", shaped.pop("rows"), columns, **shaped)
        return
    table([*shaped["rows"], {**shaped["total"], "used_of_allocation": "total"}], columns)
    if found.unassigned:
        say(f"{full(found.unassigned)} used by identities that belong to nobody")
    if found.gone:
        say(f"{full(found.gone)} used by others: people who left, or came later")


@noun.command("forecast")
def forecast(org: Org = "") -> None:
    """Until when the pools and the departments' allocations last, at the pace of the last 28 days.

    Example: sage-tui stats forecast --org acme --json
    """
    from sage_tui.services import forecasts

    ctx = context()
    found = forecasts.forecast(ctx, organization_id(ctx, org))
    pools = {kind.value: statistics_shapes.forecast(found.organization[kind]) for kind in Kind}
    departments: list[dict[str, Any]] = [
        {"department": name, **{kind.value: statistics_shapes.forecast(one) for kind, one in by_kind.items()}}
        for name, by_kind in found.departments.items()
    ]
    if current().json:
        answer({"organization": pools, "departments": departments, "as_of": months.time_text(found.as_of)})
        return
    rows: list[dict[str, Any]] = [{"of": "the pool", "kind": kind, **one} for kind, one in pools.items()]
    for entry in departments:
        rows += [
            {"of": entry["department"], "kind": kind.value, **entry[kind.value]} for kind in Kind if kind.value in entry
        ]
    if current().csv:
        listing("rows", rows, ())
        return
    for row in rows:
        row["until"] = shown(row["lasts_until"]) if row["lasts_until"] else _beyond(row)
        row["band"] = f"{row['soonest']} to {row['latest'] or 'beyond'}" if row["soonest"] else ""
    table(rows, FORECAST)
    say(f"Lasts until: {figures.BY_KEY['lasts'].meaning}")


def _beyond(row: dict[str, Any]) -> str:
    return "beyond the month" if row["enough_data"] else f"not enough data ({row['days_of_data']} of 28 days)"


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="stats")
