"""Inviting from the console: asked first, a fresh code, a private file whose name can be copied."""

import csv
from pathlib import Path

import pytest

from sage_tui.domain.secret import Secret
from tests.services.editing import ADMIN, Acme
from tests.tui.real import at_users, words
from tests.tui.seen import Screen

NAME = "invite those who"


@pytest.fixture(autouse=True)
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the file is written."""
    made = tmp_path / "out"
    made.mkdir()
    monkeypatch.chdir(made)
    return made


async def fresh(acme: Acme, screen: Screen) -> None:
    """Give the fresh code that is asked for."""
    assert "A fresh code" in screen.text
    acme.world.clock.move(seconds=30)
    await screen.write(acme.world.code(ADMIN))
    await screen.press("enter")


async def test_the_selection_is_invited_after_a_fresh_code(acme: Acme, out: Path) -> None:
    async with at_users(acme) as screen:
        await screen.press("g", "space", "full_stop")
        await screen.write(NAME)
        await screen.press("enter")
        assert "Of 1 selected, whoever has never signed in" in words(screen)
        await screen.press("tab", "enter")
        await fresh(acme, screen)
        assert "1 person has a one-time password, valid 72 hours." in words(screen)
        (file,) = out.iterdir()
        assert file.stat().st_mode & 0o777 == 0o600
        field = screen.app.screen.query_one("#path")
        assert (field.value, field.selected_text) == (str(file), str(file))  # type: ignore[attr-defined]
        await screen.press("ctrl+c")
        assert screen.app.clipboard == str(file)
        await screen.press("escape")
        assert "User Management" in screen.lines[0]
    ((email, password),) = list(csv.reader(file.open(newline="")))[1:]
    assert email == "a@acme.example"
    assert acme.world.session(acme.world.sign_in(email, Secret(password))).must_change_password


async def test_all_that_match_are_invited_by_the_palette(acme: Acme, out: Path) -> None:
    async with at_users(acme) as screen:
        await screen.press("slash")
        await screen.write("paid:yes")
        await screen.press("enter", "colon")
        await screen.write(NAME)
        await screen.press("enter")
        assert "Of all that match paid:yes, whoever has never signed in" in words(screen)
        await screen.press("enter")
        assert list(out.iterdir()) == []
        await screen.press("colon")
        await screen.write(NAME)
        await screen.press("enter", "tab", "enter")
        await fresh(acme, screen)
        assert "2 people have one-time passwords" in words(screen)
        (file,) = out.iterdir()
        assert [row[0] for row in csv.reader(file.open(newline=""))] == ["email", "a@acme.example", "b@acme.example"]


async def test_nobody_to_invite_and_no_code_leave_no_file(acme: Acme, out: Path) -> None:
    acme.world.change('UPDATE "user" SET last_sign_in_at = 1')
    async with at_users(acme) as screen:
        await screen.press("full_stop")
        await screen.write(NAME)
        await screen.press("enter", "tab", "enter", "escape")
        assert "Max Inference" in screen.text
        await screen.press("full_stop")
        await screen.write(NAME)
        await screen.press("enter", "tab", "enter")
        await fresh(acme, screen)
        assert "The filter finds nobody who has never signed in." in screen.text
        assert list(out.iterdir()) == []


async def test_read_only_invites_nobody_and_is_told_why(acme: Acme, out: Path) -> None:
    console = acme.world.admin(ADMIN)
    acme.world.change("UPDATE membership SET read_only = TRUE WHERE user_id = :id", id=acme.number("admin"))
    async with at_users(acme, console=console) as screen:
        await screen.press("colon")
        await screen.write(NAME)
        assert "not now: You are read-only" in words(screen)
        await screen.press("enter")
        assert "Invite?" not in screen.text
