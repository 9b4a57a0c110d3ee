"""A windowed table's lines, painted in its styles."""

from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from sage_tui.tui.widgets import table_drawing as drawing

if TYPE_CHECKING:
    from sage_tui.tui.widgets.table_view import TableView

BROKEN = "The rows could not be read. r tries again."


def line(table: "TableView[Any]", y: int) -> Strip:
    """The line at `y` of the widget: the header, a row, dots, or nothing."""
    width = table.view_width
    if y == 0:
        return header(table, width)
    number = table.top + y - 1
    size = table.cache.size
    if number >= size:
        return _past_the_end(table, y, width)
    row = table.cache.row(number)
    if row is None:
        return drawing.plain("  " + drawing.LOADING, width, table.rich_style + look(table, "quiet"))
    return _row(table, number, row, width)


def _past_the_end(table: "TableView[Any]", y: int, width: int) -> Strip:
    settled = table.loading_rows.settled
    if settled and table.hushed:
        return drawing.plain("", width, table.rich_style)
    if table.loading_rows.broken:
        return drawing.plain("  " + BROKEN if y == 2 else "", width, table.rich_style)
    if not settled and table.loading_rows.slow:
        return drawing.plain("  " + drawing.LOADING, width, table.rich_style + look(table, "quiet"))
    empty = settled and y == 2 and table.cache.size == 0
    words = table.empty if table.loading_rows.answered else table.nothing
    return drawing.plain("  " + words if empty else "", width, table.rich_style)


def header(table: "TableView[Any]", width: int) -> Strip:
    """The titles; the one under the cursor is marked while the table has the focus."""
    layout, sort, names = table.layout_now, table.sort, table.names
    style = table.get_component_rich_style("window-table--header")
    here = table.get_component_rich_style("window-table--header-here")

    def styled(index: int) -> Style:
        return here if index == table.cursor_column and table.has_focus else style

    first = drawing.title(layout.frozen.column, sort, layout.frozen.width, names)
    frozen = [Segment(" " * drawing.GUTTER, style), Segment(first, styled(0)), Segment(" " * drawing.GAP, style)]
    cells = [
        (drawing.title(laid.column, sort, laid.width, names), styled(index))
        for index, laid in enumerate(layout.scrolling, start=1)
    ]
    rest = drawing.segments(layout, cells, style)
    rest.append(Segment(" " * max(width - layout.width, 0), style))
    return drawing.scrolled(layout, frozen, rest, table.scroll_offset.x, width)


def _row(table: "TableView[Any]", number: int, row: Any, width: int) -> Strip:
    layout, base = table.layout_now, table.rich_style
    cursor = _cursor(table) if number == table.cursor_row else None
    ground = cursor or base

    def styled(cell: drawing.Cell) -> tuple[str, Style]:
        return cell[0], cursor or (base + look(table, cell[1]) if cell[1] else base)

    text, style = styled(table.draw(row, layout.frozen.column))
    chosen = table.selected.has(table.cache.id_at(number))
    frozen = [
        Segment(("›" if cursor is not None else " ") + ("✓" if chosen else " "), ground),
        Segment(drawing.fit(text, layout.frozen.width, layout.frozen.column.right), style),
        Segment(" " * drawing.GAP, ground),
    ]
    cells = [styled(table.draw(row, laid.column)) for laid in layout.scrolling]
    rest = drawing.segments(layout, cells, ground)
    rest.append(Segment(" " * max(width - layout.width, 0), ground))
    return drawing.scrolled(layout, frozen, rest, table.scroll_offset.x, width)


def _cursor(table: "TableView[Any]") -> Style:
    name = "window-table--cursor" if table.has_focus else "window-table--cursor-blurred"
    return table.get_component_rich_style(name)


def look(table: "TableView[Any]", name: str) -> Style:
    """The look of a cell by its name; only what the sheet says of it, not its ground."""
    return table.get_component_rich_style(f"window-table--{name}", partial=True)
