"""`U`: all batches, newest first: who changed what, why, and whether it was undone; each opens, each can be undone."""

from textual import on, work
from textual.app import ComposeResult
from textual.widgets import Static

from sage_tui.domain.batch_fields import BATCH_COLUMNS, BATCHES
from sage_tui.domain.exports import Export, What
from sage_tui.domain.plans import BatchRow
from sage_tui.tui.keys import bind
from sage_tui.tui.messages import GoBack, OpenPage
from sage_tui.tui.screens import exported
from sage_tui.tui.screens.analytics.log_tab import Log, LogTab
from sage_tui.tui.screens.base import Page, tell
from sage_tui.tui.screens.management import acting, batches
from sage_tui.tui.text import content
from sage_tui.tui.widgets.table_messages import Drawn, Moved, Opened

NOTHING = "Nothing was changed yet that could be undone. What is saved here gets a batch, and stands here."


class BatchesPage(Page):
    """The page."""

    TITLE = "Batches"
    BINDINGS = [
        bind("undo", does="undo the batch under the cursor: shows first what it would do"),
        bind("filter"),
        bind("numbers", show=False),
        bind("export", show=False, does="write the batches that the filter finds into a CSV file"),
        bind("refresh"),
        bind("close", "close", label="back", does="clear the filter; then back to where I came from"),
    ]

    def compose(self) -> ComposeResult:
        log = Log(
            "batches", ("batch", "batches"), NOTHING, BATCH_COLUMNS, BATCHES, self.console.services.batches,
            batches.drawer, batches.NARROW,
        )  # fmt: skip
        yield LogTab(log, self.here.asks_about, self.here.operator, self.here.session.time_zone)
        yield Static(id="batch-line")

    @property
    def tab(self) -> LogTab:
        """Filter and table."""
        return self.query_one(LogTab)

    @property
    def current(self) -> BatchRow | None:
        """The batch under the cursor."""
        row = self.tab.table.current
        return row if isinstance(row, BatchRow) else None

    def take_focus(self) -> None:
        self.tab.table.focus(scroll_visible=False)

    def open_at(self, query: str | None, tab: str) -> None:
        if query is not None:
            self.tab.filter.set(query)

    def on_trouble(self) -> None:
        """The rows could not be read; the console tells it."""
        self.failed = True

    def ask_all(self) -> None:
        self.tab.reload()

    def words(self) -> list[tuple[str, str]]:
        return [(field.example, field.meaning) for field in BATCHES.values()]

    @on(Moved)
    @on(Drawn)
    def _moved(self) -> None:
        row = self.current
        tell(self.query_one("#batch-line", Static), content(batches.more(row) if row is not None else ""))
        self.refresh_bindings()

    @on(Opened)
    def _opened(self, event: Opened) -> None:
        event.stop()
        self.post_message(OpenPage(f"batch:{event.row.batch}"))

    # Keys ---------------------------------------------------------------------------------------------------------

    def why_not(self, action: str) -> str | None:
        return batches.why_not(self.here.actor, self.current) if action == "undo" else None

    @work(group="dialog", exclusive=True)
    async def action_undo(self) -> None:
        row, refused = self.current, self.why_not("undo")
        if refused or row is None:
            self.say(content(refused or ""))
            return
        await acting.undo(self, row.batch)

    @work(group="export", exclusive=True)
    async def action_export(self) -> None:
        table = self.tab.table
        command = Export(What.BATCHES, table.filter_text, self.here.asks_about, sort=table.sort)
        await exported.export(self, command, "batch", "batches")

    def action_filter(self) -> None:
        self.tab.filter.edit()

    def action_numbers(self) -> None:
        self.tab.numbers(not self.tab.short)

    def action_close(self) -> None:
        if self.tab.filter.typed:
            self.tab.filter.set("")
        else:
            self.post_message(GoBack())
