"""The windowed table as it is seen: draws rows out of a few screens of rows that are held.

It asks its source in threads, numbers its questions, and keeps only the answer to the last one. It knows nothing
of what a row is: columns say how wide, `Draw` says what a cell reads.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from textual import events
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from sage_tui.domain.columns import Column
from sage_tui.domain.paging import Around, Sort, Start, TableSource
from sage_tui.tui.widgets import table_drawing as drawing
from sage_tui.tui.widgets import table_painting as painting
from sage_tui.tui.widgets.table_cache import Identify, PageCache, RowId, id_of
from sage_tui.tui.widgets.table_loading import Loading
from sage_tui.tui.widgets.table_messages import (
    AskFailed,
    CountArrived,
    Drawn,
    Moved,
    RowsArrived,
)
from sage_tui.tui.widgets.table_selection import NONE, Selected

Row = TypeVar("Row")
Draw = Callable[[Row, Column], drawing.Cell]


class TableView(ScrollView, Generic[Row]):
    """A table over a source of any length, without hands: rows, cursor and selection are shown as they are put."""

    COMPONENT_CLASSES = {
        "window-table--header",
        "window-table--header-here",
        "window-table--cursor",
        "window-table--cursor-blurred",
        "window-table--near",
        "window-table--bad",
        "window-table--good",
        "window-table--quiet",
        "window-table--staged",
    }

    cursor_row: reactive[int] = reactive(0, repaint=False)
    cursor_column: reactive[int] = reactive(0, repaint=False)

    def __init__(
        self,
        source: TableSource[Row],
        columns: Sequence[Column],
        draw: Draw[Row],
        sort: Sort,
        *,
        names: dict[str, str] | None = None,
        empty: str = "Nothing here.",
        nothing: str = "",
        selectable: bool = True,
        identify: Identify = id_of,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.draw = draw
        self.columns = tuple(columns)
        self.names = names or {}
        self.empty = empty
        self.nothing = nothing or empty
        self.selectable = selectable
        self.selected: Selected = NONE
        self.hushed = False
        """Nothing is said of missing rows: the filter makes no sense now."""
        self.loading_rows = Loading(self, source, sort, identify)
        self.layout_now = drawing.lay_out(self.columns, 80)

    # What is shown ------------------------------------------------------------------------------------------------

    @property
    def cache(self) -> PageCache[Row]:
        """The rows that are held."""
        return self.loading_rows.cache

    @property
    def sort(self) -> Sort:
        """The present order."""
        return self.loading_rows.sort

    @property
    def filter_text(self) -> str:
        """The present filter."""
        return self.loading_rows.query

    @property
    def current(self) -> Row | None:
        """The row under the cursor, if it has arrived."""
        return self.cache.row(self.cursor_row)

    @property
    def current_id(self) -> RowId | None:
        """The id of the row under the cursor."""
        return self.cache.id_at(self.cursor_row)

    @property
    def current_column(self) -> Column:
        """The column under the cursor."""
        return self.columns[min(self.cursor_column, len(self.columns) - 1)]

    @property
    def page_rows(self) -> int:
        """Rows that fit under the header."""
        return max(self.scrollable_content_region.height - 1, 1)

    @property
    def view_width(self) -> int:
        """Cells of a line: without the scroll bar."""
        return self.scrollable_content_region.width

    @property
    def top(self) -> int:
        """The number of the first row that is seen."""
        return self.scroll_offset.y

    def hush(self, hushed: bool) -> None:
        """Claim nothing of a filter that makes no sense; the rows before stay."""
        self.hushed = hushed
        self.refresh()

    def show(self, query: str | None = None, sort: Sort | None = None, around: RowId | None = None) -> None:
        """Ask anew. With `around` the person stays under the cursor, wherever they stand now."""
        if query is not None:
            self.selected = self.selected.under(query)
        place = Around(around) if isinstance(around, int) else Start()
        self.loading_rows.fresh(query, sort, place)

    def reload(self) -> None:
        """The same question again, the same person under the cursor."""
        self.show(around=self.current_id)

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show these columns, the first of them frozen."""
        here = self.current_column.key
        self.columns = tuple(columns)
        keys = [column.key for column in self.columns]
        self.set_reactive(TableView.cursor_column, keys.index(here) if here in keys else 0)
        self.resized()

    def resized(self) -> None:
        """Lay out for the present size and number of rows."""
        self.layout_now = drawing.lay_out(self.columns, max(self.view_width, 20))
        self.virtual_size = Size(self.layout_now.width, self.cache.size + 1)
        self.refresh()

    def on_mount(self) -> None:
        self.show()

    def on_resize(self, event: events.Resize) -> None:
        self.resized()
        self.watch_cursor_column()
        self.place_cursor(self.cursor_row)
        self.loading_rows.fill()

    def watch_show_vertical_scrollbar(self, old: bool, new: bool) -> None:
        if old != new:
            self.call_after_refresh(self.resized)

    def on_unmount(self) -> None:
        self.loading_rows.stop()

    # Moving -------------------------------------------------------------------------------------------------------

    def place_cursor(self, row: int) -> None:
        """Put the cursor on a row now, and scroll as little as brings it into sight."""
        self.cursor_row = max(0, min(row, max(self.cache.size - 1, 0)))
        top, page = self.top, self.page_rows
        if self.cursor_row < top:
            self.scroll_rows(self.cursor_row)
        elif self.cursor_row >= top + page:
            self.scroll_rows(self.cursor_row - page + 1)

    def scroll_rows(self, top: int) -> None:
        """Make this row the first that is seen."""
        self.scroll_to(y=max(top, 0), animate=False, force=True, immediate=True)

    def watch_cursor_row(self, old: int, new: int) -> None:
        self.refresh_row(old)
        self.refresh_row(new)
        self.post_message(Moved(self))

    def watch_cursor_column(self) -> None:
        self.refresh(Region(0, 0, self.size.width, 1))
        if self.cursor_column == 0:
            return
        laid = self.layout_now.laid(self.cursor_column)
        room = self.view_width - self.layout_now.frozen_width
        if laid.x < self.scroll_offset.x:
            self.scroll_to(x=laid.x, animate=False, force=True, immediate=True)
        elif laid.x + laid.width > self.scroll_offset.x + room:
            self.scroll_to(x=laid.x + laid.width - room, animate=False, force=True, immediate=True)

    def cell_region(self, row: int, column: int) -> Region | None:
        """Where a cell is seen, in cells of this widget; None while it is out of sight."""
        y = row - self.top + 1
        if not 1 <= y < self.size.height:
            return None
        laid = self.layout_now.laid(column)
        x = laid.x if column == 0 else self.layout_now.frozen_width + laid.x - self.scroll_offset.x
        return Region(x, y, min(laid.width, self.view_width - x), 1)

    def refresh_row(self, row: int) -> None:
        """Repaint one row's line."""
        y = row - self.top + 1
        if 1 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self.loading_rows.fill()

    # Drawing ------------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        return painting.line(self, y)

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self.refresh_row(self.cursor_row)
        self.refresh(Region(0, 0, self.size.width, 1))

    def arrived(self) -> None:
        """Rows came: lay out for them and repaint what is seen."""
        self.resized()
        self.refresh_bindings()
        self.post_message(Drawn(self))

    def on_rows_arrived(self, message: RowsArrived) -> None:
        self.loading_rows.arrived(message.question, message.window)

    def on_count_arrived(self, message: CountArrived) -> None:
        self.loading_rows.counted(message.number, message.count)

    def on_ask_failed(self, message: AskFailed) -> None:
        self.loading_rows.failed(message.number, message.error)
