"""The rows of a plan as a windowed table: what stands, what would, and whom it skips and why."""

from dataclasses import dataclass, replace
from typing import Protocol

from textual import events
from textual.message import Message

from sage_tui.domain import rules
from sage_tui.domain.columns import Column, Unit
from sage_tui.domain.paging import After, Around, Ask, At, Before, Count, End, Sort, Window
from sage_tui.domain.plans import TEXTS, WHY, PlanRow, State
from sage_tui.domain.text import clean
from sage_tui.tui.keys import bind
from sage_tui.tui.screens.management.fields import shown
from sage_tui.tui.widgets.table_drawing import Cell
from sage_tui.tui.widgets.window_table import WindowTable

CHANGE = 23
"""Cells of before and after; what is longer stands whole under the table."""

COLUMNS = (
    Column("email", "Email", Unit.TEXT, 22, sortable=False),
    Column("field", "Field", Unit.TEXT, 10, sortable=False),
    Column("change", "Before → after", Unit.TEXT, CHANGE, sortable=False),
    Column("by", "Change", Unit.TOKENS, 11, sortable=False),
)
WITH_REASON = (
    replace(COLUMNS[0], width=26),
    *COLUMNS[1:],
    Column("why", "Why", Unit.TEXT, 32, sortable=False),
)
"""On wide terminals each row says why it is."""

NARROW = (replace(COLUMNS[0], width=14), COLUMNS[2], COLUMNS[3], COLUMNS[1])
"""On terminals narrower than 80 columns: what changes comes before which field, and the e-mail is cut."""

WIDE = 74
"""Cells from which on all columns fit."""

WIDEST = 112
"""Cells from which on the reason stands beside them."""

SIGNS = {State.IN: " ", State.OUT: "✕", State.CHANGED: "!", State.SKIPPED: "–", State.LEFT: "–"}
LOOKS = {State.IN: "", State.OUT: "quiet", State.CHANGED: "near", State.SKIPPED: "quiet", State.LEFT: "quiet"}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the plan with its place in the list."""

    place: int
    row: PlanRow


class RowsVerbs(Protocol):
    """Rows of a plan or of a batch, from a place on, and how many a text keeps."""

    def rows(
        self, number: int, /, first: int = 0, count: int = 100, text: str = ""
    ) -> tuple[tuple[PlanRow, ...], int]: ...


@dataclass(frozen=True, slots=True)
class Rows:
    """The table's source: the rows of a plan or a batch by their places."""

    verbs: "RowsVerbs"
    number: int

    def window(self, ask: Ask) -> Window[Line]:
        first = self._first(ask)
        rows, total = self.verbs.rows(self.number, first, ask.count, ask.query)
        found = tuple(Line(first + n, row) for n, row in enumerate(rows))
        keys = tuple((line.place,) for line in found)
        return Window(found, keys, first > 0, first + len(found) < total, first)

    def _first(self, ask: Ask) -> int:
        match ask.place:
            case After(key):
                return int(key[0] or 0) + 1
            case Before(key):
                return max(int(key[0] or 0) - ask.count, 0)
            case Around(place):
                return max(place - ask.count // 2, 0)
            case At(offset):
                return offset
            case End():
                return max(self.count(ask.query).number - ask.count, 0)
        return 0

    def count(self, query: str) -> Count:
        return Count(self.verbs.rows(self.number, 0, 0, query)[1])


def draw(line: Line, column: Column) -> Cell:
    """A cell of the list."""
    row = line.row
    look = LOOKS[row.state]
    if column.key == "email":
        return f"{SIGNS[row.state]} {clean(row.email, limit=80)}", look
    if column.key == "field":
        return _which(row, column.width), look
    if column.key == "why":
        return rules.words(row.rule, None, (row.before, row.after)), "quiet"
    if column.key == "by":
        return (f"{row.change:+,}" if row.change and row.state is not State.SKIPPED else ""), look
    if row.state in (State.SKIPPED, State.LEFT):
        return WHY.get(row.why, row.why), look
    return f"{shown(row.field, row.before)} → {shown(row.field, row.after)}", look


def _which(row: PlanRow, cells: int) -> str:
    """The field, and which one: a request's number stays whole where the word has no room."""
    name = clean(row.name, limit=80)
    if len(name) <= cells or not row.item.isdecimal():
        return name
    return f"{row.field.value[:3]}. {row.item}" if len(row.item) <= cells - 5 else f"#{row.item}"


def detail(row: PlanRow, ago: str) -> str:
    """What is to be known of the row under the cursor, in a sentence."""
    before, after = shown(row.field, row.before), shown(row.field, row.after)
    if row.state is State.CHANGED:
        who = f"changed by {clean(row.changed_by, limit=40)} {ago}" if row.changed_by else "changed meanwhile"
        seen = shown(row.field, row.seen)
        return f"{who}: before {seen} · theirs {before} · yours {after}.  space uses yours, - keeps theirs"
    if row.state is State.OUT and row.seen != row.before and row.seen is not None:
        return f"theirs is kept: {before}.  space uses yours, {after}"
    if row.state is State.OUT:
        return "taken out: it stays as it is.  space takes it in again"
    if row.state in (State.SKIPPED, State.LEFT):
        return f"{'left' if row.state is State.LEFT else 'skipped'}: {WHY.get(row.why, row.why)}"
    if row.field in TEXTS and len(before) + len(after) > 18:
        return f"{before} → {after}"
    stops = f"  ■ stops: {row.used:,} are used already." if row.stops else ""
    which = f"{clean(row.name, limit=60)}: " if row.item else ""  # the column has no room for a view's name
    whole = f"{before} → {after}  " if len(before) + len(after) > CHANGE - 3 else ""
    return f"{whole}{which}{rules.words(row.rule, None, (row.before, row.after))}{stops}"


class RowsTable(WindowTable[Line]):
    """The list, to be looked at."""

    def __init__(self, verbs: RowsVerbs, number: int, *, nothing: str = "") -> None:
        super().__init__(
            Rows(verbs, number),
            COLUMNS,
            draw,
            Sort("place"),
            empty="No row matches.",
            nothing=nothing,
            selectable=False,
            id="plan",
        )

    def on_resize(self, event: events.Resize) -> None:
        width = self.size.width
        columns = WITH_REASON if width >= WIDEST else COLUMNS if width >= WIDE else NARROW
        if columns != self.columns:
            self.set_columns(columns)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return False if action == "open" else super().check_action(action, parameters)


class PlanTable(RowsTable):
    """The list of a plan. Space takes a row in or out, - keeps theirs; it asks whoever holds it."""

    BINDINGS = [
        bind("select", "turn", label="in or out", does="take the row in or out; for a changed one: use yours"),
        bind("keep_theirs", show=False),
    ]

    class Turned(Message):
        """A row shall be taken in or out."""

        def __init__(self, row: PlanRow, into: bool) -> None:
            super().__init__()
            self.row = row
            self.into = into

    def action_turn(self) -> None:
        if self.current is not None and self.current.row.state in (State.IN, State.OUT, State.CHANGED):
            row = self.current.row
            self.post_message(self.Turned(row, row.state is not State.IN))
            self.go(self.cursor_row + 1)

    def action_keep_theirs(self) -> None:
        if self.current is not None and self.current.row.state in (State.IN, State.CHANGED):
            self.post_message(self.Turned(self.current.row, into=False))
            self.go(self.cursor_row + 1)
