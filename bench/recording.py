"""Recording (speed.md, rows 1 and 3): usage with idempotency, totals and counters, against bare `executemany`."""

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

from bench.measure import Line, seconds, speed
from bench.world import Demo
from sage_tui.clock import SystemClock
from sage_tui.domain.actors import Actor, Door
from sage_tui.domain.months import DAY
from sage_tui.domain.permissions import Reach
from sage_tui.domain.units import Kind, Micros, Role
from sage_tui.domain.usage import UsageRecord
from sage_tui.services import metering
from sage_tui.store import migrate
from sage_tui.store.engine import Database
from sage_tui.store.transaction import Tx

PEOPLE = 500
WHO = Actor(Door.HOST, Role.SUPER_ADMIN, None, "", None)


def lines(demo: Demo, quick: bool) -> list[Line]:
    """Batches of 10,000, 100 and 1; and the same batch again."""
    found = []
    folder = demo.path.parent
    for size, count in ((10_000, 2 if quick else 10), (100, 40 if quick else 200), (1, 100 if quick else 1_000)):
        ours, bare, again = _rates(folder / f"record-{size}", size, count)
        found.append(speed(f"record usage in batches of {size:,}, against bare executemany", bare, ours, 0.5))
        if size == 10_000:
            found.append(speed("the same batches again, against the first time", ours, again, 1.0))
    return found


def _records(size: int, count: int, now: int) -> Iterator[list[UsageRecord]]:
    numbers = itertools.count()
    for _ in range(count):
        batch = []
        for number in itertools.islice(numbers, size):
            at = Micros(now - DAY + number * 1_000)
            batch.append(
                UsageRecord(1, f"c{number}", at, f"p{number * 7 % PEOPLE}@x.example", "m", Kind.INFERENCE, 900, 0, 99)
            )
        yield batch


def _rates(folder: Path, size: int, count: int) -> tuple[float, float, float]:
    """Rows a second: ours, bare, and ours for what is known; batch by batch in turn, medians."""
    folder.mkdir()
    now = SystemClock().now()
    database = migrate.create(str(folder / "ours.db"), now)
    _people(database, now)
    migrate.create(str(folder / "bare.db"), now).close()
    recorder = metering.Recorder("bench")
    spent: tuple[list[float], ...] = ([], [], [])
    last = 0
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as bare:
        for pragma in ("synchronous=FULL", "wal_autocheckpoint=10000", "cache_size=-65536"):
            bare.execute(f"PRAGMA {pragma}")
        for batch in _records(size, count, now):
            spent[0].append(seconds(lambda b=batch: _record(database, recorder, b, now)))
            rows = _stored(database, last)
            last += len(rows)
            spent[1].append(seconds(lambda r=rows: _insert(bare, r)))
            spent[2].append(seconds(lambda b=batch: _record(database, recorder, b, now)))
    database.close()
    ours, floor, again = (size / median(one) for one in spent)
    return ours, floor, again


def _record(database: Database, recorder: metering.Recorder, batch: list[UsageRecord], now: int) -> None:
    with database.writing() as connection:
        metering.record(Tx(connection, True, Micros(now), WHO, reach=Reach.EVERYWHERE), recorder, batch)


def _people(database: Database, now: int) -> None:
    with database.writing() as connection:
        for number in range(PEOPLE):
            email = f"p{number}@x.example"
            connection.exec_driver_sql(
                'INSERT INTO "user" (id, email, email_key, created_at) VALUES (?, ?, ?, ?)',
                (number + 1, email, email, now),
            )
            connection.exec_driver_sql(
                "INSERT INTO membership (organization_id, user_id, created_at) VALUES (0, ?, ?)", (number + 1, now)
            )


def _stored(database: Database, after: int) -> list[tuple]:
    with database.reading() as connection:
        sql = "SELECT * FROM usage_event WHERE rowid > ? ORDER BY rowid"
        return [tuple(row) for row in connection.exec_driver_sql(sql, (after,))]


def _insert(bare: sqlite3.Connection, rows: list[tuple]) -> None:
    bare.execute("BEGIN IMMEDIATE")
    bare.executemany(f"INSERT INTO usage_event VALUES ({', '.join('?' * len(rows[0]))})", rows)
    bare.execute("COMMIT")
