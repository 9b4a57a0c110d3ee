"""A fresh code for an act that needs one (security.md, section 5)."""

from textual.app import ComposeResult
from textual.widgets import Static

from sage_tui.domain.sessions import Session
from sage_tui.tui.screens.totp_challenge import TotpChallenge
from sage_tui.tui.text import content


class StepUp(TotpChallenge):
    """Returns the session with the fresh code counted; None when it was left."""

    HEADING = "A fresh code"

    def __init__(self, why: str) -> None:
        super().__init__()
        self._why = why

    def body(self) -> ComposeResult:
        yield Static(content(self._why), classes="text")
        yield from super().body()

    def prove(self, code: str) -> Session:
        return self.console.services.mfa.step_up(code)
