"""check: may this user spend?"""

from typing import Annotated

import typer

from sage_tui.cli.common import amount, kind_of
from sage_tui.cli.output import answer
from sage_tui.cli.usage import KindOf, Model, Tokens
from sage_tui.cli.world import context
from sage_tui.domain import shapes
from sage_tui.domain.text import counted


def check(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="whose call")],
    model: Model,
    tokens: Tokens,
    kind: KindOf = "inference",
) -> int:
    """Say whether a person may make a call of so many tokens, and why not. Exit 0 or 1; nothing is reserved.

    Example: sage-tui check ada@acme.example --model gpt-5 --tokens 4096
    """
    from sage_tui.services import usage

    told = usage.check(context(), usage.May(email, model, amount(tokens, "--tokens"), kind_of(kind)))
    first = "allowed" if told.allowed else f"refused: {told.reason}"
    left = f"{counted(told.remaining, 'token')} left, {told.pool_remaining:,} in the pool"
    answer(shapes.check(told), f"{first}; {left}")
    return 0 if told.allowed else 1


def add(app: typer.Typer) -> None:
    """Hang the command into the tree."""
    app.command()(check)
