"""One batch: who, when, why; what it changed, before → after; and the way back."""

from textual import on, work
from textual.app import ComposeResult
from textual.widgets import Static

from sage_tui.domain.batch_fields import did
from sage_tui.domain.plans import BatchRow
from sage_tui.tui import times
from sage_tui.tui.keys import bind
from sage_tui.tui.messages import GoBack
from sage_tui.tui.screens.base import Page, tell
from sage_tui.tui.screens.management import acting, batches
from sage_tui.tui.screens.management.plan_table import RowsTable, detail
from sage_tui.tui.text import Line, content, lines_of
from sage_tui.tui.widgets.filter_line import FilterLine
from sage_tui.tui.widgets.filtered_table import FilteredTable
from sage_tui.tui.widgets.table_messages import Drawn, Moved

NOTHING = "It changed no field that could be taken back. People that were added stay; they can be offboarded."
UNREAD = "This batch could not be read. r tries again."


def heading(row: BatchRow, zone: str, refused: str | None) -> list[Line]:
    """A batch in two lines or three: what it was, why, and how it is undone."""
    where = f" · {row.organization}" if row.organization else ""
    number = "1 row" if row.rows == 1 else f"{row.rows:,} rows"
    what = f"   {did(row.action, row.undoes)} · {number}{where}"
    lines: list[Line] = [((f"{times.minute(row.at, zone)}  {batches.who(row)}", "bold"), what)]
    if row.reason:
        lines.append((f'"{row.reason}"',))
    lines.append(((refused or f"u undoes it; or: sage-tui undo {row.batch}", "$quiet"),))
    return lines


class BatchPage(Page):
    """The page. It is made anew for each batch and thrown away when left."""

    BINDINGS = [
        bind("undo", does="undo this batch: shows first what it would do"),
        bind("filter", does="rows whose e-mail or field has these letters"),
        bind("refresh"),
        bind("close", "close", label="back", does="clear the filter; then back to where I came from"),
    ]

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.TITLE = f"Batch {number}"
        self._row: BatchRow | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="batch-head")
        yield FilteredTable(
            FilterLine({}, noun="e-mail or field"),
            RowsTable(self.console.services.batches, self.number, nothing=NOTHING),
        )
        yield Static(id="batch-line")

    @property
    def table(self) -> RowsTable:
        """The rows."""
        return self.query_one(RowsTable)

    @property
    def filter(self) -> FilterLine:
        """The filter line."""
        return self.query_one(FilterLine)

    def on_mount(self) -> None:
        self._load()

    def take_focus(self) -> None:
        self.table.focus(scroll_visible=False)

    def on_trouble(self) -> None:
        """Something could not be read; the console tells it."""
        self.failed = True

    def ask_all(self) -> None:
        self._load()
        self.table.show()

    @work(group="batch", exclusive=True)
    async def _load(self) -> None:
        got = await self.ask(lambda: self.console.services.batches.show(self.number))
        head = self.query_one("#batch-head", Static)
        if got is not None:
            self._row = got.value
            head.update(lines_of(heading(got.value, self.here.session.time_zone, self.why_not("undo"))))
        elif self._row is None:
            head.update(content(UNREAD))
        self.refresh_bindings()

    @on(Moved)
    @on(Drawn)
    def _moved(self) -> None:
        count, line = self.table.cache.count, self.table.current
        self.filter.count("counting …" if count is None else f"{count} {'row' if count.number == 1 else 'rows'}")
        tell(self.query_one("#batch-line", Static), content(detail(line.row, "") if line is not None else ""))

    # Keys ---------------------------------------------------------------------------------------------------------

    def why_not(self, action: str) -> str | None:
        return batches.why_not(self.here.actor, self._row) if action == "undo" else None

    @work(group="dialog", exclusive=True)
    async def action_undo(self) -> None:
        refused = self.why_not("undo")
        if refused:
            self.say(content(refused))
            return
        await acting.undo(self, self.number)

    def action_filter(self) -> None:
        self.filter.edit()

    def action_close(self) -> None:
        if self.filter.typed:
            self.filter.set("")
        else:
            self.post_message(GoBack())
