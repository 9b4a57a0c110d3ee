"""Keys take effect one after the other, also those that came in one packet.

Textual sends a key to whatever has the focus when the key is read; what an earlier key of the same packet does to the
focus comes later. So a password typed behind an e-mail and enter would land, in clear, in the e-mail's field. Here a
key waits until the one before it had its effect: a marker goes behind that key along its way (from the focused widget
up to the app), a second one behind what the key's action told (`Submitted` and the like), and a further one through
whatever has the focus then, while focus or screen still change.
"""

import asyncio
from collections import deque
from typing import Any

from textual import events
from textual.app import App, ScreenStackError
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

OVERDUE = 0.3
"""Seconds after which a marker that is not back is looked for: its widget may be gone."""

PATIENCE = 10
"""How often a marker is looked for whose widget is still there, but busy."""

ROUNDS, MOST_ROUNDS = 3, 8
"""Rounds behind each key, and at most, while focus or screen change."""

Place = tuple[Screen[Any] | None, Widget | None]


class Behind(Message):
    """A marker behind a key. It passes every widget and is heard by the app alone; `number` tells old from new."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class Overdue(Message, bubble=False):
    """The marker of this number did not come back in time."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class KeysInTurn(App[None]):
    """An app that hands on a key, or a paste, when the one before it had its effect."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._waiting: deque[events.Key | events.Paste] = deque()
        self._on_its_way = False
        self._number = self._round = self._looked = 0
        self._target: Widget | None = None
        self._place: Place = (None, None)
        self._alarm: asyncio.TimerHandle | None = None

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, (events.Key, events.Paste)) or event.is_forwarded:
            await super().on_event(event)
            return
        self._waiting.append(event)
        if not self._on_its_way:
            await self._next_key()

    async def _next_key(self) -> None:
        """Hand on the key that waited longest (letters for one field: all of them), with a marker behind."""
        self._on_its_way = bool(self._waiting)
        if not self._waiting:
            self._target, self._place = None, (None, None)
            return
        event = self._waiting.popleft()
        self._round = 0
        self._place = self._where()
        self._target = self._place[1] or self._place[0]
        await super().on_event(event)
        while self._waiting and _letters(self._target, event, self._waiting[0]):
            event = self._waiting.popleft()
            await super().on_event(event)
        self._mark()

    def _where(self) -> Place:
        """The screen and the focus; neither while the app ends."""
        try:
            return self.screen, self.screen.focused
        except ScreenStackError:
            return None, None

    def _mark(self) -> None:
        """Send a marker behind the key, or behind what it caused; through the focus of now, if its widget is gone."""
        self._round += 1
        self._number += 1
        self._looked = 0
        if not _there(self._target):
            screen, focused = self._where()
            self._target = focused or screen
        marker = Behind(self._number)
        if self._target is None or not self._target.post_message(marker):
            self.post_message(marker)
        self._watch(OVERDUE)

    def _watch(self, seconds: float) -> None:
        self._stop_watching()
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(seconds, self.post_message, Overdue(self._number))

    def _stop_watching(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    async def on_behind(self, marker: Behind) -> None:
        """The marker is back: the key had its effect, unless focus or screen have just changed."""
        if marker.number != self._number or not self._on_its_way:
            return
        self._stop_watching()
        place = self._where()
        changed, self._place = place != self._place, place
        if self._round < ROUNDS:
            self._mark()
        elif changed and self._round < MOST_ROUNDS:
            self._target = place[1] or place[0]
            self._mark()
        else:
            await self._next_key()

    async def on_overdue(self, overdue: Overdue) -> None:
        """A widget that is gone swallowed the marker: another takes its way. One that is busy gets more time."""
        if overdue.number != self._number or not self._on_its_way:
            return
        self._looked += 1
        if not _there(self._target):
            self._mark()
        elif self._looked < PATIENCE:
            self._watch(OVERDUE)
        else:
            await self._next_key()


def _letters(target: Widget | None, *keys: events.Event) -> bool:
    """Text for one field: it moves no focus, so that a long unbracketed paste may go in one go."""
    return isinstance(target, Input) and all(isinstance(key, events.Key) and key.is_printable for key in keys)


def _there(widget: Widget | None) -> bool:
    """Can what is posted to the widget still reach the app?"""
    return widget is not None and widget.is_running and widget.is_attached and not widget._pruning
