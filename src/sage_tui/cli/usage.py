"""usage: one call at a time: recorded, or reserved and settled or released; and corrections."""

from typing import TYPE_CHECKING, Annotated

import typer

from sage_tui.cli import usage_corrections
from sage_tui.cli.common import amount, group, kind_of
from sage_tui.cli.options import DryRun, Org, Reason
from sage_tui.cli.output import answer
from sage_tui.cli.world import clock, context, organization_id
from sage_tui.domain import shapes
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import counted

if TYPE_CHECKING:
    from sage_tui.domain.spending import Spent

noun = group("Single calls: recorded, reserved, settled, released; and corrections.")

User = Annotated[str, typer.Option("--user", metavar="U", help="whose call: an e-mail or a gateway's id")]
Model = Annotated[str, typer.Option("--model", metavar="M", help="the model's key")]
Prompt = Annotated[str, typer.Option("--prompt", metavar="N", help="prompt tokens, cached ones among them")]
Completion = Annotated[str, typer.Option("--completion", metavar="N", help="completion tokens")]
Cached = Annotated[str, typer.Option("--cached", metavar="N", help="how many of the prompt's tokens were cached")]
Tokens = Annotated[str, typer.Option("--tokens", metavar="N", help="tokens, weighted as completion tokens")]
KindOf = Annotated[str, typer.Option("--kind", metavar="K", help="inference or embedding")]


def _given(id_: str) -> str:
    """A call's own id. Raises WrongUse where it is empty: two calls would be one."""
    if not id_.strip():
        raise WrongUse("--id is empty: a call has an id of its own", "--id c-17.")
    return id_


Handle = Annotated[str, typer.Argument(metavar="R", help="the reservation, or the --id that it was made with")]


@noun.command()
def record(
    user: User,
    model: Model,
    prompt: Prompt,
    completion: Completion,
    id_: Annotated[str, typer.Option("--id", metavar="X", help="the call's own id: a repeated one counts once")],
    cached: Cached = "0",
    kind: KindOf = "inference",
    at: Annotated[str, typer.Option("--at", metavar="T", help="when it was made; now unless said")] = "",
    org: Org = "",
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Record one call that was made.

    Example: sage-tui usage record --user ada@acme.example --model gpt-5 --prompt 900 --completion 99 --id c-1
    """
    from sage_tui.domain.months import parse_time
    from sage_tui.domain.usage import UsageRecord
    from sage_tui.services import usage

    now = clock().now()
    call = UsageRecord(
        1, _given(id_), parse_time(at, now) if at else now, user, model, kind_of(kind), amount(prompt, "--prompt"),
        amount(cached, "--cached"), amount(completion, "--completion"), at_given=bool(at),
    )  # fmt: skip
    ctx = context(dry_run=dry_run, reason=reason)
    _tell(usage.record(ctx, call, organization_id(ctx, org)), "recorded")


@noun.command()
def reserve(
    user: User,
    model: Model,
    tokens: Tokens,
    kind: KindOf = "inference",
    id_: Annotated[
        str, typer.Option("--id", metavar="X", help="a key of your own: asked again it is no other call")
    ] = "",
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int:
    """Hold tokens for a call that is about to be made. Exit 1 when it is refused.

    Example: sage-tui usage reserve --user ada@acme.example --model gpt-5 --tokens 4096 --id c-1 --json
    """
    from sage_tui.domain.spending import Ask
    from sage_tui.services import usage

    ask = Ask(user, kind_of(kind), model, completion=amount(tokens, "--tokens"), key=id_)
    held = usage.reserve(context(dry_run=dry_run, reason=reason), ask)
    words = (
        f"reserved {counted(held.charge, 'token')} as {held.reservation}" if held.allowed else f"refused: {held.reason}"
    )
    answer(shapes.reserved(held), f"{words}; {counted(held.remaining, 'token')} left")
    return 0 if held.allowed else 1


@noun.command()
def settle(
    reservation: Handle,
    prompt: Prompt,
    completion: Completion,
    cached: Cached = "0",
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Charge what a reserved call took; twice, late or after its expiry is safe.

    Example: sage-tui usage settle c-1 --prompt 900 --completion 99
    """
    from sage_tui.domain.spending import Settlement
    from sage_tui.services import usage

    told = Settlement(
        amount(prompt, "--prompt"), amount(completion, "--completion"), amount(cached, "--cached")
    )  # fmt: skip
    _tell(usage.settle(context(dry_run=dry_run, reason=reason), reservation, told), "settled")


@noun.command()
def release(reservation: Handle, dry_run: DryRun = False, reason: Reason = "") -> None:
    """Give back what was held for a call that came to nothing.

    Example: sage-tui usage release c-1 --reason 'provider error'
    """
    from sage_tui.services import usage

    _tell(usage.release(context(dry_run=dry_run, reason=reason), reservation, reason), "released")


for _command in (usage_corrections.reverse, usage_corrections.credit, usage_corrections.recharge):
    noun.command()(_command)


def _tell(done: "Spent", word: str) -> None:
    first = f"{word}, {counted(done.charge, 'token')} charged" if done.recorded else "known already: nothing changed"
    lines = [first if done.remaining is None else f"{first}; {counted(done.remaining, 'token')} left"]
    if done.bumped:
        lines.append(f"the limit rose from {done.bumped[0]:,} to {done.bumped[1]:,}")
    answer(shapes.spent(done), *lines)


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="usage")
