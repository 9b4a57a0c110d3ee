"""The member home: the own balance, days, security. Administrators go to the panel from here."""

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from sage_tui.clock import to_datetime
from sage_tui.domain.amounts import short
from sage_tui.domain.requests import MyRequests, Status, TokenRequest
from sage_tui.domain.sessions import Home
from sage_tui.tui import home_requests, home_words
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
        self._mine: MyRequests | None = None

    def body(self) -> ComposeResult:
        with VerticalScroll(id="home", can_focus=False):
            with Horizontal(id="home-head"):
                yield Static(id="greeting")
                yield Press("a admin panel", id="panel", listed=False)
            yield Static(id="balances", classes="part")
            yield Static(id="days", classes="part")
            yield Static(id="asked")
            with Horizontal(id="asked-buttons"):
                yield Press("Ask for more", id="ask-more", does="request more tokens of an administrator")
                yield Press("Withdraw", id="withdraw", does="take back a request that waits")
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
        if got and got.value.organization is not None:
            mine = await answer(self, self.console.services.requests.mine)
            if mine:
                self.show_requests(mine.value)

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

    def show_requests(self, mine: MyRequests) -> None:
        """Show the own requests with their answers."""
        self._mine = mine
        now, zone = to_datetime(self.console.clock.now()), self._home.time_zone if self._home else ""
        self.query_one("#asked", Static).update(lines_of(home_requests.lines(mine, now, zone)))
        for id in ("#asked", "#asked-buttons"):
            self.query_one(id).display = True
        self.query_one("#withdraw").display = bool(self._waiting)

    @property
    def _waiting(self) -> list[TokenRequest]:
        return [row for row in self._mine.requests if row.status is Status.PENDING] if self._mine else []

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
            case "ask-more":
                await self._ask_more()
            case "withdraw":
                await self._withdraw()

    async def _ask_more(self) -> None:
        from sage_tui.tui.screens.ask_more import AskMore

        if self._mine is None:
            return
        made = await self.app.push_screen_wait(AskMore(self._mine))
        if made is not None:
            self._load()
            waits = made.status is Status.PENDING
            self.say(Content("Asked: the answer will stand here." if waits else "Granted at once."))

    async def _withdraw(self) -> None:
        from sage_tui.tui.screens.chooser import Choice, Chooser

        waiting = self._waiting
        chosen = waiting[0] if len(waiting) == 1 else None
        if len(waiting) > 1:
            choices = [Choice(row, f"+{short(row.amount)} {row.kind.value}", row.reason) for row in waiting]
            chosen = await self.app.push_screen_wait(Chooser("Withdraw which request?", choices))
        if chosen is None:
            return
        got = await answer(self, lambda: self.console.services.requests.withdraw(chosen.id))
        self._load()
        if got:
            self.say(Content("Withdrawn."))

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
