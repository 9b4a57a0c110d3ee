"""Faults of the store in our words, and what is true afterwards (security.md, section 10)."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import event

from sage_tui.domain.errors import StoreUnavailable
from sage_tui.services import organizations, settings
from sage_tui.services.organizations import AddOrganization
from sage_tui.store.engine import Database
from tests.support.people import operator
from tests.support.world import World

_HOLD = (
    "import sqlite3, sys\n"
    "held = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
    "held.execute('PRAGMA journal_mode=WAL')\nheld.execute('BEGIN IMMEDIATE')\n"
    "held.execute(\"INSERT INTO counter (name, value) VALUES ('half', 1)\")\n"
    "print('held', flush=True)\nsys.stdin.read()\n"
)


def holder(path: str) -> subprocess.Popen:
    """Another process in the middle of its transaction."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def refusal(world: World) -> StoreUnavailable:
    with pytest.raises(StoreUnavailable) as caught:
        organizations.add(world.host, AddOrganization("Acme", 1_000_000))
    return caught.value


def test_locked_by_another_process_says_so_and_reads_go_on(lone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    other = holder(lone.host.database.path)
    try:
        with lone.host.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 50")  # what is tested is the answer, not the patience
        error = refusal(lone)
        assert (error.stable_code, error.exit_code) == ("busy", 6)
        assert "Nothing was saved" in error.message
        assert organizations.list_organizations(lone.host) == ()
    finally:
        other.kill()
        other.wait(30)
    assert organizations.add(lone.host, AddOrganization("Acme", 1_000_000)) == 1


def test_kill_nine_before_commit_leaves_what_was_committed_and_a_free_lock(lone: World) -> None:
    organizations.add(lone.host, AddOrganization("Before"))
    other = holder(lone.host.database.path)
    os.kill(other.pid, signal.SIGKILL)
    other.wait(30)
    organizations.add(lone.host, AddOrganization("After"))
    assert [o.name for o in organizations.list_organizations(lone.host)] == ["After", "Before"]
    assert lone.value("SELECT count(*) FROM counter WHERE name = 'half'") == 0
    assert lone.value("PRAGMA integrity_check") == "ok"


def test_a_full_disk_saves_nothing_and_small_writes_work_again(lone: World) -> None:
    with lone.host.database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreUnavailable) as caught:
        settings.put(lone.host, "sign_in_notice", "x" * 400)
        for number in range(500):
            organizations.add(lone.host, AddOrganization(f"Organization number {number} " + "long name " * 15))
    assert caught.value.stable_code == "disk_full"
    before = len(organizations.list_organizations(lone.host))
    with lone.host.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    organizations.add(lone.host, AddOrganization("After"))
    assert len(organizations.list_organizations(lone.host)) == before + 1
    assert lone.value("PRAGMA integrity_check") == "ok"


def test_a_moved_file_is_noticed_before_anything_is_written_to_it(lone: World) -> None:
    path = Path(lone.host.database.path)
    path.rename(path.with_suffix(".moved"))
    assert refusal(lone).stable_code == "moved"
    path.with_suffix(".moved").rename(path)
    assert organizations.add(lone.host, AddOrganization("Acme")) == 1


def test_a_read_only_database_says_so(lone: World) -> None:
    with lone.host.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    assert refusal(lone).stable_code == "read_only"


def test_a_damaged_file_says_restore_a_backup(lone: World) -> None:
    organizations.add(lone.host, AddOrganization("Acme"))
    lone.host.database.close()
    with lone.host.database.reading() as connection:
        connection.exec_driver_sql("SELECT 1")
    path = lone.host.database.path
    lone.host.database.close()
    with open(path, "r+b") as raw:
        raw.seek(100)
        raw.write(b"\xff" * 4000)
    with pytest.raises(StoreUnavailable) as caught:
        organizations.list_organizations(lone.host)
    assert caught.value.stable_code == "damaged"


def test_the_drivers_own_words_are_never_shown(lone: World) -> None:
    lone.person("secret.person@acme.example")
    with pytest.raises(StoreUnavailable) as caught:
        lone.change(
            "INSERT INTO \"user\" (id, email, email_key, created_at) VALUES (9, 'x', 'secret.person@acme.example', 1)"
        )
    told = f"{caught.value.message} {caught.value.hint}"
    assert "secret" not in told
    assert "email_key" not in told


def test_a_long_question_is_interrupted_by_whoever_leaves(everywhere: World) -> None:
    database = everywhere.host.database
    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        if database.sqlite
        else "SELECT pg_sleep(600)"
    )
    outcome: list[str] = []

    def ask() -> None:
        try:
            with database.reading() as connection:
                started.set()
                connection.exec_driver_sql(endless)
        except StoreUnavailable as error:
            outcome.append(error.stable_code)

    started = threading.Event()
    thread = threading.Thread(target=ask)
    thread.start()
    assert started.wait(30)
    while thread.is_alive():
        database.interrupt()
        thread.join(0.05)
    assert outcome == ["interrupted" if database.sqlite else "busy"]
    assert organizations.list_organizations(everywhere.host) == ()


def test_a_fault_of_many_rows_is_in_our_words_too(database: Database) -> None:
    with pytest.raises(StoreUnavailable, match="refused the write") as caught, database.writing() as connection:
        tx = operator(connection, database.sqlite)
        tx.many("INSERT INTO counter (name, value) VALUES (?, ?)", [("secret", 1), ("secret", 2)])
    assert "secret" not in f"{caught.value.message} {caught.value.hint}"
    with pytest.raises(StoreUnavailable), database.reading() as connection:
        operator(connection, database.sqlite).tuples("SELECT nothing FROM nowhere")
    with database.reading() as connection:
        assert operator(connection, database.sqlite).tuples("SELECT name FROM counter WHERE name = 'secret'") == []


def test_whoever_listens_hears_every_statement(sqlite_database: Database) -> None:
    """Statements go past SQLAlchemy on SQLite only while nobody listens."""
    heard: list[str] = []
    event.listen(sqlite_database.engine, "before_cursor_execute", lambda *told: heard.append(told[2]))
    with sqlite_database.writing() as connection:
        tx = operator(connection, True)
        tx.many("INSERT INTO counter (name, value) VALUES (?, ?)", [("heard", 1)])
        assert tx.tuples("SELECT value FROM counter WHERE name = ?", ("heard",)) == [(1,)]
    assert [statement.split()[0] for statement in heard] == ["BEGIN", "INSERT", "SELECT"]
