"""The console: three modes (signed out, member, panel), one session. What the first frame does not need is imported
when it is first used (see `starting`)."""

import asyncio
import gc
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, cast

from textual import work
from textual.content import Content
from textual.screen import Screen

from sage_tui.clock import Clock, SystemClock, to_datetime
from sage_tui.domain.errors import AdminModeNeeded, SageError, SessionOver, StoreUnavailable
from sage_tui.tui import signals
from sage_tui.tui.asking import Trouble, answer
from sage_tui.tui.door import Services
from sage_tui.tui.keys import bind
from sage_tui.tui.screens.base import ConsoleScreen, Dialog, Page
from sage_tui.tui.screens.sign_in import SignInScreen
from sage_tui.tui.sitting import Sitting
from sage_tui.tui.starting import Start
from sage_tui.tui.text import content
from sage_tui.tui.trouble import SPENT, log_crash, refreshes, sentence

if TYPE_CHECKING:
    from sage_tui.domain.sessions import Session
    from sage_tui.tui.session import Scope


def _later(place: str) -> Callable[[], Screen[Any]]:
    """A screen that is imported when it is first shown."""

    def make() -> Screen[Any]:
        module, _, name = place.partition(":")
        return cast(Screen[Any], getattr(import_module(f"sage_tui.tui.screens.{module}"), name)())

    return make


MEMBER, PANEL, SIGNED_OUT = "member", "panel", "signed-out"
LATER = {MEMBER: _later("member_home:MemberHome"), PANEL: _later("panel:PanelScreen")}


class Console(Sitting):
    """The app. Knows who is signed in; screens ask it for services and tell it when somebody signed in."""

    TITLE = "sage-tui"
    DEFAULT_MODE = SIGNED_OUT
    MODES = {SIGNED_OUT: SignInScreen, **LATER}
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (120, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (15, "-tall"), (24, "-full")]
    BINDINGS = [
        # Before all others: also in a dialog, which else keeps the keys of what is under it from being heard.
        replace(bind("quit", "leave", show=False), priority=True),
        bind("redraw", show=False),
    ]

    def __init__(
        self,
        services: Services,
        *,
        clock: Clock | None = None,
        start: Start | None = None,
        restricted: bool = False,
        theme: str = "",
        ahead: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(services, clock or SystemClock(), theme)
        self.restricted = restricted
        self.notice = ""
        self.changes = 0
        """Acts of this console: a page that was left before one of them asks anew when it is opened again."""
        self._start = start or Start()
        self._ahead = ahead

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)
        signals.watch(self)
        # Of the app, not of the screen: while the app is mounted, the screen refreshes without being seen.
        self.call_after_refresh(self._drawn)

    def _drawn(self) -> None:
        """The first frame stands: what it did not wait for follows. What was imported for it stays for good, and is
        kept from the collector."""
        self.read_inside_sheets()
        cast(SignInScreen, self.screen_stack[0]).ask_door()
        if not gc.isenabled():
            gc.freeze()
            gc.enable()

    @work(group="ahead")
    async def load_ahead(self) -> None:
        """While somebody types e-mail and password: import what comes then."""
        if self._ahead is not None:
            await asyncio.to_thread(self._ahead)

    def take_start(self) -> Start:
        """Where to open the panel; the wish holds for the first time only."""
        start, self._start = self._start, Start()
        return start

    # Who is here --------------------------------------------------------------------------------------------------

    @work(group="console")
    async def signed_in(self, session: "Session") -> None:
        """Somebody signed in: to the member home, by way of a new password where the old was for one time."""
        self.services.prove(session)
        if session.must_change_password:
            from sage_tui.tui.screens.password import ChangePassword

            changed = await self.push_screen_wait(ChangePassword(forced=True))
            if changed is None:
                await self.session_over(SPENT)
                return
            session = changed
            self.services.prove(session)
        from sage_tui.tui.session import Here

        self.sits()
        self.here = Here.of(session)
        await self.switch_mode(MEMBER)
        self.wear_chosen_theme()

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
            self.sits()
            await self._choose_started_organization()
        await self.switch_mode(PANEL)
        if self.here and self.here.session.notice:
            self.say(content(self.here.session.notice))

    async def _challenge(self, session: "Session") -> "Session | None":
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
                from sage_tui.tui.session import Scope

                self.choose_scope(Scope(organization.id, organization.name))

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

    def choose_scope(self, scope: "Scope") -> None:
        """Look at another organization."""
        if self.here is not None:
            self.here = replace(self.here, scope=scope)

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
            again = " r tries again." if isinstance(error, StoreUnavailable) and refreshes(self.screen) else ""
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
        log_crash(error, report)

    # Keys ---------------------------------------------------------------------------------------------------------

    def action_help(self) -> None:
        from sage_tui.tui.screens.help import HelpScreen

        screen = self.screen
        words = screen.words() if isinstance(screen, ConsoleScreen) else []
        self.push_screen(HelpScreen(screen, words))

    @work(group="palette")
    async def action_palette(self) -> None:
        from sage_tui.tui import palette
        from sage_tui.tui.screens.chooser import Chooser

        run = await self.push_screen_wait(Chooser("Every act by name", palette.choices(self.screen)))
        if run is not None and isawaitable(done := run()):
            await done

    async def _really(self, staged: int) -> bool:
        from sage_tui.tui.screens.confirm import Confirm

        edits = "1 edit is" if staged == 1 else f"{staged:,} edits are"
        words = f"{edits} staged and not saved: kept, and here again at your next sign-in."
        really: bool | None = await self.push_screen_wait(Confirm("Quit?", words, stay="Stay", go="Quit"))
        return really is True

    def action_redraw(self) -> None:
        """Send the whole screen again, for a terminal that lost it."""
        self.screen.refresh(layout=True)

    @work(group="console")
    async def action_leave(self) -> None:
        """Sign out and quit; what is still being read is not waited for. Asks where edits are staged."""
        staged = sum(page.unsaved for page in self.screen.query(Page))
        if staged and not await self._really(staged):
            return
        await asyncio.to_thread(self.services.leave)
        if self.here is not None:
            await answer(self, self.services.identity.sign_out)
        self.exit()
