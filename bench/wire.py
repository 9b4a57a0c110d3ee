"""Bytes to the terminal for each key (speed.md, "On the wire"), at 120×40."""

from bench.measure import Line
from bench.terminal import Terminal
from bench.world import Demo

CURSES = {
    "sign-in, first paint": (4_096, 1.0),
    "panel with Today, first paint": (9_216, 1.0),
    "another page (users)": (4_849, 2.0),
    "down": (288, 1.5),
    "page down": (3_510, 1.2),
    "end": (3_510, 1.2),
    "home": (3_510, 1.2),
    "sort": (3_510, 1.2),
    "filter, one letter": (3_510, 1.2),
    "idle, 3 s": (1, 0.0),
}
"""What a curses program writes for the same step, as speed.md measured it (the first two: its limits), and how many
times that is the budget of the issue about the wire; here the bytes are shown."""

STEPS = (
    ("another page (users)", "2"), ("down", "j"), ("page down", "\x1b[6~"), ("end", "\x1b[F"), ("home", "\x1b[H"),
    ("sort", "s"), ("filter, one letter", "/a"),
)  # fmt: skip


def lines(demo: Demo, quick: bool) -> list[Line]:
    """One walk through the console."""
    terminal = Terminal(demo.command, demo.env)
    taken: dict[str, int] = {}
    try:
        terminal.wait_for("Password")
        terminal.settle()
        taken["sign-in, first paint"] = len(terminal.read)
        demo.sign_in(terminal)
        taken["panel with Today, first paint"] = len(terminal.read)
        for name, keys in STEPS:
            taken[name] = terminal.type(keys)
        before = len(terminal.read)
        terminal.settle(quiet=3.0, seconds=3.0)
        taken["idle, 3 s"] = len(terminal.read) - before
    finally:
        terminal.close()
    return [_line(name, count) for name, count in taken.items()]


def _line(name: str, count: int) -> Line:
    floor, times = CURSES[name]
    return Line(
        f"bytes: {name}", f"{floor:,} B", f"{count:,} B", f"{count / floor:.1f}", f"≤ {times:g} × (the wire)", None
    )
