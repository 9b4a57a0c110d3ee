"""The demo: its data are built once, then the console opens over them. No Typer here: `sage-tui demo` alone must draw
its first frame at once."""

import os
import sys

from sage_tui.cli.showing import demo_command
from sage_tui.cli.world import clock, config
from sage_tui.config import Config
from sage_tui.demo.recognise import is_demo
from sage_tui.domain.errors import Refused


def begin(
    path: str = "",
    users: int | None = None,
    events: int | None = None,
    seed: int | None = None,
    now: str = "",
    *,
    no_open: bool = False,
    reset: bool = False,
    play: str = "",
) -> int:
    """Build what is not there yet, open it. Raises Refused for a database that is no demo, and for other sizes than
    those it was built with; WrongUse for a session of keys that there is none of, before anything is built."""
    if play:
        from sage_tui.tui.play import find

        find(play)
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
        from sage_tui.cli.output import answer

        opens = f"Open it: {demo_command(found)}"
        answer({"database": found.database, "opened": False}, f"The demo is at {found.database}", opens)
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
    from sage_tui.cli.output import say
    from sage_tui.cli.progress import Progress
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
