"""The command line on PostgreSQL: made, refused when it is there, used; the password in its URL is never shown."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.cli.conftest import Cli
from tests.gateways.samples import write_payloads
from tests.support import postgres

_numbers = itertools.count(1)


@pytest.fixture
def url(home: Path) -> Iterator[str]:
    """An empty database."""
    name = f"cli_{os.getpid()}_{next(_numbers)}"
    yield postgres.create(name)
    postgres.drop(name)


def test_a_house_on_postgresql(cli: Cli, home: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("status", "--database", url).code == 6
    monkeypatch.setenv("SAGE_TUI_DATABASE", url)
    made = cli("init", "--admin-email", "root@sage.example", "--org", "Acme", "--json")
    assert made.code == 0
    assert (home / "data" / "sage-tui" / "key").stat().st_mode & 0o777 == 0o600
    assert cli("init", "--admin-email", "root@sage.example").code == 1
    assert cli("migrate", "--json").json["changed"] is False
    assert cli("migrate", "--dry-run", "--json").json["steps"] == []
    dry_migration(cli, url)
    assert cli("users", "add", "ada@acme.example", "bo@acme.example", "--org", "acme", "--paid").code == 0
    path = write_payloads(home / "calls.jsonl")
    assert cli("import", "usage", path, "--org", "acme", "--json").json["recorded"] == 40
    assert cli("import", "usage", path, "--json").json["already"] == 40
    held = cli("identities", "list", "--json").json["identities"]
    assert cli("identities", "assign", held[0]["identity"], "bo@acme.example").code == 0
    listed = cli("users", "list", "--org", "acme", "--sort", "used:desc", "--json").json
    assert listed["total"] == 2
    assert cli("export", "users", "--output", "-").out.count("\n") == 4
    assert cli("views", "save", "near", "--query", "used>90%").code == 0
    assert cli("today").code == 0
    assert cli("audit", "verify").code == 0
    found = cli("doctor", "--json").json["checks"]
    assert {check["name"] for check in found if not check["ok"]} <= {"role"}
    assert cli("status", "--json").json["events"] == 40


def dry_migration(cli: Cli, url: str) -> None:
    """Of a schema on which nothing was applied yet: what would be done, and that it was not."""
    rows = ("UPDATE schema_version SET version = %s", "DELETE FROM alembic_version")
    with psycopg.connect(url) as connection:
        connection.execute(rows[0], ("0000",))
        connection.execute(rows[1])
    first, last = cli("migrate", "--dry-run", "--json").json["steps"]
    assert (first.startswith("apply 0001: "), last) == (True, "set the schema to 0001")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT version FROM schema_version").fetchall() == [("0000",)]
        connection.execute(rows[0], ("0001",))
        connection.execute("INSERT INTO alembic_version (version_num) VALUES ('0001')")


def test_a_password_in_a_url_is_not_shown() -> None:
    from sage_tui.cli.setup import _shown

    assert _shown("postgresql://sage:4711@host/db") == "postgresql://sage@host/db"
    assert _shown("/srv/sage.db") == "/srv/sage.db"


def test_a_server_that_is_not_there_is_exit_6_without_its_password(cli: Cli, home: Path) -> None:
    said = cli("status", "--database", "postgresql://sage:4711@127.0.0.1:1/db")
    assert said.code == 6
    assert "4711" not in said.out + said.err
    assert cli("status", "--database", "mysql://x/y").code == 2
