"""The member home: the own balance, days, security. Administrators go to the panel from here."""

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from sage_tui.clock import to_datetime
from sage_tui.domain.sessions import Home
from sage_tui.tui import home_words
from sage_tui.tui.asking import answer
from sage_tui.tui.keys import bind
from sage_tui.tui.screens.base import ConsoleScreen
from sage_tui.tui.session import time_left
from sage_tui.tui.text import content, line, lines_of
from sage_tui.tui.widgets.fields import Press


class MemberHome(ConsoleScreen):
    """What everybody sees first."""

    BINDINGS = [
        bind("open", "nothing", label="press", does="press the button that has the focus", show=False),
        bind("admin", "admin"),
        bind("refresh"),
        bind("next_region", "app.focus_next", does="the next button", show=False),
        bind("previous_region", "app.focus_previous", does="the button before", show=False),
        bind("left", "app.focus_previous", does="the button before", show=False),
        bind("right", "app.focus_next", does="the next button", show=False),
    ]
    AUTO_FOCUS = "Press"

    def __init__(self) -> None:
        super().__init__()
        self._home: Home | None = None

    def body(self) -> ComposeResult:
        with VerticalScroll(id="home", can_focus=False):
            with Horizontal(id="home-head"):
                yield Static(id="greeting")
                yield Press("a admin panel", id="panel", listed=False)
            yield Static(id="balances", classes="part")
            yield Static(id="days", classes="part")
            yield Static(id="security", classes="part")
            with Horizontal(id="home-buttons"):
                yield Press("Profile", id="profile", does="name, company, time zone")
                yield Press("Password", id="password", does="choose another")
                yield Press("Authenticator", id="authenticator", does="set up the app that shows codes")
                yield Press("Recovery codes", id="recovery", does="make new ones")
                yield Press("Sign out", id="sign-out", does="end this session")

    def on_mount(self) -> None:
        here = self.console.here
        self.query_one("#panel").display = bool(here and here.session.admin)
        if here is not None and not here.session.admin:
            self.query_one("#profile").focus()
        if here is not None and here.session.notice:
            self.say(content(here.session.notice))
        self.watch(self.console, "here", self.tick)
        self._load()

    def on_screen_resume(self) -> None:
        if self._home is not None:
            self._load()

    def action_refresh(self) -> None:
        self.say(Content(""))
        self._load()

    @work(group="home", exclusive=True)
    async def _load(self) -> None:
        got = await answer(self, self.console.services.home.home)
        if got:
            self.show(got.value)
        elif self._home is None:
            self.query_one("#greeting", Static).update(Content("Your account could not be read. r tries again."))

    def show(self, home: Home) -> None:
        """Show the account."""
        self._home = home
        now = to_datetime(self.console.clock.now())
        self.query_one("#greeting", Static).update(line(*home_words.greeting(home)))
        self.query_one("#balances", Static).update(lines_of(home_words.balances(home, now)))
        self.query_one("#days", Static).update(lines_of(home_words.days(home)))
        self.query_one("#security", Static).update(lines_of(home_words.security(home, now)))
        self.query_one("#recovery").display = home.mfa_enrolled
        self.tick()

    def tick(self) -> None:
        """What `a` does, and how long admin mode lasts while it does."""
        here = self.console.here
        if here is None or not self.query("#panel"):
            return
        seconds = here.seconds_left(to_datetime(self.console.clock.now()))
        words = f"a back to the panel, {time_left(seconds)} left" if seconds else "a admin panel"
        self.query_one("#panel", Press).call(words)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "admin":
            return bool(self.console.here and self.console.here.session.admin)
        return action != "nothing"

    def action_admin(self) -> None:
        self.console.enter_panel()

    @on(Press.Pressed)
    def _pressed(self, event: Press.Pressed) -> None:
        match event.button.id:
            case "panel":
                self.console.enter_panel()
            case "sign-out":
                self.console.sign_out()
            case str(name):
                self._dialog(name)

    @work(group="dialog", exclusive=True)
    async def _dialog(self, name: str) -> None:
        match name:
            case "profile":
                await self._profile()
            case "password":
                await self._password()
            case "authenticator":
                await self._authenticator()
            case "recovery":
                await self._recovery()

    async def _profile(self) -> None:
        from sage_tui.tui.screens.profile import Profile

        if self._home is None:
            return
        home = await self.app.push_screen_wait(Profile(self._home))
        if home is not None:
            self.show(home)
            await self.console.refresh_session()
            self.say(Content("Saved."))

    async def _password(self) -> None:
        from sage_tui.tui.screens.password import ChangePassword

        session = await self.app.push_screen_wait(ChangePassword())
        if session is not None:
            await self.console.refresh_session()
            self.say(Content("The password is changed. Your other sessions are over."))

    async def _authenticator(self) -> None:
        from sage_tui.tui.screens.totp_enrolment import Enrol

        if await self.app.push_screen_wait(Enrol()):
            await self.console.refresh_session()
            self._load()
            self.say(Content("The authenticator is set up."))

    async def _recovery(self) -> None:
        from sage_tui.tui.screens.recovery_codes import RenewRecoveryCodes, ShowRecoveryCodes

        codes = await self.app.push_screen_wait(RenewRecoveryCodes())
        if codes is not None:
            await self.app.push_screen_wait(ShowRecoveryCodes(codes))
            self._load()
