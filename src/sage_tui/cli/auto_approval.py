"""auto-approval: the rule that answers small requests at once."""

from typing import Annotated, Any

import typer

from sage_tui.cli.common import amount, group
from sage_tui.cli.options import DryRun, Org, Reason
from sage_tui.cli.output import answer
from sage_tui.cli.requests import KindOption, kind_of
from sage_tui.cli.world import context, organization_id
from sage_tui.domain import request_shapes
from sage_tui.domain.errors import WrongUse

noun = group("The rule that grants small requests at once, off until it is set.")


@noun.command()
def get(org: Org = "") -> None:
    """The rule that holds. `requests list --query auto:yes` lists what it decided.

    Example: sage-tui auto-approval get --org acme --json
    """
    from sage_tui.services import auto_approval

    ctx = context()
    held = auto_approval.get(ctx, organization_id(ctx, org))
    answer(request_shapes.rule(held), request_shapes.rule_line(held))


@noun.command("set")
def set_(
    org: Org = "",
    on: Annotated[bool | None, typer.Option("--on/--off", help="the rule answers, or it does not")] = None,
    largest: Annotated[
        str, typer.Option("--largest", metavar="A", help="the largest amount, per person, kind and month: 500K")
    ] = "",
    pool_used: Annotated[
        str, typer.Option("--pool-used", metavar="P", help="the largest share of the pool used already: 80%")
    ] = "",
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Change the rule; requests that wait already are not looked at.

    Example: sage-tui auto-approval set --org acme --on --largest 500K --pool-used 80%
    """
    from sage_tui.domain.auto_approval import SetRule, percent
    from sage_tui.services import auto_approval

    if on is None and not largest and not pool_used:
        raise WrongUse("Nothing is to be changed", "Give --on, --off, --largest or --pool-used.")
    ctx = context(dry_run=dry_run, reason=reason)
    command = SetRule(
        organization_id(ctx, org),
        on,
        amount(largest, "--largest") if largest else None,
        percent(pool_used) if pool_used else None,
    )
    made = auto_approval.put(ctx, command)
    end = ["Dry run: nothing was done."] if dry_run else []
    answer(
        request_shapes.rule(made) | {"batch": None, "dry_run": dry_run}, request_shapes.rule_line(made), *end
    )  # fmt: skip


@noun.command("test")
def try_(
    amount_: Annotated[str, typer.Option("--amount", metavar="A", help="of a request of so many tokens")] = "500K",
    kind: KindOption = "inference",
    org: Org = "",
) -> None:
    """What the rule would say now of a request, and why.

    Example: sage-tui auto-approval test --org acme --amount 500K
    """
    from sage_tui.services import auto_approval

    ctx = context()
    how_much = amount(amount_, "--amount")
    found = auto_approval.would_be(ctx, how_much, kind_of(kind), organization_id(ctx, org))
    told = {"amount": how_much, "kind": kind, "approved": found.approved, "because": found.why}
    answer(told, request_shapes.verdict(how_much, found))


def add(app: Any) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="auto-approval")
