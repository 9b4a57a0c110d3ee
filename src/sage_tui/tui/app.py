"""The console: three modes (signed out, member, panel), four looks, one session. `run` is what commands call."""

import asyncio
import json
import logging
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, cast

from textual import events, work
from textual.app import App
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen

from sage_tui.clock import Clock, SystemClock, to_datetime
from sage_tui.domain.errors import AdminModeNeeded, SageError, SessionOver, StoreUnavailable
from sage_tui.domain.sessions import Session
from sage_tui.tui import palette, signals
from sage_tui.tui.asking import Trouble, answer
from sage_tui.tui.door import Opener, Services
from sage_tui.tui.idle import Idle
from sage_tui.tui.keys import bind
from sage_tui.tui.safe import SafeApp
from sage_tui.tui.screens.base import ConsoleScreen, Dialog
from sage_tui.tui.screens.chooser import Chooser
from sage_tui.tui.screens.help import HelpScreen
from sage_tui.tui.screens.sign_in import SignInScreen
from sage_tui.tui.session import Here, Scope
from sage_tui.tui.text import content
from sage_tui.tui.themes import DARK, LABELS, MONOCHROME, STYLES, THEMES

SHEETS = ("base", "frame", "table", "dialogs", "home", "pages")
IDLE_OVER = "Admin mode ended: no key was pressed for {}."
SESSION_OVER = "You were signed in for as long as a session may last. Sign in again."

log = logging.getLogger("sage_tui.tui")


@dataclass(frozen=True, slots=True)
class Start:
    """Where the panel opens: page, filter, and for operators an organization's name."""

    page: str = "today"
    query: str = ""
    organization: str = ""


def _later(place: str) -> Callable[[], Screen[Any]]:
    """A screen that is imported when it is first shown."""

    def make() -> Screen[Any]:
        module, _, name = place.partition(":")
        return cast(Screen[Any], getattr(import_module(f"sage_tui.tui.screens.{module}"), name)())

    return make


MEMBER, PANEL, SIGNED_OUT = "member", "panel", "signed-out"
LATER = {MEMBER: _later("member_home:MemberHome"), PANEL: _later("panel:PanelScreen")}


