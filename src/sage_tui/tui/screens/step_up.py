"""A fresh code for an act that needs one (security.md, section 5)."""

from textual import work
from textual.app import ComposeResult
from textual.widgets import Static

from sage_tui.tui.asking import answer
from sage_tui.tui.screens.demo_code import DemoCode
from sage_tui.tui.screens.totp_challenge import TotpChallenge
from sage_tui.tui.text import content
from sage_tui.tui.widgets.fields import Field


class StepUp(TotpChallenge):
    """Returns the session with the fresh code counted; None when it was left."""

    HEADING = "A fresh code"

    def __init__(self, why: str) -> None:
        super().__init__()
        self._why = why

    def body(self) -> ComposeResult:
        yield Static(content(self._why), classes="text")
        yield from super().body()

    @work(group="enter", exclusive=True)
    async def _enter(self, code: str) -> None:
        got = await answer(self, lambda: self.console.services.mfa.step_up(code))
        if got:
            self.dismiss(got.value)
            return
        field = self.query_one("#code", Field)
        field.value = ""
        field.focus()
        self.query_one(DemoCode).ask()
