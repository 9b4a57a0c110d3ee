"""Editing in real terminals: lost lines and killed consoles lose no edit; two consoles on one database; a database that
is locked, or drops the line, says so and keeps the edits (security.md, section 10)."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from sage_tui.clock import FixedClock
from tests.services.editing import ADMIN, SECOND, Acme, acme_of
from tests.support import terminal, world
from tests.support.terminal import CTRL_Q, CTRL_S, DOWN, ENTER, ESC, SHIFT_TAB, Terminal, pasted
from tests.support.world import PASSWORD

pytestmark = [pytest.mark.pty, pytest.mark.slow]


@dataclass
class Site:
    """A real organization on a database, and consoles on it."""

    acme: Acme
    url: str
    env: dict[str, str]

    def console(self) -> Terminal:
        return terminal.console(self.env, self.acme.world.clock.now(), "open", "users")

    def enter(self, screen: Terminal, email: str) -> None:
        """To User Management, in the order of e-mails."""
        screen.see("E-mail")
        screen.send(email, ENTER)
        screen.settle(0.2)
        screen.send(PASSWORD.reveal(), ENTER)
        screen.see("admin panel")
        screen.send("a")
        screen.see("Enter admin mode")
        screen.send(self.acme.world.code(email), ENTER)
        screen.see("User Management", "5 users")
        screen.send("s")
        screen.settle()


def stage(screen: Terminal, amount: str, staged: str = "1 edit staged") -> None:
    """Edit the first person's inference allocation."""
    screen.send("g", "e")
    screen.see("stage")
    screen.send(amount, ENTER)
    screen.see(staged)


@pytest.fixture
def site(database: object, database_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[Site]:
    made = world.make(database_url, tmp_path, clock)
    acme = acme_of(made)
    acme.set("a", "b", inference="1M", paid=True)
    for email in (ADMIN, SECOND):
        made.admin(email)
    made.clock.move(seconds=30)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SAGE_TUI_", "XDG_", "LC_"))}
    kept.pop("NO_COLOR", None)
    homes = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "STATE")}
    key = {"SAGE_TUI_DATABASE": database_url, "SAGE_TUI_KEY_FILE": str(tmp_path / "sage.key"), "TERM": "xterm-256color"}
    yield Site(acme, database_url, {**kept, **homes, **key})
    made.host.database.close()


def test_two_consoles_one_cell_and_one_is_told(site: Site) -> None:
    with site.console() as first, site.console() as second:
        site.enter(first, ADMIN)
        site.enter(second, SECOND)
        stage(first, "2M")
        stage(second, "3M")
        second.send(CTRL_S)
        second.see("Save 1 change?", "1,000,000 → 3,000,000")
        second.send(CTRL_S)
        second.see("Saved 1 change as batch")
        first.send(CTRL_S)
        first.see("1 to decide", f"changed by {SECOND}", "theirs 3,000,000")
        first.send(" ")
        first.see("1 change of 1 person")
        first.send(CTRL_S)
        first.see("Saved 1 change as batch")
        second.send("u")
        second.see("Undo batch", "left: changed meanwhile")
        second.send(ESC)
        second.gone("Undo batch")
        for screen in (first, second):
            screen.send(CTRL_Q)
            assert screen.ended() == 0
    assert site.acme.allocation("a") == 2_000_000
    assert site.acme.allocated() == site.acme.counted()


def test_a_paste_into_a_cell_saves_nothing(site: Site) -> None:
    """An ESC, a return, ctrl+s many times, an enter: in a paste they are no keys."""
    with site.console() as screen:
        site.enter(screen, ADMIN)
        stage(screen, "2M")
        screen.send("g", DOWN, "e")
        screen.see("stage")
        screen.send(pasted(b"700K\x1b]0;x\x07\r" + CTRL_S * 9 + b"y\r"))
        screen.settle()
        assert "Saved" not in screen.text
        assert "Save 1 change" not in screen.text
        screen.send(ESC)
        screen.see("1 edit staged")
    assert site.acme.allocation("a") == 1_000_000


class TestNoEditIsLost:
    """Sent away in the middle: what was staged is offered at the next sign-in."""

    @pytest.mark.parametrize("end", ["line", "kill", "term"])
    def test_by(self, site: Site, end: str) -> None:
        with site.console() as screen:
            site.enter(screen, ADMIN)
            stage(screen, "2M")
            screen.settle()
            if end == "line":
                screen.close()
                assert screen.ended() == 129
            else:
                screen.signal(signal.SIGKILL if end == "kill" else signal.SIGTERM)
                assert screen.ended() in (-9, 143)
        site.acme.world.clock.move(seconds=30)
        with site.console() as screen:
            site.enter(screen, ADMIN)
            screen.see("1 staged edit of", "not saved yet", "→2,000,000")
            screen.send(CTRL_S)
            screen.see("Save 1 change?")
            screen.send(CTRL_S)
            screen.see("Saved 1 change as batch")
            screen.send(CTRL_Q)
            assert screen.ended() == 0
        assert site.acme.allocation("a") == 2_000_000


class TestFaults:
    """The sentence, the edits kept, and trying again works."""

    def test_locked_by_another_program(self, site: Site) -> None:
        with site.console() as screen:
            site.enter(screen, ADMIN)
            stage(screen, "2M")
            screen.send(CTRL_S)
            screen.see("Save 1 change?")
            with Holding(site):
                screen.send(CTRL_S)
                screen.see("Not saved", "Your 1 change is still here", "Try again")
            assert site.acme.allocation("a") == 1_000_000
            screen.send(ENTER)
            screen.see("Saved 1 change as batch")
            screen.send(CTRL_Q)
            assert screen.ended() == 0
        assert site.acme.allocation("a") == 2_000_000

    def test_locked_or_the_connection_lost_and_editing_goes_on(self, site: Site) -> None:
        """On PostgreSQL the server ends the connection in the middle; a file has none, there the lock outlasts us."""
        with site.console() as screen:
            site.enter(screen, ADMIN)
            stage(screen, "2M")
            screen.send(CTRL_S)
            screen.see("Save 1 change?")
            with Holding(site) as other:
                screen.send(CTRL_S)
                if site.url.startswith("postgresql"):
                    other.end_who_waits()
                screen.see("Not saved", "Your 1 change is still here", "Keep editing")
            screen.send(SHIFT_TAB, ENTER)
            screen.gone("Not saved")
            screen.send(ESC)
            screen.see("1 edit staged", "→2,000,000")
            screen.send(CTRL_S)
            screen.see("Save 1 change?")
            screen.send(CTRL_S)
            screen.see("Saved 1 change as batch")
        assert site.acme.allocation("a") == 2_000_000


class Holding:
    """Another program that holds what saving needs, until the end of the block."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._org = site.acme.id

    def __enter__(self) -> "Holding":
        if self._site.url.startswith("postgresql"):
            self._postgres = psycopg.connect(self._site.url.replace("+psycopg", ""))
            self._postgres.execute("SELECT * FROM pool WHERE organization_id = %s FOR UPDATE", (self._org,))
        else:
            self._file = sqlite3.connect(self._site.url, isolation_level=None)
            self._file.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, *_: object) -> None:
        if self._site.url.startswith("postgresql"):
            self._postgres.rollback()
            self._postgres.close()
        else:
            self._file.execute("ROLLBACK")
            self._file.close()

    def end_who_waits(self) -> None:
        """Close the connection of whoever waits for the lock."""
        with psycopg.connect(self._site.url.replace("+psycopg", ""), autocommit=True) as connection:
            ended: list[object] = []
            while not ended:
                ended = connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    " AND datname = current_database()"
                ).fetchall()
