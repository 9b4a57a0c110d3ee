"""One source: every total that anything shows is the plain sum over the events, to the token, on both databases."""

import itertools
from collections import Counter
from dataclasses import replace

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from sage_tui.domain import forecast, spending
from sage_tui.domain.forecast import HISTORY, Forecast
from sage_tui.domain.months import day_of, days_in, first_day, month_of
from sage_tui.domain.paging import Ask, Sort, Start
from sage_tui.domain.spans import Range, Span, named
from sage_tui.domain.statistics import EMPTY, Question, Slice, View
from sage_tui.domain.units import Kind
from sage_tui.domain.users import Balance, UserRow
from sage_tui.services import (
    activity,
    doctor,
    forecasts,
    home,
    identities,
    organizations,
    outlook,
    policies,
    statistics,
    status,
    today,
    usage,
    users,
)
from tests.services import one_source_files
from tests.services.one_source import ACTS, KINDS, MODELS, PEOPLE, House, Plain, counted, grouped
from tests.support.world import World

KEYS = {View.DAYS: "day", View.MONTHS: "month", View.YEARS: "year", View.MODELS: "model",
        View.DEPARTMENTS: "department", View.USERS: "user_id"}  # fmt: skip
RANKED = (View.MODELS, View.DEPARTMENTS, View.USERS)
DOORS = {"batch", "file", "record", "reserve", "settle 0", "settle 1", "settle 2", "release", "reverse",
         "reverse_file", "credit", "recharge", "assign from none", "assign from an organization", "move", "department",
         "wait", "a day's limit"}  # fmt: skip
"""What must have been done at least once, or the play proves nothing."""

an_act = st.tuples(st.sampled_from(ACTS), st.integers(0, 40), st.integers(1, 400), st.integers(0, 120))
EVERY_DOOR = [
    ("batch", 5, 61, 0), ("batch", 3, 400, 0), ("file", 4, 50, 1), ("record", 1, 33, 90), ("reserve", 0, 41, 0),
    ("settle", 0, 90, 0), ("settle", 0, 120, 1), ("settle", 0, 77, 2), ("settle", 0, 99, 2), ("reserve", 1, 50, 1),
    ("release", 0, 1, 0), ("settle", 0, 60, 2), ("reserve", 2, 44, 1), ("wait", 0, 1, 0), ("batch", 2, 90, 33),
    ("reverse", 0, 1, 2), ("reverse", 0, 3, 1), ("credit", 3, 5, 0), ("credit", 3, 31, 0), ("recharge", 1, 150, 95),
    *(("assign", who, number, 0) for who, number in ((0, 0), (1, 0), (2, 1))), ("department", 2, 1, 0),
    ("move", 0, 1, 0), ("batch", 0, 70, 60), ("reverse_file", 0, 1, 0), ("move", 0, 0, 0), ("batch", 3, 399, 0),
]  # fmt: skip
"""A play that goes through all of them."""

_numbers = itertools.count(1)


