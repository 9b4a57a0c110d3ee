"""The windowed table: the view with its keys and its mouse."""

from typing import Generic, TypeVar

from textual import events

from sage_tui.domain.paging import Sort
from sage_tui.tui.keys import bind, moves
from sage_tui.tui.widgets import table_drawing as drawing
from sage_tui.tui.widgets.table_messages import Opened, SelectionChanged, SortChosen
from sage_tui.tui.widgets.table_selection import NONE, Selected, every
from sage_tui.tui.widgets.table_view import TableView

Row = TypeVar("Row")


class WindowTable(TableView[Row], Generic[Row], can_focus=True):
    """A table that can be moved in, chosen from, ordered and opened."""

    BINDINGS = [
        *moves("up", "down", "left", "right", "page_up", "page_down", "first", "last"),
        bind("open"),
        bind("select"),
        *moves("select_up", "select_down", "select_all"),
        bind("sort"),
        *moves("reverse"),
    ]

    # Moving -------------------------------------------------------------------------------------------------------

    def go(self, row: int) -> None:
        """Put the cursor on a row; if it has not arrived, when it has (or after 300 ms, on a row of dots)."""
        self.loading_rows.go(max(0, min(row, self.cache.size - 1)))

    def action_up(self) -> None:
        self.go(self.loading_rows.target - 1)

    def action_down(self) -> None:
        self.go(self.loading_rows.target + 1)

    def action_page_up(self) -> None:
        self.go(self.loading_rows.target - self.page_rows)

    def action_page_down(self) -> None:
        self.go(self.loading_rows.target + self.page_rows)

    def action_first(self) -> None:
        self.go(0)

    def action_last(self) -> None:
        self.loading_rows.go_end()

    def action_left(self) -> None:
        self.cursor_column = max(self.cursor_column - 1, 0)

    def action_right(self) -> None:
        self.cursor_column = min(self.cursor_column + 1, len(self.columns) - 1)

    # Choosing -----------------------------------------------------------------------------------------------------

    def action_open(self) -> None:
        if (row := self.current) is not None:
            self.post_message(Opened(self, row))

    def action_select(self) -> None:
        if self.selectable and (id := self.current_id) is not None:
            self.choose(self.selected.toggled(id))
            self.go(self.cursor_row + 1)

    def action_select_up(self) -> None:
        self._select_towards(-1)

    def action_select_down(self) -> None:
        self._select_towards(1)

    def _select_towards(self, step: int) -> None:
        if not self.selectable:
            return
        here, there = self.cursor_row, max(0, min(self.cursor_row + step, self.cache.size - 1))
        ids = [id for row in (here, there) if (id := self.cache.id_at(row)) is not None]
        self.choose(self.selected.with_rows(ids))
        self.go(there)

    def action_select_all(self) -> None:
        if self.selectable:
            self.choose(NONE if self.selected.all_of is not None and not self.selected.ids else every(self.filter_text))

    def choose(self, selected: Selected) -> None:
        """Select exactly this."""
        self.selected = selected
        self.refresh()
        self.post_message(SelectionChanged(self))

    def action_sort(self) -> None:
        column = self.current_column
        if not column.sortable:
            self.post_message(SortChosen(self, None, column))
            return
        descending = not self.sort.descending if self.sort.column == column.key else column.right
        self._order(Sort(column.key, descending))

    def action_reverse(self) -> None:
        self._order(Sort(self.sort.column, not self.sort.descending))

    def _order(self, sort: Sort) -> None:
        self.show(sort=sort)
        self.post_message(SortChosen(self, sort, self.current_column))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action.startswith("select"):
            return self.selectable
        return action not in ("sort", "reverse") or sum(column.sortable for column in self.columns) > 1

    def why_not(self, action: str) -> str | None:
        """Why a key does nothing here; the footer greys it."""
        if action == "sort" and not self.current_column.sortable:
            return f"{self.current_column.title} has no order."
        if action in ("open", "select") and self.cache.size == 0:
            return "There are no rows."
        return None

    # Mouse --------------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        column = drawing.column_at(self.layout_now, event.x, self.scroll_offset.x)
        if event.y == 0:
            if column is not None:
                self.cursor_column = column
                self.action_sort()
            return
        row = self.top + event.y - 1
        if row >= self.cache.size:
            return
        if column is not None:
            self.cursor_column = column
        if event.x < drawing.GUTTER and self.selectable and (id := self.cache.id_at(row)) is not None:
            self.choose(self.selected.toggled(id))
        again = row == self.cursor_row and event.chain >= 2
        self.go(row)
        if again:
            self.action_open()
