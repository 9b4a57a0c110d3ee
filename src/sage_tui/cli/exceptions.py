"""overrides, raise, why: a person's exceptions to the policy, raises with an end, and why a limit is what it is."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sage_tui.cli.common import group
from sage_tui.cli.options import DryRun, Org, Reason
from sage_tui.cli.output import Col, answer, listing
from sage_tui.cli.users_set import tell
from sage_tui.cli.world import clock, context, organization_id
from sage_tui.domain import amounts, months, shapes
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.overrides import AMOUNTS, GrantRaise, SetOverride, typed
from sage_tui.domain.text import clean
from sage_tui.domain.units import Kind
from sage_tui.domain.why import following
from sage_tui.domain.why import told as words_of

if TYPE_CHECKING:
    from sage_tui.services.context import Context

noun = group("Exceptions to the policy, person by person.")

Email = Annotated[str, typer.Argument(metavar="EMAIL")]
KindOption = Annotated[str, typer.Option("--kind", metavar="K", help="inference or embedding")]
DROPS = (*(name.replace("_", "-") for name in AMOUNTS), "until")
COLUMNS = (
    Col("EMAIL", "email"),
    Col("EXCEPTION", "exception"),
    Col("UNTIL", "until"),
    Col("NOTE", "note"),
)


@noun.command("list")
def list_(org: Org = "") -> None:
    """List exceptions, those that end soonest first; and the raises that are in force.

    Example: sage-tui overrides list --org acme --json
    """
    from sage_tui.services import overrides, raises

    ctx = context()
    organization = organization_id(ctx, org)
    rows = [shapes.override(row) for row in overrides.list_overrides(ctx, organization)]
    listed = [shapes.token_raise(row) for row in raises.list_raises(ctx, organization)]
    listing("overrides", rows, COLUMNS, total=len(rows), next=None, raises=listed)


@noun.command("set")
def set_(
    email: Email,
    kind: KindOption = "inference",
    floor: Annotated[str, typer.Option("--floor", metavar="A", help="their own floor, of --kind")] = "",
    ceiling: Annotated[
        str, typer.Option("--ceiling", metavar="A", help="their own ceiling, of --kind; or unlimited")
    ] = "",
    pinned: Annotated[bool | None, typer.Option("--pinned/--no-pinned", help="plans and bumps leave it")] = None,
    no_reclaim: Annotated[bool | None, typer.Option("--no-reclaim/--reclaim", help="never reclaimed")] = None,
    no_auto_increase: Annotated[
        bool | None, typer.Option("--no-auto-increase/--auto-increase", help="never raised by itself")
    ] = None,
    until: Annotated[str, typer.Option("--until", metavar="T", help="when the exception ends")] = "",
    note: Annotated[str | None, typer.Option("--note", metavar="T", help="why, for the list")] = None,
    drop: Annotated[
        list[str] | None, typer.Option("--drop", metavar="D", help=f"the policy's again: {', '.join(DROPS)}")
    ] = None,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Make an exception for a person, or change it: what is not given stays. `undo` takes it back.

    `--drop until` makes it one for good; `--drop inference-ceiling` gives back one amount; `overrides clear` all.

    Example: sage-tui overrides set ada@acme.example --ceiling 8M --until 2026-12-31 --note 'eval run'
    """
    from sage_tui.services import overrides

    of = _kind(kind)
    given: dict[str, Any] = {
        f"{of.value}_{name}": typed(f"{of.value}_{name}", text)
        for name, text in (("floor", floor), ("ceiling", ceiling))
        if text
    }
    ctx = context(dry_run=dry_run, reason=reason)
    command = SetOverride(
        email, **given, pinned=pinned, no_reclaim=no_reclaim, no_auto_increase=no_auto_increase,
        until=months.parse_end(until, clock().now()) if until else None, note=note,
        dropped=tuple(_dropped(text) for text in drop or ()),
    )  # fmt: skip
    tell(overrides.put(ctx, command), dry_run=dry_run)


def _dropped(text: str) -> str:
    if text not in DROPS:
        raise WrongUse(f"--drop: there is no {clean(text, limit=40)!r} to drop", f"One of: {', '.join(DROPS)}.")
    return text.replace("-", "_")


@noun.command()
def clear(email: Email, dry_run: DryRun = False, reason: Reason = "") -> None:
    """End a person's exception: the policy holds for them again.

    Example: sage-tui overrides clear ada@acme.example
    """
    from sage_tui.services import overrides

    ctx = context(dry_run=dry_run, reason=reason)
    tell(overrides.clear(ctx, email), dry_run=dry_run)


def raise_(
    email: Email,
    kind: KindOption = "",
    amount: Annotated[str, typer.Option("--amount", metavar="A", help="so many tokens more")] = "",
    until: Annotated[str, typer.Option("--until", metavar="T", help="when it falls back")] = "",
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Raise a limit until a date; then it falls back by itself, to what it would have been.

    Example: sage-tui raise ada@acme.example --kind inference --amount 500K --until 2026-12-15
    """
    from sage_tui.services import raises

    if not (kind and amount and until):
        raise WrongUse("A raise has a kind, an amount and an end", "--kind inference --amount 500K --until 2026-12-15.")
    ctx = context(dry_run=dry_run, reason=reason)
    command = GrantRaise(email, _kind(kind), amounts.tokens(amount), months.parse_end(until, clock().now()))
    tell(raises.grant(ctx, command), dry_run=dry_run)


def _kind(text: str) -> Kind:
    if text not in set(Kind):
        raise WrongUse(f"--kind: there is no kind {clean(text, limit=40)!r}", f"Kinds: {', '.join(Kind)}.")
    return Kind(text)


def why(email: Email) -> None:
    """Why a person has the limits they have: every step, with rule, time, actor and batch.

    Example: sage-tui why ada@acme.example --json
    """
    from sage_tui.services.why import why as asked

    ctx: Context = context()
    found = asked(ctx, email)
    lines: list[str] = []
    for kind, limit in found.limits.items():
        shown = "unset" if limit.allocation is None else f"{limit.allocation:,}"
        lines.append(f"{kind.value}: {shown}")
        for step in limit.steps:
            grown = (step.after or 0) - (step.before or 0)
            after = "unset" if step.after is None else f"{step.after:,}"
            told = f"{step.at:%Y-%m-%d %H:%M}  {grown:+15,}  {after:>15}  batch {step.batch}"
            lines.append(f"  {told}  {words_of(step)}")
        said = following(limit.next, lambda moment: str(months.iso(moment)))
        lines += [f"  {said}"] if said else []
    answer(shapes.why(found.limits), *lines)


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="overrides")
    app.command("raise")(raise_)
    app.command("why")(why)
