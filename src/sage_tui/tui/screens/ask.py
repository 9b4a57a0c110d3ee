"""One line that an act needs: typed, checked where it is typed."""

from collections.abc import Callable
from typing import Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from sage_tui.domain.errors import SageError
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.text import content
from sage_tui.tui.widgets.fields import Field, Press

T = TypeVar("T")


class Ask(Dialog[T], Generic[T]):
    """Returns what `read` made of the line; a SageError of it is said here."""

    def __init__(
        self,
        heading: str,
        words: str,
        read: Callable[[str], T],
        *,
        label: str = "",
        go: str = "Preview",
        limit: int = 254,
    ) -> None:
        super().__init__()
        self.HEADING = heading
        self._words = words
        self._read = read
        self._label = label
        self._go = go
        self._limit = limit

    def body(self) -> ComposeResult:
        yield Static(content(self._words), classes="text")
        if self._label:
            yield Static(content(self._label), classes="label")
        yield Field(id="line", limit=self._limit)

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press(self._go, id="go")

    @on(Field.Submitted)
    @on(Press.Pressed, "#go")
    def _entered(self) -> None:
        try:
            found = self._read(self.query_one(Field).value.strip())
        except SageError as error:
            self.complain(content(f"{error.message}. {error.hint}".replace("..", ".")))
            return
        self.dismiss(found)

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)