def test_every_total_is_the_plain_sum_over_the_events(everywhere: World) -> None:
    """Ten plays (four on PostgreSQL), each in organizations of its own, all of them in one database."""
    done: Counter[str] = Counter()
    sqlite = everywhere.host.database.sqlite
    examples = max(settings().max_examples // (2 if sqlite else 5), 1)

    # A play adds to what stands in the database: shortened, it would be another one.
    @settings(max_examples=examples, phases=[Phase.explicit, Phase.generate])
    @given(acts=st.lists(an_act, min_size=8, max_size=24))
    @example(acts=EVERY_DOOR)
    def play(acts: list[tuple[str, int, int, int]]) -> None:
        house = House(everywhere, next(_numbers))
        for act in [("batch", 0, 60, 90), ("file", 3, 50, 40), *acts]:
            house.act(act)
        agree(house)
        done.update(house.done)

    play()
    assert DOORS - done.keys() == set()


def agree(house: House) -> None:
    """Everything that shows a total, against the events."""
    plain = Plain(house.world)
    for org in (*house.orgs, 0, None):
        views(house, plain, org)
        pools(house, plain, org)
        activities(house, plain, org)
        waiting(house, plain, org)
        one_source_files.files(house, plain, org)
    one_source_files.monitored(house, plain)
    for org in house.orgs:
        allocations(house, plain, org)
        lasting(house, plain, org)
        one_source_files.report(house, plain, org)
    people(house, plain)
    limits(house, plain)
    assert status.status(house.world.host).events == len(plain.events)
    found = doctor.doctor(house.world.host)
    assert [one.name for one in found if not one.ok and one.name not in ("role", "key")] == []


def views(house: House, plain: Plain, org: int | None) -> None:
    """Token Statistics: all views of all spans, and of one span all narrower slices."""
    now = day_of(house.world.clock.now())
    slices = [Slice(named(one, now), org) for one in Range] + [Slice(Span(now - 100, now - 9), org)]
    more = [{"kind": kind} for kind in KINDS] + [{"model": model} for model in MODELS]
    more += [{"department": name} for name in ("research", "")] + [{"user": house.user(name)} for name in PEOPLE]
    more += [{"user": -int(one["id"])} for one in plain.identities[-1:]]
    more += [{"department": "research", "model": "dear", "kind": Kind.INFERENCE}]
    slices += [replace(slices[4 if number % 2 else 0], **one) for number, one in enumerate(more)]
    for asked in slices:
        events = plain.of(asked)
        for view, key in KEYS.items():
            found = statistics.look(house.world.host, Question(view, asked))
            assert {line.key: line.sums for line in found.lines if line.sums != EMPTY} == grouped(events, key)
            assert (found.total, found.rest) == (counted(events), EMPTY), (view, asked)
            assert found.before == counted(plain.of(replace(asked, span=found.compared)))
            if view in RANKED:
                assert EMPTY not in [line.sums for line in found.lines], (view, asked)
                ranked = [(-line.sums.charge, line.key if view is View.USERS else line.title) for line in found.lines]
                assert ranked == sorted(ranked)
                top = statistics.look(house.world.host, Question(view, asked, 2))
                assert (top.lines, top.others) == (found.lines[:2], max(len(found.lines) - 2, 0))
                assert sum((line.sums for line in top.lines), top.rest) == found.total
        proof = statistics.prove(house.world.host, asked)
        assert (proof.total, proof.events, proof.counted) == (counted(events), counted(events), len(events))


def pools(house: House, plain: Plain, org: int | None) -> None:
    """The users' summary bar, `distribution status`, and the list of organizations."""
    host, month = house.world.host, month_of(house.world.clock.now())
    wanted = {} if org is None else {"organization_id": org}
    used = [plain.charge(kind=number, month=month, **wanted) for number, _ in enumerate(KINDS)]
    summary = users.summary(host, org)
    assert [summary.inference.used, summary.embedding.used] == used
    held = [one for one in plain.identities if one["user_id"] is None and org in (None, one["organization_id"])]
    charged = sum(plain.charge(user_id=-one["id"]) for one in held)
    assert (summary.unassigned_identities, summary.unassigned_charge) == (len(held), charged)
    if org:
        for found in (policies.status(host, org).pools, outlook.overview(host, org).pools):
            assert [found[kind].used for kind in KINDS] == used
        row = next(one for one in organizations.list_organizations(host) if one.id == org)
        assert [row.inference.used, row.embedding.used] == used


def activities(house: House, plain: Plain, org: int | None) -> None:
    """Activity Logs: how many there are, and the charges of all that a filter finds."""
    events = [e for e in plain.events if org in (None, e["organization_id"])]
    ids = {name: house.user(name) for name in PEOPLE}
    filters = {"": events, "kind:embedding": [e for e in events if e["kind"]],
               "model=dear": [e for e in events if e["model"] == "dear"],
               "status:reversal": [e for e in events if e["entry"] == 1],
               f"user={house.email('a')}": [e for e in events if e["user_id"] == ids["a"]]}  # fmt: skip
    for query, wanted in filters.items():
        assert activity.count(house.world.host, query, org, exact=True).number == len(wanted)
        rows = activity.window(house.world.host, Ask(1, query, Sort("at", True), Start(), 500), org).rows
        assert len(wanted) > 500 or sum(row.charge for row in rows) == sum(e["charge"] for e in wanted)


def waiting(house: House, plain: Plain, org: int | None) -> None:
    """Identities that belong to nobody, and what Today says of them and of what stands idle."""
    host, month = house.world.host, month_of(house.world.clock.now())
    held = [one for one in plain.identities if one["user_id"] is None and org in (None, one["organization_id"])]
    assert {one.id: (one.events, one.charge) for one in identities.list_identities(host, org)} == {
        one["id"]: (sum(e["user_id"] == -one["id"] for e in plain.events), plain.charge(user_id=-one["id"]))
        for one in held
    }
    items = {item.code: item for item in today.today(host, org).items if item.code != "organization"}
    this_month = sum(plain.charge(user_id=-one["id"], month=month) for one in held)
    assert ("unassigned" in items) is bool(held)
    assert not held or (items["unassigned"].count, items["unassigned"].tokens) == (len(held), this_month)
    idle = []
    for m in plain.live(org):
        used = plain.charge(organization_id=m["organization_id"], user_id=m["user_id"], month=month, kind=0)
        limit = m["inference_allocation"] or 0
        if m["paid"] and limit > 0 and used * 10 < limit:
            idle.append(limit - used)
    assert ("idle" in items) is bool(idle)
    assert not idle or (items["idle"].count, items["idle"].tokens) == (len(idle), sum(idle))


def allocations(house: House, plain: Plain, org: int) -> None:
    """Allocation against use: what members used, what identities of nobody, and what is left of the whole."""
    now = month_of(house.world.clock.now())
    for number, kind in enumerate(KINDS):
        for month in (now, now - 1):
            found = statistics.allocations(house.world.host, org, kind, month)
            wanted = {"organization_id": org, "kind": number, "month": month}
            held = sum(e["charge"] for e in plain.events if e["user_id"] < 0 and e.items() >= wanted.items())
            assert (found.total.used + found.unassigned + found.gone, found.unassigned) == (
                plain.charge(**wanted),
                held,
            )
        for name in (None, "research", ""):
            found = statistics.allocations(house.world.host, org, kind, now, name)
            members = [m for m in plain.live(org) if name in (None, m["department"])]
            charges = [plain.charge(organization_id=org, kind=number, month=now, user_id=m["user_id"]) for m in members]
            assert (found.total.people, found.total.used) == (len(members), sum(charges))


def lasting(house: House, plain: Plain, org: int) -> None:
    """Forecasts go by the days of the events, and by what is left after them."""
    host, month = house.world.host, month_of(house.world.clock.now())
    found = forecasts.forecast(host, org)
    live = plain.live(org)
    every = forecasts.of_members(host, [m["user_id"] for m in live], org)
    for number, kind in enumerate(KINDS):
        bought = policies.status(host, org).pools[kind].purchased
        everybody = [e for e in plain.events if e["organization_id"] == org]
        assert found.organization[kind] == expected(house, everybody, number, bought)
        for name, by_kind in found.departments.items():
            people_of = [m for m in live if m["department"] == name]
            events = [e for e in everybody if e["user_id"] in {m["user_id"] for m in people_of}]
            limit = sum(m[f"{kind.value}_allocation"] or 0 for m in people_of)
            assert by_kind.get(kind) == (expected(house, events, number, limit) if limit else None)
        for m in live:
            events = [e for e in everybody if e["user_id"] == m["user_id"]]
            limit = m[f"{kind.value}_allocation"]
            assert every[m["user_id"]].get(kind) == (expected(house, events, number, limit) if limit else None)
    assert {m["department"] for m in live} - {""} == set(found.departments)
    assert month == month_of(found.as_of)


def expected(house: House, events: list, kind: int, limit: int) -> Forecast:
    """The forecast of these events, their days added up here."""
    now = day_of(house.world.clock.now())
    month = month_of(house.world.clock.now())
    ends = first_day(month) + days_in(month) - 1
    used = sum(e["charge"] for e in events if e["kind"] == kind and e["month"] == month)
    history = max((min(now - e["day"], HISTORY) for e in events), default=0)
    if history < HISTORY:
        return Forecast(limit - used, used, None, max(history, 0), now, ends)
    days = [
        sum(e["charge"] for e in events if (e["day"], e["kind"]) == (day, kind)) for day in range(now - 28, now + 1)
    ]
    ended = forecast.lasting(days[:-1], max(days[-1], 0), limit - used, ends - now + 1)
    return Forecast(limit - used, used, ended, history, now, ends)


def people(house: House, plain: Plain) -> None:
    """User Management, a person's page, the member home and the export of users: counters and days."""
    host, now = house.world.host, day_of(house.world.clock.now())
    exported = one_source_files.users(house)
    listed = users.window(host, Ask(1, f"email:@one{house.number}.example", Sort("id"), Start(), 50)).rows
    assert {row.email for row in listed} == exported.keys()
    for row in listed:
        balances(house, plain, row)
        shown = exported[row.email]
        for kind in ("inference", "embedding"):
            of: Balance = getattr(row, kind)
            written = [shown[f"{kind}_{part}"] for part in ("allocation", "used", "previous", "lifetime")]
            assert written == [of.allocation, of.used, of.previous, of.lifetime]
        own = {"organization_id": row.organization_id, "user_id": row.id}
        days = tuple(plain.charge(day=day, **own) for day in range(now - home.DAYS + 1, now + 1))
        assert users.show(host, row.id).days == days
        mine = home.home(house.world.sign_in(row.email))
        assert (mine.days, mine.inference, mine.embedding) == (days, row.inference, row.embedding)


def balances(house: House, plain: Plain, row: UserRow) -> None:
    """Used this month, the month before, and since the beginning."""
    month = month_of(house.world.clock.now())
    for number, kind in enumerate(KINDS):
        own = {"organization_id": row.organization_id, "user_id": row.id, "kind": number}
        balance = row.inference if kind is Kind.INFERENCE else row.embedding
        sums = (plain.charge(month=month, **own), plain.charge(month=month - 1, **own), plain.charge(**own))
        assert (balance.used, balance.previous, balance.lifetime) == sums


def limits(house: House, plain: Plain) -> None:
    """Enforcement: what is left, by the same events; and a day's limit by those of today."""
    now = house.world.clock.now()
    month = month_of(now)
    held = house.world.rows("SELECT * FROM reservation WHERE status = 'held' AND month = :month", month=month)
    for m in plain.live():
        names = [name for name in PEOPLE if house.user(name) == m["user_id"]]
        for name, (number, kind) in itertools.product(names, enumerate(KINDS)):
            own = {"organization_id": m["organization_id"], "user_id": m["user_id"], "kind": number}
            used = plain.charge(month=month, **own)
            reserved = sum(one["estimate"] for one in held if one.items() >= own.items())
            told = usage.check(house.world.host, usage.May(house.email(name), "plain", 1, kind))
            assert told.remaining == max((m[f"{kind.value}_allocation"] or 0) - used - reserved, 0)
            spent = plain.charge(organization_id=m["organization_id"], kind=number, month=month)
            bought = (500_000, 50_000)[number] if m["organization_id"] else 0
            assert told.pool_remaining == max(bought - spent, 0)
            if told.reason and told.reason.startswith(spending.Stop.DAY.value):
                day = plain.charge(day=day_of(now), **own)
                assert told.reason.startswith(f"day_limit: {day:,} used today and {reserved:,} reserved")
                house.done["a day's limit"] += 1
