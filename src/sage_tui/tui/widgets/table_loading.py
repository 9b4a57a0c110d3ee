"""A windowed table's questions: which rows to ask for, which answers to keep, where the cursor goes meanwhile.

At most one question about rows is under way; a newer one stops it and takes its place, and an answer to any but the
last is dropped. Nothing on screen changes until the answer is there, or 300 ms have passed: then rows are dots.
"""

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from textual.timer import Timer

from sage_tui.domain.errors import SageError
from sage_tui.domain.paging import Around, Ask, End, Place, Sort, TableSource, Window
from sage_tui.domain.superseding import Asking
from sage_tui.tui.widgets.table_cache import Identify, PageCache, Question, RowId, id_of
from sage_tui.tui.widgets.table_messages import AskFailed, AskTrouble, CountArrived, RowsArrived

if TYPE_CHECKING:
    from sage_tui.tui.widgets.table_view import TableView

Row = TypeVar("Row")

PATIENCE = 0.3
"""Seconds before missing rows are shown as dots."""

SCREENS = 2
"""Screens of rows that one question asks for."""

LEAST = 40
"""Rows that one question asks for, at least."""


class Loading(Generic[Row]):
    """The questions of one table."""

    def __init__(
        self, table: "TableView[Row]", source: TableSource[Row], sort: Sort, identify: Identify = id_of
    ) -> None:
        self._table = table
        self._identify = identify
        self.source = source
        self.query = ""
        self.sort = sort
        self.cache: PageCache[Row] = PageCache(identify=identify)
        self.settled = False
        self._number = 0
        self._asked: Question | None = None
        self._running = 0
        self._rows, self._counting = Asking(), Asking()
        self._wanted: int | None = None
        self._in_vain: int | None = None
        self._going: int | None = None
        self._to_end = False
        self._follow: RowId | None = None
        self._patience: Timer | None = None
        self._count_known = False
        self._generation = 0
        self.slow = False
        self.answered = ""
        """The filter that the rows that are held answer."""
        self.broken = False
        """The rows asked for first were never read."""

    # Where to -----------------------------------------------------------------------------------------------------

    @property
    def target(self) -> int:
        """Where the cursor is, or is about to be: keys pressed in a row add up."""
        return self._table.cursor_row if self._going is None else self._going

    def go(self, row: int) -> None:
        """The cursor to a row: at once if it is held, else when it arrives."""
        if self.cache.row(row) is not None or self.cache.size == 0:
            self._going = None
            self._table.place_cursor(row)
            self.fill()
            return
        self._going = row
        self._wait()
        self.fill()

    def go_end(self) -> None:
        """The cursor to the last row, wherever that is."""
        last = self.cache.size - 1
        counted = self.cache.count is not None and self.cache.count.exact
        if counted and self.cache.row(last) is not None:
            self.go(last)
            return
        self._to_end = True
        self._wait()
        self._ask(End(), self.cache.size)

    # Asking -------------------------------------------------------------------------------------------------------

    @property
    def page(self) -> int:
        """Rows that one question asks for."""
        return max(self._table.page_rows * SCREENS, LEAST)

    def fresh(self, query: str | None, sort: Sort | None, place: Place) -> None:
        """Another question altogether: its answer replaces all that is held."""
        changed = query is not None and query != self.query
        self.query = self.query if query is None else query
        self.sort = sort or self.sort
        self._going, self._to_end = None, False
        self._wanted = self._in_vain = None
        self._follow = place.id if isinstance(place, Around) else None
        self._count_known = not changed
        self.slow = self.broken = False
        self._wait()
        self._ask(place, self._table.cursor_row if self._follow is not None else 0, fresh=True)

    def fill(self) -> None:
        """Ask for the rows that are seen and not held; failing these, for those a page either side."""
        if self._asked is not None or not self.settled:
            return
        page = self._table.page_rows
        top = self._table.top if self._going is None else max(self._going - page // 2, 0)
        missing = self.cache.first_missing(top, top + page)
        if missing is None:
            missing = self.cache.first_missing(top - page, top + 2 * page)
        if missing is not None and missing != self._in_vain:
            self._wanted = missing
            place, anchor = self.cache.place(missing, self.page)
            self._ask(place, anchor)

    def _ask(self, place: Place, anchor: int, fresh: bool = False) -> None:
        self._number += 1
        question = Question(Ask(self._number, self.query, self.sort, place, self.page), anchor, fresh)
        self._asked = question
        if self._running:
            self._drop(self._rows)
            return  # sent when the thread that is out comes back: threads never pile up behind fast fingers
        self._send(question)

    def _send(self, question: Question) -> None:
        self._running = question.ask.number
        self._rows = asking = Asking()
        self._table.run_worker(lambda: self._answer(question, asking), thread=True, group="rows", exit_on_error=True)

    def _drop(self, asking: Asking) -> None:
        """Stop a question, in a thread: a server may take its time to be told."""
        asking.dropped = True
        if asking.reads:
            self._table.run_worker(asking.drop, thread=True, group="drop", exit_on_error=True)

    def _came_back(self, number: int) -> None:
        """The thread is free: the newest question that is not sent yet goes out."""
        if number != self._running:
            return
        self._running = 0
        if self._asked is not None and self._asked.ask.number != number:
            self._send(self._asked)

    def _answer(self, question: Question, asking: Asking) -> None:
        """In a thread: ask, and post what came."""
        try:
            with asking:
                window = self.source.window(question.ask)
        except SageError as error:
            self._table.post_message(AskFailed(question.ask.number, error))
        else:
            self._table.post_message(RowsArrived(question, window))

    def _ask_count(self, number: int, query: str, asking: Asking) -> None:
        """In a thread: count, and post it."""
        try:
            with asking:
                count = self.source.count(query)
        except SageError as error:
            if not asking.dropped:
                self._table.post_message(AskFailed(number, error))
        else:
            self._table.post_message(CountArrived(number, count))

    # Answers ------------------------------------------------------------------------------------------------------

    def arrived(self, question: Question, window: Window[Any]) -> None:
        """Keep the answer if it is to the last question."""
        self._came_back(question.ask.number)
        if self._asked is None or question.ask.number != self._asked.ask.number:
            return
        self._asked = None
        if question.fresh:
            self._replace(question, window)
        else:
            self.cache.accept(question, window)
            if self._wanted is not None and self.cache.row(self._wanted) is None:
                self._in_vain, self._going = self._wanted, None  # not there (any more): do not ask for ever
            self._wanted = None
        self._table.arrived()
        self._land(question, window)
        self.cache.trim(self._table.top, self._table.top + self._table.page_rows)
        self.fill()

    def _replace(self, question: Question, window: Window[Any]) -> None:
        count = self.cache.count if self._count_known else None
        self.cache = PageCache(max(self._table.page_rows * 8, 300), count, self._identify)
        self.settled, self.slow, self.answered = True, False, question.ask.query
        self.cache.accept(question, window)
        self._generation = number = question.ask.number
        query = question.ask.query
        self._drop(self._counting)
        self._counting = asking = Asking()
        self._table.run_worker(
            lambda: self._ask_count(number, query, asking), thread=True, group="count", exit_on_error=True
        )

    def _land(self, question: Question, window: Window[Any]) -> None:
        """Put the cursor where it was going."""
        table = self._table
        if question.fresh:
            self._land_fresh(window)
        elif self._to_end and isinstance(question.ask.place, End):
            table.place_cursor(self.cache.size - 1)
        elif self._going is not None and self.cache.row(self._going) is not None:
            table.place_cursor(self._going)
        else:
            return
        self._going, self._to_end, self._follow = None, False, None
        self._stop_waiting()

    def _land_fresh(self, window: Window[Any]) -> None:
        table = self._table
        below_top = table.cursor_row - table.top
        number = None if self._follow is None else self.cache.number_of(self._follow)
        if number is not None:
            table.scroll_rows(number - below_top)
            table.place_cursor(number)
        elif self._follow is not None and window.keys:
            table.place_cursor(self.cache.number_of(self._identify(window.keys[0])) or 0)
        else:
            table.scroll_rows(0)
            table.place_cursor(0)

    def counted(self, number: int, count: Any) -> None:
        """Keep the count if it is of the present question."""
        if number != self._generation:
            return
        shift = self.cache.counted(count)
        self._table.arrived()
        if shift:
            top = self._table.top
            self._table.place_cursor(self._table.cursor_row + shift)
            self._table.scroll_rows(top + shift)
        self._table.place_cursor(self._table.cursor_row)
        self.fill()

    def failed(self, number: int, error: SageError) -> None:
        """Tell of the failure of the last question; what is shown stays."""
        self._came_back(number)
        if self._asked is not None and number == self._asked.ask.number:
            self._asked = None
            self._going, self._to_end = None, False
            self._stop_waiting()
            self.broken, self.slow = not self.settled, False
            self._table.refresh()
            self._table.post_message(AskTrouble(self._table, error))
        elif number == self._generation:
            self._table.post_message(AskTrouble(self._table, error))

    # Patience -----------------------------------------------------------------------------------------------------

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = self._table.set_timer(PATIENCE, self._impatient)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.stop()
            self._patience = None

    def _impatient(self) -> None:
        """The answer takes long: show dots where rows will be."""
        self._patience = None
        if self._asked is not None and self._asked.fresh:
            self.cache = PageCache(count=self.cache.count, identify=self._identify) if self.settled else self.cache
            self.settled, self.slow = False, True
            self._table.refresh()
        elif self._going is not None:
            going, self._going = self._going, None
            self._table.place_cursor(going)
            self.fill()

    def stop(self) -> None:
        """The table goes away."""
        self._stop_waiting()
