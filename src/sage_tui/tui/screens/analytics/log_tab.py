"""One log, newest first: filter, table, detail. New rows are announced, never pushed under the cursor."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from sage_tui.clock import to_datetime
from sage_tui.domain.columns import Column
from sage_tui.domain.errors import SageError
from sage_tui.domain.paging import Ask, Count, Key, Sort, Start, Window
from sage_tui.domain.queries_fields import Fields
from sage_tui.tui.asking import answer
from sage_tui.tui.screens.base import console_of, tell
from sage_tui.tui.text import content
from sage_tui.tui.widgets.filter_line import FilterLine
from sage_tui.tui.widgets.filtered_table import FilteredTable
from sage_tui.tui.widgets.table_cache import Identify, whole_key
from sage_tui.tui.widgets.table_drawing import Cell
from sage_tui.tui.widgets.table_messages import Drawn
from sage_tui.tui.widgets.window_table import WindowTable

NEWEST = Sort("at", True)
WIDE = 100
"""Columns from which on all of a log's columns have their full width."""

LOOK_EVERY = 20.0
"""Seconds between looks for new rows."""

LOOK_FOR = 50
"""New rows that are counted at most."""


class LogVerbs(Protocol):
    """A log's service."""

    def window(self, ask: Ask, organization_id: int | None = None) -> Window[Any]: ...
    def count(self, query: str, organization_id: int | None = None) -> Count: ...


@dataclass(frozen=True, slots=True)
class Log:
    """What one tab shows. `draw` knows the rows; the tab does not. Whoever holds it hears `Opened`."""

    id: str
    noun: tuple[str, str]
    """One of them, and many."""

    nothing: str
    """What stands there while the log is empty."""

    columns: Sequence[Column]
    fields: Fields
    verbs: LogVerbs
    draw: Callable[[bool, str, bool, datetime], Callable[[Any, Column], Cell]]
    """From: short numbers, zone, narrow, now."""

    narrow: Mapping[str, int]
    """Under 100 columns: these columns first, in these widths."""

    identify: Identify = whole_key


@dataclass(frozen=True, slots=True)
class _Source:
    verbs: LogVerbs
    organization_id: int | None

    def window(self, ask: Ask) -> Window[Any]:
        return self.verbs.window(ask, self.organization_id)

    def count(self, query: str) -> Count:
        return self.verbs.count(query, self.organization_id)


class LogTab(Vertical):
    """A tab of Activity Logs."""

    def __init__(self, log: Log, organization_id: int | None, operator: bool, zone: str) -> None:
        super().__init__(id=f"log-{log.id}")
        self._what = log
        self._zone = zone
        self._short = False
        self._source = _Source(log.verbs, organization_id)
        self._operator = operator
        self._narrow = False

    def compose(self) -> ComposeResult:
        table = WindowTable(
            self._source,
            self._columns(),
            self._drawer(),
            NEWEST,
            empty=f"No {self._what.noun[1]} match. esc clears the filter.",
            nothing=self._what.nothing,
            selectable=False,
            identify=self._what.identify,
        )
        yield FilteredTable(FilterLine(self._what.fields), table)
        yield Static(id="fresh")

    @property
    def table(self) -> WindowTable[Any]:
        """The table."""
        return self.query_one(WindowTable)

    @property
    def filter(self) -> FilterLine:
        """The filter line."""
        return self.query_one(FilterLine)

    def on_mount(self) -> None:
        self.set_interval(LOOK_EVERY, self.look_for_new)

    def on_resize(self) -> None:
        if self._narrow != (self.size.width < WIDE):
            self._narrow = not self._narrow
            self._dress()

    def _columns(self) -> list[Column]:
        known = [column for column in self._what.columns if self._operator or not column.operators_only]
        if not self._narrow:
            return known
        by_key = {column.key: column for column in known}
        first = [replace(by_key[key], width=width) for key, width in self._what.narrow.items()]
        return first + [column for column in known if column.key not in self._what.narrow]

    def _drawer(self) -> Callable[[Any, Column], Cell]:
        now = to_datetime(console_of(self).clock.now())
        return self._what.draw(self._short, self._zone, self._narrow, now)

    def _dress(self) -> None:
        self.table.draw = self._drawer()
        self.table.set_columns(self._columns())

    @property
    def short(self) -> bool:
        """Are numbers short?"""
        return self._short

    def numbers(self, short: bool) -> None:
        """Full or short numbers."""
        self._short = short
        self._dress()

    def reload(self) -> None:
        """The newest rows."""
        self._announce("")
        self.table.show()

    def look_for_new(self) -> None:
        """Ask how many rows are newer than the first; only of the tab that is seen."""
        if self.display and self.is_on_screen and self.table.loading_rows.settled:
            self._look(self.table.cache.id_at(0))

    @work(group="look", exclusive=True)
    async def _look(self, known: object) -> None:
        ask = Ask(0, self.filter.text, NEWEST, Start(), LOOK_FOR)
        try:
            got = await answer(self, lambda: self._source.window(ask))
        except SageError:
            return
        if got is None or known is None:
            return
        fresh = self._newer(got.value.keys, known)
        if fresh:
            self._announce(f"{fresh}{'+' if fresh == LOOK_FOR else ''} new · r shows them")

    def _newer(self, keys: Sequence[Key], known: object) -> int:
        for number, key in enumerate(keys):
            if self._what.identify(key) == known:
                return number
        return len(keys)

    def _announce(self, words: str) -> None:
        tell(self.query_one("#fresh", Static), content(words))

    @on(FilterLine.Filtered)
    def _filtered(self) -> None:
        self._announce("")

    @on(Drawn)
    def _drawn(self) -> None:
        count = self.table.cache.count
        one = count is not None and count.number == 1
        self.filter.count("counting …" if count is None else f"{count} {self._what.noun[0 if one else 1]}")
