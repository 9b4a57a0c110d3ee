"""backup and restore: a copy made while it is used, proved, and a database made of it (security.md, bar 42)."""

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.fixture
def target(house: Path) -> Path:
    return house / "copy.db"


def database(house: Path) -> Path:
    return next(house.rglob("sage-tui.db"))


def moved(house: Path) -> Path:
    """The database is gone, its key is still there; where it was."""
    lost = database(house)
    for path in lost.parent.glob("sage-tui.db*"):
        if not path.name.endswith(".key"):
            path.unlink()
    return lost


class TestBackup:
    def test_a_copy_restores_to_the_same_numbers(self, cli: Cli, house: Path, target: Path) -> None:
        call = ["--user", "ada@acme.example", "--model", "m", "--prompt", "1200", "--completion", "34", "--id", "x1"]
        assert cli("usage", "record", *call).code == 0
        before = cli("users", "list", "--json").json
        said = cli("backup", target, "--json")
        assert said.code == 0, said.err
        assert (said.json["events"], said.json["path"], said.json["bytes"]) == (1, str(target), target.stat().st_size)
        assert target.stat().st_mode & 0o777 == 0o600
        assert [path.name for path in house.iterdir() if path.name.startswith((".copy", "copy.db-"))] == []
        moved(house)
        assert cli("users", "list").code == 6
        restored = cli("restore", target, "--json")
        assert restored.code == 0, restored.err
        assert cli("users", "list", "--json").json == before
        assert cli("doctor").code == 0
        assert cli("audit", "verify").code == 0
        actions = [entry["action"] for entry in cli("audit", "list", "--json").json["entries"]]
        assert {"restore", "backup"} <= set(actions)

    def test_the_key_is_never_in_it(self, cli: Cli, house: Path, target: Path) -> None:
        assert cli("backup", target).code == 0
        key = next(house.rglob("*.key")).read_text().split()[1].encode()
        assert key not in target.read_bytes()

    def test_a_file_that_is_there_stays_unless_forced(self, cli: Cli, house: Path, target: Path) -> None:
        target.write_text("mine")
        assert cli("backup", target).code == 1
        assert target.read_text() == "mine"
        assert cli("backup", target, "--force").code == 0
        assert target.read_bytes().startswith(b"SQLite format 3")

    def test_a_dry_run_leaves_nothing(self, cli: Cli, house: Path, target: Path) -> None:
        assert "would be" in cli("backup", target, "--dry-run").out
        assert not target.exists()

    def test_a_broken_chain_is_told_and_no_copy_is_kept(self, cli: Cli, house: Path, target: Path) -> None:
        with closing(sqlite3.connect(database(house))) as store:
            for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                store.execute(f"DROP TRIGGER {name}")
            store.execute("UPDATE audit_entry SET body = body || ' ' WHERE seq = 2")
            store.commit()
        said = cli("backup", target)
        assert said.code == 6
        assert "audit chain" in said.err
        assert not target.exists()

    def test_while_others_write_the_copy_is_whole(self, cli: Cli, house: Path, target: Path) -> None:
        """Another connection writes again and again; the copy is one instant of it.

        It lets others in between: SQLite's lock knows no queue, and a writer without a pause may keep it for ever.
        """
        stop, written = threading.Event(), [0]

        def write() -> None:
            with closing(sqlite3.connect(database(house), timeout=30)) as store:
                while not stop.wait(0.002):
                    with store:
                        store.execute(
                            "INSERT INTO counter (name, value) VALUES ('load', 1)"
                            " ON CONFLICT (name) DO UPDATE SET value = value + 1"
                        )
                    written[0] += 1

        writer = threading.Thread(target=write)
        writer.start()
        try:
            assert cli("backup", target).code == 0
        finally:
            stop.set()
            writer.join()
        with closing(sqlite3.connect(target)) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            (value,) = copy.execute("SELECT coalesce(max(value), 0) FROM counter WHERE name = 'load'").fetchone()
        assert 0 <= value <= written[0]

    def test_members_and_administrators_may_not(self, cli: Cli, house: Path, target: Path) -> None:
        assert cli("--as", "ada@acme.example", "backup", target).code == 5


class TestRestore:
    def test_never_over_a_database(self, cli: Cli, house: Path, target: Path) -> None:
        assert cli("backup", target).code == 0
        said = cli("restore", target)
        assert said.code == 1
        assert "already a database" in said.err

    def test_without_its_key_it_says_which_file_is_missing(self, cli: Cli, house: Path, target: Path) -> None:
        assert cli("backup", target).code == 0
        lost = moved(house)
        key = next(house.rglob("*.key"))
        aside = key.rename(house / "aside")
        said = cli("restore", target)
        assert (said.code, str(key) in said.err) == (1, True)
        assert not lost.exists()
        key.write_text("k0 " + "A" * 43 + "=\n")
        key.chmod(0o600)
        assert "another database's" in cli("restore", target).err
        shutil.copy(aside, key)
        assert cli("restore", target).code == 0

    @pytest.mark.parametrize("what", ["damaged", "other", "missing"])
    def test_what_is_no_sound_backup_is_refused_and_leaves_nothing(
        self, cli: Cli, house: Path, target: Path, what: str
    ) -> None:
        assert cli("backup", target).code == 0
        lost = moved(house)
        if what == "damaged":
            content = bytearray(target.read_bytes())
            content[4096 * 3 : 4096 * 40] = bytes(4096 * 37)
            target.write_bytes(content)
        elif what == "other":
            target.write_text("not a database at all\n" * 100)
        else:
            target.unlink()
        said = cli("restore", target)
        assert said.code in (3, 6), said.err
        assert not lost.exists()
        assert [path.name for path in lost.parent.iterdir() if path.name.startswith(".")] == []
