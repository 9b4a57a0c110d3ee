"""demo: a believable data set to look around in; never the configured database."""

import os
from typing import Annotated

import typer

from sage_tui.cli.demo_start import begin
from sage_tui.cli.output import answer
from sage_tui.cli.showing import demo_context
from sage_tui.cli.world import config
from sage_tui.demo.recognise import is_demo
from sage_tui.domain.errors import NotFound, Refused

noun = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, invoke_without_command=True)
USERS, EVENTS, SEED = 2_000, 150_000, 7
MOST_USERS, MOST_EVENTS = 10_000_000, 1_000_000_000


@noun.callback()
def demo(
    ctx: typer.Context,
    path: Annotated[str, typer.Option("--path", metavar="P", help="where; else beside your other data")] = "",
    users: Annotated[
        int | None, typer.Option("--users", metavar="N", min=1, max=MOST_USERS, help=f"people ({USERS:,} unless said)")
    ] = None,
    events: Annotated[
        int | None,
        typer.Option("--events", metavar="N", min=0, max=MOST_EVENTS, help=f"calls ({EVENTS:,} unless said)"),
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", metavar="S", help="another number, other people")] = None,
    now: Annotated[str, typer.Option("--now", metavar="T", help="the time the data ends at; else this hour")] = "",
    no_open: Annotated[bool, typer.Option("--no-open", help="build it, do not open the console")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="build it anew")] = False,
    play: Annotated[str, typer.Option("--play", metavar="NAME", help="replay a session of keys")] = "",
) -> int:
    """Build the demo data once and open the console over it.

    Example: sage-tui demo --users 1000000 --events 10000000 --path /tmp/big.db
    """
    if ctx.invoked_subcommand:
        return 0
    return begin(path, users, events, seed, now, no_open=no_open, reset=reset, play=play)


@noun.command("code")
def code(email: Annotated[str, typer.Argument(metavar="EMAIL", help="a demo account")]) -> None:
    """Print the current code of a demo account's authenticator.

    Example: sage-tui demo code admin@acme.example
    """
    from sage_tui.services import mfa

    found = config()
    for place in (found, found.with_database(found.demo_database)):
        if not os.path.exists(place.database) or not is_demo(place.database):
            continue
        shown = mfa.demo_code(demo_context(place), email)
        if shown is None:
            raise NotFound(
                "There is no authenticator of this e-mail in the demo",
                "Accounts: root@sage.example, admin@acme.example.",
            )
        if not shown:
            raise Refused("Every code that would be taken now was used already", "A fresh one comes within 30 seconds.")
        answer({"email": email, "code": shown}, shown)
        return
    raise NotFound("There is no demo database", "Build it: sage-tui demo --no-open")


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="demo")
