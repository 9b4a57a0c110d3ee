"""Token Statistics and forecasts (speed.md, row 4): sums of the largest and of a middle organization, in the store."""

from collections.abc import Callable

from bench.measure import Line, bounded, median
from bench.world import Demo
from sage_tui.clock import SystemClock
from sage_tui.domain.actors import Actor, Door
from sage_tui.domain.months import day_of, month_of
from sage_tui.domain.paging import Ask, Sort, Start
from sage_tui.domain.permissions import Reach
from sage_tui.domain.queries_fields import USERS
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.spans import Range, named
from sage_tui.domain.statistics import Question, Slice, View
from sage_tui.domain.units import Kind, Role
from sage_tui.services import forecasts, statistics
from sage_tui.store.engine import Database
from sage_tui.store.transaction import Tx
from sage_tui.store.windows import statistics as store
from sage_tui.store.windows import users

PAGE = 100
SUM = 0.005
"""Seconds that a sum may take in the store."""

WORKER = 1.0
"""Seconds of what is asked in a worker, with a sign: people or events are read one by one."""


def lines(demo: Demo, quick: bool) -> list[Line]:
    """Of the largest organization and of the one in the middle, by members."""
    database = Database.open(str(demo.path))
    who = Actor(Door.HOST, Role.SUPER_ADMIN, None, "", None)
    found: list[Line] = []
    with database.reading() as connection:
        tx = Tx(connection, True, SystemClock().now(), who, reach=Reach.EVERYWHERE)
        sizes = tx.tuples("SELECT members, id FROM organization WHERE id > 0 ORDER BY members DESC, id")
        events = int(tx.value("SELECT sum(events) FROM usage_organization_daily"))
        for members, org in (sizes[0], sizes[len(sizes) // 2]):
            of = f"{events:,} events, {members:,} people"
            for name, act, budget in (*_sums(tx, org), *_people(tx, org)):
                times = 3 if quick or budget == WORKER else 9
                found.append(bounded(f"{of}: {name}", median(act, times), budget))
    database.close()
    return found


Measured = tuple[str, Callable[[], object], float]


def _sums(tx: Tx, org: int) -> list[Measured]:
    today = day_of(tx.now)
    month, quarter = Slice(named(Range.THIS_MONTH, today), org), Slice(named(Range.LAST_90, today), org)
    last, year = Slice(named(Range.LAST_MONTH, today), org), Slice(named(Range.YEAR, today), org)
    return [
        ("total of a month", lambda: store.total(tx, month), SUM),
        ("by model, 90 days", lambda: store.by_model(tx, quarter), SUM),
        ("by day, 90 days", lambda: store.by_day(tx, quarter), SUM),
        ("by day, the year", lambda: store.by_day(tx, year), SUM),
        ("top 100 people of this month", lambda: store.top_users(tx, month, PAGE), SUM),
        ("top 100 people of last month", lambda: store.top_users(tx, last, PAGE), SUM),
        ("top 100 people, 90 days", lambda: store.top_users(tx, quarter, PAGE), WORKER),
        ("how many people used anything last month", lambda: store.users(tx, last), WORKER),
        ("a view by people of last month, whole", lambda: _view(tx, View.USERS, last), WORKER),
        ("by department, this month", lambda: store.by_department(tx, month), WORKER),
        ("by department, the year", lambda: store.by_department(tx, year), WORKER),
        ("the proof of this month", lambda: (store.total(tx, month), store.of_events(tx, month)), WORKER),
    ]


def _view(tx: Tx, view: View, asked: Slice) -> object:
    return statistics.answered(tx, Question(view, asked, PAGE))


def _people(tx: Tx, org: int) -> list[Measured]:
    query, month = "lasts<7d", month_of(tx.now)
    ask = Ask(1, query, Sort("inference_used", True), Start(), PAGE)
    page = tx.rows(
        "SELECT * FROM membership WHERE organization_id = :org AND ended_at IS NULL ORDER BY user_id LIMIT :count",
        org=org, count=PAGE,
    )  # fmt: skip
    return [
        ("allocation against use, this month", lambda: statistics.banded(tx, org, Kind.INFERENCE, month), WORKER),
        ("allocation against use, last month", lambda: statistics.banded(tx, org, Kind.INFERENCE, month - 1), WORKER),
        ("forecast of the pool", lambda: forecasts.of_organization(tx, org), SUM),
        ("forecast of all departments", lambda: forecasts.of_departments(tx, org), WORKER),
        ("forecast of a page of 100 people", lambda: forecasts.of_people(tx, org, page), 0.1),
        (f"users, filter {query!r}: a page", lambda: users.window(tx, parse(query, USERS), ask, org), WORKER),
    ]
