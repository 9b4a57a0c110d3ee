"""The rows that a windowed table holds: a few screens of them, by their number in the present order.

The database answers with keys, not numbers (domain/paging): numbers are counted from where an answer stands, and
are mended when an answer shows that they were off (rows came or went meanwhile).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from sage_tui.domain.paging import After, Around, Ask, At, Before, Count, End, Key, Place, Start, Window

Row = TypeVar("Row")
RowId = int | str

NEAR_END = 4
"""A jump to within this many pages of the end asks from the end: a key is cheaper than an offset."""


@dataclass(frozen=True, slots=True)
class Question:
    """A numbered ask, and the row number that its place stands for. A `fresh` answer replaces all that is held."""

    ask: Ask
    anchor: int
    fresh: bool = False


Identify = Callable[[Key], RowId]


def id_of(key: Key) -> RowId:
    """The row's id where one number names it: the last part of its key."""
    last = key[-1]
    assert last is not None
    return last


def whole_key(key: Key) -> RowId:
    """The row's id where only the whole key names it (entries of several chains have equal numbers)."""
    return repr(key)


class PageCache(Generic[Row]):
    """Rows by number. `room` bounds how many are held."""

    def __init__(self, room: int = 600, count: Count | None = None, identify: Identify = id_of) -> None:
        self.room = room
        self.identify = identify
        self._rows: dict[int, tuple[Row, Key]] = {}
        self._numbers: dict[RowId, int] = {}
        self._count = count
        self._end: int | None = None
        self._beyond = 0
        self._from_end = False

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._rows))

    @property
    def count(self) -> Count | None:
        """How many match, as the database said last."""
        return self._count

    @property
    def size(self) -> int:
        """Rows to make room for: exact once the end was seen or counted, else at least what is known."""
        if self._end is not None:
            return self._end
        return max(self._count.number if self._count else 0, self._beyond)

    def row(self, number: int) -> Row | None:
        """The row of this number, if held."""
        held = self._rows.get(number)
        return held[0] if held else None

    def id_at(self, number: int) -> RowId | None:
        """The id of the row of this number, if held."""
        held = self._rows.get(number)
        return self.identify(held[1]) if held else None

    def number_of(self, id: RowId) -> int | None:
        """Where the row with this id stands, if held."""
        return self._numbers.get(id)

    def first_missing(self, first: int, last: int) -> int | None:
        """The first number in [first, last) that should be there and is not."""
        for number in range(max(first, 0), min(last, self.size)):
            if number not in self._rows:
                return number
        return None

    def place(self, missing: int, page: int) -> tuple[Place, int]:
        """The cheapest place to ask for a missing row, with the number that the place stands for."""
        if held := self._rows.get(missing - 1):
            return After(held[1]), missing - 1
        following = missing + 1
        while following < missing + page and following not in self._rows:
            following += 1
        if held := self._rows.get(following):
            return Before(held[1]), following
        if missing < page:
            return Start(), 0
        if missing >= self.size - NEAR_END * page and missing >= self.size - page:
            return End(), self.size
        return At(missing), missing

    def accept(self, question: Question, window: Window[Row]) -> int:
        """Take in an answer; the number of its first row."""
        first = self._first(question, window)
        if not window.more_before and first != 0:
            self._forget()
            first = 0
        elif window.more_before and first <= 0:
            self._forget()
            first = len(window.rows)
        self._take(first, window)
        return first

    def _first(self, question: Question, window: Window[Row]) -> int:
        rows = len(window.rows)
        place = question.ask.place
        if window.offset is not None:
            return window.offset
        if isinstance(place, Start) or not window.more_before:
            return 0
        if isinstance(place, End) or not window.more_after:
            self._from_end = self._end is None
            return max(self.size - rows, 0)
        if isinstance(place, After):
            return question.anchor + 1
        if isinstance(place, Before):
            return question.anchor - rows
        if isinstance(place, Around):
            ids = [self.identify(key) for key in window.keys]
            return max(question.anchor - (ids.index(place.id) if place.id in ids else 0), 1)
        return question.anchor

    def _take(self, first: int, window: Window[Row]) -> None:
        for step, (row, key) in enumerate(zip(window.rows, window.keys, strict=True)):
            self._put(first + step, row, key)
        past = first + len(window.rows)
        if window.more_after:
            self._beyond = max(self._beyond, past + 1)
            if self._end is not None and self._end <= past:
                self._end = None
        elif self._count is None or not self._from_end:
            self._end = past

    def _put(self, number: int, row: Row, key: Key) -> None:
        id = self.identify(key)
        if (elsewhere := self._numbers.get(id)) is not None and elsewhere != number:
            self._rows.pop(elsewhere, None)
        if (other := self._rows.get(number)) is not None:
            self._numbers.pop(self.identify(other[1]), None)
        self._rows[number] = (row, key)
        self._numbers[id] = number

    def _forget(self) -> None:
        self._rows.clear()
        self._numbers.clear()
        self._end = None
        self._beyond = 0

    def counted(self, count: Count) -> int:
        """Take in a count. Returns by how much rows that were placed from the end have moved."""
        before, self._count = self.size, count
        if not count.exact:
            return 0
        self._end = count.number
        self._beyond = min(self._beyond, count.number)
        shift = count.number - before if self._from_end else 0
        self._from_end = False
        if shift:
            self._rows = {number + shift: held for number, held in self._rows.items()}
            self._numbers = {id: number + shift for id, number in self._numbers.items()}
        return shift

    def trim(self, first: int, last: int) -> None:
        """Drop what is far from [first, last) when more than `room` rows are held."""
        if len(self._rows) <= self.room:
            return
        slack = max((self.room - (last - first)) // 2, 0)
        for number in [n for n in self._rows if not first - slack <= n < last + slack]:
            _, key = self._rows.pop(number)
            self._numbers.pop(self.identify(key), None)
