"""A question that a newer one may take the place of: its statement is stopped, and nobody else's.

>>> old = Asking()
>>> with old:
...     here() is old
True
>>> old.drop()
>>> old.dropped
True
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token

from sage_tui.domain.errors import Interrupted


class Asking:
    """A question of one thread: what is read inside `with asking:` belongs to it. Another thread may drop it."""

    def __init__(self) -> None:
        self.dropped = False
        self._held = threading.Lock()
        self._stop: Callable[[], None] | None = None
        self._tokens: list[Token[Asking | None]] = []

    def __enter__(self) -> "Asking":
        self._tokens.append(_HERE.set(self))
        return self

    def __exit__(self, *_: object) -> None:
        _HERE.reset(self._tokens.pop())

    @property
    def reads(self) -> bool:
        """Is a connection reading for it? If not, it is enough to set `dropped`."""
        return self._stop is not None

    def drop(self) -> None:
        """Nobody waits for the answer: stop the statement that runs, start no other. May wait for a server."""
        self.dropped = True
        with self._held, suppress(Exception):  # the statement may have ended this moment, or its line is gone
            if self._stop is not None:
                self._stop()

    def go_on(self) -> None:
        """Before a statement. Raises Interrupted once the question was dropped."""
        if self.dropped:
            raise Interrupted("A newer question took this one's place.")

    @contextmanager
    def reading(self, stop: Callable[[], None]) -> Iterator[None]:
        """While its statements run on one connection, which `stop` stops. Raises Interrupted when it was dropped.

        At the end `stop` is neither running nor will it be called: the connection is free for others.
        """
        with self._held:
            self._stop = stop
        try:
            self.go_on()
            yield
        except Exception:
            self.go_on()
            raise
        finally:
            with self._held:
                self._stop = None


_HERE: ContextVar[Asking | None] = ContextVar("asking", default=None)


def here() -> Asking | None:
    """The question that this thread is asking, where it may be dropped."""
    return _HERE.get()
