"""The modal challenge before admin mode: one field takes six digits or a recovery code."""

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from sage_tui.domain.sessions import Session
from sage_tui.tui.asking import answer
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.text import content
from sage_tui.tui.widgets.fields import Field, Press

DEMO_EVERY = 10.0
"""Seconds after which a demo's current code is asked for again."""


class TotpChallenge(Dialog[Session]):
    """Returns the session in admin mode; None when it was left."""

    HEADING = "Enter admin mode"

    def body(self) -> ComposeResult:
        yield Static(Content("Code from your authenticator app"), classes="label")
        yield Field(id="code", limit=60)
        yield Static(Content(""), id="demo")
        yield Static(Content("Lost the device? Type a recovery code instead."), id="hint")
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Enter", id="enter")

    def on_mount(self) -> None:
        self._show_demo_code()
        self.set_interval(DEMO_EVERY, self._show_demo_code)

    @work(group="demo", exclusive=True)
    async def _show_demo_code(self) -> None:
        got = await answer(self, lambda: self.console.services.mfa.demo_code())
        if got and got.value:
            demo = self.query_one("#demo", Static)
            demo.update(content(f"This is a demo: the code is {got.value}"))
            demo.display = True

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

    @work(group="enter", exclusive=True)
    async def _enter(self, code: str) -> None:
        got = await answer(self, lambda: self.console.services.mfa.enter_admin(code))
        if got:
            self.dismiss(got.value)
            return
        field = self.query_one("#code", Field)
        field.value = ""
        field.focus()
        self._show_demo_code()
