"""A table source of any length, computed: row n is the number n. For the windowed table's tests."""

import threading
from dataclasses import dataclass, field

from sage_tui.domain.columns import Column, Unit
from sage_tui.domain.paging import After, Around, Ask, At, Before, Count, End, Key, Start, Window

COLUMNS = (
    Column("name", "Name", Unit.TEXT, 16),
    Column("square", "Square", Unit.TOKENS, 20),
    Column("state", "State", Unit.STATE, 10, sortable=False),
    *(Column(f"c{n}", f"Column {n}", Unit.TOKENS, 12) for n in range(8)),
)


@dataclass
class Numbers:
    """Numbers 0 … total - 1, ascending or descending; a filter is the text that their digits must hold."""

    total: int
    exact: bool = True
    asks: list[Ask] = field(default_factory=list)
    gate: threading.Event | None = None
    gone: set[int] = field(default_factory=set)

    def _all(self, query: str) -> list[int] | range:
        if not query and not self.gone:
            return range(self.total)
        return [n for n in range(self.total) if query in str(n) and n not in self.gone]

    def window(self, ask: Ask) -> Window[int]:
        self.asks.append(ask)
        if self.gate is not None:
            assert self.gate.wait(10)
        rows = self._all(ask.query)
        if ask.sort.descending:
            rows = rows[::-1]
        first = max(self._first(rows, ask), 0)
        found = rows[first : first + ask.count]
        if isinstance(ask.place, Before):
            last = rows.index(int(ask.place.key[0] or 0))
            found = rows[max(last - ask.count, 0) : last]
            first = max(last - ask.count, 0)
        keys: tuple[Key, ...] = tuple((n, n) for n in found)
        return Window(tuple(found), keys, first > 0, first + len(found) < len(rows))

    def _first(self, rows: list[int] | range, ask: Ask) -> int:
        match ask.place:
            case Start() | Before():
                return 0
            case End():
                return len(rows) - ask.count
            case After(key):
                return rows.index(int(key[0] or 0)) + 1
            case Around(id):
                return rows.index(id) - ask.count // 2 if id in rows else 0
            case At(offset):
                return offset

    def count(self, query: str) -> Count:
        return Count(len(self._all(query)), self.exact)


def draw(row: int, column: Column) -> tuple[str, str]:
    """Row 7: `row 7`, 49, odd."""
    if column.key == "name":
        return f"row {row}", ""
    if column.key == "square":
        return f"{row * row:,}", "near" if row % 2 else ""
    if column.key == "state":
        return ("odd" if row % 2 else "even"), ""
    return f"{column.key}-{row}", ""
