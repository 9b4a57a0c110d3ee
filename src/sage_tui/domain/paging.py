"""Questions that a table asks, and the windows it gets (speed.md, facts 2, 8 and 12).

A table never asks for all: it asks for `count` rows from a place. Places are keys, not offsets:
a key is the values of the sort columns and the row's id, so that any depth costs the same.
"""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from sage_tui.domain.errors import WrongUse

Key = tuple[int | str | None, ...]
"""Sort values and, last, the row's id."""


@dataclass(frozen=True, slots=True)
class Sort:
    """Order by one column; ties by id, in the same direction."""

    column: str
    descending: bool = False

    @staticmethod
    def parse(text: str) -> "Sort":
        """`used:desc`, `email`, `email:asc`. Raises WrongUse."""
        column, _, direction = text.partition(":")
        if direction not in ("", "asc", "desc"):
            raise WrongUse(f"sort: {direction!r} is not a direction", "Use COLUMN, COLUMN:asc or COLUMN:desc.")
        return Sort(column, direction == "desc")


@dataclass(frozen=True, slots=True)
class Start:
    """From the first row."""


@dataclass(frozen=True, slots=True)
class End:
    """The last rows."""


@dataclass(frozen=True, slots=True)
class After:
    """The rows that follow this key."""

    key: Key


@dataclass(frozen=True, slots=True)
class Before:
    """The rows that stand before this key (still in table order)."""

    key: Key


@dataclass(frozen=True, slots=True)
class Around:
    """The row with this id (wherever it is now) with rows either side."""

    id: int


@dataclass(frozen=True, slots=True)
class At:
    """From this row number: for a scroll bar that was dragged. Dearer than a key."""

    offset: int


Place = Start | End | After | Before | Around | At


@dataclass(frozen=True, slots=True)
class Ask:
    """One question of a table. `number` grows; only the answer to the last one is shown."""

    number: int
    query: str
    sort: Sort
    place: Place = field(default_factory=Start)
    count: int = 100


Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Window(Generic[Row_co]):
    """Rows in table order with the key of each. `offset` is the number of rows before the first, if known."""

    rows: tuple[Row_co, ...]
    keys: tuple[Key, ...]
    more_before: bool
    more_after: bool
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows match: exact, or at least `number` where counting was cut short."""

    number: int
    exact: bool = True

    def __str__(self) -> str:
        return f"{self.number:,}" if self.exact else f"{self.number:,}+"


class TableSource(Protocol[Row_co]):
    """What a windowed table reads: called in a worker thread."""

    def window(self, ask: Ask) -> Window[Row_co]: ...

    def count(self, query: str) -> Count: ...


def cursor(key: Key) -> str:
    """A key as text for `--cursor`."""
    return base64.urlsafe_b64encode(json.dumps(list(key), separators=(",", ":")).encode()).decode().rstrip("=")


def parse_cursor(text: str) -> Key:
    """The key of a cursor. Raises WrongUse for anything that `cursor` did not make."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        values = None
    whole = (
        isinstance(values, list)
        and values
        and all(value is None or (isinstance(value, (int, str)) and not isinstance(value, bool)) for value in values)
    )
    if not whole:
        raise WrongUse("cursor: not one of ours", "Take `next` of the answer before, as it stands.")
    return tuple(values)
