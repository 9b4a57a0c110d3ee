"""Recovery codes: shown once, and a code of the authenticator to make new ones."""

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from sage_tui.domain.sessions import RecoveryCodes
from sage_tui.tui.asking import answer
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.text import content, lines_of
from sage_tui.tui.widgets.fields import Field, Press

ONCE = Content("Each opens admin mode once, when the authenticator is not at hand. They are shown now and never again.")


class ShowRecoveryCodes(Dialog[bool]):
    """Only the button closes it: a stray esc must not lose them."""

    HEADING = "Recovery codes: write them down"
    AUTO_FOCUS = "#codes"

    def __init__(self, codes: RecoveryCodes) -> None:
        super().__init__()
        self._codes = codes

    def body(self) -> ComposeResult:
        yield Static(ONCE, classes="text")
        codes = [code.reveal() for code in self._codes.codes]
        half = (len(codes) + 1) // 2
        rows = [(f"{codes[n]:<32}" + (codes[n + half] if n + half < len(codes) else ""),) for n in range(half)]
        yield Static(lines_of(rows), id="codes", classes="text")
        with Horizontal(classes="buttons"):
            yield Press("I have written them down", id="done")

    @on(Press.Pressed, "#done")
    def _done(self) -> None:
        self.dismiss(True)

    def on_mount(self) -> None:
        self.query_one("#done").focus()

    def action_close(self) -> None:
        self.complain(Content("They are not shown again: write them down first, then press the button."))


class RenewRecoveryCodes(Dialog[RecoveryCodes]):
    """Asks for a code; returns ten new recovery codes."""

    HEADING = "New recovery codes"

    def body(self) -> ComposeResult:
        yield Static(Content("The codes you have become void. Code from your authenticator app:"), classes="text")
        yield Field(id="code", limit=60)
        yield Static(Content(""), id="demo")
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Make new ones", id="renew")

    def on_mount(self) -> None:
        self._show_demo_code()

    @work(group="demo", exclusive=True)
    async def _show_demo_code(self) -> None:
        got = await answer(self, lambda: self.console.services.mfa.demo_code())
        if got and got.value:
            self.query_one("#demo", Static).update(content(f"This is a demo: the code is {got.value}"))

    @on(Field.Submitted, "#code")
    @on(Press.Pressed, "#renew")
    def _entered(self) -> None:
        self._renew(self.query_one("#code", Field).value)

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    @work(group="renew", exclusive=True)
    async def _renew(self, code: str) -> None:
        got = await answer(self, lambda: self.console.services.mfa.renew_recovery_codes(code))
        if got:
            self.dismiss(got.value)
        else:
            self.query_one("#code", Field).value = ""
            self._show_demo_code()
