"""Dialogs of Token Requests: approve, deny, one request in full. They ask the services themselves: a refusal is said
where it can be mended."""

from typing import TYPE_CHECKING, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from sage_tui.domain import amounts, months
from sage_tui.domain.amounts import full
from sage_tui.domain.errors import Conflict, SageError
from sage_tui.domain.requests import Approve, Decided, Deny, Lasts, TokenRequest
from sage_tui.tui.asking import Trouble, attempt
from sage_tui.tui.keys import bind
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.screens.management import requests_words as words
from sage_tui.tui.text import Line, content, lines_of
from sage_tui.tui.widgets.fields import Field, Press

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HOW_LONG = "this month; or good; or 2026-12-24"
Outcome = Decided | Conflict
"""What a dialog returns: what was decided, or that somebody else was quicker."""


class Deciding(Dialog[Outcome]):
    """What both decisions have: whose requests, a note, the organization's name where many are touched."""

    def __init__(self, rows: "Sequence[TokenRequest]") -> None:
        super().__init__()
        self.rows = tuple(rows)
        self._asking = False

    @property
    def ids(self) -> tuple[int, ...]:
        """The numbers of the requests."""
        return tuple(row.id for row in self.rows)

    def whose(self) -> list[Line]:
        """Who asks for what, at most three of them."""
        lines: list[Line] = [(f"{words.asked(row)} · {row.reason}",) for row in self.rows[:3]]
        more = len(self.rows) - len(lines)
        return lines + ([(f"and {more:,} more",)] if more else [])

    def body(self) -> ComposeResult:
        yield Static(lines_of(self.whose()), id="whose")
        yield from self.fields()
        with Horizontal(classes="row"):
            yield Static(Content("Note, who asked reads it"), classes="label")
            yield Field(id="note", limit=500)
        with Horizontal(id="name-row", classes="row"):
            yield Static(id="name-label", classes="label")
            yield Field(id="name", limit=200)

    def fields(self) -> ComposeResult:
        """What stands before the note."""
        yield from ()

    def on_mount(self) -> None:
        self.query_one("#name-row").display = False

    def typed(self, id: str) -> str:
        """What stands in a field."""
        return self.query_one(f"#{id}", Field).value.strip()

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    @on(Field.Submitted)
    @on(Press.Pressed, "#go")
    def _entered(self) -> None:
        self.go()

    def go(self) -> None:
        """Decide as the fields say."""

    @work(exclusive=True)
    async def decide(self, call: "Callable[[], Decided]") -> None:
        """Ask the service once; a second press waits for the first."""
        if self._asking:
            return
        self._asking = True
        got = await attempt(call)
        self._asking = False
        if not isinstance(got, SageError):
            self.dismiss(got.value)
        elif isinstance(got, Conflict):
            self.dismiss(got)
        else:
            self.refused(got)

    def refused(self, error: SageError) -> None:
        """Say why, and ask for what is missing."""
        if error.stable_code == "name_needed":
            self.query_one("#name-row").display = True
            self.query_one("#name-label", Static).update(Content("The organization's name"))
            self.query_one("#name", Field).focus()
        if error.stable_code == "pool_too_small":
            self.complain(content(f"{error.message} Take what fits, or ask the operator for more."))
        else:
            self.post_message(Trouble(error))


