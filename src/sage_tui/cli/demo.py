"""demo: a believable data set to look around in; never the configured database."""

import os
import sys
from typing import Annotated

import typer

from sage_tui.cli.output import answer, say
from sage_tui.cli.progress import Progress
from sage_tui.cli.world import clock, config, nobody
from sage_tui.config import Config
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
    found = _demo_config(path)
    asked = any(value is not None for value in (users, events, seed)) or bool(now)
    if reset:
        _remove(found.database)
    if not os.path.lexists(found.database):
        _build(found.database, users, events, seed, now)
    elif asked:
        raise Refused(
            f"There is already a demo at {found.database}", "Build it anew with --reset, or give another --path."
        )
    if no_open or not (sys.stdin.isatty() and sys.stdout.isatty()):
        answer(
            {"database": found.database, "opened": False}, f"The demo is at {found.database}", "Open it: sage-tui demo"
        )
        return 0
    from sage_tui.cli.showing import show

    return show(found, play=play, demo=True)


def _demo_config(path: str) -> Config:
    found = config()
    wanted = found.with_database(path or found.demo_database)
    if wanted.database == found.database and os.path.lexists(wanted.database) and not is_demo(wanted.database):
        raise Refused(f"{found.database} is the configured database, and no demo", "Give another --path.")
    return wanted


def _remove(database: str) -> None:
    """Remove an old demo, and nothing that is none. Its key stays: the builder takes it again."""
    if not os.path.lexists(database):
        return
    if os.path.islink(database) or not is_demo(database):
        raise Refused(f"{database} is no demo: it is not removed", "Give another --path.")
    for name in (database, f"{database}-wal", f"{database}-shm"):
        if os.path.lexists(name):
            os.unlink(name)


def _build(database: str, users: int | None, events: int | None, seed: int | None, now: str) -> None:
    from sage_tui import demo as generator
    from sage_tui.domain import months

    os.makedirs(os.path.dirname(database), mode=0o700, exist_ok=True)
    say(f"Building the demo at {database} …")
    bar: list[Progress] = []

    def progress(done: int, total: int, what: str) -> None:
        if not bar:
            bar.append(Progress("", total))
        bar[0].at(done, what)

    try:
        generator.build(
            database,
            generator.DEFAULT_USERS if users is None else users,
            generator.DEFAULT_EVENTS if events is None else events,
            generator.DEFAULT_SEED if seed is None else seed,
            months.parse_time(now, clock().now()) if now else None,
            progress,
        )
    finally:
        for each in bar:
            each.__exit__(None, None, None)


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
        shown = mfa.demo_code(nobody(place, only_warn=True), email)
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
