"""The console: open at a page, after sign-in."""

from typing import Annotated

import typer

from sage_tui.cli.options import Query
from sage_tui.cli.showing import show
from sage_tui.cli.world import config
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import clean

PAGES = (
    "today",
    "users",
    "distribution",
    "requests",
    "statistics",
    "activity",
    "organizations",
    "applications",
    "models",
)


def open_(
    page: Annotated[str, typer.Argument(metavar="[PAGE]", help=f"one of {', '.join(PAGES)}")] = "today",
    org: Annotated[str, typer.Option("--org", metavar="O", help="the organization, for operators")] = "",
    query: Query = "",
) -> int:
    """Open the console at a page, after sign-in.

    Example: sage-tui open users --query 'used>90%' --read-only
    """
    from sage_tui.tui.pages import BY_ID

    if page not in BY_ID:
        raise WrongUse(f"There is no page {clean(page, limit=40)} here", f"Pages: {', '.join(BY_ID)}.")
    return show(config(), page, query, org)


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.command("open")(open_)
