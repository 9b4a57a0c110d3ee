"""Ask for more tokens, for oneself: which kind, how much, why."""

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from sage_tui.domain import amounts
from sage_tui.domain.errors import SageError
from sage_tui.domain.requests import REASON_LIMIT, Ask, MyRequests, TokenRequest
from sage_tui.domain.units import Kind
from sage_tui.tui import home_requests
from sage_tui.tui.asking import answer
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.text import content
from sage_tui.tui.widgets.fields import Field, Press


class AskMore(Dialog[TokenRequest]):
    """Returns what was asked for; the rule of auto-approval may have answered already."""

    HEADING = "Ask for more"
    AUTO_FOCUS = "#amount"

    def __init__(self, mine: MyRequests) -> None:
        super().__init__()
        self._mine = mine
        self._kind = Kind.INFERENCE

    def body(self) -> ComposeResult:
        with Horizontal(classes="row"):
            yield Static(Content("How much more (500K, 2M)"), classes="label")
            yield Field(id="amount", limit=30)
        with Horizontal(classes="row"):
            yield Static(Content("Why"), classes="label")
            yield Field(id="reason", limit=REASON_LIMIT)
        yield Static(id="would")

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Of: inference", id="kind")
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Ask", id="go")

    def on_mount(self) -> None:
        self._say()

    def _amount(self) -> int:
        """What is typed, in tokens. Raises WrongUse."""
        return amounts.tokens(self.query_one("#amount", Field).value.strip())

    @on(Field.Changed, "#amount")
    def _say(self) -> None:
        try:
            amount: int | None = self._amount()
        except SageError:
            amount = None
        self.query_one("#would", Static).update(content(home_requests.would(self._mine, self._kind, amount)))

    @on(Press.Pressed, "#kind")
    def _turn(self, event: Press.Pressed) -> None:
        self._kind = Kind.EMBEDDING if self._kind is Kind.INFERENCE else Kind.INFERENCE
        event.button.call(f"Of: {self._kind.value}")
        self._say()

    @on(Field.Submitted)
    def _next(self, event: Field.Submitted) -> None:
        if event.input.id == "amount":
            self.query_one("#reason", Field).focus()
        else:
            self._entered()

    @on(Press.Pressed, "#go")
    def _entered(self) -> None:
        try:
            ask = Ask(self._kind, self._amount(), self.query_one("#reason", Field).value.strip())
        except SageError as error:
            self.complain(content(f"{error.message} {error.hint}"))
            return
        self._create(ask)

    @work(exclusive=True)
    async def _create(self, ask: Ask) -> None:
        got = await answer(self, lambda: self.console.services.requests.create(ask))
        if got:
            self.dismiss(got.value)

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)
