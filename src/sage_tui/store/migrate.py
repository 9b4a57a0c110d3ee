"""Making a database and bringing it to this program's schema; safe when two processes try at once.

Opening an up-to-date database imports no Alembic: it reads one row of `schema_version`.
"""

import os
import secrets
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Connection, exc, inspect, text

from sage_tui.domain.errors import Refused, StoreUnavailable
from sage_tui.domain.units import Micros
from sage_tui.store.engine import Database

SCHEMA = "0001"
"""The schema that this program is written for: Alembic's head (a test compares)."""

OLDEST_PROGRAM = "0.1.0"
"""The oldest program that may run on this schema."""

PROGRAM = "0.1.0"
"""This program, as `oldest_program` of a database is compared with."""


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def check(database: Database) -> str:
    """The database's schema. Raises StoreUnavailable for one that is too old, too new or not ours."""
    try:
        with database.reading() as connection:
            row = connection.execute(text("SELECT version, oldest_program FROM schema_version WHERE id = 1")).first()
    except StoreUnavailable as error:
        if error.stable_code in ("database", "lost") and _is_foreign(database):
            raise StoreUnavailable(
                "This is not a database of sage-tui.", "Make one with `sage-tui init`.", code="foreign"
            ) from error
        raise
    if row is None:
        raise StoreUnavailable("This is not a database of sage-tui.", "Make one with `sage-tui init`.", code="foreign")
    version, oldest = str(row[0]), str(row[1])
    if _parts(oldest) > _parts(PROGRAM):
        raise StoreUnavailable(
            f"The database needs sage-tui {oldest} or newer.", "Install a newer sage-tui.", code="program_too_old"
        )
    if version < SCHEMA:
        raise StoreUnavailable(
            f"The database has schema {version}; this program needs {SCHEMA}.",
            "Run `sage-tui migrate`.",
            code="schema_too_old",
        )
    return version


def _is_foreign(database: Database) -> bool:
    try:
        with database.engine.connect() as connection:
            return not inspect(connection).has_table("schema_version")
    except exc.SQLAlchemyError:
        return False  # nobody answers: that is what the caller says


def exists(target: str) -> bool:
    """Is there a file, or on PostgreSQL our schema? Raises StoreUnavailable when the server does not answer."""
    if "://" not in target:
        return os.path.lexists(target)
    database = Database.open(target)
    try:
        with database.reading() as connection:
            return inspect(connection).has_table("schema_version")
    finally:
        database.close()


def create(target: str, now: Micros, *, owner: str = "") -> Database:
    """Make a new database with its schema. Raises Refused where one exists, StoreUnavailable.

    `owner` is a PostgreSQL URL of a role that may create; the role of `target` then gets grants only.
    """
    if "://" not in target:
        _new_file(target)
        database = Database.open(target, create=True)
        _upgrade(database, now)
        return database
    owning = Database.open(owner or target)
    try:
        if not _is_foreign(owning):
            raise Refused(
                "The database already holds a sage-tui schema.", "Use it as it is, or choose another database."
            )
        _upgrade(owning, now)
        database = Database.open(target)
        if owner:
            _grant(owning, str(database.url.username))
    finally:
        owning.close()
    return database


def _new_file(path: str) -> None:
    os.makedirs(os.path.dirname(os.path.abspath(path)), mode=0o700, exist_ok=True)
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    except FileExistsError:
        raise Refused(f"There is already a file at {path}", "Use it as it is, or give another --database.") from None
    except OSError as error:
        raise StoreUnavailable(
            f"The database cannot be made at {path}: {error.strerror}", "Look at the directory's owner and mode."
        ) from None


def migrate(database: Database, now: Micros, *, program_role: str = "") -> tuple[str, str]:
    """Bring a database to this schema: (before, after). Backs a file up first when there is something to do."""
    with database.reading() as connection:
        before = str(connection.execute(text("SELECT version FROM schema_version WHERE id = 1")).scalar())
    if before >= SCHEMA:
        return before, before
    before = _upgrade(database, now)
    if program_role:
        _grant(database, program_role)
    return before, SCHEMA


def backup_file(source: str, target: str) -> str:
    """SQLite's online backup into a new file of mode 0600; its name. Copying the file would lose what is in the WAL.

    An earlier backup of that name stays: this one is then `target.2`, and so on. Raises StoreUnavailable.
    """
    made = ""
    try:
        made = _free(target)
        with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(made)) as writing:
            reading.backup(writing)
    except (OSError, sqlite3.Error) as error:
        if made:
            os.unlink(made)
        raise StoreUnavailable(
            "Nothing was migrated: the backup could not be written.", "Free space beside the database, and try again."
        ) from error
    return made


def _free(target: str) -> str:
    """Make the first file that is not there yet: target, target.2, …; its name."""
    for name in (target, *(f"{target}.{number}" for number in range(2, 1000))):
        with suppress(FileExistsError):
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
            return name
    raise FileExistsError(target)


def _upgrade(database: Database, now: Micros) -> str:
    """Run what is missing in one transaction, after a backup; who comes second finds it done. The version before
    (nothing where there was none)."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    found = ""
    try:
        with database.writing() as connection:
            if inspect(connection).has_table("schema_version"):
                lock = "" if database.sqlite else " FOR UPDATE"
                found = str(connection.execute(text("SELECT version FROM schema_version WHERE id = 1" + lock)).scalar())
                if found >= SCHEMA:
                    return found
                if database.sqlite:
                    # Under the lock: who waited for another's migration makes no backup of what that one made.
                    backup_file(database.path, f"{database.path}.schema-{found}")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            _stamp(connection, now)
    except StoreUnavailable:
        # Another process made the schema between the look and the first CREATE: then it is there now.
        if not database.sqlite and not _is_foreign(database):
            return check(database)
        raise
    return found


def _stamp(connection: Connection, now: Micros) -> None:
    """The built-in organization and the version row."""
    connection.execute(
        text(
            "INSERT INTO organization (id, name, name_key, created_at) VALUES (0, 'No organization', '', :now)"
            " ON CONFLICT DO NOTHING"
        ),
        {"now": now},
    )
    for kind in (0, 1):
        connection.execute(
            text("INSERT INTO pool (organization_id, kind) VALUES (0, :kind) ON CONFLICT DO NOTHING"), {"kind": kind}
        )
    connection.execute(
        text(
            "INSERT INTO schema_version (id, version, oldest_program, database_id, changed_at) VALUES (1,"
            " :version, :oldest, :id, :now)"
            " ON CONFLICT (id) DO UPDATE SET version = excluded.version, oldest_program ="
            " excluded.oldest_program, changed_at = excluded.changed_at"
        ),
        {"version": SCHEMA, "oldest": OLDEST_PROGRAM, "id": secrets.token_hex(16), "now": now},
    )


def _grant(owning: Database, role: str) -> None:
    """The program's role reads and writes rows; it neither owns tables nor changes what is append-only."""
    quoted = '"' + role.replace('"', '""') + '"'
    try:
        with owning.writing() as connection:
            connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {quoted}")
            connection.exec_driver_sql(
                f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}"
            )
            connection.exec_driver_sql(f"REVOKE UPDATE, DELETE, TRUNCATE ON audit_entry FROM {quoted}")
            connection.exec_driver_sql(f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {quoted}")
            connection.exec_driver_sql(f"REVOKE INSERT, DELETE ON schema_version FROM {quoted}")
    except exc.SQLAlchemyError as error:
        raise StoreUnavailable(
            "The owner's role could not grant rights to the program's role.", "See that both roles exist."
        ) from error
