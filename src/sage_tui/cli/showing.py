"""Showing the console. No Typer here: `sage-tui` alone must draw its first frame at once."""

import os
import shlex
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from sage_tui.cli.state import current
from sage_tui.cli.world import check_files, clock, config, nobody
from sage_tui.config import Config
from sage_tui.domain.errors import StoreUnavailable, WrongUse

if TYPE_CHECKING:
    from sage_tui.services.context import Context


def open_default() -> int:
    """`sage-tui` alone. Raises WrongUse without a terminal."""
    return show(config())


def show(
    found: Config, page: str = "", query: str = "", organization: str = "", *, play: str = "", demo: bool = False
) -> int:
    """Run the console over a database. Raises WrongUse, StoreUnavailable, Unsafe before anything is drawn."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise WrongUse("The console needs a terminal", "In scripts use commands: sage-tui --help.")
    if current().environ.get("TERM") == "dumb":
        raise WrongUse("The console needs a terminal that can draw; TERM is dumb", "Use commands: sage-tui --help.")
    if found.is_file and not os.path.exists(found.database):
        raise StoreUnavailable(
            f"There is no database at {found.database}",
            "Make one with `sage-tui init`, or try `sage-tui demo`.",
            code="no_database",
        )
    check_files(found, only_warn=demo)
    if current().no_color:
        os.environ["NO_COLOR"] = "1"
    from sage_tui.cli.failing import logging_to_file
    from sage_tui.tui.starting import run

    with logging_to_file("sage_tui.tui"):
        return run(
            opener(found, demo=demo),
            page=page or "today",
            query=query,
            organization=organization,
            clock=clock(),
            play=play,
        )


def opener(found: Config, *, demo: bool = False) -> "Callable[[], Context]":
    """What the console calls in a thread after its first frame."""
    return lambda: demo_context(found) if demo else nobody(found)


def demo_context(found: Config) -> "Context":
    """The sign-in screen of a demo. Raises StoreUnavailable: an old demo is built anew and not migrated."""
    try:
        return nobody(found, only_warn=True)
    except StoreUnavailable as error:
        if error.stable_code != "schema_too_old":
            raise
        hint = f"It is a demo: build it anew with `{demo_command(found, '--reset')}`."
        raise StoreUnavailable(error.message, hint, code=error.stable_code) from error


def demo_command(found: Config, *more: str) -> str:
    """What opens this demo, to be typed or copied."""
    place = () if found.database == found.with_database(found.demo_database).database else ("--path", found.database)
    return shlex.join(("sage-tui", "demo", *place, *more))
