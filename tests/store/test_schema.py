"""The schema: frozen migrations equal the models, two starters, old programs, bounds of every token column."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from sage_tui.domain.errors import Refused, SageError, StoreUnavailable
from sage_tui.store import freeze, migrate
from sage_tui.store.engine import Database
from sage_tui.store.tables import metadata
from tests.support import NOW, postgres

FROZEN = Path(migrate.__file__).with_name("migrations") / "versions"


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_the_frozen_migration_is_what_the_models_say(engine: str) -> None:
    frozen = (FROZEN / f"v0001.{engine}.sql").read_text().rstrip("\n").split("\n--;\n")
    assert [" ".join(line.split()) for line in frozen] == [" ".join(line.split()) for line in freeze.statements(engine)]


def test_the_program_is_written_for_the_newest_migration() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(FROZEN.parent))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.SCHEMA


def test_both_engines_have_every_table_and_column(database: Database) -> None:
    found = inspect(database.engine)
    for table in metadata.sorted_tables:
        assert {column["name"] for column in found.get_columns(table.name)} == {column.name for column in table.columns}


def test_every_table_of_an_organization_is_led_by_it() -> None:
    """gateway.md, section 5, rule 1: what has organization_id has it first in its key (directories aside)."""
    directories = {"user", "api_key", "application"}
    for table in metadata.sorted_tables:
        if "organization_id" in table.columns and table.name not in directories:
            assert next(iter(table.primary_key.columns)).name == "organization_id", table.name


def test_opening_an_up_to_date_database_imports_no_alembic(tmp_path: Path, sqlite_template: Path) -> None:
    code = (
        "import sys\n"
        "from sage_tui.store import migrate\nfrom sage_tui.store.engine import Database\n"
        "assert migrate.check(Database.open(sys.argv[1])) == migrate.SCHEMA\n"
        "assert not any(name.split('.')[0] == 'alembic' for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(sqlite_template)], check=True, timeout=60)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_two_that_make_it_at_once_make_it_once(engine: str, tmp_path: Path, worker: str) -> None:
    target = str(tmp_path / "twice.db") if engine == "sqlite" else postgres.create(f"twice_{worker}")
    code = (
        "import sys\nfrom sage_tui.domain.errors import Refused\nfrom sage_tui.store import migrate\n"
        "sys.stdin.readline()\n"
        "try:\n    migrate.create(sys.argv[1], 1).close()\n    print('made')\nexcept Refused:\n    print('refused')\n"
    )
    starters = [
        subprocess.Popen([sys.executable, "-c", code, target], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("go\n")
        starter.stdin.flush()
    outcomes = [starter.communicate(timeout=60)[0].strip() for starter in starters]
    assert all(starter.returncode == 0 for starter in starters)
    assert "made" in outcomes
    assert set(outcomes) <= {"made", "refused"}
    opened = Database.open(target)
    with opened.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM schema_version")).scalar() == 1
        assert connection.execute(text("SELECT count(*) FROM organization")).scalar() == 1
    opened.close()
    if engine == "postgresql":
        postgres.drop(f"twice_{worker}")


def test_init_refuses_what_exists_and_leaves_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("not a database")
    with pytest.raises(Refused, match="already a file"):
        migrate.create(str(path), NOW)
    assert path.read_text() == "not a database"


def test_a_missing_database_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="There is no database"):
        Database.open(str(tmp_path / "gone.db"))
    assert os.listdir(tmp_path) == []


def test_the_file_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "sage.db"
    migrate.create(str(path), NOW).close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_foreign_file_is_told_from_a_database_of_ours(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE things (id INTEGER)")
    with pytest.raises(StoreUnavailable, match="not a database of sage-tui"):
        migrate.check(Database.open(str(path)))
    (tmp_path / "text.db").write_text("just text, and long enough to be no header of a database file at all" * 20)
    with pytest.raises(StoreUnavailable):
        migrate.check(Database.open(str(tmp_path / "text.db")))


def test_a_program_that_is_too_old_is_refused_and_a_newer_schema_alone_is_not(sqlite_database: Database) -> None:
    with sqlite_database.writing() as connection:
        connection.execute(text("UPDATE schema_version SET version = '0009'"))
    assert migrate.check(sqlite_database) == "0009"
    with sqlite_database.writing() as connection:
        connection.execute(text("UPDATE schema_version SET oldest_program = '99.0'"))
    with pytest.raises(StoreUnavailable, match=r"needs sage-tui 99\.0"):
        migrate.check(sqlite_database)


def test_an_older_schema_says_migrate_and_is_backed_up_before(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite_database.writing() as connection:
        connection.execute(text("UPDATE schema_version SET version = '0000'"))
    with pytest.raises(StoreUnavailable, match="has schema 0000"):
        migrate.check(sqlite_database)
    assert migrate.migrate(sqlite_database, NOW) == ("0000", migrate.SCHEMA)
    backup = Path(f"{sqlite_database.path}.schema-0000")
    assert backup.stat().st_mode & 0o777 == 0o600
    assert migrate.migrate(sqlite_database, NOW) == (migrate.SCHEMA, migrate.SCHEMA)


def test_a_backup_of_a_migration_that_failed_is_in_nobody_s_way(sqlite_database: Database) -> None:
    earlier = Path(f"{sqlite_database.path}.schema-0000")
    earlier.write_text("an earlier attempt")
    with sqlite_database.writing() as connection:
        connection.execute(text("UPDATE schema_version SET version = '0000'"))
    assert migrate.migrate(sqlite_database, NOW) == ("0000", migrate.SCHEMA)
    assert earlier.read_text() == "an earlier attempt"
    assert Path(f"{earlier}.2").stat().st_size > 100_000


def test_without_room_for_the_backup_nothing_is_migrated(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with sqlite_database.writing() as connection:
        connection.execute(text("UPDATE schema_version SET version = '0000'"))
    monkeypatch.setattr(migrate.os, "open", full)
    with pytest.raises(StoreUnavailable, match="the backup could not be written"):
        migrate.migrate(sqlite_database, NOW)
    with sqlite_database.reading() as connection:
        assert connection.execute(text("SELECT version FROM schema_version")).scalar() == "0000"


_TOKEN_COLUMNS = [
    ("membership", "inference_allocation"), ("membership", "embedding_used"), ("pool", "allocated"),
    ("purchase", "inference"), ("request", "amount"), ("usage_event", "charge"), ("model", "prompt_weight"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column"), _TOKEN_COLUMNS)
@pytest.mark.parametrize("value", ["1.5", "'abc'", "-1", str(2**63), str(2**53)])
def test_a_token_column_refuses_what_is_no_count_of_tokens(
    database: Database, table: str, column: str, value: str
) -> None:
    if table == "usage_event" and value == "-1":
        value = "-9007199254740992"  # counter-entries are negative, within bounds
    with pytest.raises((SageError, SQLAlchemyError)), database.writing() as connection:
        connection.exec_driver_sql(_insert(table, column, value))
        if value == "1.5" and not database.sqlite:
            # PostgreSQL rounds while it converts, before any CHECK: fractions are refused by services (test_metering).
            raise SageError("not the store's to refuse")


@pytest.mark.parametrize("value", [0, 2**31, 2**53 - 1])
def test_a_token_column_stores_large_counts_exactly(database: Database, value: int) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql(_insert("pool", "allocated", str(value)))
    with database.reading() as connection:
        assert (
            connection.exec_driver_sql("SELECT allocated FROM pool WHERE organization_id = 0 AND kind = 5").scalar()
            == value
        )


def _insert(table: str, column: str, value: str) -> str:
    """A row of the table with this value, everything else sound."""
    sound = {
        "membership": {"organization_id": "0", "user_id": "1", "created_at": "0"},
        "pool": {"organization_id": "0", "kind": "5"},
        "purchase": {"organization_id": "0", "id": "1", "purchased_on": "0", "first_month": "0", "created_at": "0"},
        "request": {"organization_id": "0", "id": "1", "user_id": "1", "kind": "0", "reason": "''", "created_at": "0"},
        "model": {"id": "1", "key": "'m'", "created_at": "0"},
        "usage_event": {
            "organization_id": "0",
            "id": "'x'",
            "day": "0",
            "digest": "'x'",
            "content": "0",
            "at": "0",
            "user_id": "1",
            "model_id": "1",
            "kind": "0",
            "prompt_tokens": "0",
            "cached_tokens": "0",
            "completion_tokens": "0",
            "source_id": "1",
        },
    }[table]
    values = {**sound, column: value}
    return f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(values.values())})"
