"""Small worlds of people: as rows in the tables, and as the values that the product should make of them."""

from dataclasses import dataclass

from hypothesis import strategies as st

from sage_tui.clock import to_datetime
from sage_tui.domain import emails
from sage_tui.domain.actors import Actor, Door
from sage_tui.domain.months import DAY, month_of
from sage_tui.domain.people import name_key
from sage_tui.domain.permissions import Reach
from sage_tui.domain.queries import fold
from sage_tui.domain.units import Role
from sage_tui.domain.users import Balance, UserRow
from sage_tui.store.transaction import Tx
from tests.support import NOW

MONTH = month_of(NOW)
ORGANIZATIONS = {0: None, 1: "Acme", 2: "Straße & Söhne", 3: "acme labs"}
OPERATOR = Actor(Door.HOST, Role.SUPER_ADMIN, None, "", None)


@dataclass(frozen=True)
class Somebody:
    """One person with a live membership, as drawn."""

    organization_id: int
    email: str
    first_name: str
    last_name: str
    company: str
    department: str
    plan: str
    type: Role
    flags: tuple[bool, bool, bool, bool, bool]
    """Paid, banned, verified, mfa, cac."""
    stopped: int
    """0 no, 1 by inference, 2 by embedding."""
    inference: tuple[int | None, int, int, int, int]
    """Allocation, month (against this one), used, previous, lifetime."""
    embedding: tuple[int | None, int, int, int, int]
    seen: int | None
    created: int
    used_days: tuple[int, ...]
    """Days ago with usage."""
    left: int | None
    """An organization that they were in before: an ended membership."""


NAMES = ("Ada", "ada", "Zoë", "ZOË", "Straße", "李", "van den", "O'Connor", "", "Ọlá")
TEXTS = ("", "Research", "research", "STRASSE", "Straße", "Qualité", "研究")
AMOUNTS = st.sampled_from([0, 0, 1, 10, 899, 900, 950, 1000, 1001, 2000, 10**15])
FLAGS = st.tuples(
    st.sampled_from([True, True, False]), st.sampled_from([False, False, False, True]), *[st.booleans()] * 3
)
LIMITS = st.none() | st.sampled_from([0, 1, 1000, 1000, 2000, 10**15])


@st.composite
def counters(draw: st.DrawFn) -> tuple[int | None, int, int, int, int]:
    """A kind's counters, in this month, the one before, or long ago."""
    used, previous = draw(AMOUNTS), draw(AMOUNTS)
    return draw(LIMITS), draw(st.sampled_from([0, 0, -1, -5])), used, previous, used + previous + draw(AMOUNTS)


@st.composite
def somebody(draw: st.DrawFn) -> Somebody:
    """A person; values are few, so that ties are many."""
    organization = draw(st.sampled_from([0, 1, 1, 1, 2, 3]))
    created = draw(st.sampled_from([0, 1, 30, 400]))
    return Somebody(
        organization, draw(st.sampled_from(["bo", "Ada", "zoë", "straße", "a_b", "a%b", "李伟"])),
        draw(st.sampled_from(NAMES)), draw(st.sampled_from(NAMES)), draw(st.sampled_from(TEXTS)),
        draw(st.sampled_from(TEXTS)), draw(st.sampled_from(["", "team", "Team"])),
        Role.USER if organization == 0 else draw(st.sampled_from([Role.USER, Role.USER, Role.ADMIN])),
        draw(FLAGS), draw(st.sampled_from([0, 0, 0, 1, 2])),
        draw(counters()), draw(counters()),
        draw(st.none() | st.sampled_from([0, 1, 5])), created,
        tuple(draw(st.lists(st.sampled_from([0, 1, 2, 8, 31]), unique=True, max_size=2))),
        draw(st.none() | st.sampled_from([2, 3])) if organization == 1 else None,
    )  # fmt: skip


def operator(connection, sqlite: bool) -> Tx:
    """A transaction that reaches everywhere."""
    return Tx(connection, sqlite, NOW, OPERATOR, reach=Reach.EVERYWHERE)


