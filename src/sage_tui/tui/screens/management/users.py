"""User Management: the pool, the filter, the people."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from sage_tui.clock import to_datetime
from sage_tui.domain import permissions
from sage_tui.domain.columns import USER_COLUMNS, Column
from sage_tui.domain.paging import Ask, Count, Sort, Window
from sage_tui.domain.permissions import Verb
from sage_tui.domain.queries_fields import USERS
from sage_tui.domain.users import Summary, UserRow
from sage_tui.tui.asking import Trouble
from sage_tui.tui.keys import bind
from sage_tui.tui.messages import OpenPerson
from sage_tui.tui.screens.base import tell
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.screens.management import batches, explain, identities, user_acts, user_words, views
from sage_tui.tui.screens.management.columns_dialog import ColumnsDialog
from sage_tui.tui.screens.management.editing import Editable, Editing
from sage_tui.tui.screens.management.user_cells import NAMES, columns_for, drawer
from sage_tui.tui.screens.notice import Notice
from sage_tui.tui.session import ALL, Scope
from sage_tui.tui.text import content, line
from sage_tui.tui.verbs import UsersVerbs
from sage_tui.tui.widgets.cell_editor import CellEditor
from sage_tui.tui.widgets.fields import Press
from sage_tui.tui.widgets.filter_line import FilterLine
from sage_tui.tui.widgets.filtered_table import FilteredTable
from sage_tui.tui.widgets.table_drawing import Cell
from sage_tui.tui.widgets.table_messages import Drawn, Opened, SelectionChanged, SortChosen
from sage_tui.tui.widgets.window_table import WindowTable

FIRST = Sort("share", True)


@dataclass(frozen=True, slots=True)
class People:
    """The table's source: people of an organization, or of all."""

    verbs: UsersVerbs
    organization_id: int | None

    def window(self, ask: Ask) -> Window[UserRow]:
        return self.verbs.window(ask, self.organization_id)

    def count(self, query: str) -> Count:
        return self.verbs.count(query, self.organization_id)


