"""usage reverse|credit|recharge: usage is corrected by counter-entries, never changed."""

from typing import TYPE_CHECKING, Annotated

import typer

from sage_tui.cli.common import amount, kind_of
from sage_tui.cli.options import DryRun, Reason
from sage_tui.cli.output import answer
from sage_tui.cli.world import clock, context
from sage_tui.domain import shapes
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import counted

if TYPE_CHECKING:
    from sage_tui.domain.corrections import Corrected

Kind = Annotated[str, typer.Option("--kind", metavar="K", help="inference or embedding")]


def reverse(
    import_: Annotated[
        int | None, typer.Option("--import", metavar="N", min=1, help="all that an import recorded")
    ] = None,
    id_: Annotated[str, typer.Option("--id", metavar="X", help="one call, by its own id")] = "",
    source: Annotated[str, typer.Option("--source", metavar="S", help="of this source, where several have it")] = "",
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Take back an import or one call; what was taken back already is left alone.

    Example: sage-tui usage reverse --import 12 --reason 'the wrong month' --dry-run
    """
    from sage_tui.domain.corrections import Reverse
    from sage_tui.services import corrections

    if (import_ is None) == (not id_):
        raise WrongUse("Say what is to be taken back", "Give --import N or --id X.")
    done = corrections.reverse(context(dry_run=dry_run, reason=reason), Reverse(import_, id_, source))
    _tell(done, dry_run)


def credit(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="who is credited")],
    kind: Kind,
    amount_: Annotated[str, typer.Option("--amount", metavar="A", help="tokens, at most what was charged this month")],
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Give a person tokens of this month back.

    Example: sage-tui usage credit ada@acme.example --kind inference --amount 50K --reason 'a broken model'
    """
    from sage_tui.services import corrections

    ctx = context(dry_run=dry_run, reason=reason)
    _tell(corrections.credit(ctx, email, kind_of(kind), amount(amount_, "--amount")), dry_run)


def recharge(
    model: Annotated[str, typer.Option("--model", metavar="M", help="the model's key")],
    first: Annotated[str, typer.Option("--from", metavar="D", help="the first day")],
    last: Annotated[str, typer.Option("--to", metavar="D", help="the last day")],
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Charge a model's calls of some days anew, at its present weights: after a wrong weight.

    Example: sage-tui usage recharge --model gpt-5 --from 2026-11-01 --to 2026-11-07 --reason 'weight typed wrong'
    """
    from sage_tui.domain.corrections import Recharge
    from sage_tui.domain.months import parse_day
    from sage_tui.services import corrections

    now = clock().now()
    what = Recharge(model, parse_day(first, now), parse_day(last, now, last=True))
    _tell(corrections.recharge(context(dry_run=dry_run, reason=reason), what), dry_run)


def _tell(done: "Corrected", dry_run: bool) -> None:
    word = "would write" if dry_run else "wrote"
    entries = counted(done.entries, "counter-entry", "counter-entries")
    lines = [f"{word} {entries} for {counted(done.people, 'holder')}: {done.charge:+,} tokens charged"]
    if done.already:
        lines.append(f"{counted(done.already, 'call')} left alone: taken back already, or charged right")
    answer(shapes.corrected(done, dry_run), *lines)
