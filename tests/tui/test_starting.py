"""What the first frame waits for, and what follows it."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from textual.css import stylesheet

from sage_tui.tui.looks import Sheets
from sage_tui.tui.starting import AHEAD
from sage_tui.tui.themes import STYLES
from tests.tui.fakes import World
from tests.tui.seen import WIDE, in_panel, signed_out

LATER = (
    "sage_tui.services", "sage_tui.store", "sage_tui.domain.actors", "sage_tui.domain.sessions", "sage_tui.tui.session",
    "sage_tui.tui.palette", "sage_tui.tui.pages", "sage_tui.tui.screens.chooser", "sage_tui.tui.screens.help",
    "sage_tui.tui.screens.member_home", "sage_tui.tui.screens.panel", "sage_tui.tui.screens.totp_challenge",
    "sage_tui.cli.app", "sage_tui.tui.play", "typer", "sqlmodel", "sqlalchemy", "pydantic", "argon2", "hashlib",
    "tomllib", "secrets",
)  # fmt: skip

FIRST_FRAME = f"""
import asyncio, sys
from sage_tui.cli import main, showing, state, world
state.begin(state.split([])[0])
world.config()
from sage_tui.tui import app, door, starting
class Early(app.Console):
    def _drawn(self):
        print("LOADED", *[name for name in {LATER!r} if name in sys.modules], file=sys.__stdout__)
        self.exit()
Early(door.Services.real(lambda: None), ahead=starting.load_ahead).run(headless=True)
"""


def test_the_first_frame_waits_for_nothing_that_it_does_not_show() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_FRAME], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == ["LOADED"], done.stderr


async def test_the_door_is_asked_and_the_rest_is_loaded_behind_the_first_frame() -> None:
    told: list[str] = []
    world = World()
    services = world.services()
    ask = services.identity.door

    def door() -> object:
        told.append("door")
        return ask()

    services.identity.door = door  # type: ignore[method-assign,assignment]
    world.services = lambda: services  # type: ignore[method-assign]
    async with signed_out(world, ahead=lambda: told.append("ahead")) as screen:
        await screen.app.workers.wait_for_complete()
        assert told == ["door", "ahead"]


def test_what_is_loaded_ahead_exists() -> None:
    assert [name for name in AHEAD if find_spec(name) is None] == []


async def test_behind_the_first_frame_every_sheet_is_there() -> None:
    async with signed_out() as screen:
        read = {path for path, _ in screen.app.stylesheet.source}
        assert {str(path) for path in STYLES.glob("*.tcss")} <= read


@pytest.fixture
def resting_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.usefixtures("resting_collector")
async def test_the_collector_works_again_behind_the_first_frame() -> None:
    async with signed_out():
        assert gc.isenabled()


async def test_each_sheet_of_ours_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[tuple[str, str]] = []
    parse = stylesheet.parse

    def counted(scope: str, css: str, read_from: tuple[str, str], **named: object) -> object:
        parsed.append(read_from)
        return parse(scope, css, read_from, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(stylesheet, "parse", counted)
    async with in_panel(size=WIDE):
        ours = [name for name, _ in parsed if name.endswith(".tcss")]
        assert sorted(ours) == sorted(str(path) for path in STYLES.glob("*.tcss"))


def test_another_colour_is_parsed_anew() -> None:
    sheets = Sheets({"ink": "red"})
    sheets.add_source("A { color: $ink; }")
    before = sheets.rules[0].styles.color
    sheets.set_variables({"ink": "red"})
    sheets.reparse()
    assert sheets.rules[0].styles.color == before
    sheets.set_variables({"ink": "blue"})
    sheets.reparse()
    assert sheets.rules[0].styles.color != before
