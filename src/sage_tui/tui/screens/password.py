"""Choose a password: one's own wish, or after a one-time password."""

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from sage_tui.domain.secret import Secret
from sage_tui.domain.sessions import Session
from sage_tui.tui.asking import answer
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.widgets.fields import Press, SecretField

FORCED = Content("The password you used was for one time. Choose your own now.")
RULE = Content("At least 15 characters; spaces and any script are fine. A sentence is easier to keep than a riddle.")


class ChangePassword(Dialog[Session]):
    """Returns the session with the new password; None when it was left."""

    HEADING = "Choose a password"

    def __init__(self, *, forced: bool = False) -> None:
        super().__init__()
        self._forced = forced

    def body(self) -> ComposeResult:
        if self._forced:
            yield Static(FORCED, classes="text")
        else:
            yield Static(Content("Password until now"), classes="label")
            yield SecretField(id="old")
        yield Static(Content("New password"), classes="label")
        yield SecretField(id="new")
        yield Static(Content("Once more"), classes="label")
        yield SecretField(id="again")
        yield Static(RULE, id="hint")

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Sign out" if self._forced else "Cancel", id="cancel")
            yield Press("Save", id="save")

    @on(SecretField.Submitted)
    def _next(self, event: SecretField.Submitted) -> None:
        if event.input.id == "again":
            self._save()
        else:
            self.focus_next("SecretField")

    @on(Press.Pressed, "#save")
    def _save(self) -> None:
        new, again = (self.query_one(f"#{id}", SecretField).value for id in ("new", "again"))
        if not new:
            self.complain(Content("Type the new password twice."))
        elif new != again:
            self.complain(Content("The two are not the same. Type the new password again."))
            self._again()
        else:
            old = "" if self._forced else self.query_one("#old", SecretField).value
            self._change(Secret(old), Secret(new))

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    @work(exclusive=True)
    async def _change(self, old: Secret, new: Secret) -> None:
        self.complain(Content(""))
        got = await answer(self, lambda: self.console.services.identity.change_password(old, new))
        if got:
            self.dismiss(got.value)
        else:
            self._again()

    def _again(self) -> None:
        """The new password is typed anew."""
        for id in ("again", "new"):
            field = self.query_one(f"#{id}", SecretField)
            field.value = ""
            field.focus()
