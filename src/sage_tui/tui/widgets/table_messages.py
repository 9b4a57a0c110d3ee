"""What a windowed table says: to itself from its threads, and to whoever holds it."""

from typing import TYPE_CHECKING, Any

from textual.message import Message

from sage_tui.domain.columns import Column
from sage_tui.domain.errors import SageError
from sage_tui.domain.paging import Count, Sort, Window
from sage_tui.tui.widgets.table_cache import Question

if TYPE_CHECKING:
    from sage_tui.tui.widgets.table_view import TableView


class RowsArrived(Message, bubble=False):
    """From a thread: the answer to a question."""

    def __init__(self, question: Question, window: Window[Any]) -> None:
        super().__init__()
        self.question = question
        self.window = window


class CountArrived(Message, bubble=False):
    """From a thread: how many match a query; `number` is that of the question it was asked for."""

    def __init__(self, number: int, count: Count) -> None:
        super().__init__()
        self.number = number
        self.count = count


class AskFailed(Message, bubble=False):
    """From a thread: the question could not be answered."""

    def __init__(self, number: int, error: SageError) -> None:
        super().__init__()
        self.number = number
        self.error = error


class TableMessage(Message):
    """Something about a table, for whoever holds it."""

    def __init__(self, table: "TableView[Any]") -> None:
        super().__init__()
        self.table = table

    @property
    def control(self) -> "TableView[Any]":
        """For `@on(…, "#id")`."""
        return self.table


class Drawn(TableMessage):
    """Rows or the count have arrived."""


class Moved(TableMessage):
    """The cursor stands on another row."""


class SelectionChanged(TableMessage):
    """Other rows are selected."""


class Opened(TableMessage):
    """Enter (or a double click) on a row."""

    def __init__(self, table: "TableView[Any]", row: Any) -> None:
        super().__init__(table)
        self.row = row


class SortChosen(TableMessage):
    """The order was changed; `sort` is None when the column has none."""

    def __init__(self, table: "TableView[Any]", sort: Sort | None, column: Column) -> None:
        super().__init__(table)
        self.sort = sort
        self.column = column


class AskTrouble(TableMessage):
    """The last question failed; what was there still stands."""

    def __init__(self, table: "TableView[Any]", error: SageError) -> None:
        super().__init__(table)
        self.error = error
