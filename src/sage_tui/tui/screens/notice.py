"""A dialog that only says something: details, explanations."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from sage_tui.tui.keys import bind
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.text import Line, lines_of


class Notice(Dialog[None]):
    """Lines to read; esc, enter or backspace closes."""

    BINDINGS = [bind("open", "close", show=False), bind("back", "close", show=False)]
    AUTO_FOCUS = "#notice-text"

    def __init__(self, heading: str, lines: Sequence[Line]) -> None:
        super().__init__()
        self.HEADING = heading
        self._lines = lines

    def body(self) -> ComposeResult:
        with VerticalScroll(id="notice-text"):
            yield Static(lines_of(self._lines))
