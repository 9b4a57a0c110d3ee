"""Editing on screen when things are odd: exports, undo from the audit, time-outs, faults, two consoles, long work."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, exc

from sage_tui.domain.errors import StoreUnavailable
from sage_tui.domain.progress import Progress
from sage_tui.services import drafts, plans
from sage_tui.store import faults
from sage_tui.tui import working
from sage_tui.tui.screens.management import editing
from sage_tui.tui.screens.management.users import UsersPage
from tests.services.editing import ADMIN, Acme
from tests.tui.real import at_users, edit, to_column, words


async def test_the_selection_is_exported_to_a_private_file(
    acme: Acme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    async with at_users(acme) as screen:
        await screen.press("g", "space", "x")
        assert "1 person written." in words(screen)
        (file,) = set(tmp_path.iterdir()) - before
        assert file.stat().st_mode & 0o777 == 0o600
        assert [line.split(",")[1] for line in file.read_text().splitlines()] == ["email", "a@acme.example"]
        shown = "".join(line.strip(" │") for line in screen.lines)
        assert str(file) in shown  # longer than the panel's line: on lines of its own
        acme.world.clock.move(seconds=1)
        await screen.press("escape", "g", "space", "slash")
        await screen.write("paid:yes")
        await screen.press("enter", "x")
        assert "2 people written." in words(screen)


async def test_the_audit_trail_leads_to_undo(acme: Acme) -> None:
    acme.set("b", inference="3M")
    async with at_users(acme) as screen:
        await screen.press("6")
        assert "u undo" in screen.text
        await screen.press("u")
        assert "This entry is of no batch." in screen.text
        await screen.press("right_square_bracket", "slash")
        await screen.write("batch:2")
        await screen.press("enter", "u")
        assert "Undo batch 2?" in screen.text
        await screen.press("ctrl+s")
        assert "Took back 1 change as batch 3" in screen.text
    assert acme.allocation("b") == 1_000_000


async def test_an_idle_time_out_loses_no_edit(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
        await screen.wait(minutes=16)
        assert "Admin mode ended" in screen.text
        await screen.press("a")
        await screen.write(acme.world.code(ADMIN))
        await screen.press("enter", "2")
        assert "1 staged edit of" in screen.text


async def test_a_database_that_turned_read_only_says_so_and_keeps_the_edits(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
        await screen.press("ctrl+s")
        engine = acme.world.host.database.engine
        with read_only(engine):
            await screen.press("ctrl+s")
            assert "Not saved" in screen.text
            assert "The database is read-only: nothing was saved." in words(screen)
            assert "Your 1 change is still here." in words(screen)
            await screen.press("shift+tab", "enter")
            assert "Save 1 change?" in screen.text
        await screen.press("ctrl+s")
        assert "Saved 1 change" in screen.text
    assert acme.allocation("a") == 2_000_000


@contextmanager
def read_only(engine: Engine) -> Iterator[None]:
    """Meanwhile no connection of the pool may write."""

    def turn(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    event.listen(engine, "checkout", turn)
    try:
        yield
    finally:
        event.remove(engine, "checkout", turn)
        engine.dispose()


class TestLongWork:
    """What takes long says how far it is, and can be stopped."""

    async def test_it_is_shown_and_stopped(self, acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(working, "PATIENCE", 0.0)
        told = threading.Event()

        def look(progress: Progress) -> str:
            progress(5_000)
            told.set()
            while True:
                progress(10_000)

        async with at_users(acme) as screen:
            page = screen.app.screen.query_one(UsersPage)
            got: list[object] = []

            async def work() -> None:
                got.append(await working.working(page, "Looking …", look))

            page.run_worker(work())
            assert await asyncio.to_thread(told.wait, 30)
            await screen.until(lambda: "Looking …" in screen.text)
            await screen.press("escape")
            assert got == [None]
            assert "Looking …" not in screen.text


async def test_total_usage_is_the_charge_of_all_that_was_recorded(acme: Acme) -> None:
    """The figures of the trace, in two records: prompt and completion tokens, at weight 1."""
    acme.world.record(
        acme.world.usage("1", "a@acme.example", 18_059_974),
        acme.world.usage("2", "a@acme.example", 0, completion_tokens=245_896),
    )
    async with at_users(acme) as screen:
        await screen.press("g")
        await to_column(screen, "usage")
        assert "18,305,870" in screen.line("a@acme.example")


async def test_what_f_takes_out_stays_staged_and_the_heading_follows(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "6M")
        await edit(screen, "b", "inference_allocation", "6M")
        await screen.press("ctrl+s", "f")
        assert "Save 1 change?" in screen.text
        await screen.press("ctrl+s")
        assert "1 edit staged, +5M" in screen.text


async def test_a_second_press_while_it_is_saved_does_nothing(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
        await screen.press("ctrl+s")
        await screen.pilot.press("ctrl+s", "ctrl+s", "ctrl+s")
        await screen.rest()
        assert "gone" not in screen.text
        assert "1 edit staged" not in screen.text
        assert "Max Inference" in screen.text
    assert acme.allocation("a") == 2_000_000
    assert acme.world.value("SELECT max(id) FROM batch") == 2


async def test_two_consoles_of_one_author_keep_each_other_s_edits(acme: Acme) -> None:
    async with at_users(acme) as first, at_users(acme) as second:
        await edit(first, "a", "inference_allocation", "2M")
        await edit(second, "b", "inference_allocation", "3M")
        await second.press("ctrl+s", "ctrl+s")
        assert "Saved 1 change" in second.text
    (draft,) = drafts.list_drafts(acme.world.admin(ADMIN))
    assert [edit_.user_id for edit_ in draft.staged.edits.values()] == [acme.number("a")]


async def test_a_draft_that_could_not_be_written_is_written_later(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editing, "AGAIN", 0.01)
    async with at_users(acme) as screen:
        with read_only(acme.world.host.database.engine):
            await edit(screen, "a", "inference_allocation", "2M")
            assert "The database is read-only" in words(screen)
        console = acme.world.admin(ADMIN)
        await screen.until(lambda: bool(drafts.list_drafts(console)))
        assert "1 edit staged" in screen.text


async def test_an_answer_that_was_lost_is_told_as_what_it_was(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
        await screen.press("ctrl+s")
        real = plans.apply

        def lost(*args: Any, **named: Any) -> Any:
            monkeypatch.setattr(plans, "apply", real)
            real(*args, **named)
            raise StoreUnavailable("The connection was lost while saving: it is not known yet.", code="unknown")

        monkeypatch.setattr(plans, "apply", lost)
        await screen.press("ctrl+s")
        assert "It is not known whether it was saved" in screen.text
        await screen.press("enter")
        assert "Saved 1 change as batch 2" in screen.text
        assert "staged" not in screen.text


async def test_a_page_left_before_an_act_asks_anew_when_it_is_opened_again(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await screen.press("g", "enter", "full_stop")
        await screen.write("ban no")
        await screen.press("enter", "ctrl+s")
        assert "Saved 1 change" in screen.text
        await screen.press("backspace")
        assert "✕ banned" in screen.line("a@acme.example")


class Engines(Exception):
    """A driver's error, as SQLite or PostgreSQL names it."""

    def __init__(self, code: str) -> None:
        super().__init__("words of the driver that nobody may see")
        setattr(self, "sqlite_errorname" if code.startswith("SQLITE") else "sqlstate", code)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("SQLITE_FULL", "Nothing was saved: the disk is full."),
        ("SQLITE_IOERR_WRITE", "Nothing was saved: disk error."),
        ("SQLITE_CORRUPT", "The database is damaged: restore a backup."),
        ("SQLITE_BUSY", "The database is locked by another program (waited 5 s). Nothing was saved."),
        ("57P01", "The connection to the database was lost. Nothing was saved."),
        ("55P03", "The database is busy: nothing was saved."),
        ("53100", "Nothing was saved: the disk is full."),
    ],
)
async def test_each_fault_has_its_sentence_on_screen_and_the_edits_are_kept(
    acme: Acme, monkeypatch: pytest.MonkeyPatch, code: str, says: str
) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
        await screen.press("ctrl+s")
        real = plans.apply

        def broken(*args: Any, **named: Any) -> Any:
            monkeypatch.setattr(plans, "apply", real)
            raise faults.translate(exc.OperationalError("UPDATE", {}, Engines(code)))

        monkeypatch.setattr(plans, "apply", broken)
        await screen.press("ctrl+s")
        assert says in words(screen)
        assert "Your 1 change is still here." in words(screen)
        assert "words of the driver" not in screen.text
        await screen.press("enter")
        assert "Saved 1 change" in screen.text
