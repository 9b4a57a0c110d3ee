"""How far long work is: told now and then, and where it may be stopped."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

Progress = Callable[[int], None]
"""Is told how much is done; may raise Interrupted, and then nothing was done."""

EVERY = 5_000


def nothing(_: int) -> None:
    """Progress that nobody looks at."""


def told(items: Iterable[T], progress: Progress) -> Iterator[T]:
    """The items as they come, with progress told every few thousand."""
    for number, item in enumerate(items, 1):
        if number % EVERY == 0:
            progress(number)
        yield item
