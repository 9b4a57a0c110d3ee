"""The demo's data: seeded, deterministic for (seed, sizes, anchor), of any size."""

from collections.abc import Callable

from sage_tui.domain.units import Micros

DEFAULT_USERS = 2_000
DEFAULT_EVENTS = 150_000
DEFAULT_SEED = 7

Progress = Callable[[int, int, str], None]
"""Called with (steps done, steps in all, what is being written); steps are rows, roughly."""


def build(
    path: str,
    users: int = DEFAULT_USERS,
    events: int = DEFAULT_EVENTS,
    seed: int = DEFAULT_SEED,
    now: Micros | None = None,
    progress: Progress | None = None,
) -> None:
    """Make a demo database at `path` and its key file beside it, anchored at `now` (else this hour).

    Written to a file beside it and moved into place at the end: a broken off build leaves nothing. Raises Refused
    where a file exists, WrongUse for sizes that cannot be.
    """
    from sage_tui.clock import SystemClock
    from sage_tui.demo.builder import build as build_all
    from sage_tui.domain.months import HOUR

    anchor = SystemClock().now() // HOUR * HOUR if now is None else now
    build_all(path, users, events, seed, Micros(anchor), progress or _silent)


def _silent(done: int, total: int, what: str) -> None:
    """Nobody watches."""
