"""Faults as the command line tells them: exit 6, one sentence and a hint, no traceback, nothing written."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

WRITES = (
    ("orgs", "add", "Gamma", "--inference", "1M"),
    ("users", "add", "new@acme.example", "--org", "acme"),
    ("settings", "set", "sign_in_notice", "hello"),
    ("import", "users", "people.csv", "--org", "acme"),
    ("import", "usage", "calls.csv", "--source", "gw", "--org", "acme"),
)


@pytest.fixture
def place(house: Path) -> Path:
    """The house, and files to import."""
    (house / "people.csv").write_text("email\nx@acme.example\n")
    (house / "calls.csv").write_text(
        "at,user,model,prompt_tokens,completion_tokens,id\n2026-11-20,ada@acme.example,m,5,1,i1\n"
    )
    return house


def database(house: Path) -> Path:
    return house / "data" / "sage-tui" / "sage-tui.db"


def content(house: Path) -> dict[str, int]:
    """How many rows each table has."""
    db = sqlite3.connect(f"file:{database(house)}?mode=ro&immutable=0", uri=True)
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}
    db.close()
    return found


def sage(
    house: Path, *argv: str, before: Callable[[], None] | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    """A real process; never a traceback."""
    said = subprocess.run(
        [sys.executable, "-m", "sage_tui", *argv], env={**os.environ, **env}, cwd=house, capture_output=True, text=True,
        timeout=60, preexec_fn=before, check=False,
    )  # fmt: skip
    assert "Traceback" not in said.stdout + said.stderr
    return said


def refused(said: subprocess.CompletedProcess[str], words: str) -> None:
    assert (said.returncode, said.stdout) == (6, "")
    error, hint = said.stderr.splitlines()[-2:]
    assert error.startswith("error: ")
    assert words in error
    assert hint.startswith("hint: ")
    assert "sqlite" not in said.stderr.lower()


@pytest.fixture
def held(place: Path) -> Iterator[Path]:
    """Another program is in the middle of writing."""
    other = sqlite3.connect(database(place), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield place
    other.execute("ROLLBACK")
    other.close()


@pytest.mark.slow
@pytest.mark.parametrize("argv", WRITES[1:4:2])
def test_a_locked_database_is_a_sentence_and_nothing_is_written(held: Path, argv: tuple[str, ...]) -> None:
    before = content(held)
    refused(sage(held, *argv), "othing was saved")
    assert sage(held, "users", "list", "--json").returncode == 0
    assert content(held) == before


def full_disk(house: Path) -> Callable[[], None]:
    """No file may grow beyond what the database has: what a full disk or a quota does."""
    limit = database(house).stat().st_size

    def begin() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    return begin


@pytest.mark.slow
def test_a_full_disk_is_a_sentence_and_nothing_is_written(place: Path) -> None:
    people = place / "many.csv"
    people.write_text("email,first_name\n" + "".join(f"p{n}@acme.example,{'x' * 90}\n" for n in range(8_000)))
    before = content(place)
    said = sage(place, "import", "users", "many.csv", "--org", "acme", before=full_disk(place))
    refused(said, "othing was saved")
    assert content(place) == before
    assert sage(place, "doctor", "--json").returncode == 0
    assert sage(place, "orgs", "add", "Small").returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(
    os.geteuid() == 0 and sys.platform != "linux",
    reason="the superuser writes into read-only files, and only Linux can take that right away from a child process",
)
@pytest.mark.parametrize("argv", WRITES)
def test_a_read_only_place_is_a_sentence_and_nothing_is_written(place: Path, argv: tuple[str, ...]) -> None:
    before = content(place)
    for path in [*database(place).parent.iterdir()]:
        path.chmod(0o400)
    database(place).parent.chmod(0o500)
    try:
        said = sage(place, *argv, before=_nobody_special)
    finally:
        database(place).parent.chmod(0o700)
    assert said.returncode == 6
    assert "error: " in said.stderr
    assert "hint: " in said.stderr
    assert content(place) == before


_CAP_DAC = (1, 2)
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: what lets the superuser write where nobody may."""


def _nobody_special() -> None:
    """Without the superuser's right to write everywhere (prctl PR_CAPBSET_DROP, then across exec)."""
    if os.geteuid() != 0:
        return
    import ctypes

    libc = ctypes.CDLL(None)
    for capability in _CAP_DAC:
        libc.prctl(24, capability, 0, 0, 0)


@pytest.mark.slow
def test_two_migrations_at_once_apply_it_once(place: Path) -> None:
    db = sqlite3.connect(database(place))
    (newest,) = db.execute("SELECT version FROM schema_version").fetchone()
    db.execute("UPDATE schema_version SET version = '0000'")
    db.commit()
    db.close()
    refused(sage(place, "users", "list"), "0000")
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "sage_tui", "migrate", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, cwd=place,
        )
        for _ in range(3)
    ]  # fmt: skip
    said = [child.communicate(timeout=60) for child in children]
    assert [child.returncode for child in children] == [0, 0, 0], said
    assert sorted('"changed": true' in out for out, _ in said) == [False, False, True]
    db = sqlite3.connect(database(place))
    assert db.execute("SELECT version FROM schema_version").fetchall() == [(newest,)]
    db.close()
    assert sage(place, "users", "list").returncode == 0


@pytest.mark.slow
def test_an_import_killed_in_its_transaction_leaves_no_row(place: Path) -> None:
    people = place / "many.csv"
    people.write_text("email\n" + "".join(f"p{n}@acme.example\n" for n in range(20_000)))
    before = content(place)
    child = subprocess.Popen([sys.executable, "-m", "sage_tui", "import", "users", "many.csv", "--org", "acme"],
                             cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    probe = sqlite3.connect(database(place), isolation_level=None, timeout=0)
    while child.poll() is None:
        try:
            probe.execute("BEGIN IMMEDIATE")
            probe.execute("ROLLBACK")
        except sqlite3.OperationalError:
            break  # it is inside its transaction now
    child.kill()
    child.wait(30)
    probe.close()
    assert content(place) == before
    assert sage(place, "orgs", "add", "After").returncode == 0
    assert sage(place, "audit", "verify").returncode == 0