def within(connection, sqlite: bool, organization_id: int) -> Tx:
    """A transaction of an organization's administrator."""
    who = Actor(Door.CONSOLE, Role.ADMIN, 1, "a@b.example", organization_id)
    return Tx(connection, sqlite, NOW, who, reach=Reach.ORGANIZATION)


def write(tx: Tx, people: list[Somebody]) -> None:
    """Make these the only people of the database."""
    for table in ("usage_daily", "membership", "user"):
        tx.run(f'DELETE FROM "{table}"')
    tx.run("DELETE FROM organization WHERE id > 0")
    tx.many(
        "INSERT INTO organization (id, name, name_key, members, created_at) VALUES (?, ?, ?, ?, 0)",
        [
            (number, name, fold(name), sum(one.organization_id == number for one in people))
            for number, name in ORGANIZATIONS.items()
            if name
        ],
    )
    for number, one in enumerate(people, 1):
        _write_person(tx, number, one)
        _write_membership(tx, number, one)
        tx.many(
            "INSERT INTO usage_daily (organization_id, day, user_id, model_id, kind, events) VALUES (?, ?, ?, 1, 0, 1)",
            [(one.organization_id, NOW // DAY - day, number) for day in one.used_days],
        )
        if one.used_days:
            last = NOW // DAY - min(one.used_days)
            tx.run("UPDATE membership SET last_used_day = :day WHERE user_id = :user", day=last, user=number)


def address(number: int, one: Somebody) -> str:
    """The e-mail of the person with this number."""
    return f"{one.email}.{number}@x.example"


def _write_person(tx: Tx, number: int, one: Somebody) -> None:
    _, banned, verified, mfa, cac = one.flags
    email = address(number, one)
    tx.many(
        'INSERT INTO "user" (id, email, email_key, first_name, last_name, name_key, company, organization_id, banned,'
        " verified, mfa, cac, last_sign_in_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                number, email, emails.key(email), one.first_name, one.last_name,
                name_key(one.first_name, one.last_name), one.company, one.organization_id, banned, verified, mfa, cac,
                None if one.seen is None else NOW - one.seen * DAY, NOW - one.created * DAY,
            )
        ],
    )  # fmt: skip


def _write_membership(tx: Tx, number: int, one: Somebody) -> None:
    kinds = [f"{kind}_{part}" for kind in ("inference", "embedding") for part in COUNTERS]
    columns = ["organization_id", "user_id", "type", "plan", "paid", "department", "created_at", "ended_at", *kinds]
    columns += ["inference_stopped_at", "embedding_stopped_at"]
    sql = f"INSERT INTO membership ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    told = [v for a, m, u, p, life in (one.inference, one.embedding) for v in (a, MONTH + m, u, p, life)]
    stops = [NOW if one.stopped == 1 else None, NOW if one.stopped == 2 else None]
    rows = [
        (one.organization_id, number, one.type.value, one.plan, one.flags[0], one.department, NOW, None, *told, *stops)
    ]
    if one.left is not None:
        rows.append((one.left, number, "user", "left", True, "left", NOW - DAY, NOW, *told, None, None))
    tx.many(sql, rows)


COUNTERS = ("allocation", "month", "used", "previous", "lifetime")


def _balance(counters: tuple[int | None, int, int, int, int]) -> Balance:
    allocation, month, used, previous, lifetime = counters
    now = used if month == 0 else 0
    before = previous if month == 0 else used if month == -1 else 0
    return Balance(allocation, now, before, lifetime)


def row(number: int, one: Somebody) -> UserRow:
    """The row that this person should read as."""
    paid, banned, verified, mfa, cac = one.flags
    return UserRow(
        number, address(number, one), one.first_name, one.last_name, one.organization_id,
        ORGANIZATIONS[one.organization_id], one.department, one.company, one.type, one.plan,
        paid, banned, bool(one.stopped), verified, mfa, cac,
        _balance(one.inference), _balance(one.embedding),
        None if one.seen is None else to_datetime(NOW - one.seen * DAY), to_datetime(NOW - one.created * DAY),
    )  # fmt: skip
