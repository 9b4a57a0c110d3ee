"""People added by a list of e-mails, each answered; with one-time passwords, if wanted, shown once."""

from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from sage_tui.tui.asking import answer
from sage_tui.tui.screens.base import Dialog, Page
from sage_tui.tui.screens.notice import Notice
from sage_tui.tui.text import Line
from sage_tui.tui.widgets.fields import Field, Press
from sage_tui.tui.widgets.paste_area import PasteArea, emails_in

if TYPE_CHECKING:
    from sage_tui.domain.users import Added


class AddPeople(Dialog["Added"]):
    """Returns what adding did."""

    HEADING = "Add people"
    AUTO_FOCUS = "PasteArea"

    def __init__(self, organization_id: int | None) -> None:
        super().__init__()
        self._organization_id = organization_id
        self._paid = False
        self._passwords = False

    def body(self) -> ComposeResult:
        yield Static(Content("E-mail addresses, one a line"), classes="label")
        yield PasteArea(id="list")
        yield Static(Content("Department (may be empty)"), classes="label")
        yield Field(id="department", limit=100)

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Paid: no", id="paid")
            yield Press("One-time passwords: no", id="passwords")
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Add", id="add")

    @on(Press.Pressed, "#paid")
    def _turn_paid(self, event: Press.Pressed) -> None:
        self._paid = not self._paid
        event.button.call(f"Paid: {'yes' if self._paid else 'no'}")

    @on(Press.Pressed, "#passwords")
    def _turn_passwords(self, event: Press.Pressed) -> None:
        self._passwords = not self._passwords
        event.button.call(f"One-time passwords: {'yes' if self._passwords else 'no'}")

    @on(Press.Pressed, "#add")
    def _entered(self) -> None:
        emails = emails_in(self.query_one(PasteArea).text)
        if emails:
            self._add(emails)
        else:
            self.complain(Content("There is no e-mail in it."))

    @work(exclusive=True)
    async def _add(self, emails: tuple[str, ...]) -> None:
        from sage_tui.domain.users import AddUsers

        department = self.query_one("#department", Field).value.strip()
        command = AddUsers(emails, self._organization_id, self._paid, department, self._passwords)
        got = await answer(self, lambda: self.console.services.users_add.add(command))
        if got:
            self.dismiss(got.value)

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)


def told(done: "Added") -> list[Line]:
    """What adding did, e-mail by e-mail."""
    lines: list[Line] = [((f"{len(done.added):,} added", "bold"), f" as batch {done.batch}" if done.batch else "")]
    lines += [(f"  {email}",) for email in done.added]
    if done.already:
        lines += [((f"{len(done.already):,} here already", "bold"),), *((f"  {email}",) for email in done.already)]
    if done.refused:
        lines += [((f"{len(done.refused):,} refused", "bold"),)]
        lines += [(f"  {email}: {why}",) for email, why in done.refused]
    if done.stays_unset:
        lines += [(("The pool has no room for a first allocation of", "bold"),)]
        lines += [(f"  {email}",) for email in done.stays_unset]
    if done.one_time_passwords:
        lines += [(("One-time passwords, valid 72 hours. They are shown only now.", "bold"),)]
        lines += [(f"  {secret.reveal()}  {email}",) for email, secret in done.one_time_passwords]
    return lines


async def add(page: Page) -> bool:
    """Ask for e-mails, add the people, answer each. Was anybody added? Runs in a worker."""
    done = await page.app.push_screen_wait(AddPeople(page.here.asks_about))
    if done is None:
        return False
    await page.app.push_screen_wait(Notice("Added", told(done)))
    return bool(done.added)
