"""How a windowed table's lines are laid out and drawn: columns, cells, strips. No state, no questions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from sage_tui.domain.columns import Column
from sage_tui.domain.paging import Sort

GUTTER = 2
"""Cells before the first column: the cursor's mark and the selection's."""

GAP = 2
"""Cells between columns."""

LOADING = "·····"

Cell = tuple[str, str]
"""Cleaned text, and the name of its look: near, bad, good, quiet, or nothing."""


@dataclass(frozen=True, slots=True)
class Laid:
    """A column with the cell where it begins (inside its part) and its width."""

    column: Column
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The frozen column and the ones that scroll under it."""

    frozen: Laid
    scrolling: tuple[Laid, ...]
    frozen_width: int
    scrolling_width: int

    @property
    def width(self) -> int:
        """All cells that a row takes."""
        return self.frozen_width + self.scrolling_width

    def laid(self, index: int) -> Laid:
        """A column by its place: 0 is the frozen one."""
        return self.frozen if index == 0 else self.scrolling[index - 1]


def lay_out(columns: Sequence[Column], room: int) -> Layout:
    """Place the columns; the first is frozen and takes what is left over, up to half as much again."""
    head, rest = columns[0], columns[1:]
    scrolling: list[Laid] = []
    x = 0
    for column in rest:
        scrolling.append(Laid(column, x, column.width))
        x += column.width + GAP
    width = max(x - GAP, 0)
    spare = room - (GUTTER + head.width + GAP + width)
    first = head.width + max(0, min(spare, head.width // 2))
    first = max(min(first, room - GUTTER - GAP - 16), 8)
    return Layout(Laid(head, GUTTER, first), tuple(scrolling), GUTTER + first + GAP, width)


def fit(text: str, width: int, right: bool = False) -> str:
    """Text in exactly `width` cells, cut with an ellipsis."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…"
    blank = " " * (width - length)
    return blank + text if right else text + blank


def title(column: Column, sort: Sort, width: int, names: dict[str, str]) -> str:
    """A column's title with the sign of the order: ▼ from the largest, ▲ from the smallest."""
    name = names.get(column.key, column.title)
    if sort.column != column.key:
        return fit(name, width, column.right)
    sign = "▼" if sort.descending else "▲"
    gap = " " if cell_len(name) + 2 <= width else ""
    return fit(f"{fit(name, min(cell_len(name), width - 1 - len(gap)))}{gap}{sign}", width, column.right)


def scrolled(layout: Layout, frozen: Iterable[Segment], rest: Iterable[Segment], x: int, width: int) -> Strip:
    """The frozen part, and beside it the other part from its cell `x` on, in `width` cells.

    A column that is not wholly in sight is left out: half a number is a wrong number.
    """
    room = max(width - layout.frozen_width, 0)
    left = Strip(frozen, layout.frozen_width)
    rest = list(rest)
    right = Strip(rest).crop(x, x + room)
    for begin, end in cut(layout, x, room):
        blank = Strip([Segment(" " * (end - begin), rest[-1].style)])
        right = Strip.join([right.crop(0, begin), blank, right.crop(end, room)])
    return Strip.join([left, right]).adjust_cell_length(width)


def cut(layout: Layout, x: int, room: int) -> list[tuple[int, int]]:
    """Where columns are seen in part: from which cell of the room to which. One that alone fills the room stays."""
    found = []
    for laid in layout.scrolling:
        begin, end = laid.x - x, laid.x + laid.width - x
        if (begin < 0 < end < room) or (0 < begin < room < end):
            found.append((max(begin, 0), min(end, room)))
    return found


def column_at(layout: Layout, x: int, scrolled_by: int) -> int | None:
    """The column that a cell of a line belongs to; None past the last."""
    if x < layout.frozen_width:
        return 0
    x = x - layout.frozen_width + scrolled_by
    for index, laid in enumerate(layout.scrolling, start=1):
        if laid.x <= x < laid.x + laid.width + GAP:
            return index
    return None


def segments(layout: Layout, cells: Sequence[tuple[str, Style]], blank: Style) -> list[Segment]:
    """The scrolling part: fitted cells with gaps between."""
    found: list[Segment] = []
    for laid, (text, style) in zip(layout.scrolling, cells, strict=True):
        if found:
            found.append(Segment(" " * GAP, blank))
        found.append(Segment(fit(text, laid.width, laid.column.right), style))
    return found


def plain(text: str, width: int, style: Style) -> Strip:
    """One line of text."""
    return Strip([Segment(fit(text, width), style)], width)
