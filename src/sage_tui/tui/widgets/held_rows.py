"""A windowed table over rows that are all there already: few enough to be held, sorted in memory."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sage_tui.domain.paging import After, Around, Ask, At, Before, Count, End, Window

Row = TypeVar("Row")


class HeldRows(Generic[Row]):
    """A source of held rows. `order` gives what a column sorts by; None keeps the order in which they came. Rows that
    are `last` stay at the end in any order."""

    def __init__(self, order: Callable[[Row, str], int | str | None], last: Callable[[Row], bool]) -> None:
        self._order = order
        self._last = last
        self._rows: tuple[Row, ...] = ()

    def hold(self, rows: Sequence[Row]) -> None:
        """These rows from now on."""
        self._rows = tuple(rows)

    def window(self, ask: Ask) -> Window[Row]:
        """A window of them; a row's id is its place as they came."""
        order = self._sorted(ask)
        total = len(order)
        match ask.place:
            case After(key):
                first = self._place(order, key[-1]) + 1
            case Before(key):
                first = self._place(order, key[-1]) - ask.count
            case Around(id):
                first = self._place(order, id) - ask.count // 2
            case At(offset):
                first = offset
            case End():
                first = total - ask.count
            case _:
                first = 0
        first = max(min(first, total), 0)
        some = order[first : first + ask.count]
        return Window(
            tuple(self._rows[at] for at in some),
            tuple((at,) for at in some),
            first > 0,
            first + len(some) < total,
            first,
        )

    def _place(self, order: list[int], id: object) -> int:
        return order.index(id) if isinstance(id, int) and id in order else 0

    def _sorted(self, ask: Ask) -> list[int]:
        places = list(range(len(self._rows)))
        last = [at for at in places if self._last(self._rows[at])]
        places = [at for at in places if at not in last]
        if places and self._order(self._rows[places[0]], ask.sort.column) is not None:
            places.sort(key=lambda at: self._order(self._rows[at], ask.sort.column), reverse=ask.sort.descending)  # type: ignore[arg-type,return-value]
        return places + last

    def count(self, query: str) -> Count:
        """All of them."""
        return Count(len(self._rows))
