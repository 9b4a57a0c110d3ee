"""An audit entry of a batch: who, when, why; what it changed, row by row; and the way back, by key and by command."""

from enum import Enum

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from sage_tui.domain.activity import AuditRow
from sage_tui.domain.errors import SageError
from sage_tui.domain.plans import BatchRow, PlanRow
from sage_tui.domain.text import clean
from sage_tui.tui.asking import attempt
from sage_tui.tui.keys import bind
from sage_tui.tui.screens.analytics import log_cells
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.screens.help import padded
from sage_tui.tui.screens.management import batches
from sage_tui.tui.screens.management.fields import shown
from sage_tui.tui.session import Here
from sage_tui.tui.text import Line, content, lines_of
from sage_tui.tui.widgets.table_drawing import fit

LISTED = 10
"""Rows that stand here; the batch's page has all."""

WIDTH = 24
"""Cells of an e-mail beside the values."""

WAIT = "what it changed is still being read"


class Wish(Enum):
    """What is wanted of an entry's batch."""

    UNDO = "undo"
    ROWS = "rows"


def changed(rows: tuple[PlanRow, ...], total: int) -> list[Line]:
    """The rows of a batch as before → after; of one person without their address on each line."""
    alone = len({row.user_id for row in rows}) == 1
    lines: list[Line] = []
    for row in rows:
        email = clean(row.email, limit=120)
        who = "" if alone else f"{fit(email, WIDTH)}  "
        by = f"  {row.change:+,}" if row.change else ""
        before, after = shown(row.field, row.before), shown(row.field, row.after)
        lines.append((f"{who}{padded(clean(row.name, limit=60), 10)} {before} → ", (after, "bold"), (by, "$quiet")))
    if total > len(rows):
        lines.append(((f"and {total - len(rows):,} more: enter shows all", "$quiet"),))
    return lines


class AuditEntry(Dialog[Wish]):
    """Returns what is wanted of its batch; None when it was only read."""

    HEADING = "Audit entry"
    AUTO_FOCUS = "#notice-text"
    BINDINGS = [
        bind("open", "rows", label="all rows", does="the page of this batch, with all its rows"),
        bind("undo", does="undo this batch: shows first what it would do"),
    ]

    def __init__(self, row: AuditRow, here: Here) -> None:
        super().__init__()
        self._entry = row
        self._here = here
        self._row: BatchRow | None = None
        self._refused: str | None = WAIT

    def body(self) -> ComposeResult:
        with VerticalScroll(id="notice-text"):
            yield Static(lines_of(log_cells.entry(self._entry, self._here.session.time_zone)), id="entry")
            yield Static(id="entry-rows")

    def foot(self) -> ComposeResult:
        yield Static(id="entry-way")

    def on_mount(self) -> None:
        self._load(self._entry.batch or 0)

    @work(group="entry", exclusive=True)
    async def _load(self, batch: int) -> None:
        verbs = self.console.services.batches
        row = await attempt(lambda: verbs.show(batch))
        rows = await attempt(lambda: verbs.rows(batch, 0, LISTED))
        if isinstance(row, SageError) or isinstance(rows, SageError):
            # An entry of another organization's batch, or the line is lost: what the entry itself says stands.
            self._refused = row.message if isinstance(row, SageError) else "Its rows could not be read."
        else:
            self._row = row.value
            self._refused = batches.why_not(self._here.actor, row.value)
            self._show(*rows.value)
        way = self._refused or f"u undoes it; or: sage-tui undo {batch}"
        self.query_one("#entry-way", Static).update(content(way))
        self.refresh_bindings()

    def _show(self, rows: tuple[PlanRow, ...], total: int) -> None:
        zone = self._here.session.time_zone
        if len({row.user_id for row in rows}) == 1:  # the entry names the same fields: they stand once
            self.query_one("#entry", Static).update(lines_of(log_cells.entry(self._entry, zone, changes=False)))
        self.query_one("#entry-rows", Static).update(lines_of(changed(rows, total)))

    def why_not(self, action: str) -> str | None:
        """Why a key does nothing here."""
        if action == "undo":
            return self._refused
        return None if self._row is not None or action != "rows" else self._refused

    def _wish(self, action: str, wish: Wish) -> None:
        refused = self.why_not(action)
        if refused:
            self.complain(content(refused))
        else:
            self.dismiss(wish)

    def action_rows(self) -> None:
        self._wish("rows", Wish.ROWS)

    def action_undo(self) -> None:
        self._wish("undo", Wish.UNDO)
