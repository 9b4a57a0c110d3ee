"""`python -m tests.support.launch MICROS WORD…`: the program with a clock that starts at a given time and runs.

Codes of authenticators are of a time; a test that types one says which time it is. `--crash-at ACTION` before the words
makes an action of the console fail, with values in its locals that no report may show.
"""

import sys
import time
from dataclasses import dataclass, field
from typing import Any, NoReturn

from sage_tui import start
from sage_tui.cli import main, world
from sage_tui.domain.units import Micros

CANARY = "canary-8431-in-a-local-variable"


@dataclass
class RunningClock:
    """Starts at `at` and runs with this host's monotonic clock."""

    at: int
    began: float = field(default_factory=time.monotonic)

    def now(self) -> Micros:
        return Micros(self.at + int((time.monotonic() - self.began) * 1_000_000))

    def monotonic(self) -> float:
        return time.monotonic()


def fail(*args: Any, **named: Any) -> NoReturn:
    """A fault of ours, with a secret at hand."""
    password = CANARY
    raise ValueError(f"what happened to {password}?")


def break_action(name: str) -> None:
    """From now on the console's action raises when it is first used."""
    from sage_tui.tui.app import Console

    setattr(Console, f"action_{name}", fail)


def break_service(name: str) -> None:
    """From now on a service raises in the thread that asks it: `module.verb`."""
    import importlib

    module, _, verb = name.partition(".")
    setattr(importlib.import_module(f"sage_tui.services.{module}"), verb, fail)


def launch(argv: list[str]) -> None:
    """Prepare like the program does, then be it."""
    start.prepare(argv)
    world.CLOCK = RunningClock(int(argv[0]))
    words = argv[1:]
    while words[:1] and words[0] in ("--crash-at", "--break"):
        (break_action if words[0] == "--crash-at" else break_service)(words[1])
        words = words[2:]
    sys.exit(main.run(words))


if __name__ == "__main__":
    launch(sys.argv[1:])
