"""`x` on the pages that list and add up: what is on screen is what is in the file, and where it went can be read."""

import csv
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from textual.pilot import Pilot

from sage_tui.domain.months import DAY
from sage_tui.domain.requests import Ask
from sage_tui.domain.units import Kind, Micros, Role
from sage_tui.services import export_activity, identity, requests
from sage_tui.tui import working
from sage_tui.tui.app import Console, Start
from sage_tui.tui.door import Services
from tests.services.editing import ADMIN, Acme, acme_of
from tests.support import NOW
from tests.support.world import World
from tests.tui.real import words
from tests.tui.seen import SMALL, WIDE, Screen


@pytest.fixture
def acme(lone: World) -> Acme:
    """a used 300 of gpt and 100 of claude today, b 50 embedding tokens, a robot 7; a asked for more, twice."""
    made = acme_of(lone)
    made.set("a", "b", inference="1M", embedding="100K", paid=True)
    lone.record(
        lone.usage("1", "a@acme.example", 200, completion_tokens=100),
        lone.usage("2", "a@acme.example", 100, Micros(NOW - DAY), model="claude"),
        lone.usage("3", "b@acme.example", 50, kind=Kind.EMBEDDING, model="embed-3"),
        lone.usage("4", "svc-robot", 7, status="failure"),
        organization_id=made.id,
    )
    console = lone.sign_in("a@acme.example")
    for amount in (5_000, 7_000):
        requests.create(console, Ask(Kind.INFERENCE, amount, "=more"))
    return made


@asynccontextmanager
async def at(
    acme: Acme, tmp_path: Path, page: str, query: str = "", email: str = ADMIN, size: tuple[int, int] = SMALL
) -> AsyncIterator[Screen]:
    """The console at a page, its exports in a directory of their own."""
    directory = tmp_path / "exports"
    directory.mkdir()
    console = acme.world.admin(email)
    nobody = replace(acme.world.nobody, export_dir=str(directory))
    app = Console(Services.real(lambda: nobody), clock=acme.world.clock, start=Start(page, query))
    async with app.run_test(size=size) as pilot:
        screen = Screen(cast("Pilot[None]", pilot), acme.world)  # type: ignore[arg-type]
        await screen.rest()
        app.signed_in(identity.session(console))
        await screen.rest()
        await screen.press("a")
        yield screen


def written(tmp_path: Path) -> tuple[str, list[dict[str, str]]]:
    """The only file there: its name, its rows."""
    (path,) = (tmp_path / "exports").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    with path.open(newline="") as file:
        return path.name, list(csv.DictReader(file))


async def test_a_view_of_statistics_with_its_filter_and_sort(acme: Acme, tmp_path: Path) -> None:
    async with at(acme, tmp_path, "statistics", size=WIDE) as screen:
        await screen.press("v")
        await screen.write("models")
        await screen.press("enter", "slash")
        await screen.write("kind:inference")
        await screen.press("enter", "x")
        name, rows = written(tmp_path)
        assert name.startswith("models-acme-2026-11-20261123-")
        assert [(row["model"], row["inference"]) for row in rows] == [("gpt", "307"), ("claude", "100")]
        assert {row["as_of"] for row in rows} == {"2026-11-23T12:01:00Z"}
        assert name in "".join(screen.text.replace("│", "").split()), screen.text


async def test_people_are_all_there_in_the_order_of_a_column(
    acme: Acme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sage_tui.tui.screens.analytics.statistics.TOP", 1)
    async with at(acme, tmp_path, "statistics") as screen:
        await screen.press("v")
        await screen.write("users")
        await screen.press("enter")
        assert "2 more" in screen.text
        await screen.press("right", "right", "s", "x")
        name, rows = written(tmp_path)
        assert name.startswith("statistics-users-acme-")
        assert [row["email"] for row in rows] == ["b@acme.example", "a@acme.example", "svc-robot"]
        assert sum(int(row["inference"]) for row in rows) == 407
        assert "Written" in screen.text  # the path is longer than the line
        assert str(tmp_path / "exports") in screen.text.replace("\n", "").replace("│", "").replace(" ", "")


async def test_interactions_batches_and_requests_as_filtered(acme: Acme, tmp_path: Path) -> None:
    for page, query, stem, said in (
        ("activity", "status:failure", "activity", "svc-robot"),
        ("batches", "action:set", "batches", "users set"),
        ("requests", "amount>6K", "requests", "'=more"),
    ):
        async with at(acme, tmp_path / page if (tmp_path / page).mkdir() is None else tmp_path, page, query) as screen:
            await screen.press("x")
            name, rows = written(tmp_path / page)
            assert name.startswith(f"{stem}-acme-all-days-2026")
            assert len(rows) == 1, screen.text
            assert said in rows[0].values()


async def test_the_audit_has_no_export_here(acme: Acme, tmp_path: Path) -> None:
    async with at(acme, tmp_path, "activity") as screen:
        await screen.press("right_square_bracket", "x")
        assert "x writes interactions" in screen.text
        assert not list((tmp_path / "exports").iterdir())


async def test_it_can_be_stopped_and_leaves_nothing(
    acme: Acme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_activity, "BLOCK", 1)
    monkeypatch.setattr(working, "PATIENCE", 0.0)
    before = acme.world.value("SELECT count(*) FROM audit_entry WHERE action = 'export activity'")
    held = Held(monkeypatch)
    async with at(acme, tmp_path, "activity") as screen:
        await screen.pilot.press("x")
        await screen.until(lambda: "Writing interactions" in screen.text)
        await screen.pilot.press("escape")
        held.go_on()
        await screen.until(lambda: "Stopped: nothing was done." in screen.text)
        assert not list((tmp_path / "exports").iterdir())
    assert acme.world.value("SELECT count(*) FROM audit_entry WHERE action = 'export activity'") == before


class Held:
    """Lets an export wait after its first block until it is told to go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import threading

        self._gate = threading.Event()
        parts = export_activity.parts

        def slow(tx: object, command: object) -> object:
            for number, part in enumerate(parts(tx, command)):  # type: ignore[arg-type]
                if number == 2:
                    self._gate.wait(20)
                yield part

        monkeypatch.setattr(export_activity, "parts", slow)

    def go_on(self) -> None:
        self._gate.set()


async def test_beyond_one_organization_a_code_is_asked_for(acme: Acme, tmp_path: Path) -> None:
    acme.world.person("root@sage.example", role=Role.SUPER_ADMIN)
    async with at(acme, tmp_path, "activity", email="root@sage.example", size=WIDE) as screen:
        await screen.press("x")
        assert "beyond one organization needs a fresh code" in words(screen), screen.text
        await screen.write(acme.world.code("root@sage.example"))
        await screen.press("enter")
        name, rows = written(tmp_path)
        assert name.startswith("activity-all-")
        assert len(rows) == 4
    body = json.loads(str(acme.world.value("SELECT body FROM audit_entry WHERE action = 'export activity'")))
    assert body["rows"] == 4


async def test_a_read_only_administrator_exports(acme: Acme, tmp_path: Path) -> None:
    acme.world.change("UPDATE membership SET read_only = TRUE WHERE user_id = :id", id=acme.world.people[ADMIN])
    async with at(acme, tmp_path, "statistics") as screen:
        await screen.press("x")
        assert written(tmp_path)[0].startswith("statistics-days-acme-"), screen.text
