"""The UI sessions on a real demo database: each step's words, and its pictures."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension, normalize_svg

from sage_tui.clock import FixedClock
from sage_tui.demo import build
from sage_tui.domain.actors import NoProof, Origin
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.units import Micros
from sage_tui.services.context import open_context
from sage_tui.tui.app import Console
from sage_tui.tui.door import Services
from sage_tui.tui.play import Replay, Step, autopilot, find
from sage_tui.tui.play.plays import PLAYS
from tests.support import NOW


class Ticking(FixedClock):
    """A millisecond passes with each look, so that what happens one after the other is told in that order."""

    def now(self) -> Micros:
        self.at = Micros(self.at + 1_000)
        return self.at


class Pictures(SVGImageExtension):
    """Pictures by their own names: `near-the-limit-users.svg`."""

    @classmethod
    def get_snapshot_name(cls, *, test_location: object, index: object = 0) -> str:
        return str(index)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo, made once a worker."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    build(str(path), users=400, events=4_000, now=NOW)
    return path


@pytest.fixture
def services(demo: Path, tmp_path: Path) -> Services:
    """The real services over a copy of the demo."""
    copy = tmp_path / "demo.db"
    shutil.copy(demo, copy)
    shutil.copy(f"{demo}.key", f"{copy}.key")
    origin, clock = Origin(1000, "10.0.0.7"), Ticking(NOW)
    return Services.real(
        lambda: open_context(str(copy), f"{copy}.key", NoProof(), origin, clock=clock, export_dir=str(tmp_path))
    )


def picture(console: Console) -> str:
    return normalize_svg(console.export_screenshot())


@pytest.mark.parametrize("name", [play.name for play in PLAYS])
async def test_session(
    name: str, services: Services, snapshot: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    play = find(name)
    monkeypatch.setenv("TERM", "xterm-256color")
    if play.monochrome:
        monkeypatch.setenv("NO_COLOR", "1")
    kept = snapshot.use_extension(Pictures)  # type: ignore[attr-defined]
    clock = Ticking(NOW)
    console = Console(services, clock=clock)
    async with console.run_test(size=play.size) as pilot:

        async def wait(seconds: float) -> None:
            clock.move(seconds=seconds)

        async def seen(step: Step) -> None:
            if step.picture and step.picture not in ("enrolment", "challenge"):
                assert picture(console) == kept(name=f"{play.name}-{step.picture}")

        replay = Replay(pilot, play, wait=wait)
        assert await replay.run(seen) == [], replay.text


@pytest.mark.parametrize("page", ["today", "users", "distribution", "requests", "statistics", "activity"])
@pytest.mark.parametrize("size", [(120, 40), (200, 60)])
async def test_page_on_a_large_terminal(
    page: str, size: tuple[int, int], services: Services, snapshot: Callable[..., object]
) -> None:
    console = Console(services, clock=Ticking(NOW))
    keys = {"today": "1", "users": "2", "distribution": "3", "requests": "4", "statistics": "5", "activity": "6"}[page]
    start = find("drawer").steps[:2]
    kept = snapshot.use_extension(Pictures)  # type: ignore[attr-defined]
    async with console.run_test(size=size) as pilot:
        play = find("drawer")
        replay = Replay(pilot, type(play)("page", "a page", play.email, (*start, Step((keys,)))))
        assert await replay.run() == []
        assert picture(console) == kept(name=f"{page}-{size[0]}x{size[1]}")


def test_a_session_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(WrongUse, match="there is no session 'nope'") as refused:
        autopilot("nope")
    assert "first-sign-in" in refused.value.hint


def test_at_most_five_pictures_a_session() -> None:
    assert all(sum(bool(step.picture) for step in play.steps) <= 5 for play in PLAYS)
