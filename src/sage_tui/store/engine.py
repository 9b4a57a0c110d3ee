"""Opening a database and its transactions: SQLite as a file, PostgreSQL when several hosts share it.

The recipe is measured (security.md, section 6): with the driver's own transactions two processes lose
increments silently; with BEGIN IMMEDIATE, WAL and a busy time-out they lose none.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import QueuePool

from sage_tui.domain import superseding
from sage_tui.domain.errors import SageError, StoreUnavailable, WrongUse
from sage_tui.store import faults

BUSY_SECONDS = 5
PRAGMAS = (
    "journal_mode=WAL",
    "foreign_keys=ON",
    "synchronous=FULL",
    "recursive_triggers=ON",
    "temp_store=MEMORY",
    "wal_autocheckpoint=10000",
    "cache_size=-65536",
)


class LostCommit(Exception):
    """The answer to COMMIT did not come: whether it holds is not known."""


class Database:
    """An open database: `reading()` and `writing()` give connections inside a transaction."""

    def __init__(self, url: URL, engine: Engine) -> None:
        self.url = url
        self.engine = engine
        self.sqlite = url.get_backend_name() == "sqlite"
        self._writer = engine.execution_options(write=True)
        self._reads: set[Any] = set()
        """The driver's connections that read now: what `interrupt` stops."""
        self._inode = self._identity()

    @property
    def path(self) -> str:
        """The file, for SQLite; else nothing."""
        return (self.url.database or "") if self.sqlite else ""

    @classmethod
    def open(cls, target: str, *, create: bool = False) -> "Database":
        """Open a path or URL. A file that is not there is not created unless `create`. Raises StoreUnavailable."""
        if "://" not in target:
            return cls._open_file(target, create)
        try:
            url = make_url(target)
        except (exc.ArgumentError, ValueError) as error:
            # Not the driver's words: they quote the URL, and with it a password.
            raise WrongUse("The database's URL is not one.", "Write postgresql://USER@HOST:PORT/NAME.") from error
        if url.get_backend_name() != "postgresql":
            raise WrongUse(
                "The database is neither a file nor postgresql://", "Give a path, or postgresql://USER@HOST/NAME."
            )
        url, threshold = _prepared(url.set(drivername="postgresql+psycopg"))
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=4,
            connect_args={"prepare_threshold": threshold, "connect_timeout": 5},
        )
        event.listen(engine, "begin", _begin_postgres)
        return cls(url, engine)

    @classmethod
    def _open_file(cls, path: str, create: bool) -> "Database":
        path = os.path.abspath(path)
        if not create and not os.path.exists(path):
            raise StoreUnavailable(
                f"There is no database at {path}",
                "Make one with `sage-tui init`, or try `sage-tui demo`.",
                code="no_database",
            )
        url = URL.create("sqlite", database=path)
        mode = "rwc" if create else "rw"

        def connect() -> sqlite3.Connection:
            quoted = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
            return sqlite3.connect(
                f"file:{quoted}?mode={mode}", uri=True, timeout=BUSY_SECONDS, check_same_thread=False
            )

        return cls(url, _file_engine(connect))

    def _identity(self) -> tuple[int, int] | None:
        if not self.sqlite or not os.path.exists(self.path):
            return None
        found = os.stat(self.path)
        return (found.st_dev, found.st_ino)

    def _same_file(self) -> None:
        """After a rename SQLite would go on writing to the moved file [security.md, section 9]."""
        now = self._identity()
        if self._inode is None:
            self._inode = now
        if self._inode != now:
            raise StoreUnavailable(
                "The database file was moved or replaced: nothing was saved.", "Start the program again.", code="moved"
            )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection in a read transaction. Raises StoreUnavailable; Interrupted when the question was dropped."""
        with _translated(), self.engine.connect() as connection, connection.begin():
            driver = connection.connection.driver_connection
            asking = superseding.here()
            self._reads.add(driver)
            try:
                if asking is None:
                    yield connection
                    return
                event.listen(connection, "before_cursor_execute", lambda *_: asking.go_on())
                with asking.reading(lambda: self._stop(driver)):
                    yield connection
            finally:
                self._reads.discard(driver)

    def _stop(self, driver: Any) -> None:
        driver.interrupt() if self.sqlite else driver.cancel()

    def interrupt(self) -> None:
        """Stop every statement that reads now, from another thread: who leaves must not wait for an answer."""
        for driver in tuple(self._reads):
            with contextlib.suppress(Exception):  # it may have ended this moment, or its line is gone
                self._stop(driver)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in the one write transaction; commits at the end. Raises StoreUnavailable, LostCommit."""
        self._same_file()
        with _translated(), self._writer.connect() as connection:
            transaction = connection.begin()
            try:
                yield connection
            except BaseException:
                _rollback(transaction)
                raise
            try:
                transaction.commit()
            except exc.DBAPIError as error:
                _rollback(transaction)
                if error.connection_invalidated or not faults.code_of(error):
                    raise LostCommit from error
                raise

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _prepared(url: URL) -> tuple[URL, int | None]:
    """The URL without `prepare_threshold=N`, and N: after how many runs a statement stays prepared on the server.

    Without it none does: behind a transaction pooler prepared statements fail (gateway.md, section 5, rule 6). Raises
    WrongUse.
    """
    told = url.query.get("prepare_threshold")
    if told is None:
        return url, None
    if not (isinstance(told, str) and told.isascii() and told.isdigit() and len(told) <= 4):
        raise WrongUse("prepare_threshold is not a whole number.", "Write ?prepare_threshold=5, or leave it out.")
    return url.difference_update_query(["prepare_threshold"]), int(told)


def _file_engine(connect: Any) -> Engine:
    engine = create_engine(
        "sqlite://", creator=connect, hide_parameters=True, poolclass=QueuePool, pool_size=4, max_overflow=8
    )
    event.listen(engine, "connect", _connect_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _connect_sqlite(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None  # the driver must not BEGIN by itself
    for pragma in PRAGMAS:
        dbapi.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _begin_postgres(connection: Connection) -> None:
    if connection.get_execution_options().get("write"):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")


def _rollback(transaction: Any) -> None:
    try:
        transaction.rollback()
    except exc.SQLAlchemyError:
        transaction.connection.invalidate()


@contextmanager
def _translated() -> Iterator[None]:
    """The driver's errors become ours; a serialization failure passes, for whoever runs the function again."""
    try:
        yield
    except SageError:
        raise
    except (UnicodeEncodeError, OverflowError, exc.DataError) as error:
        # Half a character, NUL on PostgreSQL, a number beyond 64 bits: no engine takes them, nothing was done.
        raise WrongUse(
            "A text or number that was given is none that a database can hold.",
            "Look for pasted control or broken characters, and for numbers beyond 64 bits.",
            code="bad_value",
        ) from error
    except exc.SQLAlchemyError as error:
        if faults.code_of(error) in faults.RETRIED:
            raise
        raise faults.translate(error) from error
