"""Asking a service from a screen: the call runs in a thread, the answer returns to the coroutine that waits.

Used inside exclusive workers: a newer question cancels the coroutine of the older one, so that a late answer has
nobody to show it. (The windowed table numbers its questions instead: it keeps several answers.)
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual.message import Message
from textual.message_pump import MessagePump

from sage_tui.domain.errors import SageError

T = TypeVar("T")


class Trouble(Message):
    """A service refused or failed. Bubbles up to the console, which knows about ended sessions."""

    def __init__(self, error: SageError) -> None:
        super().__init__()
        self.error = error


@dataclass(frozen=True, slots=True)
class Got(Generic[T]):
    """An answer; a wrapper, so that None can be one."""

    value: T


_under_way: set[object] = set()


def under_way() -> int:
    """How many questions wait for their answers: tests and replayed sessions rest until it is none."""
    return len(_under_way)


@contextmanager
def question() -> Iterator[None]:
    """Something is asked meanwhile."""
    mark = object()
    _under_way.add(mark)
    try:
        yield
    finally:
        _under_way.discard(mark)


async def attempt(call: Callable[[], T]) -> Got[T] | SageError:
    """The answer of a blocking call, or its refusal for whoever asks to deal with."""
    with question():
        try:
            return Got(await asyncio.to_thread(call))
        except SageError as error:
            return error


async def answer(asker: MessagePump, call: Callable[[], T]) -> Got[T] | None:
    """The answer of a blocking call; None when it failed, which was then posted as Trouble."""
    got = await attempt(call)
    if isinstance(got, SageError):
        asker.post_message(Trouble(got))
        return None
    return got