class ApproveRequests(Deciding):
    """How much, how long, a note; less is in part. `room` is what the cap leaves of the kind asked for."""

    HEADING = "Approve"
    AUTO_FOCUS = "#amount, #lasts"

    def __init__(self, rows: "Sequence[TokenRequest]", room: int | None) -> None:
        super().__init__(rows)
        self.HEADING = "Approve this request?" if len(rows) == 1 else f"Approve {len(rows):,} requests?"
        self._room = room
        self._activate = False

    def fields(self) -> ComposeResult:
        yield Static(content(self._fits()), id="fits")
        if len(self.rows) == 1:
            with Horizontal(classes="row"):
                yield Static(Content("How much (less is in part)"), classes="label")
                yield Field(full(self.rows[0].amount).replace(",", "_"), id="amount", limit=30)
        with Horizontal(classes="row"):
            yield Static(Content("How long"), classes="label")
            yield Field(placeholder=HOW_LONG, id="lasts", limit=40)

    def _fits(self) -> str:
        if self._room is None:
            return ""
        asked, room = sum(row.amount for row in self.rows), max(self._room, 0)
        return f"{room:,} fit" + (f": {asked - room:,} are missing" if asked > room else "")

    def foot(self) -> ComposeResult:
        unpaid = [row for row in self.rows if not row.paid]
        if unpaid:
            who = unpaid[0].email if len(unpaid) == 1 else f"{len(unpaid):,} of them"
            yield Static(content(f"{who} may not spend."), id="unpaid")
            with Horizontal(classes="buttons"):
                yield Press("Activate with it: no", id="activate")
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Take what fits", id="part")
            yield Press("Approve", id="go")

    def on_mount(self) -> None:
        super().on_mount()
        short_of = self._room is not None and len(self.rows) == 1 and 0 < self._room < self.rows[0].amount
        self.query_one("#part").display = short_of

    @on(Press.Pressed, "#activate")
    def _turn(self, event: Press.Pressed) -> None:
        self._activate = not self._activate
        event.button.call(f"Activate with it: {'yes' if self._activate else 'no'}")

    @on(Press.Pressed, "#part")
    def _part(self) -> None:
        self.query_one("#amount", Field).value = full(self._room or 0).replace(",", "_")
        self.query_one("#note", Field).focus()

    def go(self) -> None:
        try:
            command = self._command()
        except SageError as error:
            self.complain(content(f"{error.message} {error.hint}"))
            return
        self.decide(lambda: self.console.services.requests_decide.approve(command))

    def _command(self) -> Approve:
        lasts, until = words.lasts_of(self.typed("lasts"))
        end = months.parse_end(until, self.console.clock.now()) if lasts is Lasts.UNTIL else None
        amount = amounts.tokens(self.typed("amount").replace(",", "")) if len(self.rows) == 1 else None
        return Approve(self.ids, amount, lasts, end, self.typed("note"), self._activate, self.typed("name"))


class DenyRequests(Deciding):
    """A note, and no."""

    AUTO_FOCUS = "#note"

    def __init__(self, rows: "Sequence[TokenRequest]") -> None:
        super().__init__(rows)
        self.HEADING = "Deny this request?" if len(rows) == 1 else f"Deny {len(rows):,} requests?"

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Deny", id="go")

    def go(self) -> None:
        command = Deny(self.ids, self.typed("note"), self.typed("name"))
        self.decide(lambda: self.console.services.requests_decide.deny(command))


Next = Literal["approve", "deny"]


class RequestDetail(Dialog[Next]):
    """All that helps to decide; returns which decision is wanted."""

    BINDINGS = [
        bind("approve", show=False),
        bind("deny", show=False),
        bind("back", "close", show=False),
    ]
    HEADING = "Request"
    AUTO_FOCUS = "#approve, #notice-text"

    def __init__(self, number: int, lines: "Sequence[Line]", decides: bool) -> None:
        super().__init__()
        self.HEADING = f"Request {number}"
        self._lines = lines
        self._decides = decides

    def body(self) -> ComposeResult:
        with VerticalScroll(id="notice-text"):
            yield Static(lines_of(self._lines))

    def foot(self) -> ComposeResult:
        if self._decides:
            with Horizontal(classes="buttons"):
                yield Press("y approve", id="approve")
                yield Press("n deny", id="deny")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._decides if action in ("approve", "deny") else True

    @on(Press.Pressed, "#approve")
    def action_approve(self) -> None:
        self.dismiss("approve")

    @on(Press.Pressed, "#deny")
    def action_deny(self) -> None:
        self.dismiss("deny")
