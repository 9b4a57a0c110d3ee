"""The options of the whole command line: taken from anywhere in it, before or after the verb."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import clean, half

WITH_VALUE = {"--database": "database", "--as": "as_email"}
FLAGS = {
    "--json": "json", "--csv": "csv", "--quiet": "quiet", "-q": "quiet", "--no-color": "no_color",
    "--read-only": "read_only",
}  # fmt: skip

OWN = {"--read-only": ["users", "role"]}
"""Options that are a verb's own where they come after it: `users role EMAIL admin --read-only`."""


@dataclass(slots=True)
class State:
    """The global options of this call, and its environment."""

    database: str = ""
    as_email: str = ""
    json: bool = False
    csv: bool = False
    quiet: bool = False
    no_color: bool = False
    read_only: bool = False
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def color(self) -> bool:
        """May standard error be coloured?"""
        return not (self.no_color or self.environ.get("NO_COLOR") or not sys.stderr.isatty())


_current = State()


def current() -> State:
    """The options of the running call."""
    return _current


def begin(state: State) -> None:
    """From now on these are the options."""
    global _current
    _current = state


def split(argv: Sequence[str]) -> tuple[State, list[str]]:
    """The global options and the rest, in order. What follows `--` is left alone. Raises WrongUse."""
    for word in argv:
        if half(word):
            raise WrongUse(f"{clean(word, limit=60)} is not UTF-8", "Use a terminal and names in UTF-8.")
    state = State(environ=os.environ)
    rest: list[str] = []
    words = iter(argv)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in FLAGS and rest[:2] != OWN.get(word):
            setattr(state, FLAGS[word], True)
        elif word.partition("=")[0] in WITH_VALUE:
            name, equals, value = word.partition("=")
            _take(state, name, value if equals else next(words, ""))
        else:
            rest.append(word)
    if state.json and state.csv:
        raise WrongUse("--json and --csv exclude each other", "Give one of them.")
    return state, rest


def _take(state: State, name: str, value: str) -> None:
    if not value:
        raise WrongUse(f"{name} needs a value", f"Write {name} {'EMAIL' if name == '--as' else 'PATH-OR-URL'}.")
    setattr(state, WITH_VALUE[name], value)
