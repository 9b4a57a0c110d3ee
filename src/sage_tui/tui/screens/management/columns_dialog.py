"""`c`: which columns, and in which order."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static
from textual.widgets.option_list import Option

from sage_tui.domain.columns import Column
from sage_tui.tui.keys import bind
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.text import line
from sage_tui.tui.widgets.fields import Press
from sage_tui.tui.widgets.options import Options

HINT = Content("space in or out · ← → earlier or later · enter done")


class ColumnsDialog(Dialog[list[str]]):
    """Returns the keys of the chosen columns in their order; the first column stays where it is."""

    HEADING = "Columns"
    AUTO_FOCUS = "#columns"
    BINDINGS = [
        bind("select", "in_or_out", does="show the column, or not"),
        Binding("left,h", "move(-1)", "earlier", show=False),
        Binding("right,l", "move(1)", "later", show=False),
        Binding("j", "step(1)", "down", show=False),
        Binding("k", "step(-1)", "up", show=False),
    ]

    def __init__(self, known: Sequence[Column], shown: Sequence[str]) -> None:
        super().__init__()
        rest = [column for column in known if column.key not in shown]
        by_key = {column.key: column for column in known}
        self._columns = [by_key[key] for key in shown] + rest
        self._shown = set(shown)

    def body(self) -> ComposeResult:
        yield Options(id="columns")
        yield Static(HINT, id="hint")

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Done", id="done")

    def on_mount(self) -> None:
        self._list(1)

    def _list(self, highlighted: int) -> None:
        options = self.query_one(Options)
        options.clear_options()
        options.add_options([self._option(number, column) for number, column in enumerate(self._columns)])
        options.highlighted = highlighted

    def _option(self, number: int, column: Column) -> Option:
        mark = "✓" if column.key in self._shown else " "
        fixed = "stands still" if number == 0 else column.meaning
        return Option(line(f"{mark} {column.title:<26}", (fixed, "$quiet")))

    def action_in_or_out(self) -> None:
        at = self.query_one(Options).highlighted
        if at:
            self._shown ^= {self._columns[at].key}
            self._list(at)

    def action_move(self, step: int) -> None:
        at = self.query_one(Options).highlighted
        if at and 1 <= at + step < len(self._columns):
            self._columns.insert(at + step, self._columns.pop(at))
            self._list(at + step)

    def action_step(self, step: int) -> None:
        options = self.query_one(Options)
        if step > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    @on(Options.OptionSelected)
    @on(Press.Pressed, "#done")
    def _done(self) -> None:
        self.dismiss([column.key for column in self._columns if column.key in self._shown])

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)
