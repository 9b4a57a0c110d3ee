"""Windows by key: any depth costs the same, also amid ties (speed.md, facts 2 and 8).

An order is a row of segments. In a segment rows are sorted by one expression and then by id, or (a constant
segment) by id alone; so NULL, and "another month's row reads as used 0", are segments of their own, and every
question is a plain seek: `x = v AND id > i`, then `x > v`. Never `(x, id) > (v, i)`: SQLite scans for that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.paging import After, Around, Ask, At, Before, End, Key, Start, Window

Row = TypeVar("Row")
Value = int | str | None


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows for which `where` holds. `expr` is what they are sorted by; without one all have the value `constant`.

    `bound` is one more condition, on `expr` itself: left out of seeks that say more (`expr = v`, `expr > v`), where it
    would only lead a planner astray.
    """

    where: str = "TRUE"
    values: tuple[Any, ...] = ()
    expr: str = ""
    constant: Value = None
    bound: str = ""

    @property
    def whole(self) -> str:
        """All its rows, in SQL."""
        return f"({self.where}) AND {self.bound}" if self.bound else f"({self.where})"


@dataclass(frozen=True, slots=True)
class Order:
    """An order, ascending. `id` is the SQL of the row's id; without `valued` a key is the id alone."""

    segments: tuple[Segment, ...]
    id: str
    takes: type = int
    valued: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """One statement's worth: all its conditions (first the segment's values, then its own), order, how many."""

    segment: Segment
    where: tuple[str, ...]
    values: tuple[Any, ...]
    order_by: str
    limit: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A row as the database gave it, with its key."""

    row: tuple[Any, ...]
    key: Key


@dataclass(frozen=True, slots=True)
class Reader:
    """How one table answers. `fetch` runs a part; `count` counts a segment; `key_of` finds where a row stands."""

    order: Order
    fetch: Callable[[Part], list[Found]]
    count: Callable[[Segment], int]
    key_of: Callable[[int], Key | None]
    make: Callable[[tuple[Any, ...]], Any] = field(default=lambda row: row)


def window(reader: Reader, ask: Ask) -> Window[Any]:
    """The answer to a question. Raises WrongUse for a key of another order."""
    backwards = ask.sort.descending
    match ask.place:
        case Start():
            found = walk(reader, backwards, None, ask.count + 1)
            return _window(reader, found[: ask.count], False, len(found) > ask.count, 0)
        case End():
            found = walk(reader, not backwards, None, ask.count + 1)
            return _window(reader, found[: ask.count][::-1], len(found) > ask.count, False, None)
        case After(key):
            found = walk(reader, backwards, checked(reader.order, key), ask.count + 1)
            return _window(reader, found[: ask.count], True, len(found) > ask.count, None)
        case Before(key):
            found = walk(reader, not backwards, checked(reader.order, key), ask.count + 1)
            return _window(reader, found[: ask.count][::-1], len(found) > ask.count, True, None)
        case Around(row_id):
            return _around(reader, ask, row_id)
        case At(offset):
            return _at(reader, ask, max(offset, 0))


def _window(reader: Reader, found: Sequence[Found], before: bool, after: bool, offset: int | None) -> Window[Any]:
    if not found and not (before and after):
        before = after = False
    rows = tuple(reader.make(one.row) for one in found)
    return Window(rows, tuple(one.key for one in found), before, after, offset)


def _around(reader: Reader, ask: Ask, row_id: int) -> Window[Any]:
    """The row in the middle; from the start where it is not there (any more)."""
    backwards = ask.sort.descending
    key = reader.key_of(row_id)
    if key is None:
        return window(reader, Ask(ask.number, ask.query, ask.sort, Start(), ask.count))
    half = ask.count // 2
    above = walk(reader, not backwards, key, half + 1)
    below = walk(reader, backwards, _just_before(key, backwards), ask.count - half + 1)
    return _window(
        reader,
        [*above[:half][::-1], *below[: ask.count - half]],
        len(above) > half,
        len(below) > ask.count - half,
        None,
    )


def _just_before(key: Key, backwards: bool) -> Key:
    """The key that stands right before: ids are whole, so the row itself comes first after it."""
    last = key[-1]
    assert isinstance(last, int)
    return (*key[:-1], last + 1 if backwards else last - 1)


def _at(reader: Reader, ask: Ask, offset: int) -> Window[Any]:
    """From a row number: segments before it are counted, the rest is skipped by the database."""
    wanted, skip = ask.count + 1, offset
    found: list[Found] = []
    for part in _parts(reader.order, ask.sort.descending, None, wanted):
        one = Part(part.segment, part.where, part.values, part.order_by, wanted - len(found), skip)
        here = reader.fetch(one)
        found += here
        if len(found) >= wanted:
            break
        skip = 0 if here else max(skip - reader.count(part.segment), 0)
    if not found and offset:
        return window(reader, Ask(ask.number, ask.query, ask.sort, End(), ask.count))
    return _window(reader, found[: ask.count], offset > 0, len(found) > ask.count, offset)


def walk(reader: Reader, backwards: bool, key: Key | None, limit: int) -> list[Found]:
    """Up to `limit` rows in this direction, from behind `key` or from the end."""
    found: list[Found] = []
    for part in _parts(reader.order, backwards, key, limit):
        left = limit - len(found)
        found += reader.fetch(Part(part.segment, part.where, part.values, part.order_by, left))
        if len(found) >= limit:
            break
    return found


def _parts(order: Order, backwards: bool, key: Key | None, limit: int) -> list[Part]:
    segments = order.segments[::-1] if backwards else order.segments
    sign, direction = ("<", " DESC") if backwards else (">", "")
    by_id = f"{order.id}{direction}"

    def part(segment: Segment, where: tuple[str, ...] = (), values: tuple[Any, ...] = (), by: str = "") -> Part:
        whole = f"{segment.expr}{direction}, {by_id}" if segment.expr else by_id
        return Part(segment, (f"({segment.where})", *where), values, by or whole, limit)

    def all_of(segment: Segment) -> Part:
        return part(segment, (segment.bound,) if segment.bound else ())

    if key is None:
        return [all_of(segment) for segment in segments]
    *value, row_id = key
    here = next(place for place, segment in enumerate(segments) if _holds(order, segment, value))
    segment = segments[here]
    parts = []
    if segment.expr:
        parts.append(part(segment, (f"{segment.expr} = ?", f"{order.id} {sign} ?"), (value[0], row_id), by_id))
        bounds = (segment.bound,) if segment.bound and backwards else ()
        parts.append(part(segment, (f"{segment.expr} {sign} ?", *bounds), (value[0],)))
    else:
        parts.append(part(segment, (f"{order.id} {sign} ?",), (row_id,)))
    return parts + [all_of(rest) for rest in segments[here + 1 :]]


def _holds(order: Order, segment: Segment, value: Sequence[Value]) -> bool:
    """Does a key with this value stand in this segment? Constants first: the rest is the sorted segment's."""
    if not order.valued:
        return True
    constants = [one.constant for one in order.segments if not one.expr]
    return value[0] not in constants if segment.expr else value[0] == segment.constant


def checked(order: Order, key: Key) -> Key:
    """The key, if it is one of this order. Raises WrongUse (a cursor of another sort)."""
    right = len(key) == 1 + order.valued and isinstance(key[-1], int)
    if right and order.valued:
        constants = [segment.constant for segment in order.segments if not segment.expr]
        sorted_too = any(segment.expr for segment in order.segments)
        right = key[0] in constants or (sorted_too and isinstance(key[0], order.takes))
    if not right:
        raise WrongUse("cursor: it belongs to another order", "Take `next` of an answer with the same --sort.")
    return key
