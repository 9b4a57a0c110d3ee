"""Trouble in words: what the console says of it, and what of a crash is written down."""

from typing import Any

from textual.screen import Screen

from sage_tui.domain.errors import SageError

IDLE_OVER = "Admin mode ended: no key was pressed for {}."
SPENT = "No password was chosen, and the one-time password is spent. Ask for another one."
SESSION_OVER = "You were signed in for as long as a session may last. Sign in again."


def minutes(seconds: int) -> str:
    """`15 minutes`, to the nearest."""
    number = max(round(seconds / 60), 1)
    return f"{number} minute{'' if number == 1 else 's'}"


def sentence(error: SageError) -> str:
    """An error for people: what happened, and what to do."""
    return f"{error.message} {error.hint}".strip()


def refreshes(screen: Screen[Any]) -> bool:
    """Can what the screen shows be asked for again?"""
    return any(active.binding.id == "refresh" for active in screen.active_bindings.values())


def log_crash(error: BaseException | None, report: str) -> None:
    """Class and places of a crash into the log: no message, no values."""
    import logging
    import traceback

    frames = traceback.extract_tb(error.__traceback__) if error else []
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    logging.getLogger("sage_tui.tui").error("report %s: %s at %s", report, type(error).__name__, places)
