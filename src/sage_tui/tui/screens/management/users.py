"""User Management: what the keys do with the people of the table."""

from collections.abc import Callable

from textual import on, work
from textual.content import Content

from sage_tui.clock import to_datetime
from sage_tui.domain.paging import Sort
from sage_tui.domain.permissions import Verb
from sage_tui.tui.asking import Trouble
from sage_tui.tui.keys import bind
from sage_tui.tui.messages import OpenPage, OpenPerson
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.screens.management import batches, bulk, explain, identities, user_acts, views
from sage_tui.tui.screens.management.people_table import PeopleTable
from sage_tui.tui.screens.notice import Notice
from sage_tui.tui.session import ALL, Scope
from sage_tui.tui.text import content
from sage_tui.tui.widgets.cell_editor import CellEditor
from sage_tui.tui.widgets.fields import Press
from sage_tui.tui.widgets.table_messages import Opened, SortChosen


class UsersPage(PeopleTable):
    """The page."""

    TITLE = "User Management"
    BINDINGS = [
        bind("edit"),
        bind("actions"),
        bind("save"),
        bind("keep_theirs", "revert", does="take back the staged edit of this cell: what stands there stays"),
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

    def take_focus(self) -> None:
        (self.query(CellEditor).first() if self.query(CellEditor) else self.table).focus(scroll_visible=False)

    def on_resize(self) -> None:
        self.call_after_refresh(user_acts.replace_editor, self)

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
        if action == "undo":
            return self.editing.why_not(Verb.UNDO)
        return None

    def action_filter(self) -> None:
        self.filter.edit()

    def action_close(self) -> None:
        if self.filter.typed:
            self.filter.set("")

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
            whole = await self.ask(lambda: self.console.services.why.why(row.email)) if got else None
            if got is None or whole is None:
                return
            now, limit = to_datetime(self.console.clock.now()), whole.value.limits.get(kind)
            lines = explain.why(got.value, kind, now, self.here.session.time_zone, limit)
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
            self.ask_all()

    # Editing ------------------------------------------------------------------------------------------------------

    def action_edit(self) -> None:
        user_acts.edit(self)

    def action_revert(self) -> None:
        user_acts.revert(self)

    @on(CellEditor.Left)
    async def _left(self, event: CellEditor.Left) -> None:
        if event.nothing:
            self.say(Content(""))
        await self._leave_cell(event.focus)
        if event.rows:
            self.table.go(self.table.cursor_row + event.rows)

    async def _leave_cell(self, focus: bool = True) -> None:
        await self.query(CellEditor).remove()
        if focus:
            self.table.focus(scroll_visible=False)

    @work(group="dialog", exclusive=True)
    async def action_save(self) -> None:
        for editor in self.query(CellEditor):
            if not editor.taken():
                return
            await self._leave_cell()
        await self.editing.review()

    @work(group="dialog", exclusive=True)
    async def action_actions(self) -> None:
        await user_acts.choose(self)

    def acts(self) -> list[Choice[Callable[[], object]]]:
        return bulk.told(user_acts.choices(self), user_acts.whom(self), self._carry_out)

    @work(group="dialog", exclusive=True)
    async def _carry_out(self, wish: bulk.Wish) -> None:
        await user_acts.carry_out(self, wish)

    @work(group="dialog", exclusive=True)
    async def action_export(self) -> None:
        await user_acts.export(self)

    @work(group="dialog", exclusive=True)
    async def action_undo(self) -> None:
        await batches.undo_mine(self)

    def action_batches(self) -> None:
        self.post_message(OpenPage("batches"))
