"""`python -m bench [NAME…]`: every budget, or those named (see NAMES). QUICK=1 is small."""

import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from bench.measure import Line, table
from bench.world import Demo, build

NAMES = (
    "starting",
    "windows",
    "editing",
    "distributing",
    "what_if",
    "recording",
    "spending",
    "requests",
    "wire",
    "exporting",
    "statistics",
)
LARGE = {"windows", "editing", "distributing", "what_if"}
VAST = {"statistics"}
"""Measured on ten million events, whose building takes ten minutes."""


def main(names: list[str]) -> int:
    """Print the table; 0 whatever it says: a budget is judged by people, on a quiet machine."""
    quick = os.environ.get("QUICK", "") not in ("", "0")
    found: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="sage-tui-bench-") as folder:
        (Path(folder) / "vast").mkdir()
        small = build(Path(folder), 2_000, 20_000 if quick else 150_000)
        large = small
        if LARGE & set(names or NAMES):
            large = build(Path(folder), 10_000, 20_000) if quick else build(Path(folder), 1_000_000, 1_000_000)
        vast = large
        if VAST & set(names or NAMES):
            vast = build(Path(folder) / "vast", *((10_000, 200_000) if quick else (1_000_000, 10_000_000)))
        for name in names or NAMES:
            print(f"measuring {name}", file=sys.stderr)
            found += import_module(f"bench.{name}").lines(_which(name, small, large, vast), quick)
    print(table(found))
    return 0


def _which(name: str, small: Demo, large: Demo, vast: Demo) -> Demo:
    """The demo that something is measured on."""
    if name in VAST:
        return vast
    return large if name in LARGE else small


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
