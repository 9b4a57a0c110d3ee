"""Who sits at the console, and time: a session is kept alive by keys, counted down, and over."""

from typing import TYPE_CHECKING

from textual import events, work
from textual.reactive import reactive

from sage_tui.clock import Clock, to_datetime
from sage_tui.domain.errors import AdminModeNeeded, SessionOver
from sage_tui.tui.asking import Trouble, answer
from sage_tui.tui.door import Services
from sage_tui.tui.idle import Idle
from sage_tui.tui.looks import Looks
from sage_tui.tui.screens.base import ConsoleScreen
from sage_tui.tui.trouble import IDLE_OVER, SESSION_OVER, minutes

if TYPE_CHECKING:
    from sage_tui.tui.session import Here


class Sitting(Looks):
    """An app at which one session sits, or nobody."""

    here: "reactive[Here | None]" = reactive(None)

    def __init__(self, services: Services, clock: Clock, theme: str) -> None:
        super().__init__(theme)
        self.services = services
        self.clock = clock
        self._idle = Idle()
        self._idle_for = 0

    @property
    def somebody(self) -> bool:
        return self.here is not None

    def watch_here(self, old: "Here | None", new: "Here | None") -> None:
        """Whenever admin mode is prolonged, note for how long without a key: the setting is the service's to know."""
        before = old.session.admin_until if old else None
        until = new.session.admin_until if new else None
        if until is not None and until != before:
            self._idle_for = round((until - to_datetime(self.clock.now())).total_seconds())

    def sits(self) -> None:
        """The session has just begun, or admin mode has: from now on keys keep it alive."""
        self._idle.begin(self.clock.monotonic())

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, (events.Key, events.MouseDown, events.Paste, events.MouseScrollDown)):
            self._idle.press()
        await super().on_event(event)

    def tick(self) -> None:
        """Once a second: keep alive after keys, count down the last minute, notice the end."""
        if self.here is None:
            return
        now = to_datetime(self.clock.now())
        if self._idle.due(self.clock.monotonic(), self.here.seconds_left(now)):
            self.sits()
            self._touch()
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
