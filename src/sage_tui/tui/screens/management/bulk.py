"""`.`: acts for the row under the cursor or for the selection. Each is planned, shown, and applied if it is wanted."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from sage_tui.domain import amounts, permissions
from sage_tui.domain.acts import Act, Disable, Move, Offboard, SetFields
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Selection
from sage_tui.domain.text import accept
from sage_tui.domain.units import NO_ORGANIZATION, Kind
from sage_tui.tui.asking import answer
from sage_tui.tui.screens.ask import Ask
from sage_tui.tui.screens.base import Dialog, Page
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.screens.management import inviting
from sage_tui.tui.text import Line, lines_of
from sage_tui.tui.widgets.fields import Press
from sage_tui.tui.widgets.paste_area import PasteArea, emails_in
from sage_tui.tui.widgets.table_selection import Selected

if TYPE_CHECKING:
    from sage_tui.tui.session import Here


@dataclass(frozen=True, slots=True)
class Wish:
    """What was chosen: an act that needs nothing more, or the name of what is asked next."""

    name: str
    act: Act | None = None
    verb: Verb = Verb.USERS_SET

    @property
    def somebody(self) -> bool:
        """Is it about the person or the people chosen?"""
        return self.name not in ALONE


ALONE = frozenset({"add", "invite", "identities", "paste", "revert cell", "revert row", "revert all"})
"""Wishes that are about nobody who is chosen."""

WISHES: tuple[tuple[Wish, str, str], ...] = (
    (Wish("inference"), "Inference allocation …", "2M, +500K, -10%, unset"),
    (Wish("embedding"), "Embedding allocation …", "2M, +500K, -10%, unset"),
    (Wish("paid on", SetFields(paid=True)), "Paid on", "may spend; gives first allocations"),
    (Wish("paid off", SetFields(paid=False)), "Paid off", "signs in, may not spend"),
    (Wish("department"), "Department …", "their cost centre"),
    (Wish("verify", SetFields(verified=True)), "Verify", "their e-mail address is theirs"),
    (Wish("ban", SetFields(banned=True)), "Ban", "no sign-in, keys refused, sessions end"),
    (Wish("unban", SetFields(banned=False)), "Unban", ""),
    (Wish("disable", Disable(), Verb.USERS_DISABLE), "Disable", "paid off, at most 1,000 tokens of each kind"),
    (Wish("move", verb=Verb.USERS_MOVE), "Move to another organization …", "they begin unset and unpaid there"),
    (Wish("offboard", Offboard(), Verb.USERS_OFFBOARD), "Offboard", "for people who leave: banned, unpaid, limits 0"),
)


def choices(here: "Here", someone: bool, staged: int, why_none: str | None) -> list[Choice[Wish]]:
    """What can be done; what cannot be says why."""
    nobody = None if someone else "there is nobody here"
    listed = []
    for wish, name, says in WISHES:
        if wish.name == "move" and not here.operator:
            continue
        refused = permissions.why_not(here.actor, wish.verb) or why_none or nobody
        listed.append(Choice(wish, name, says, refused))
    refused = permissions.why_not(here.actor, Verb.USERS_ADD) or why_none
    listed.append(Choice(Wish("add"), "Add people …", "by a list of e-mails", refused))
    refused = permissions.why_not(here.actor, Verb.USERS_INVITE) or why_none
    listed.append(Choice(Wish("invite"), inviting.NAME, "in a file, of the selection or of all", refused))
    refused = permissions.why_not(here.actor, Verb.IDENTITIES_ASSIGN)
    listed.append(Choice(Wish("identities"), "Assign gateway identities …", "those that belong to nobody", refused))
    listed.append(Choice(Wish("paste"), "Select a pasted list of e-mails …", "each is answered", why_none))
    kept = None if staged else "nothing is staged"
    listed.append(Choice(Wish("revert cell"), "Take back the staged edit of this cell", "also by the key -", kept))
    listed.append(Choice(Wish("revert row"), "Take back the staged edits of this row", "", kept))
    listed.append(Choice(Wish("revert all"), "Take back all staged edits", f"{staged:,}" if staged else "", kept))
    return listed


HELP: tuple[tuple[Wish, str, str], ...] = (
    (Wish("unlock", verb=Verb.USERS_UNLOCK), "Unlock", "lift the pause after failed sign-ins and codes"),
    (Wish("password", verb=Verb.USERS_RESET_PASSWORD), "Reset password", "a one-time password, shown once"),
    (Wish("mfa", verb=Verb.USERS_RESET_MFA), "Reset authenticator", "they enrol again"),
    (Wish("cac", verb=Verb.USERS_RESET_CAC), "Reset smart card", "it is bound again elsewhere"),
)
"""Ways back in for one person."""

ECONOMY: tuple[tuple[Wish, str, str], ...] = (
    (Wish("exception", verb=Verb.OVERRIDES_SET), "Exception to the policy …", "own floor, ceiling; pinned, exempt"),
    (Wish("raise", verb=Verb.RAISE), "Raise until a date …", "it falls back by itself"),
)
"""What distribution knows of one person."""

OPERATORS: tuple[tuple[Wish, str, str], ...] = (
    (Wish("role", verb=Verb.USERS_ROLE), "Role …", "member, administrator, read-only, operator"),
    (Wish("email", verb=Verb.USERS_EMAIL), "E-mail address …", "their sessions end"),
    (Wish("payer", verb=Verb.USERS_PAYER), "Payer …", "whose purchases pay for them"),
)
"""What operators change of one person."""


def for_person(here: "Here") -> list[Choice[Wish]]:
    """What can be done for one person, on their page."""
    listed = (*WISHES, *ECONOMY, *HELP, *(OPERATORS if here.operator else ()))
    return [
        Choice(wish, name, says, permissions.why_not(here.actor, wish.verb))
        for wish, name, says in listed
        if here.operator or wish.name != "move"
    ]


def meant(selected: Selected, current: int | None) -> Selection | None:
    """Whom an act is for: the selection, else the row under the cursor."""
    if selected.all_of is not None:
        but = " ".join(f"-id:{number}" for number in sorted(selected.ids, key=str))
        return Selection(query=f"{selected.all_of} {but}".strip())
    numbers = tuple(sorted(int(number) for number in selected.ids))
    if numbers:
        return Selection(numbers=numbers)
    return None if current is None else Selection(numbers=(current,))


class PastedList(Dialog[tuple[int, ...]]):
    """E-mails, one a line or with commas between; each is answered, those found are selected."""

    HEADING = "Select by a list of e-mails"
    AUTO_FOCUS = "PasteArea"

    def __init__(self, organization_id: int | None) -> None:
        super().__init__()
        self._organization_id = organization_id
        self._found: tuple[int, ...] = ()

    def body(self) -> ComposeResult:
        yield Static(Content("Paste e-mail addresses, one a line."), classes="label")
        yield PasteArea(id="list")
        with VerticalScroll(id="answers"):
            yield Static(id="answer-lines")

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Look them up", id="look")
            yield Press("Select", id="select")

    def on_mount(self) -> None:
        self.query_one("#select").display = False
        self.query_one("#answers").display = False

    @on(Press.Pressed, "#look")
    async def _look(self) -> None:
        wanted = emails_in(self.query_one(PasteArea).text)
        if not wanted:
            self.complain(Content("There is no e-mail in it."))
            return
        about = self._organization_id
        got = await answer(self, lambda: self.console.services.users.known(wanted, about))
        if got is None:
            return
        self._found = tuple(number for _, number in got.value if number is not None)
        lost = [email for email, number in got.value if number is None]
        words: list[Line] = [(f"{len(self._found):,} of {len(got.value):,} are here.",)]
        words += [((f"  not here: {email}", "$near"),) for email in lost]
        self.query_one("#answer-lines", Static).update(lines_of(words))
        self.query_one("#answers").display = True
        select = self.query_one("#select", Press)
        select.call(f"Select {len(self._found):,}")
        select.display = bool(self._found)
        (select if self._found else self.query_one(PasteArea)).focus()

    @on(Press.Pressed, "#select")
    def _select(self) -> None:
        self.dismiss(self._found)

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)


def told(choices: list[Choice[Wish]], whom: str, run: Callable[[Wish], object]) -> list[Choice[Callable[[], object]]]:
    """The same for the palette: it says for whom."""
    listed: list[Choice[Callable[[], object]]] = []
    for choice in choices:
        says = f"for {whom}: {choice.says}".removesuffix(": ") if choice.value.somebody and whom else choice.says
        listed.append(Choice(partial(run, choice.value), choice.name, says, choice.why_not))
    return listed


async def completed(page: Page, wish: Wish, whom: str) -> Act | None:
    """The act with what it needs asked for. Runs in a worker."""
    if wish.act is not None:
        return wish.act
    if wish.name == "department":
        words = f"For {whom}. Nothing takes the department away."
        return await page.app.push_screen_wait(
            Ask("Department", words, lambda text: SetFields(department=accept("department", text, 100)))
        )
    if wish.name == "move":
        return await _moved(page, whom)
    kind = Kind(wish.name)
    words = "2M sets, +500K adds, -10% scales, unset takes it away"
    return await page.app.push_screen_wait(
        Ask(f"{kind.value.capitalize()} allocation", f"For {whom}.", lambda text: _limit(kind, text), label=words)
    )


def _limit(kind: Kind, text: str) -> Act:
    amount = amounts.parse(text)
    return SetFields(inference=amount) if kind is Kind.INFERENCE else SetFields(embedding=amount)


async def _moved(page: Page, whom: str) -> Act | None:
    """Where to: an organization, or none."""
    got = await page.ask(page.console.services.organizations.list_organizations)
    if got is None:
        return None
    places = [
        Choice(Move(one.id), one.name, f"{one.users:,} users") for one in got.value if one.id != page.here.scope.id
    ]
    places.append(Choice(Move(NO_ORGANIZATION), "No organization", "they belong to none then"))
    return await page.app.push_screen_wait(Chooser(f"Move {whom} to", places))
