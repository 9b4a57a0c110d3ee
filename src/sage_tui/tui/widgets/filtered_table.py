"""A windowed table under its filter: what is typed is asked, what makes no sense is pointed at."""

from typing import Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from sage_tui.domain.errors import QueryError
from sage_tui.tui.asking import Trouble
from sage_tui.tui.widgets.filter_line import FilterLine
from sage_tui.tui.widgets.table_messages import AskTrouble
from sage_tui.tui.widgets.window_table import WindowTable

Row = TypeVar("Row")


class FilteredTable(Vertical, Generic[Row]):
    """Both, kept in step. `FilterLine.Filtered` and the table's own messages go on to whoever holds it."""

    def __init__(self, line: FilterLine, table: WindowTable[Row]) -> None:
        super().__init__()
        self.filter = line
        self.table = table

    def compose(self) -> ComposeResult:
        yield self.filter
        yield self.table

    @on(FilterLine.Filtered)
    def _filtered(self, event: FilterLine.Filtered) -> None:
        # Without a filter everybody is there: the one under the cursor stays under it.
        self.table.show(event.query, around=None if event.query else self.table.current_id)

    @on(FilterLine.Doubted)
    def _doubted(self, event: FilterLine.Doubted) -> None:
        event.stop()
        self.table.hush(event.doubted)

    @on(FilterLine.Left)
    def _left(self, event: FilterLine.Left) -> None:
        event.stop()
        self.table.focus(scroll_visible=False)

    @on(AskTrouble)
    def _trouble(self, event: AskTrouble) -> None:
        event.stop()
        if isinstance(event.error, QueryError):
            self.filter.complain(event.error)
        else:
            self.post_message(Trouble(event.error))
