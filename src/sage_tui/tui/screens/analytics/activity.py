"""Activity Logs: Interactions and Audit."""

from textual import events, on, work
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from sage_tui.domain import permissions
from sage_tui.domain.activity import AuditRow
from sage_tui.domain.columns import ACTIVITY_COLUMNS, AUDIT_COLUMNS
from sage_tui.domain.exports import Export, What
from sage_tui.domain.permissions import Verb
from sage_tui.domain.queries_fields import ACTIVITY, AUDIT
from sage_tui.tui.keys import bind
from sage_tui.tui.messages import OpenPage
from sage_tui.tui.screens import exported
from sage_tui.tui.screens.analytics import log_cells
from sage_tui.tui.screens.analytics.audit_entry import AuditEntry, Wish
from sage_tui.tui.screens.analytics.log_tab import Log, LogTab
from sage_tui.tui.screens.base import Page
from sage_tui.tui.screens.management import acting
from sage_tui.tui.screens.notice import Notice
from sage_tui.tui.text import Part, content, line
from sage_tui.tui.widgets.table_messages import Opened

NO_CALLS = "No calls yet. They come from the gateway, or by sage-tui import usage FILE."
NO_ACTS = "No entries yet. What administrators change is kept here."


class Tabs(Static):
    """`Interactions · Audit`, the one that is open marked."""

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    def __init__(self, titles: list[str]) -> None:
        super().__init__(id="tabs")
        self._titles = titles

    def mark(self, at: int) -> None:
        """Mark the open one."""
        parts: list[Part] = []
        for number, title in enumerate(self._titles):
            parts += [
                "   " if number else " ",
                (f"▌{title}" if number == at else f" {title}", "bold" if number == at else ""),
            ]
        self.update(line(*parts, "     ", ("[ ] the other", "$quiet")))

    def on_click(self, event: events.Click) -> None:
        left = 1
        for number, title in enumerate(self._titles):
            if left <= event.x < left + len(title) + 1:
                self.post_message(self.Chosen(number))
            left += len(title) + 4


class ActivityPage(Page):
    """The page."""

    TITLE = "Activity Logs"
    BINDINGS = [
        bind("filter"),
        bind("before", label="tabs", does="the tab before", shown="[ ]"),
        bind("after", show=False, does="the next tab"),
        bind("numbers"),
        bind("export", show=False, does="write the interactions that the filter finds into a CSV file"),
        bind("undo", does="undo the batch of this entry: shows first what it would do"),
        bind("batches", show=False),
        bind("refresh"),
        bind("close", "close", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._at = 0
        self._short = False

    def _logs(self) -> list[Log]:
        services = self.console.services
        return [
            Log("interactions", ("interaction", "interactions"), NO_CALLS, ACTIVITY_COLUMNS, ACTIVITY,
                services.activity, log_cells.interaction_drawer, log_cells.NARROW_INTERACTIONS),
            Log("audit", ("entry", "entries"), NO_ACTS, AUDIT_COLUMNS, AUDIT, services.audit,
                log_cells.audit_drawer, log_cells.NARROW_ENTRIES),
        ]  # fmt: skip

    def compose(self) -> ComposeResult:
        here = self.here
        yield Tabs(["Interactions", "Audit"])
        for log in self._logs():
            yield LogTab(log, here.asks_about, here.operator, here.session.time_zone)

    @property
    def tabs(self) -> list[LogTab]:
        """Both tabs."""
        return list(self.query(LogTab))

    @property
    def tab(self) -> LogTab:
        """The open one."""
        return self.tabs[self._at]

    def on_mount(self) -> None:
        self._turn(0)

    def _turn(self, at: int) -> None:
        self._at = at
        for number, tab in enumerate(self.tabs):
            tab.display = number == at
        self.query_one(Tabs).mark(at)

    def take_focus(self) -> None:
        self.tab.table.focus(scroll_visible=False)

    def open_at(self, query: str | None, tab: str) -> None:
        if tab in ("interactions", "audit"):
            self._turn(0 if tab == "interactions" else 1)
        if query is not None:
            self.tab.filter.set(query)

    def on_trouble(self) -> None:
        """A tab's rows could not be read; the console tells it."""
        self.failed = True

    def where(self) -> object:
        return self._at

    def words(self) -> list[tuple[str, str]]:
        fields = ACTIVITY if self._at == 0 else AUDIT
        return [(field.example, field.meaning) for field in fields.values()]

    def action_before(self) -> None:
        self._turn((self._at - 1) % len(self.tabs))
        self.take_focus()

    def action_after(self) -> None:
        self._turn((self._at + 1) % len(self.tabs))
        self.take_focus()

    def why_not(self, action: str) -> str | None:
        """Why a key does nothing here; the footer greys it."""
        if action == "export" and self._at != 0:
            return "x writes interactions: [ leads there."
        if action != "undo":
            return None
        refused = permissions.why_not(self.here.actor, Verb.UNDO)
        row = self.tab.table.current
        return refused or (None if isinstance(row, AuditRow) and row.batch else "This entry is of no batch.")

    @work(group="dialog", exclusive=True)
    async def action_undo(self) -> None:
        row, refused = self.tab.table.current, self.why_not("undo")
        if refused or not isinstance(row, AuditRow) or row.batch is None:
            self.say(content(refused or ""))
            return
        await acting.undo(self, row.batch)

    @work(group="export", exclusive=True)
    async def action_export(self) -> None:
        if why := self.why_not("export"):
            self.say(content(why))
            return
        table = self.tab.table
        command = Export(What.ACTIVITY, table.filter_text, self.here.asks_about, sort=table.sort)
        await exported.export(self, command, "interaction")

    def action_batches(self) -> None:
        self.post_message(OpenPage("batches"))

    @on(Opened)
    def _opened(self, event: Opened) -> None:
        event.stop()
        zone = self.here.session.time_zone
        if isinstance(event.row, AuditRow) and event.row.batch is not None:
            self._batch_entry(event.row, event.row.batch)
        elif isinstance(event.row, AuditRow):
            self.app.push_screen(Notice("Audit entry", log_cells.entry(event.row, zone)))
        else:
            self.app.push_screen(Notice("Interaction", log_cells.interaction(event.row, zone)))

    @work(group="dialog", exclusive=True)
    async def _batch_entry(self, row: AuditRow, batch: int) -> None:
        wish = await self.app.push_screen_wait(AuditEntry(row, self.here))
        if wish is Wish.ROWS:
            self.post_message(OpenPage(f"batch:{batch}"))
        elif wish is Wish.UNDO:
            await acting.undo(self, batch)

    def on_tabs_chosen(self, message: Tabs.Chosen) -> None:
        self._turn(message.at)
        self.take_focus()

    def action_filter(self) -> None:
        self.tab.filter.edit()

    def action_close(self) -> None:
        if self.tab.filter.typed:
            self.tab.filter.set("")

    def action_numbers(self) -> None:
        self._short = not self._short
        for tab in self.tabs:
            tab.numbers(self._short)

    def ask_all(self) -> None:
        self.tab.reload()
