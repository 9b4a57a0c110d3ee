"""When a session is kept alive: after keys, at most once a minute; and when admin mode is about to end."""

from dataclasses import dataclass

TOUCH_EVERY = 60.0
"""Seconds between two touches, at most: an idle time-out of a few minutes is prolonged more often."""


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

    def due(self, now: float, left: int | None = None) -> bool:
        """Is it time to keep the session alive? In admin mode's last minute (`left` seconds) every key does."""
        if left is not None and left <= TOUCH_EVERY:
            return self.pressed and now - self.touched >= 1
        return self.pressed and now - self.touched >= TOUCH_EVERY
