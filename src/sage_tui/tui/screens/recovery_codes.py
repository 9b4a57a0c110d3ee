"""Recovery codes: shown once, and a code of the authenticator to make new ones."""

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from sage_tui.domain.sessions import RecoveryCodes
from sage_tui.tui.asking import answer
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.screens.demo_code import DemoCode
from sage_tui.tui.text import lines_of
from sage_tui.tui.widgets.fields import Field, Press

ONCE = Content("Each opens admin mode once, when the authenticator is not at hand. They are shown now and never again.")


TWO_COLUMNS = 66
"""Columns of the terminal from which on two codes stand beside each other."""


class ShowRecoveryCodes(Dialog[bool]):
    """Only the button closes it: a stray esc must not lose them."""

    HEADING = "Recovery codes: write them down"
    AUTO_FOCUS = "#codes"

    def __init__(self, codes: RecoveryCodes) -> None:
        super().__init__()
        self._codes = codes

    def body(self) -> ComposeResult:
        yield Static(ONCE, classes="text")
        yield Static(id="codes", classes="text")

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("I have written them down", id="done")

    @on(Press.Pressed, "#done")
    def _done(self) -> None:
        self.dismiss(True)

    def on_mount(self) -> None:
        self.query_one("#done").focus()

    def on_resize(self) -> None:
        """In two columns where they fit."""
        codes = [code.reveal() for code in self._codes.codes]
        half = len(codes) if self.size.width < TWO_COLUMNS else (len(codes) + 1) // 2
        rows = [("   ".join(codes[n::half]),) for n in range(half)]
        self.query_one("#codes", Static).update(lines_of(rows))

    def action_close(self) -> None:
        self.complain(Content("They are not shown again: write them down first, then press the button."))


class RenewRecoveryCodes(Dialog[RecoveryCodes]):
    """Asks for a code; returns ten new recovery codes."""

    HEADING = "New recovery codes"

    def body(self) -> ComposeResult:
        yield Static(Content("The codes you have become void. Code from your authenticator app:"), classes="text")
        yield Field(id="code", limit=60)

    def foot(self) -> ComposeResult:
        yield DemoCode()
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Make new ones", id="renew")

    @on(Field.Submitted, "#code")
    @on(Press.Pressed, "#renew")
    def _entered(self) -> None:
        self._renew(self.query_one("#code", Field).value)

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    @work(group="renew", exclusive=True)
    async def _renew(self, code: str) -> None:
        got = await answer(self, lambda: self.console.services.enrolment.renew_recovery_codes(code))
        if got:
            self.dismiss(got.value)
        else:
            self.query_one("#code", Field).value = ""
            self.query_one(DemoCode).ask()
