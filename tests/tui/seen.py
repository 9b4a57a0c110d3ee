"""A console over the small world of `fakes`, opened where a test begins."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import cast

import pytest
from textual.pilot import Pilot

from sage_tui.domain.secret import Secret
from sage_tui.tui.app import Console, Start
from tests.tui.fakes import PASSWORD, World
from tests.tui.looking import lines, press, rest, text

SMALL, WIDE, HUGE = (80, 24), (120, 40), (200, 60)


class Screen:
    """What a test holds: keys in, words out."""

    def __init__(self, pilot: Pilot[None], world: World) -> None:
        self.pilot = pilot
        self.world = world
        self.app = cast(Console, pilot.app)

    @property
    def text(self) -> str:
        return text(self.app)

    @property
    def lines(self) -> list[str]:
        return lines(self.app)

    def line(self, words: str) -> str:
        """The first line that has these words."""
        return next((line for line in self.lines if words in line), f"no line says {words!r}:\n{self.text}")

    async def press(self, *keys: str) -> None:
        await press(self.pilot, *keys)

    async def write(self, words: str) -> None:
        """Type into the focused field: one message a character, as from a terminal."""
        names = {" ": "space", ",": "comma",
                 "@": "at", ".": "full_stop", "-": "minus", ">": "greater_than_sign", "%": "percent_sign",
                 ":": "colon", "=": "equals_sign", "<": "less_than_sign", "/": "slash", "'": "apostrophe"}  # fmt: skip
        await press(self.pilot, *(names.get(ch, ch) for ch in words))

    async def rest(self) -> None:
        await rest(self.pilot)

    async def until(self, so: Callable[[], bool]) -> None:
        """Until something is so that nobody says when it is: a timer's work, a thread's. Not for ever."""
        for _ in range(2_000):
            if so():
                return
            await self.pilot.pause(0.002)
        raise AssertionError(f"it never is so:\n{self.text}")

    async def wait(self, **by: float) -> None:
        """Time passes, and the console notices."""
        self.world.clock.move(**by)
        self.app.tick()
        await rest(self.pilot)

    async def click(self, words: str) -> None:
        """Click the first character of these words."""
        y, line = next((y, line) for y, line in enumerate(self.lines) if words in line)
        await self.pilot.click(offset=(line.index(words), y))
        await rest(self.pilot)

    @contextmanager
    def nothing_written(self) -> Iterator[None]:
        """Meanwhile the terminal gets no byte."""
        written: list[object] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.app, "_display", lambda screen, what: written.append(what))
            yield
        assert not written, written

    async def resize(self, width: int, height: int) -> None:
        await self.pilot.resize_terminal(width, height)
        await rest(self.pilot)


@asynccontextmanager
async def signed_out(
    world: World | None = None, size: tuple[int, int] = SMALL, **named: object
) -> AsyncIterator[Screen]:
    """At the sign-in screen."""
    world = world or World()
    app = Console(world.services(), clock=world.clock, **named)  # type: ignore[arg-type]
    async with app.run_test(size=size) as pilot:
        screen = Screen(cast("Pilot[None]", pilot), world)
        await screen.rest()
        yield screen


@asynccontextmanager
async def at_home(world: World | None = None, size: tuple[int, int] = SMALL, **named: object) -> AsyncIterator[Screen]:
    """Signed in, at the member home."""
    async with signed_out(world, size, **named) as screen:
        screen.app.signed_in(screen.app.services.identity.sign_in(screen.world.email, Secret(PASSWORD)))
        await screen.rest()
        yield screen


@asynccontextmanager
async def in_panel(
    world: World | None = None, page: str = "users", size: tuple[int, int] = SMALL, query: str = "", **named: object
) -> AsyncIterator[Screen]:
    """In admin mode, at a page."""
    world = world or World()
    world.admin_until = world.now + timedelta(minutes=15)
    async with at_home(world, size, start=Start(page, query), **named) as screen:
        await screen.press("a")
        yield screen
