"""Sign-in: e-mail, password, enter. Drawn before anything of the database is imported."""

from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from sage_tui.domain.errors import SageError
from sage_tui.domain.secret import Secret
from sage_tui.tui.asking import Trouble, answer
from sage_tui.tui.keys import bind
from sage_tui.tui.screens.base import ConsoleScreen
from sage_tui.tui.text import Line, content, lines_of
from sage_tui.tui.widgets.fields import Field, SecretField

if TYPE_CHECKING:
    from sage_tui.domain.sessions import Door


class SignInScreen(ConsoleScreen):
    """The first screen."""

    BINDINGS = [
        bind("open", "enter", label="sign in", does="go on to the password, then sign in"),
        bind("next_region", "app.focus_next", show=False),
    ]
    AUTO_FOCUS = "#email"

    def body(self) -> ComposeResult:
        with VerticalScroll(id="door", can_focus=False):
            yield Static(Content("sage-tui"), id="product")
            yield Static(Content("accounts, limits and usage of a GenAI platform"), id="tagline")
            with Vertical(id="door-form"):
                yield Static(Content("E-mail"), classes="label")
                yield Field(id="email", limit=254)
                yield Static(Content("Password"), classes="label")
                yield SecretField(id="password")
            yield Static(id="refusal")
            yield Static(id="notice")
            yield Static(id="accounts")

    def begin(self, words: str) -> None:
        """Empty, with a sentence, ready for whoever comes."""
        for field in self.query(Field):
            field.value = ""
        self._refuse(content(words))
        self.query_one("#email").focus()

    @work(group="door", exclusive=True)
    async def ask_door(self) -> None:
        """Ask for what else stands at the door. A thread that imports takes turns with the one that draws: the first
        frame comes before."""
        got = await answer(self, self.console.services.identity.door)
        if got:
            self._show_door(got.value)
        self.console.load_ahead()

    def _show_door(self, door: "Door") -> None:
        self.query_one("#notice", Static).update(content(door.notice))
        if door.demo_accounts:
            rows: list[Line] = [("This is a demo. Sign in as",)]
            rows += [(f"  {account.email:<28}", (account.what, "$quiet")) for account in door.demo_accounts]
            rows += [(f"with the password  {door.demo_password}",)]
            self.query_one("#accounts", Static).update(lines_of(rows))

    @on(Field.Submitted, "#email")
    def _to_password(self) -> None:
        self.query_one("#password").focus()

    @on(Field.Submitted, "#password")
    def _submitted(self) -> None:
        self.action_enter()

    def action_enter(self) -> None:
        email = self.query_one("#email", Field).value.strip()
        password = self.query_one("#password", SecretField)
        if not email:
            self._refuse(Content("Type your e-mail address first."))
            self.query_one("#email").focus()
        elif not password.value:
            password.focus()
        else:
            self._refuse(Content("Signing in …"))
            self._sign_in(email, Secret(password.value))

    @work(group="sign-in", exclusive=True)
    async def _sign_in(self, email: str, password: Secret) -> None:
        got = await answer(self, lambda: self.console.services.identity.sign_in(email, password))
        self.query_one("#password", SecretField).value = ""
        if got is None:
            return
        self._refuse(Content(""))
        self.query_one("#email", Field).value = ""
        self.console.signed_in(got.value)

    def on_trouble(self, message: Trouble) -> None:
        """Refused: said here, the e-mail stays, the password is typed anew."""
        message.stop()
        self._complain(message.error)

    def _complain(self, error: SageError) -> None:
        hint = f" {error.hint}" if error.hint else ""
        self._refuse(content(f"{error.message}{hint}"))
        self.query_one("#password").focus()

    def _refuse(self, words: Content) -> None:
        refusal = self.query_one("#refusal", Static)
        refusal.update(words)
        refusal.display = bool(words.plain)