class UsersPage(Editable):
    """The page."""

    TITLE = "User Management"
    BINDINGS = [
        bind("edit"),
        bind("actions"),
        bind("save"),
        bind("undo"),
        bind("batches", show=False),
        bind("filter"),
        bind("views"),
        bind("columns"),
        bind("numbers"),
        bind("export", show=False),
        bind("explain"),
        bind("organization"),
        bind("refresh"),
        bind("close", "close", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._short = False
        self._chosen: list[str] | None = None
        self._total: int | None = None
        self._summary: Summary | None = None
        self.editing = Editing(self)

    def compose(self) -> ComposeResult:
        here = self.here
        yield Static(id="pool")
        table = WindowTable(
            People(self.console.services.users, here.asks_about),
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
            yield Press("Assign", id="assign")

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

    def take_focus(self) -> None:
        self.table.focus(scroll_visible=False)

    def open_at(self, query: str | None, tab: str) -> None:
        if query is not None:
            self.filter.set(query)
        if tab == "identities":
            self._identities()

    def where(self) -> object:
        return self.filter.text, self.table.current_id

    def return_to(self, where: object) -> None:
        match where:
            case (str(query), id) if query != self.filter.text:
                self.filter.set(query)
                self.table.show(query, around=id if isinstance(id, int) else None)

    def words(self) -> list[tuple[str, str]]:
        columns = [(column.title, column.meaning) for column in self.table.columns if column.meaning]
        return columns + [(field.example, field.meaning) for field in USERS.values()]

    # What is asked ------------------------------------------------------------------------------------------------

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
            self.table.set_columns(columns_for(self.here.operator, self._chosen))
        if numbers and numbers.value:
            self._write_numbers(json.loads(numbers.value) == "short")

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

    @on(Trouble)
    def _troubled(self) -> None:
        self.failed = True

    @on(SortChosen)
    def _sorted(self, event: SortChosen) -> None:
        if event.sort is None:
            self.say(content(f"{event.column.title} has no order."))

    @on(Opened)
    def _opened(self, event: Opened) -> None:
        event.stop()
        self.post_message(OpenPerson(event.row.id))

    # Keys ---------------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.here.operator if action == "organization" else True

    def why_not(self, action: str) -> str | None:
        """Why a key changes nothing here; the footer greys it."""
        if action in ("edit", "actions", "save"):
            return self.editing.why_not()
        if action in ("undo", "batches"):
            return self.editing.why_not(Verb.UNDO)
        return None

    def action_filter(self) -> None:
        self.filter.edit()

    def action_close(self) -> None:
        if self.filter.typed:
            self.filter.set("")

    def ask_all(self) -> None:
        self.table.reload()
        self._summarize()
        self.editing.count()

    def action_numbers(self) -> None:
        self._write_numbers(not self._short)
        self._keep("numbers", "short" if self._short else "full")

    def _write_numbers(self, short_form: bool) -> None:
        self._short = short_form
        self.table.draw = self._drawer()
        self.table.refresh()

    def _drawer(self) -> Callable[[UserRow, Column], Cell]:
        plain = drawer(self._short, self.here.session.time_zone)
        return lambda row, column: self.editing.draw(row, column, plain(row, column), self._short)

    @work(group="dialog", exclusive=True)
    async def action_columns(self) -> None:
        known = [column for column in USER_COLUMNS if self.here.operator or not column.operators_only]
        shown = [column.key for column in self.table.columns]
        chosen = await self.app.push_screen_wait(ColumnsDialog(known, shown))
        if chosen is not None:
            self._chosen = chosen
            self.table.set_columns(columns_for(self.here.operator, chosen))
            self._keep("users.columns", chosen)

    @work(group="dialog", exclusive=True)
    async def action_explain(self) -> None:
        row, column = self.table.current, self.table.current_column
        if row is None:
            return
        kind = explain.limit(column)
        if kind is None:
            lines = explain.number(row, column, self.table.draw(row, column)[0])
        else:
            got = await self.ask(lambda: self.console.services.users.show(row.id))
            if got is None:
                return
            now = to_datetime(self.console.clock.now())
            lines = explain.why(got.value, kind, now, self.here.session.time_zone)
        await self.app.push_screen_wait(Notice(column.title, lines))

    @work(group="dialog", exclusive=True)
    async def action_organization(self) -> None:
        got = await self.ask(self.console.services.organizations.list_organizations)
        if got is None:
            return
        choices = [Choice(ALL, ALL.name)]
        choices += [Choice(Scope(one.id, one.name), one.name, f"{one.users:,} users") for one in got.value]
        scope = await self.app.push_screen_wait(Chooser("Which organization?", choices))
        if scope is not None and scope != self.here.scope:
            self.console.choose_scope(scope)

    @work(group="dialog", exclusive=True)
    async def action_views(self) -> None:
        view = await views.manage(self, self.filter.text, self.table.sort)
        if view is not None:
            self.filter.set(view.query)
            if view.sort:
                self.table.show(sort=Sort.parse(view.sort))

    @on(Press.Pressed, "#assign")
    def _assign_pressed(self) -> None:
        self._identities()

    @work(group="dialog", exclusive=True)
    async def _identities(self) -> None:
        if await identities.assign(self):
            self.table.reload()
            self._summarize()

    # Editing ------------------------------------------------------------------------------------------------------

    def action_edit(self) -> None:
        user_acts.edit(self)

    @on(CellEditor.Left)
    async def _typed(self, event: CellEditor.Left) -> None:
        await self._leave_cell(event.text)

    async def _leave_cell(self, text: str | None) -> None:
        user_acts.entered(self, text)
        await self.query(CellEditor).remove()
        self.table.focus(scroll_visible=False)

    @work(group="dialog", exclusive=True)
    async def action_save(self) -> None:
        for editor in self.query(CellEditor):
            await self._leave_cell(editor.close())
        await self.editing.review()

    @work(group="dialog", exclusive=True)
    async def action_actions(self) -> None:
        await user_acts.choose(self)

    @work(group="dialog", exclusive=True)
    async def action_export(self) -> None:
        await user_acts.export(self)

    @work(group="dialog", exclusive=True)
    async def action_undo(self) -> None:
        await batches.undo_mine(self)

    @work(group="dialog", exclusive=True)
    async def action_batches(self) -> None:
        await batches.choose(self)
