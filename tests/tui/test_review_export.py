"""`x` in a review: the rows as they are shown, in a file."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from sage_tui.domain.plans import PlanRow
from sage_tui.services import plan_rows
from sage_tui.tui import working
from tests.services.editing import Acme
from tests.tui.real import at_users, edit, words


async def test_the_rows_that_are_shown_are_written(acme: Acme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
        await edit(screen, "b", "department", "research")
        await screen.press("ctrl+s")
        assert "x export" in screen.text
        await screen.press("x")
        assert "2 rows written to" in words(screen)
        (file,) = (tmp_path / "out").iterdir()
        assert file.stat().st_mode & 0o777 == 0o600
        assert [line.split(",")[0] for line in file.read_text().splitlines()[1:]] == [
            "a@acme.example",
            "b@acme.example",
        ]
        await screen.press("x")
        assert "There is already a file" in words(screen)
        acme.world.clock.move(seconds=1)
        await screen.press("slash")
        await screen.write("depart")
        await screen.press("enter", "x")
        assert "1 row written to" in words(screen)
        assert len(list((tmp_path / "out").iterdir())) == 2
        await screen.press("ctrl+s")
        assert "Saved 2 changes" in screen.text


async def test_a_long_one_says_how_far_it_is_and_can_be_stopped(
    acme: Acme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path / "out")
    monkeypatch.setattr(working, "PATIENCE", 0.0)
    real = plan_rows.walk

    def endless(*args: object) -> Iterator[PlanRow]:
        return itertools.cycle(list(real(*args)))  # type: ignore[arg-type]

    monkeypatch.setattr(plan_rows, "walk", endless)
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
        await screen.press("ctrl+s")
        await screen.pilot.press("x")
        await screen.until(lambda: "Writing rows …" in screen.text)
        await screen.press("escape")
        await screen.until(lambda: "Stopped: nothing was written." in words(screen))
        assert "Save 1 change?" in screen.text
        assert list((tmp_path / "out").iterdir()) == []
