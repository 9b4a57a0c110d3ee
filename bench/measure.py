"""Measuring: floor and ours in turn, medians, one line a budget."""

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One budget: what the floor cost, what ours costs, and what is allowed."""

    name: str
    floor: str
    ours: str
    ratio: str
    budget: str
    kept: bool | None


def seconds(act: Callable[[], object]) -> float:
    """How long an act takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def interleaved(floor: Callable[[], float], ours: Callable[[], float], times: int) -> tuple[float, float]:
    """Medians of both, measured in turn, so that what else the machine does meets both."""
    pairs = [(floor(), ours()) for _ in range(times)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def median(act: Callable[[], object], times: int) -> float:
    """The median of some runs, after one that warms up."""
    act()
    return statistics.median(seconds(act) for _ in range(times))


def milliseconds(value: float) -> str:
    return f"{value * 1000:,.1f} ms"


def compared(name: str, floor: float, ours: float, at_most: float) -> Line:
    """A time that may be so many times the floor's."""
    ratio = ours / floor
    return Line(name, milliseconds(floor), milliseconds(ours), f"{ratio:.2f}", f"≤ {at_most}", ratio <= at_most)


def speed(name: str, floor: float, ours: float, at_least: float) -> Line:
    """A rate (per second) that must reach so much of the floor's."""
    ratio = ours / floor
    return Line(name, f"{floor:,.0f}/s", f"{ours:,.0f}/s", f"{ratio:.2f}", f"≥ {at_least}", ratio >= at_least)


def bounded(name: str, ours: float, at_most: float) -> Line:
    """A time with a limit of its own."""
    return Line(name, "–", milliseconds(ours), "–", f"≤ {milliseconds(at_most)}", ours <= at_most)


def table(lines: Iterable[Line]) -> str:
    """The lines as people read them; ✕ stands before what is over its budget."""
    heads = ("", "what", "floor", "ours", "ratio", "budget")
    marks = {True: "✓", False: "✕", None: " "}
    rows = [heads, *((marks[line.kept], line.name, line.floor, line.ours, line.ratio, line.budget) for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(heads))]
    return "\n".join("  ".join(_cell(place, row[place], widths[place]) for place in range(len(heads))) for row in rows)


def _cell(place: int, text: str, width: int) -> str:
    return text.ljust(width) if place < 2 else text.rjust(width)
