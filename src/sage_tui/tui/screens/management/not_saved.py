"""The store failed while saving: what happened, that the edits are still here, and whether to try again."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from sage_tui.domain.errors import StoreUnavailable
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.text import content
from sage_tui.tui.widgets.fields import Press


class NotSaved(Dialog[bool]):
    """The store failed: what happened, that the edits are still here, and whether to try again."""

    HEADING = "Not saved"

    def __init__(self, error: StoreUnavailable, changes: int) -> None:
        super().__init__()
        if error.stable_code == "unknown":
            self.HEADING = "It is not known whether it was saved"
        self._error = error
        self._changes = changes

    def body(self) -> ComposeResult:
        yield Static(content(self._error.message), classes="text")
        edits = "1 change is" if self._changes == 1 else f"{self._changes:,} changes are"
        yield Static(content(f"Your {edits} still here. {self._error.hint}"), classes="text")

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Keep editing", id="keep")
            yield Press("Try again", id="again")

    def on_mount(self) -> None:
        self.query_one("#again").focus()

    @on(Press.Pressed, "#keep")
    def _keep(self) -> None:
        self.dismiss(False)

    @on(Press.Pressed, "#again")
    def _try(self) -> None:
        self.dismiss(True)
