"""A question before something is left: the first button stays, the second goes on."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.text import content
from sage_tui.tui.widgets.fields import Press


class Confirm(Dialog[bool]):
    """True when it shall go on."""

    def __init__(self, heading: str, words: str, *, stay: str, go: str) -> None:
        super().__init__()
        self.HEADING = heading
        self._words = words
        self._stay = stay
        self._go = go

    def body(self) -> ComposeResult:
        yield Static(content(self._words), classes="text")

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press(self._stay, id="stay")
            yield Press(self._go, id="go")

    @on(Press.Pressed, "#stay")
    def _stayed(self) -> None:
        self.dismiss(False)

    @on(Press.Pressed, "#go")
    def _gone(self) -> None:
        self.dismiss(True)
