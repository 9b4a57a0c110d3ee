"""users set, disable, offboard: acts for one person or many, as one batch that `undo` takes back."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sage_tui.cli.common import selection
from sage_tui.cli.options import DryRun, Org, Query, Reason, Yes
from sage_tui.cli.output import answer
from sage_tui.cli.progress import Progress
from sage_tui.cli.world import context, organization_id
from sage_tui.domain import amounts, shapes
from sage_tui.domain.acts import Act, Disable, Offboard, SetFields
from sage_tui.domain.amounts import Amount
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.plans import Done

if TYPE_CHECKING:
    from sage_tui.services.context import Context

Emails = Annotated[list[str] | None, typer.Argument(metavar="EMAIL…")]
AmountOption = Annotated[str, typer.Option(metavar="A", help="500K, 2M, +500K, -10%, unset")]


def set_(
    email: Emails = None,
    query: Query = "",
    org: Org = "",
    inference: AmountOption = "",
    embedding: AmountOption = "",
    paid: Annotated[bool | None, typer.Option("--paid/--no-paid", help="may spend, or may not")] = None,
    banned: Annotated[bool | None, typer.Option("--banned/--no-banned", help="no sign-in, keys refused")] = None,
    verified: Annotated[bool, typer.Option("--verified", help="their e-mail address is verified")] = False,
    department: Annotated[str | None, typer.Option(metavar="D", help="their department; '' takes it away")] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int:
    """Change allocations, paid, banned, verified and department: one batch, all or nothing.

    Example: sage-tui users set --query 'used>90% dept:research' --org acme --inference +25% --dry-run
    """
    act = SetFields(
        _amount(inference, "--inference"), _amount(embedding, "--embedding"), paid, banned, verified or None, department
    )
    return _run(act, email, query, org, yes, dry_run, reason)


def disable(
    email: Emails = None, query: Query = "", org: Org = "", yes: Yes = False, dry_run: DryRun = False,
    reason: Reason = "",
) -> int:  # fmt: skip
    """Disable: they sign in and may not spend; both allocations go down to at most 1,000 tokens.

    Example: sage-tui users disable ada@acme.example --reason 'on leave'
    """
    return _run(Disable(), email, query, org, yes, dry_run, reason)


def offboard(
    email: Emails = None, query: Query = "", org: Org = "", yes: Yes = False, dry_run: DryRun = False,
    reason: Reason = "",
) -> int:  # fmt: skip
    """Offboard people who leave: banned, unpaid, allocations 0, what they asked for closed. `undo` takes it back.

    Example: sage-tui users offboard ada@acme.example --reason 'left on 30 November'
    """
    return _run(Offboard(), email, query, org, yes, dry_run, reason)


def _amount(text: str, option: str) -> Amount | None:
    if not text:
        return None
    try:
        return amounts.parse(text)
    except WrongUse as error:
        raise WrongUse(f"{option}: {error.message}", error.hint) from error


def _run(
    act: Act, email: list[str] | None, query: str, org: str, yes: bool, dry_run: bool, reason: str
) -> int:  # fmt: skip
    ctx = context(dry_run=dry_run, reason=reason)
    return run(ctx, act, email, query=query, org=organization_id(ctx, org), yes=yes, dry_run=dry_run)


def run(
    ctx: "Context", act: Act, email: list[str] | None, *, query: str = "", org: int | None = None, yes: bool,
    dry_run: bool,
) -> int:  # fmt: skip
    """Do an act for those who are named or found, and tell what it did; the exit code."""
    from sage_tui.domain.plan_commands import Bulk, Consent
    from sage_tui.services import plans

    with Progress("people looked at") as progress:
        done = plans.act(ctx, Bulk(act, selection(email, query), org), Consent(yes=yes or dry_run), progress.at)
    tell(done, dry_run=dry_run)
    return 4 if done.left else 0


def tell(done: Done, *, dry_run: bool) -> None:
    """What a batch did: each change, whom it skips and why, the pools."""
    answer(shapes.done(done) | {"dry_run": dry_run}, *lines(done, dry_run))


def lines(done: Done, dry_run: bool) -> list[str]:
    """The same in words."""
    told = [f"{shapes.change_line(row)}" for row in done.rows]
    told += [f"skipped  {one.email}  {one.field}: {one.words}" for one in done.skipped]
    told += [f"left     {one.email}  {one.field}: {one.words}" for one in done.left]
    for kind, effect in done.pool.items():
        if effect.before != effect.after:
            told.append(
                f"{kind.value}: {effect.before:,} → {effect.after:,} allocated, {effect.unallocated:,} unallocated then"
            )
    return [*told, *done.notes, _end(done, dry_run)]


def _end(done: Done, dry_run: bool) -> str:
    changes = f"{done.changes:,} change{'' if done.changes == 1 else 's'}"
    if dry_run:
        return f"Dry run: {changes} would be made; nothing was done."
    if done.batch is None:
        return "Nothing was changed."
    them = "it" if done.changes == 1 else "them"
    return f"{changes} as batch {done.batch}: `sage-tui undo {done.batch}` takes {them} back."


def hang(noun: Any) -> None:
    """Hang the commands under `users`."""
    noun.command("set")(set_)
    noun.command("disable")(disable)
    noun.command("offboard")(offboard)
