"""requests: what people ask for, and the answers."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sage_tui.cli.common import amount, group, pages
from sage_tui.cli.options import Cursor, DryRun, Limit, Org, Query, Reason, Yes
from sage_tui.cli.output import Col, answer, listing
from sage_tui.cli.world import context, organization_id
from sage_tui.domain import months, request_shapes
from sage_tui.domain.errors import Forbidden, WrongUse
from sage_tui.domain.paging import Sort
from sage_tui.domain.requests import Lasts, Status
from sage_tui.domain.text import clean
from sage_tui.domain.units import Kind, Micros

if TYPE_CHECKING:
    from sage_tui.domain.requests import Decided
    from sage_tui.services.context import Context

noun = group("Requests for more tokens, and their answers.")

Ids = Annotated[list[int], typer.Argument(metavar="ID…", min=1)]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="what who asked reads with the answer")]
KindOption = Annotated[str, typer.Option("--kind", metavar="K", help="inference or embedding")]
COLUMNS = (
    Col("ID", "id", right=True),
    Col("EMAIL", "email"),
    Col("KIND", "kind"),
    Col("ASKED", "amount", right=True),
    Col("HAD", "current_allocation", right=True),
    Col("HAS NOW", "allocation", right=True),
    Col("STATUS", "status"),
    Col("APPROVED", "approved", right=True),
    Col("AT", "created_at"),
    Col("REASON", "reason"),
    Col("NOTE", "note"),
)


@noun.command("list")
def list_(
    org: Org = "",
    status: Annotated[
        str, typer.Option("--status", metavar="S", help="pending, approved, denied or withdrawn; all unless said")
    ] = "",
    query: Query = "",
    limit: Limit = 100,
    cursor: Cursor = "",
) -> None:
    """List requests, the oldest first; as a member the own ones. `--query auto:yes` is what the rule decided.

    Example: sage-tui requests list --org acme --status pending --json
    """
    from sage_tui.services import requests

    ctx = context()
    wanted = _status(status)
    try:
        organization = organization_id(ctx, org)
        rows, after = pages(
            lambda ask: requests.window(ctx, ask, organization, wanted), query, Sort("at"), limit, cursor
        )
        total = requests.count(ctx, query, organization, wanted, exact=True).number
    except Forbidden:
        if org or query:
            raise
        rows = [row for row in requests.mine(ctx, limit).requests[::-1] if wanted in ("", row.status.value)]
        after, total = None, len(rows)
    listing("requests", [request_shapes.request(row) for row in rows], COLUMNS, total=total, next=after)


def _status(text: str) -> str:
    if text and text not in set(Status):
        raise WrongUse(f"--status: there is no status {clean(text, limit=40)}", f"One of: {', '.join(Status)}.")
    return text


def kind_of(text: str) -> Kind:
    """A kind as typed. Raises WrongUse."""
    if text not in set(Kind):
        raise WrongUse(f"--kind: there is no kind {clean(text, limit=40)}", f"One of: {', '.join(Kind)}.")
    return Kind(text)


@noun.command()
def create(
    amount_: Annotated[str, typer.Option("--amount", metavar="A", help="how much more: 500K, 2M")],
    reason: Annotated[str, typer.Option("--reason", metavar="T", help="why, at most 500 characters")],
    kind: KindOption = "inference",
    dry_run: DryRun = False,
) -> None:
    """Ask for more, as a member: `--as` says who asks.

    Example: sage-tui requests create --amount 500K --reason 'eval run for the board' --as ada@acme.example
    """
    from sage_tui.domain.requests import Ask
    from sage_tui.services import requests

    ctx = context(dry_run=dry_run)
    made = requests.create(ctx, Ask(kind_of(kind), amount(amount_, "--amount"), reason))
    end = "Dry run: nothing was done." if dry_run else ""
    answer(request_shapes.request(made) | {"dry_run": dry_run}, *_told(request_shapes.line(made), made.note, end))


def _told(*lines: str) -> list[str]:
    return [line for line in lines if line]


@noun.command()
def withdraw(
    id_: Annotated[int, typer.Argument(metavar="ID", min=1)], dry_run: DryRun = False, reason: Reason = ""
) -> None:
    """Take an own request back while it waits.

    Example: sage-tui requests withdraw 12 --as ada@acme.example
    """
    from sage_tui.services import requests

    ctx = context(dry_run=dry_run, reason=reason)
    made = requests.withdraw(ctx, id_)
    end = "Dry run: nothing was done." if dry_run else ""
    answer(request_shapes.request(made) | {"dry_run": dry_run}, *_told(request_shapes.line(made), end))


@noun.command()
def approve(
    ids: Ids,
    amount_: Annotated[str, typer.Option("--amount", metavar="A", help="less than was asked is in part")] = "",
    for_: Annotated[
        str, typer.Option("--for", metavar="month|good", help="this month (unless said), or for good")
    ] = "",
    until: Annotated[str, typer.Option("--until", metavar="T", help="until a day or time that is to come")] = "",
    note: Note = "",
    activate: Annotated[bool, typer.Option("--activate", help="who may not spend may from now on")] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int:
    """Grant requests of one organization: their limits are raised at once, all or none; `undo` takes it back.

    Example: sage-tui requests approve 12 --amount 300K --note 'rest next month'
    """
    from sage_tui.domain.requests import Approve
    from sage_tui.services import requests_decide

    ctx = context(dry_run=dry_run, reason=reason)
    lasts, end = _lasts(ctx, for_, until)
    how_much = amount(amount_, "--amount") if amount_ else None
    command = Approve(tuple(ids), how_much, lasts, end, note, activate, yes=yes or dry_run)
    return _say(requests_decide.approve(ctx, command), len(ids), dry_run)


def _lasts(ctx: "Context", for_: str, until: str) -> tuple[Lasts, Micros | None]:
    if for_ and until:
        raise WrongUse("--for and --until exclude each other", "Give one of them.")
    if until:
        return Lasts.UNTIL, months.parse_end(until, ctx.clock.now())
    if for_ not in ("", Lasts.MONTH, Lasts.GOOD):
        raise WrongUse(f"--for: {clean(for_, limit=40)} is neither month nor good", "A date is --until.")
    return Lasts(for_ or Lasts.MONTH), None


@noun.command()
def deny(ids: Ids, note: Note = "", yes: Yes = False, dry_run: DryRun = False, reason: Reason = "") -> int:
    """Deny requests of one organization; limits stay as they are.

    Example: sage-tui requests deny 12 13 --note 'use the small model for this'
    """
    from sage_tui.domain.requests import Deny
    from sage_tui.services import requests_decide

    ctx = context(dry_run=dry_run, reason=reason)
    command = Deny(tuple(ids), note, yes=yes or dry_run)
    return _say(requests_decide.deny(ctx, command), len(ids), dry_run)


@noun.command("approve-fitting")
def approve_fitting(
    org: Org = "", note: Note = "", yes: Yes = False, dry_run: DryRun = False, reason: Reason = ""
) -> int:
    """Grant, for this month, all requests that the pool has room for, the oldest first; the others wait on.

    Example: sage-tui requests approve-fitting --org acme --dry-run
    """
    from sage_tui.domain.plan_commands import Consent
    from sage_tui.services import requests_fitting

    ctx = context(dry_run=dry_run, reason=reason)
    consent = Consent(yes=yes or dry_run)
    made = requests_fitting.approve_fitting(ctx, organization_id(ctx, org), note, consent)
    return _say(made, 0, dry_run)


def _say(made: "Decided", asked: int, dry_run: bool) -> int:
    done = made.done
    lines = [request_shapes.line(row) for row in made.requests]
    lines += [f"skipped  {one.email}  {one.field}: {one.words}" for one in done.skipped]
    lines += [f"left     {one.email}  {one.field}: {one.words}" for one in done.left]
    lines += [
        f"{kind.value}: {effect.before:,} → {effect.after:,} allocated, {effect.unallocated:,} unallocated then"
        for kind, effect in done.pool.items()
        if effect.before != effect.after
    ]
    if dry_run:
        end = "Dry run: nothing was done."
    else:
        end = f"Batch {done.batch}: `sage-tui undo {done.batch}` takes it back." if done.batch else "Nothing was done."
    answer(request_shapes.decided(made, asked) | {"dry_run": dry_run}, *lines, *made.notes, end)
    return 4 if done.left else 0


def add(app: Any) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="requests")
