"""Gateway identities that belong to nobody: choose one, say whose it is."""

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from sage_tui.domain import permissions
from sage_tui.domain.amounts import full
from sage_tui.domain.permissions import Verb
from sage_tui.domain.users import Identity
from sage_tui.tui.asking import answer
from sage_tui.tui.screens.base import Dialog, Page
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.text import content
from sage_tui.tui.widgets.fields import Field, Press

NONE = "Every identity has an owner. esc goes back."


def choices(identities: tuple[Identity, ...], why_not: str | None) -> list[Choice[Identity]]:
    """The identities with what they used, as the service orders them: the largest first."""
    return [Choice(one, one.identity, f"{full(one.charge)} tokens, {one.source}", why_not) for one in identities]


class AssignIdentity(Dialog[str]):
    """Returns the e-mail that the identity was assigned to."""

    HEADING = "Whose is it?"

    def __init__(self, identity: Identity, organization_id: int | None) -> None:
        super().__init__()
        self._identity = identity
        self._organization_id = organization_id

    def body(self) -> ComposeResult:
        one = self._identity
        yield Static(content(one.identity, limit=300), classes="text")
        yield Static(content(f"{one.events:,} calls, {full(one.charge)} tokens, from {one.source}"), classes="text")
        yield Static(Content("E-mail of the person who gets all of this usage"), classes="label")
        yield Field(id="email", limit=254)

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Assign", id="assign")

    @on(Field.Submitted)
    @on(Press.Pressed, "#assign")
    def _entered(self) -> None:
        email = self.query_one("#email", Field).value.strip()
        if email:
            self._assign(email)
        else:
            self.complain(Content("Type an e-mail address of this organization."))

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    @work(exclusive=True)
    async def _assign(self, email: str) -> None:
        one, organization = self._identity, self._organization_id
        verbs = self.console.services.identities
        got = await answer(self, lambda: verbs.assign(one.identity, email, one.source, organization))
        if got:
            self.dismiss(email)


async def assign(page: Page) -> bool:
    """Choose an identity and say whose it is; whether it was assigned. Runs in a worker."""
    about = page.here.asks_about
    got = await page.ask(lambda: page.console.services.identities.list_identities(about))
    if got is None:
        return False
    listed = choices(got.value, permissions.why_not(page.here.actor, Verb.IDENTITIES_ASSIGN))
    identity = await page.app.push_screen_wait(Chooser("Identities that belong to nobody", listed, empty=NONE))
    if identity is None:
        return False
    email = await page.app.push_screen_wait(AssignIdentity(identity, about))
    if email:
        page.say(content(f"{identity.identity} and its usage now belong to {email}."))
    return bool(email)
