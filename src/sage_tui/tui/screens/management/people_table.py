"""The people of User Management as a table: pools, filter and count around it; its columns and numbers remembered."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from sage_tui.domain import permissions
from sage_tui.domain.columns import USER_COLUMNS, Column
from sage_tui.domain.forecast import Forecast
from sage_tui.domain.paging import Ask, Count, Sort, Window
from sage_tui.domain.permissions import Verb
from sage_tui.domain.queries_fields import USERS
from sage_tui.domain.units import Kind
from sage_tui.domain.users import Summary, UserRow
from sage_tui.tui.screens.base import tell
from sage_tui.tui.screens.management import user_words
from sage_tui.tui.screens.management.columns_dialog import ColumnsDialog
from sage_tui.tui.screens.management.editing import Editable, Editing
from sage_tui.tui.screens.management.user_cells import NAMES, columns_for, drawer
from sage_tui.tui.text import content, line
from sage_tui.tui.verbs import UsersVerbs
from sage_tui.tui.verbs_statistics import ForecastsVerbs
from sage_tui.tui.widgets.fields import Press
from sage_tui.tui.widgets.filter_line import FilterLine
from sage_tui.tui.widgets.filtered_table import FilteredTable
from sage_tui.tui.widgets.table_drawing import Cell
from sage_tui.tui.widgets.table_messages import Drawn, SelectionChanged
from sage_tui.tui.widgets.window_table import WindowTable

FIRST = Sort("share", True)
KEPT = 2_000
"""Forecasts that are held at most, beside those of the last window."""


@dataclass(slots=True)
class People:
    """The table's source: people of an organization, or of all; and until when their inference tokens last, while the
    column is shown."""

    verbs: UsersVerbs
    forecasts: ForecastsVerbs
    organization_id: int | None
    forecast: bool = True
    lasts: dict[int, Forecast] = field(default_factory=dict)
    """Of those who were seen last and have an allocation."""

    def window(self, ask: Ask) -> Window[UserRow]:
        found = self.verbs.window(ask, self.organization_id)
        if self.forecast and found.rows:
            numbers = [row.id for row in found.rows]
            got = self.forecasts.of_members(numbers, self.organization_id, (Kind.INFERENCE,))
            fresh = {number: one[Kind.INFERENCE] for number, one in got.items() if Kind.INFERENCE in one}
            kept = self.lasts if len(self.lasts) < KEPT else {}
            self.lasts = {**{number: one for number, one in kept.items() if number not in numbers}, **fresh}
        return found

    def count(self, query: str) -> Count:
        return self.verbs.count(query, self.organization_id)


class PeopleTable(Editable):
    """The page as far as it only shows; what its keys do is the page's own."""

    def __init__(self) -> None:
        super().__init__()
        self._short = False
        self._chosen: list[str] | None = None
        self._total: int | None = None
        self._summary: Summary | None = None
        self.editing = Editing(self)

    def compose(self) -> ComposeResult:
        here = self.here
        self.people = People(self.console.services.users, self.console.services.forecasts, here.asks_about)
        yield Static(id="pool")
        table = WindowTable(
            self.people,
            columns_for(here.operator, None),
            self._drawer(),
            FIRST,
            names=NAMES,
            empty="Nobody matches this filter. esc clears it.",
            nothing=user_words.nobody_yet(here.scope, permissions.may(here.actor, Verb.USERS_ADD)),
            id="users",
        )
        yield FilteredTable(FilterLine(USERS, id="users-filter"), table)
        yield Static(id="selected")
        with Horizontal(id="strangers"):
            yield Static(id="strangers-words")
            yield Press("Assign", id="assign", listed=False)

    @property
    def table(self) -> WindowTable[UserRow]:
        """The table."""
        return self.query_one(WindowTable)

    @property
    def filter(self) -> FilterLine:
        """The filter line."""
        return self.query_one(FilterLine)

    def on_mount(self) -> None:
        self._summarize()
        self._remembered()
        self.run_worker(self.editing.restore(), group="restore")

    def on_resize(self) -> None:
        if self._summary is not None:
            self.query_one("#pool", Static).update(line(*user_words.pools(self._summary, self.size.width)))
            self._selected()

    def words(self) -> list[tuple[str, str]]:
        columns = [(column.title, column.meaning) for column in self.table.columns if column.meaning]
        return columns + [(field.example, field.meaning) for field in USERS.values()]

    # What is asked ------------------------------------------------------------------------------------------------

    def ask_all(self) -> None:
        self.table.reload()
        self._summarize()
        self.editing.count()

    @work(group="summary", exclusive=True)
    async def _summarize(self) -> None:
        got = await self.ask(lambda: self.console.services.users.summary(self.here.asks_about))
        if got:
            self._show_summary(got.value)

    def _show_summary(self, summary: Summary) -> None:
        self._total = summary.users
        self._summary = summary
        self.query_one("#pool", Static).update(line(*user_words.pools(summary, self.size.width)))
        words = user_words.strangers(summary)
        self.query_one("#strangers").display = bool(words)
        self.query_one("#strangers-words", Static).update(content(words))
        self._count()

    @work(group="remembered", exclusive=True)
    async def _remembered(self) -> None:
        preferences = self.console.services.preferences
        columns = await self.ask(lambda: preferences.get("users.columns"))
        numbers = await self.ask(lambda: preferences.get("numbers"))
        if columns and columns.value:
            self._chosen = [key for key in json.loads(columns.value) if isinstance(key, str)]
            self._set_columns()
        if numbers and numbers.value:
            self._write_numbers(json.loads(numbers.value) == "short")

    def _set_columns(self) -> None:
        """The chosen columns; forecasts are asked for only where they are shown."""
        columns = columns_for(self.here.operator, self._chosen)
        wanted = any(column.key == "lasts_until" for column in columns)
        self.table.set_columns(columns)
        if wanted and not self.people.forecast:
            self.people.forecast = True
            self.table.reload()
        self.people.forecast = wanted

    @work(group="keep")
    async def _keep(self, key: str, value: object) -> None:
        await self.ask(lambda: self.console.services.preferences.put(key, json.dumps(value)))

    # Filter and count ---------------------------------------------------------------------------------------------

    @on(Drawn)
    def _drawn(self) -> None:
        self._count()

    def _count(self) -> None:
        self.filter.count(user_words.counted(self.table.cache.count, self.filter.text, self._total))
        self._selected()

    @on(SelectionChanged)
    def _selected(self) -> None:
        words = user_words.chosen(self.table.selected, self.table.cache.count)
        line_ = self.editing.line(words, max(self.size.width - 2, 40))
        tell(self.query_one("#selected", Static), content(line_))

    def staged_changed(self) -> None:
        """Something was staged or taken back: marked in the table, counted on its line."""
        self.unsaved = len(self.editing.staged)
        self.table.refresh()
        self._selected()
        self.refresh_bindings()

    def staged_counted(self) -> None:
        self._selected()

    # Columns and numbers ------------------------------------------------------------------------------------------

    def action_numbers(self) -> None:
        self._write_numbers(not self._short)
        self._keep("numbers", "short" if self._short else "full")

    def _write_numbers(self, short_form: bool) -> None:
        self._short = short_form
        self.table.draw = self._drawer()
        self.table.refresh()

    def _drawer(self) -> Callable[[UserRow, Column], Cell]:
        plain = drawer(self._short, self.here.session.time_zone, lambda number: self.people.lasts.get(number))
        return lambda row, column: self.editing.draw(row, column, plain(row, column), self._short)

    @work(group="dialog", exclusive=True)
    async def action_columns(self) -> None:
        known = [column for column in USER_COLUMNS if self.here.operator or not column.operators_only]
        shown = [column.key for column in self.table.columns]
        chosen = await self.app.push_screen_wait(ColumnsDialog(known, shown))
        if chosen is not None:
            self._chosen = chosen
            self._set_columns()
            self._keep("users.columns", chosen)
