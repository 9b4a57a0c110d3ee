"""`.`: acts for the row under the cursor or for the selection. Each is planned, shown, and applied if it is wanted."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from sage_tui.domain import amounts, permissions
from sage_tui.domain.acts import Act, Disable, Offboard, SetFields
from sage_tui.domain.errors import SageError, WrongUse
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Selection
from sage_tui.domain.text import accept
from sage_tui.domain.units import Kind
from sage_tui.tui.asking import answer
from sage_tui.tui.screens.base import Dialog, Page
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.text import Line, content, lines_of
from sage_tui.tui.widgets.fields import Field, Press
from sage_tui.tui.widgets.paste_area import PasteArea
from sage_tui.tui.widgets.table_selection import Selected

if TYPE_CHECKING:
    from sage_tui.tui.session import Here


@dataclass(frozen=True, slots=True)
class Wish:
    """What was chosen: an act that needs nothing more, or the name of what is asked next."""

    name: str
    act: Act | None = None
    verb: Verb = Verb.USERS_SET


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
    (Wish("offboard", Offboard(), Verb.USERS_OFFBOARD), "Offboard", "for people who leave: banned, unpaid, limits 0"),
)


def choices(here: "Here", someone: bool, staged: int, why_none: str | None) -> list[Choice[Wish]]:
    """What can be done; what cannot be says why."""
    nobody = None if someone else "there is nobody here"
    listed = []
    for wish, name, says in WISHES:
        refused = permissions.why_not(here.actor, wish.verb) or why_none or nobody
        listed.append(Choice(wish, name, says, refused))
    listed.append(Choice(Wish("paste"), "Select a pasted list of e-mails …", "each is answered", why_none))
    kept = None if staged else "nothing is staged"
    listed.append(Choice(Wish("revert row"), "Take back the staged edits of this row", "", kept))
    listed.append(Choice(Wish("revert all"), "Take back all staged edits", f"{staged:,}" if staged else "", kept))
    return listed


HELP: tuple[tuple[Wish, str, str], ...] = (
    (Wish("unlock", verb=Verb.USERS_UNLOCK), "Unlock", "lift the pause after failed sign-ins and codes"),
    (Wish("password", verb=Verb.USERS_RESET_PASSWORD), "Reset password", "a one-time password, shown once"),
    (Wish("mfa", verb=Verb.USERS_RESET_MFA), "Reset authenticator", "they enrol again"),
)
"""Ways back in for one person."""


def for_person(here: "Here") -> list[Choice[Wish]]:
    """What can be done for one person, on their page."""
    return [
        Choice(wish, name, says, permissions.why_not(here.actor, wish.verb)) for wish, name, says in (*WISHES, *HELP)
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


class AskAmount(Dialog[Act]):
    """An amount for everybody meant."""

    def __init__(self, kind: Kind, whom: str) -> None:
        super().__init__()
        self.HEADING = f"{kind.value.capitalize()} allocation"
        self._kind = kind
        self._whom = whom

    def body(self) -> ComposeResult:
        yield Static(content(f"For {self._whom}."), classes="text")
        yield Static(Content("2M sets, +500K adds, -10% scales, unset takes it away"), classes="label")
        yield Field(id="amount", limit=40)

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Preview", id="preview")

    @on(Field.Submitted)
    @on(Press.Pressed, "#preview")
    def _entered(self) -> None:
        try:
            amount = amounts.parse(self.query_one("#amount", Field).value.strip())
        except WrongUse as error:
            self.complain(content(f"{error.message}. {error.hint}"))
            return
        self.dismiss(SetFields(inference=amount) if self._kind is Kind.INFERENCE else SetFields(embedding=amount))

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)


class AskDepartment(Dialog[Act]):
    """A department for everybody meant."""

    HEADING = "Department"

    def __init__(self, whom: str) -> None:
        super().__init__()
        self._whom = whom

    def body(self) -> ComposeResult:
        yield Static(content(f"For {self._whom}. Nothing takes the department away."), classes="text")
        yield Field(id="department", limit=100)

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Preview", id="preview")

    @on(Field.Submitted)
    @on(Press.Pressed, "#preview")
    def _entered(self) -> None:
        try:
            self.dismiss(SetFields(department=accept("department", self.query_one(Field).value.strip(), 100)))
        except SageError as error:
            self.complain(content(error.message))

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)


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
        yield Static(id="answers")

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Look them up", id="look")
            yield Press("Select", id="select")

    def on_mount(self) -> None:
        self.query_one("#select").display = False

    @on(Press.Pressed, "#look")
    async def _look(self) -> None:
        text = self.query_one(PasteArea).text
        wanted = tuple(part for line in text.splitlines() for part in line.replace(",", " ").replace(";", " ").split())
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
        words += [((f"  not here: {email}", "$near"),) for email in lost[:6]]
        words += [(f"  and {len(lost) - 6:,} more that are not",)] if len(lost) > 6 else []
        self.query_one("#answers", Static).update(lines_of(words))
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


async def choose(page: Page, someone: bool, whom: str, staged: int, why_none: str | None) -> Wish | None:
    """Which act it shall be. Runs in a worker."""
    listed = choices(page.here, someone, staged, why_none)
    return await page.app.push_screen_wait(Chooser(f"For {whom}" if whom else "Actions", listed))


async def completed(page: Page, wish: Wish, whom: str) -> Act | None:
    """The act with what it needs asked for. Runs in a worker."""
    if wish.act is not None:
        return wish.act
    if wish.name == "department":
        return await page.app.push_screen_wait(AskDepartment(whom))
    return await page.app.push_screen_wait(AskAmount(Kind(wish.name), whom))