class Console(SafeApp):
    """The app. Knows who is signed in; screens ask it for services and tell it when somebody signed in."""

    TITLE = "sage-tui"
    CSS_PATH = [STYLES / f"{name}.tcss" for name in SHEETS]
    DEFAULT_MODE = SIGNED_OUT
    MODES = {SIGNED_OUT: SignInScreen, **LATER}
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (120, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (15, "-tall"), (24, "-full")]
    BINDINGS = [
        # Before all others: also in a dialog, which else keeps the keys of what is under it from being heard.
        replace(bind("quit", "leave", show=False), priority=True),
        bind("redraw", show=False),
    ]

    here: reactive[Here | None] = reactive(None)

    def __init__(
        self,
        services: Services,
        *,
        clock: Clock | None = None,
        start: Start | None = None,
        restricted: bool = False,
        theme: str = "",
    ) -> None:
        super().__init__(ansi_color="NO_COLOR" in os.environ or None)
        for own in THEMES:
            self.register_theme(own)
        for name in [name for name in self.available_themes if name not in LABELS]:
            self.unregister_theme(name)
        self.set_reactive(App.theme, MONOCHROME if self.no_color else theme or DARK)
        self.stylesheet.set_variables(self.get_css_variables())
        self.animation_level = "none"
        self.services = services
        self.clock: Clock = clock or SystemClock()
        self.restricted = restricted
        self.notice = ""
        self._start = start or Start()
        self._idle = Idle()
        self._idle_for = 0

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(THEMES[0].variables)

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)
        signals.watch(self)

    def watch_here(self, old: Here | None, new: Here | None) -> None:
        """Whenever admin mode is prolonged, note for how long without a key: the setting is the service's to know."""
        before = old.session.admin_until if old else None
        until = new.session.admin_until if new else None
        if until is not None and until != before:
            self._idle_for = round((until - to_datetime(self.clock.now())).total_seconds())

    def take_start(self) -> Start:
        """Where to open the panel; the wish holds for the first time only."""
        start, self._start = self._start, Start()
        return start

    # Who is here --------------------------------------------------------------------------------------------------

    @work(group="console")
    async def signed_in(self, session: Session) -> None:
        """Somebody signed in: to the member home, by way of a new password where the old was for one time."""
        self.services.prove(session)
        if session.must_change_password:
            from sage_tui.tui.screens.password import ChangePassword

            changed = await self.push_screen_wait(ChangePassword(forced=True))
            if changed is None:
                await self.session_over("")
                return
            session = changed
            self.services.prove(session)
        self._idle.begin(self.clock.monotonic())
        self.here = Here.of(session)
        await self.switch_mode(MEMBER)
        self._wear_chosen_theme()

    @work(group="theme")
    async def _wear_chosen_theme(self) -> None:
        got = await answer(self, lambda: self.services.preferences.get("theme"))
        name = json.loads(got.value) if got and got.value else ""
        if name in LABELS and not self.no_color:
            self.theme = name

    @work(group="console", exclusive=True)
    async def enter_panel(self) -> None:
        """To the panel: with a code, unless admin mode still lasts; with an enrolment first, where there is none."""
        if self.here is None or not self.here.session.admin:
            return
        if not self.here.seconds_left(to_datetime(self.clock.now())):
            session = await self._challenge(self.here.session)
            if session is None:
                return
            self.services.prove(session)
            self.here = self.here.with_session(session)
            self._idle.begin(self.clock.monotonic())
            await self._choose_started_organization()
        await self.switch_mode(PANEL)
        if self.here and self.here.session.notice:
            self.say(content(self.here.session.notice))

    async def _challenge(self, session: Session) -> Session | None:
        from sage_tui.tui.screens.totp_challenge import TotpChallenge

        if not session.mfa_enrolled:
            from sage_tui.tui.screens.totp_enrolment import Enrol

            enrolled = await self.push_screen_wait(Enrol())
            if not enrolled:
                return None
            await self.refresh_session()
        return await self.push_screen_wait(TotpChallenge())

    async def _choose_started_organization(self) -> None:
        wanted = self._start.organization.casefold()
        if not wanted or self.here is None or not self.here.operator:
            return
        got = await answer(self, self.services.organizations.list_organizations)
        for organization in got.value if got else ():
            if organization.name.casefold() == wanted:
                self.here = Here(self.here.session, Scope(organization.id, organization.name))

    async def refresh_session(self) -> None:
        """Ask how the session stands now."""
        got = await answer(self, self.services.identity.session)
        if got and self.here:
            self.services.prove(got.value)
            self.here = self.here.with_session(got.value)

    def show_home(self) -> None:
        """To the member home; admin mode goes on."""
        self.run_worker(self._home(), group="console")

    async def _home(self) -> None:
        await self.switch_mode(MEMBER)

    @work(group="console")
    async def lock(self) -> None:
        """Leave admin mode."""
        got = await answer(self, self.services.identity.lock)
        if got and self.here:
            self.services.prove(got.value)
            self.here = self.here.with_session(got.value)
            await self._leave_panel(Content("Locked: admin mode is over. a enters it again, with a code."))

    async def _leave_panel(self, words: Content, *, bad: bool = False) -> None:
        """To the member home, and forget what the panel showed."""
        await self._close_dialogs()
        await self.switch_mode(MEMBER)
        await self._forget(PANEL)
        self.say(words, bad=bad)

    async def _close_dialogs(self) -> None:
        """Close what is open over the screen, so that whoever waits for it hears None."""
        while isinstance(self.screen, Dialog):
            await self.screen.dismiss(None)

    async def _forget(self, *modes: str) -> None:
        for mode in modes:
            await self.remove_mode(mode)
            self.add_mode(mode, LATER[mode])

    @work(group="console")
    async def sign_out(self) -> None:
        """End the session."""
        await answer(self, self.services.identity.sign_out)
        await self.session_over("You are signed out.")

    async def session_over(self, why: str) -> None:
        """To the sign-in screen with a sentence; nothing of the session stays on screen or in memory."""
        self.services.prove(None)
        self.notice = why
        self.here = None
        await self._close_dialogs()
        await self.switch_mode(SIGNED_OUT)
        await self._forget(MEMBER, PANEL)
        cast(SignInScreen, self.screen).begin(why)

    def choose_scope(self, scope: Scope) -> None:
        """Look at another organization."""
        if self.here is not None:
            self.here = Here(self.here.session, scope)

    # Time ---------------------------------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, (events.Key, events.MouseDown, events.Paste, events.MouseScrollDown)):
            self._idle.press()
        await super().on_event(event)

    def tick(self) -> None:
        """Once a second: keep alive after keys, count down the last minute, notice the end."""
        if self.here is None:
            return
        if self._idle.due(self.clock.monotonic()):
            self._idle.begin(self.clock.monotonic())
            self._touch()
        now = to_datetime(self.clock.now())
        if now >= self.here.session.expires_at:
            self.post_message(Trouble(SessionOver(SESSION_OVER)))
        elif self.here.seconds_left(now) == 0:
            self.post_message(Trouble(AdminModeNeeded(IDLE_OVER.format(minutes(self._idle_for)))))
        for screen in self.screen_stack:
            if isinstance(screen, ConsoleScreen):
                screen.tick()

    @work(group="touch", exclusive=True)
    async def _touch(self) -> None:
        got = await answer(self, self.services.identity.touch)
        if got and self.here:
            self.here = self.here.with_session(got.value)

    # Trouble ------------------------------------------------------------------------------------------------------

    @work(group="trouble")
    async def on_trouble(self, message: Trouble) -> None:
        """What a service refused: ended sessions lead to where one can begin again, the rest is said."""
        error = message.error
        if isinstance(error, SessionOver):
            if self.here is not None:
                await self.session_over(error.message)
        elif isinstance(error, AdminModeNeeded):
            await self._admin_mode_over(error)
        else:
            again = " r tries again." if isinstance(error, StoreUnavailable) and _refreshes(self.screen) else ""
            self.say(content(sentence(error) + again), bad=True)

    async def _admin_mode_over(self, error: SageError) -> None:
        """Several questions may hear of it at once: only the first leads home."""
        if self.here is None or self.here.session.admin_until is None:
            return
        self.here = self.here.with_session(replace(self.here.session, admin_until=None))
        await self._leave_panel(content(sentence(error)), bad=True)

    def say(self, words: Content, *, bad: bool = False) -> None:
        """One sentence on the line above the keys of the screen that is seen."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, ConsoleScreen):
                screen.say(words, bad=bad)
                return

    def log_crash(self, error: BaseException | None, report: str) -> None:
        frames = traceback.extract_tb(error.__traceback__) if error else []
        places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
        log.error("report %s: %s at %s", report, type(error).__name__, places)

    # Keys ---------------------------------------------------------------------------------------------------------

    def action_help(self) -> None:
        screen = self.screen
        words = screen.words() if isinstance(screen, ConsoleScreen) else []
        self.push_screen(HelpScreen(screen, words))

    @work(group="palette")
    async def action_palette(self) -> None:
        act = await self.push_screen_wait(Chooser("Every act by name", palette.choices(self.screen)))
        if act is not None:
            await self.run_action(act.action, act.node)

    def action_theme(self, name: str) -> None:
        """Wear another look, from now on and at the next sign-in."""
        if self.no_color:
            self.say(Content("NO_COLOR is set: the look stays monochrome."))
            return
        self.theme = name
        if self.here is not None:
            self._remember_theme(name)

    @work(group="theme")
    async def _remember_theme(self, name: str) -> None:
        await answer(self, lambda: self.services.preferences.put("theme", json.dumps(name)))

    def action_redraw(self) -> None:
        """Send the whole screen again, for a terminal that lost it."""
        self.screen.refresh(layout=True)

    @work(group="console")
    async def action_leave(self) -> None:
        """Sign out and quit; what is still being read is not waited for."""
        await asyncio.to_thread(self.services.leave)
        if self.here is not None:
            await answer(self, self.services.identity.sign_out)
        self.exit()


def _refreshes(screen: Screen[Any]) -> bool:
    return any(active.binding.id == "refresh" for active in screen.active_bindings.values())


def minutes(seconds: int) -> str:
    """`15 minutes`, to the nearest."""
    number = max(round(seconds / 60), 1)
    return f"{number} minute{'' if number == 1 else 's'}"


def sentence(error: SageError) -> str:
    """An error for people: what happened, and what to do."""
    return f"{error.message} {error.hint}".strip()


def run(
    opener: Opener,
    *,
    page: str = "today",
    query: str = "",
    organization: str = "",
    clock: Clock | None = None,
    restricted: bool = False,
    play: str = "",
) -> int:
    """Run the console over the database that `opener` opens (in a thread, after the first frame). The exit code.

    `play` names a UI session that is replayed before the keyboard is given over.
    """
    console = Console(Services.real(opener), clock=clock, start=Start(page, query, organization), restricted=restricted)
    pilot = None
    if play:
        from sage_tui.tui.play import autopilot

        pilot = autopilot(play)
    signals.ignore_stop()
    console.run(auto_pilot=pilot)
    return console.return_code or 0
