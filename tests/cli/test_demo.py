"""The demo data from the command line: built once, never over anything, its codes; and what its trouble looks like."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from sage_tui.cli import main, world
from sage_tui.clock import FixedClock
from sage_tui.demo.recognise import is_demo
from sage_tui.domain import totp
from sage_tui.domain.demo import totp_secret
from tests.cli.conftest import Cli
from tests.support import NOW

SMALL = ("--users", "300", "--events", "3000", "--now", "2026-11-23T12:00Z", "--no-open", "--quiet")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo and its key."""
    home = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(home))
        patch.setattr(world, "CLOCK", FixedClock(NOW))
        assert main.run(["demo", *SMALL]) == 0
    return home / "sage-tui"


@pytest.fixture
def demo(home: Path, built: Path) -> Path:
    """The demo where it lies by default."""
    place = home / "data" / "sage-tui"
    shutil.copytree(built, place)
    return place / "demo.db"


def test_it_is_a_demo_with_a_key_and_private(built: Path) -> None:
    database = built / "demo.db"
    assert is_demo(str(database))
    assert not is_demo(str(built / "demo.db.key"))
    assert not is_demo(str(built / "absent"))
    assert {path.stat().st_mode & 0o777 for path in (database, built / "demo.db.key")} == {0o600}


def test_it_is_built_once(cli: Cli, demo: Path) -> None:
    inode = demo.stat().st_ino
    said = cli("demo", "--no-open", "--json")
    assert (said.code, said.json["database"], demo.stat().st_ino) == (0, str(demo), inode)
    refused = cli("demo", *SMALL)
    assert (refused.code, "already a demo" in refused.err) == (1, True)


def test_what_opens_it_names_its_place(cli: Cli, demo: Path) -> None:
    assert cli("demo", "--no-open").out.splitlines()[-1] == "Open it: sage-tui demo"
    other = demo.with_name("a b.db")
    shutil.copy(demo, other)
    shutil.copy(demo.with_name("demo.db.key"), other.with_name("a b.db.key"))
    assert cli("demo", "--path", other, "--no-open").out.splitlines()[-1] == f"Open it: sage-tui demo --path '{other}'"


def test_an_old_demo_is_to_be_built_anew_where_it_lies(cli: Cli, demo: Path) -> None:
    with closing(sqlite3.connect(demo)) as connection:
        connection.execute("UPDATE schema_version SET version = '0000'")
        connection.commit()
    said = cli("demo", "code", "admin@acme.example")
    assert (said.code, "`sage-tui demo --reset`" in said.err) == (6, True)
    assert "migrate" not in said.err


def test_an_unknown_session_of_keys_is_refused_before_anything_is_built(cli: Cli, home: Path) -> None:
    said = cli("demo", "--play", "NOSUCH")
    assert (said.code, "there is no session 'NOSUCH'" in said.err) == (2, True)
    assert not list(home.rglob("demo.db"))


@pytest.mark.usefixtures("demo")
def test_demo_alone_needs_no_typer() -> None:
    script = "import sys; from sage_tui.cli import main; print(main.run(['demo']), 'typer' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert said.stdout.splitlines()[-1] == "0 False"


def _database_id(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT database_id FROM schema_version").fetchone()[0])


def test_reset_builds_it_anew_and_keeps_the_key(cli: Cli, demo: Path) -> None:
    key, before = demo.with_name("demo.db.key").read_text(), _database_id(demo)
    assert cli("demo", "--reset", *SMALL).code == 0
    assert demo.with_name("demo.db.key").read_text() == key
    assert _database_id(demo) != before
    assert cli("demo", "code", "admin@acme.example").code == 0


def test_nothing_but_a_demo_is_removed(cli: Cli, house: Path) -> None:
    precious = house / "precious.db"
    precious.write_text("not a database")
    said = cli("demo", "--reset", "--path", precious, *SMALL)
    assert (said.code, precious.read_text()) == (1, "not a database")
    configured = house / "data" / "sage-tui" / "sage-tui.db"
    for argv in (("--path", str(configured)), ("--path", str(configured), "--reset")):
        said = cli("demo", *argv, "--no-open")
        assert (said.code, "no demo" in said.err) == (1, True)
    assert cli("status").code == 0


def test_codes_of_demo_accounts(cli: Cli, demo: Path) -> None:
    said = cli("demo", "code", "admin@acme.example", "--json")
    steps = range(totp.step_of(NOW) - 1, totp.step_of(NOW) + 2)
    assert said.json["code"] in {totp.code(totp_secret("admin@acme.example"), step) for step in steps}
    assert cli("demo", "code", "member@acme.example").code == 3
    assert cli("demo", "code", "nobody@acme.example").code == 3


def test_a_real_database_has_no_codes(cli: Cli, house: Path) -> None:
    assert cli("demo", "code", "ada@acme.example").code == 3


def test_the_demo_warns_of_open_files_where_a_real_database_refuses(cli: Cli, demo: Path) -> None:
    demo.chmod(0o644)
    said = cli("demo", "code", "admin@acme.example")
    assert said.code == 0
    assert f"warning: The database {demo} can be read by others. chmod 600 {demo}" in said.err
    assert cli("--database", demo, "status").code == 1


def test_today_is_1_when_anyone_is_stopped(cli: Cli, demo: Path) -> None:
    said = cli("--database", demo, "today", "--org", "acme", "--json")
    stopped = next(item for item in said.json["items"] if item["code"] == "stopped")
    assert said.code == 1
    found = cli("--database", demo, "users", "list", "--org", "acme", "--query", stopped["query"], "--json").json
    assert found["total"] == stopped["count"] > 0
    assert all(user["stopped"] for user in found["users"])


@pytest.mark.parametrize(
    "query",
    ["used>90%", "-used>90%", "max<1M paid:yes", "idle>7d", "-idle>7d", "dept:eng", "type:admin mfa:no", "unset:yes",
     "banned:yes", "created:2026-01..2026-06", "o'", "emb.used>0", "email:@acme -stopped:yes", "id:7",
     "name:a company:b", "plan=enterprise"],
)  # fmt: skip
def test_filters_find_what_they_find_in_memory(cli: Cli, demo: Path, query: str) -> None:
    """The command line's answer, by SQL, against the same filter held against every row."""
    from sage_tui.cli.common import pages
    from sage_tui.cli.world import context
    from sage_tui.domain.paging import Sort
    from sage_tui.domain.queries_fields import USERS
    from sage_tui.domain.queries_match import matches
    from sage_tui.domain.queries_parse import parse
    from sage_tui.services import users

    found = cli("--database", demo, "users", "list", "--query", query, "--limit", "1000", "--json").json
    ctx = context()
    everybody, _ = pages(lambda ask: users.window(ctx, ask), "", Sort("email"), 1_000)
    with ctx.database.reading() as connection:
        last = dict(
            connection.exec_driver_sql(
                "SELECT user_id, max(day) FROM usage_daily WHERE user_id > 0 GROUP BY user_id"
            ).fetchall()
        )
    wanted = [
        row.email for row in everybody if matches(parse(query, USERS), row, NOW // 86_400_000_000, last.get(row.id))
    ]
    assert [user["email"] for user in found["users"]] == wanted
    assert found["total"] == len(wanted)


def test_the_doctor_is_content_with_the_demo(cli: Cli, demo: Path) -> None:
    said = cli("--database", demo, "doctor", "--json")
    assert [check for check in said.json["checks"] if not check["ok"]] == []
