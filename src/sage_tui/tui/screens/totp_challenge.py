"""The modal challenge before admin mode: one field takes six digits or a recovery code."""

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from sage_tui.domain.sessions import Session
from sage_tui.tui.asking import answer
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.screens.demo_code import DemoCode
from sage_tui.tui.widgets.fields import Field, Press


class TotpChallenge(Dialog[Session]):
    """Returns the session in admin mode; None when it was left."""

    HEADING = "Enter admin mode"

    def body(self) -> ComposeResult:
        yield Static(Content("Code from your authenticator app"), classes="label")
        yield Field(id="code", limit=60)

    def foot(self) -> ComposeResult:
        yield DemoCode()
        yield Static(Content("Lost the device? Type a recovery code instead."), id="hint")
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Enter", id="enter")

    @on(Field.Submitted, "#code")
    @on(Press.Pressed, "#enter")
    def _entered(self) -> None:
        code = self.query_one("#code", Field).value
        if code.strip():
            self._enter(code)
        else:
            self.complain(Content("Type the six digits that the app shows now."))

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    def prove(self, code: str) -> Session:
        """What the code is for. Blocks."""
        return self.console.services.mfa.enter_admin(code)

    @work(group="enter", exclusive=True)
    async def _enter(self, code: str) -> None:
        got = await answer(self, lambda: self.prove(code))
        if got:
            self.dismiss(got.value)
            return
        field = self.query_one("#code", Field)
        field.value = ""
        field.focus()
        self.query_one(DemoCode).ask()
