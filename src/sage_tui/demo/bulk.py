"""Fast writing into a file that nobody else has open yet: indexes last, no journal, one commit."""

import itertools
import os
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from sage_tui.demo import Progress

CHUNK = 20_000


class Bulk:
    """A raw connection to a fresh database; `done()` gives it back with indexes, the index of words and journal."""

    def __init__(self, path: str, total: int, progress: Progress) -> None:
        self.path, self.total, self.progress = path, total, progress
        self.written = 0
        self.connection = sqlite3.connect(path, isolation_level=None)
        for pragma in (
            "journal_mode=OFF",
            "synchronous=OFF",
            "cache_size=-262144",
            "temp_store=MEMORY",
            "foreign_keys=OFF",
        ):
            self.connection.execute(f"PRAGMA {pragma}")
        self._indexes = self.connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
        ).fetchall()
        self._triggers = self.connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'user' ORDER BY name"
        ).fetchall()
        for name, _ in self._indexes:
            self.connection.execute(f'DROP INDEX "{name}"')
        for name, _ in self._triggers:
            self.connection.execute(f'DROP TRIGGER "{name}"')
        self.connection.execute("BEGIN")

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]], counted: bool = True) -> None:
        """Insert rows as they come."""
        marks = ", ".join("?" * len(columns))
        sql = f'INSERT INTO "{table}" ({", ".join(columns)}) VALUES ({marks})'
        waiting = iter(rows)
        while part := list(itertools.islice(waiting, CHUNK)):
            self.connection.executemany(sql, part)
            if counted:
                self.step(len(part), f"writing {table.replace('_', ' ')}s")

    def step(self, count: int, what: str) -> None:
        """Say that `count` more rows are done."""
        self.written = min(self.written + count, self.total)
        self.progress(self.written, self.total, what)

    def last_use(self) -> None:
        """Every member's last day of use, from the daily totals."""
        self.connection.execute(
            "UPDATE membership SET last_used_day = t.day FROM (SELECT organization_id, user_id, max(day) AS day"
            " FROM usage_daily WHERE user_id > 0 GROUP BY organization_id, user_id) t"
            " WHERE t.organization_id = membership.organization_id AND t.user_id = membership.user_id"
        )

    def done(self) -> None:
        """Commit, make the indexes, gather what the planner wants to know, and turn journal and checks on again."""
        self.connection.execute("COMMIT")
        for number, (_, sql) in enumerate(self._indexes):
            self.progress(self.written, self.total, f"making indexes, {number + 1} of {len(self._indexes)}")
            self.connection.execute(sql)
        self.connection.execute("INSERT INTO user_word (user_word) VALUES ('rebuild')")
        for _, sql in self._triggers:
            self.connection.execute(sql)
        self.connection.execute("PRAGMA analysis_limit=1000")
        self.connection.execute("ANALYZE")
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.close()
        with open(self.path, "rb") as file:
            os.fsync(file.fileno())
