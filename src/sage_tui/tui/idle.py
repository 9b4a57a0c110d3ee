"""When a session is kept alive: after keys, at most once a minute; and when admin mode is about to end."""

from dataclasses import dataclass

TOUCH_EVERY = 60.0
"""Seconds between two touches."""


@dataclass
class Idle:
    """Keys since the session was last kept alive. Times are monotonic seconds."""

    touched: float = 0.0
    pressed: bool = False

    def begin(self, now: float) -> None:
        """A session has just begun, or was just kept alive."""
        self.touched, self.pressed = now, False

    def press(self) -> None:
        """A key, a click, a paste."""
        self.pressed = True

    def due(self, now: float) -> bool:
        """Is it time to keep the session alive?"""
        return self.pressed and now - self.touched >= TOUCH_EVERY
