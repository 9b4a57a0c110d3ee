"""One open transaction, as steps and store functions get it.

SQL is written with `:name` parameters, or with `?` for many rows at once (past SQLAlchemy's compiler:
speed.md, fact 4). The same text runs on both engines.
"""

import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, exc, text

from sage_tui.domain.actors import Actor
from sage_tui.domain.permissions import Reach, Verb
from sage_tui.domain.units import Micros

Row = Mapping[str, Any]


@dataclass(slots=True)
class Tx:
    """An open transaction and who acts in it. Steps join it and commit nothing."""

    conn: Connection
    sqlite: bool
    now: Micros
    actor: Actor
    verb: Verb | None = None
    reach: Reach = Reach.NOWHERE
    origin: str = ""
    reason: str = ""
    command_id: bytes = b""
    audit_key: bytes = b""
    dry_run: bool = False

    def run(self, sql: str, **values: Any) -> int:
        """Run one statement; how many rows it touched."""
        return self.conn.execute(text(sql), values).rowcount

    def row(self, sql: str, **values: Any) -> Row | None:
        """The first row, or None."""
        found = self.conn.execute(text(sql), values).mappings().first()
        return dict(found) if found is not None else None

    def rows(self, sql: str, **values: Any) -> list[Row]:
        """All rows."""
        return [dict(found) for found in self.conn.execute(text(sql), values).mappings()]

    def value(self, sql: str, **values: Any) -> Any:
        """The first column of the first row, or None."""
        return self.conn.execute(text(sql), values).scalar()

    def many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run one `?` statement for every row."""
        if not rows:
            return
        if self._direct:
            self._on_driver("executemany", sql, rows)
        else:
            self.conn.exec_driver_sql(driver(sql, self.sqlite), list(rows))

    def tuples(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """All rows of one `?` statement, as tuples."""
        if self._direct:
            return list(self._on_driver("execute", sql, values).fetchall())
        return [tuple(found) for found in self.conn.exec_driver_sql(driver(sql, self.sqlite), values)]

    @property
    def _direct(self) -> bool:
        """Past SQLAlchemy, whose 15 µs a statement cost more than SQLite's own; not where somebody listens."""
        return self.sqlite and not self.conn.dispatch.before_cursor_execute

    def _on_driver(self, method: str, sql: str, values: Any) -> Any:
        """A call of SQLite's driver, its errors as SQLAlchemy gives them."""
        try:
            return getattr(self.conn.connection.driver_connection, method)(sql, values)
        except sqlite3.Error as error:
            raise exc.DBAPIError.instance(
                sql, None, error, sqlite3.Error, hide_parameters=True, dialect=self.conn.dialect
            ) from error

    def stream(self, sql: str, values: tuple[Any, ...] = (), *, far: bool = False) -> Iterator[tuple[Any, ...]]:
        """Rows of one `?` statement a few thousand at a time: there may be more than memory should hold."""
        for rows in self.blocks(sql, values, 5_000, far=far):
            yield from rows

    def blocks(
        self, sql: str, values: tuple[Any, ...], size: int, *, far: bool = False
    ) -> Iterator[Sequence[tuple[Any, ...]]]:
        """The same in lists of `size` rows, the last one shorter: for those who work on many at once.

        With `far` the rows wait in the database, also where the driver would fetch them all (PostgreSQL).
        """
        if far and not self.sqlite:
            options = {"stream_results": True, "max_row_buffer": size}
            result = self.conn.exec_driver_sql(driver(sql, False), values, execution_options=options)
            while some := result.fetchmany(size):
                yield some
            return
        found = self.conn.exec_driver_sql(driver(sql, self.sqlite), values).cursor
        while rows := found.fetchmany(size):
            yield rows

    def lock(self, sql: str, **values: Any) -> list[Row]:
        """Rows of a SELECT, locked until the end. On SQLite BEGIN IMMEDIATE is the lock."""
        return self.rows(sql if self.sqlite else sql + " FOR UPDATE", **values)

    def within(self, alias: str, organization_id: int | None = None) -> tuple[str, dict[str, Any]]:
        """The WHERE clause of the actor's reach for a table alias, with its parameters.

        No read of an organization's data goes without it (house.md). `organization_id` narrows.
        """
        if self.reach is Reach.EVERYWHERE:
            if organization_id is None:
                return "TRUE", {}
            return f"{alias}.organization_id = :reach", {"reach": organization_id}
        if self.reach is Reach.SELF:
            return f"{alias}.user_id = :reach_user", {"reach_user": self.actor.user_id}
        own = self.actor.organization_id
        if own is None or (organization_id is not None and organization_id != own):
            return "FALSE", {}
        if self.reach is Reach.ORGANIZATION:
            return f"{alias}.organization_id = :reach", {"reach": own}
        return "FALSE", {}

    def numbers(self, name: str, count: int = 1) -> int:
        """Take `count` numbers of a counter; the first of them."""
        self.run("INSERT INTO counter (name, value) VALUES (:name, 0) ON CONFLICT (name) DO NOTHING", name=name)
        last = self.value(
            "UPDATE counter SET value = value + :count WHERE name = :name RETURNING value", name=name, count=count
        )
        return int(last) - count + 1


@lru_cache(maxsize=512)
def driver(sql: str, sqlite: bool) -> str:
    """A `?` statement in the driver's own parameter style."""
    return sql if sqlite else re.sub(r"\?", "%s", sql.replace("%", "%%"))


def uuid7(now: Micros, noise: bytes = b"") -> bytes:
    """A time-ordered 16-byte id (RFC 9562, version 7): 48 bits of milliseconds, then ten random bytes (`noise`)."""
    tail = bytearray(noise or os.urandom(10))
    tail[0] = 0x70 | (tail[0] & 0x0F)
    tail[2] = 0x80 | (tail[2] & 0x3F)
    return (now // 1000).to_bytes(6, "big") + tail


def chunks(values: Iterable[Any], size: int) -> Iterable[list[Any]]:
    """The values in lists of at most `size`."""
    taken: list[Any] = []
    for value in values:
        taken.append(value)
        if len(taken) == size:
            yield taken
            taken = []
    if taken:
        yield taken
