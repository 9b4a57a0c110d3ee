"""The auto-approval rule and asking the operator for more, as dialogs."""

from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from sage_tui.domain import amounts, months
from sage_tui.domain.auto_approval import Rule, SetRule, percent
from sage_tui.domain.errors import SageError
from sage_tui.domain.purchase_requests import AskOperator, PurchaseRequest
from sage_tui.domain.request_shapes import verdict
from sage_tui.domain.units import Kind
from sage_tui.tui.asking import Trouble, answer, attempt
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.text import content
from sage_tui.tui.widgets.fields import Field, Press

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sage_tui.domain.auto_approval import Verdict
    from sage_tui.tui.asking import Got


class AutoApproval(Dialog[Rule]):
    """The three fields, and what they would say of a request, as they stand now. Returns the rule that was saved."""

    HEADING = "Auto-approval"
    AUTO_FOCUS = "#largest"

    def __init__(self, rule: Rule, organization_id: int | None, may: str | None) -> None:
        super().__init__()
        self._rule = rule
        self._on = rule.on
        self._organization_id = organization_id
        self._may = may

    def body(self) -> ComposeResult:
        yield Static(
            Content("Answers small requests at once. What it does not cover waits, with the reason."), classes="text"
        )
        with Horizontal(classes="row"):
            yield Static(Content("Largest amount, a person, kind and month"), classes="label")
            yield Field(amounts.short(self._rule.largest), id="largest", limit=20)
        with Horizontal(classes="row"):
            yield Static(Content("Largest share of the pool used already"), classes="label")
            yield Field(f"{self._rule.pool_used}%", id="pool-used", limit=5)
        with Horizontal(classes="row"):
            yield Static(Content("Try a request of"), classes="label")
            yield Field(amounts.short(self._rule.largest), id="try", limit=20)
        yield Static(id="verdict")

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press(f"Answers: {'yes' if self._on else 'no'}", id="on")
            yield Press("Try", id="test")
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Save", id="save")

    def on_mount(self) -> None:
        self._try()

    @on(Press.Pressed, "#on")
    def _turn(self, event: Press.Pressed) -> None:
        self._on = not self._on
        event.button.call(f"Answers: {'yes' if self._on else 'no'}")
        self._try()

    def _typed(self) -> Rule:
        """The rule as the fields say. Raises WrongUse."""
        share = percent(self.query_one("#pool-used", Field).value.strip())
        return Rule(self._on, amounts.tokens(self.query_one("#largest", Field).value.strip()), share)

    @on(Field.Submitted)
    @on(Press.Pressed, "#test")
    def _entered(self) -> None:
        self._try()

    def _try(self) -> None:
        try:
            rule, amount = self._typed(), amounts.tokens(self.query_one("#try", Field).value.strip())
        except SageError as error:
            self.complain(content(f"{error.message} {error.hint}"))
            return
        self.complain(Content(""))
        self._ask(rule, amount)

    @work(group="try", exclusive=True)
    async def _ask(self, rule: Rule, amount: int) -> None:
        ask = self.console.services.auto_approval.would_be
        got: Got[Verdict] | None = await answer(self, lambda: ask(amount, Kind.INFERENCE, self._organization_id, rule))
        if got:
            self.query_one("#verdict", Static).update(content(verdict(amount, got.value)))

    @on(Press.Pressed, "#save")
    def _save(self) -> None:
        if self._may:
            self.complain(content(self._may))
            return
        try:
            rule = self._typed()
        except SageError as error:
            self.complain(content(f"{error.message} {error.hint}"))
            return
        if rule == self._rule:
            self.dismiss(rule)
        else:
            self._put(SetRule(self._organization_id, rule.on, rule.largest, rule.pool_used))

    @work(group="put", exclusive=True)
    async def _put(self, command: SetRule) -> None:
        got = await answer(self, lambda: self.console.services.auto_approval.put(command))
        if got:
            self.dismiss(got.value)

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)


class AskForPool(Dialog[PurchaseRequest]):
    """How much more a month, from when, why. Returns what now stands in the operator's queue."""

    HEADING = "Ask the operator for more"
    AUTO_FOCUS = "#inference"

    def __init__(self, organization_id: int | None, missing: "Mapping[Kind, int]") -> None:
        super().__init__()
        self._organization_id = organization_id
        self._missing = missing

    def body(self) -> ComposeResult:
        said = " and ".join(f"{left:,} {kind.value} tokens" for kind, left in self._missing.items() if left)
        missing = f"{said} more are asked for than there are. " if said else ""
        yield Static(content(f"{missing}The operator sees it in their queue; it ends as a purchase."), classes="text")
        month = months.month_text(months.month_of(self.console.clock.now()))
        for id, label, value in (
            ("inference", "Inference tokens a month more", ""),
            ("embedding", "Embedding tokens a month more", ""),
            ("from", "From which month on", month),
            ("reason", "Why", ""),
        ):
            with Horizontal(classes="row"):
                yield Static(Content(label), classes="label")
                yield Field(value, id=id, limit=500 if id == "reason" else 30)

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Ask", id="go")

    @on(Field.Submitted)
    @on(Press.Pressed, "#go")
    def _entered(self) -> None:
        typed = {field.id: field.value.strip() for field in self.query(Field)}
        try:
            command = AskOperator(
                amounts.tokens(typed["inference"]) if typed["inference"] else 0,
                amounts.tokens(typed["embedding"]) if typed["embedding"] else 0,
                months.parse_month(typed["from"]),
                typed["reason"],
                self._organization_id,
            )
        except SageError as error:
            self.complain(content(f"{error.message} {error.hint}"))
            return
        self._ask(command)

    @work(exclusive=True)
    async def _ask(self, command: AskOperator) -> None:
        got = await attempt(lambda: self.console.services.purchase_requests.ask(command))
        if isinstance(got, SageError):
            self.post_message(Trouble(got))
        else:
            self.dismiss(got.value)

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)
