"""Sums of usage over a slice. Every figure that a page, an export or a command shows comes from here or from the
counters: daily totals are the truth, the organization's and the monthly ones are sums of them (speed.md, fact 3).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sage_tui.domain.months import day_start
from sage_tui.domain.statistics import EMPTY, Counted, Slice, Sums
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Tx, chunks

_MANY = 300
"""People a statement."""


_FIGURES = (
    "{t}.charge", "{t}.prompt_tokens", "{t}.cached_tokens", "{t}.completion_tokens",
    "CASE WHEN {t}.entry = 0 THEN {events} ELSE 0 END", "CASE WHEN {t}.entry = 0 THEN {failures} ELSE 0 END",
    "CASE WHEN {t}.entry > 0 THEN {t}.charge ELSE 0 END",
)  # fmt: skip
"""The fields of `Counted`, in its order."""

DAILY = {"events": "d.events", "failures": "d.failures"}
EVENT = {"events": "1", "failures": "CASE WHEN d.status <> 0 THEN 1 ELSE 0 END"}


def _sums(names: dict[str, str]) -> str:
    """Both kinds' figures as columns: inference first."""
    figures = [one.format(t="d", **names) for one in _FIGURES]
    columns = (
        f"CAST(coalesce(sum(CASE WHEN d.kind = {number} THEN {figure} ELSE 0 END), 0) AS BIGINT)"
        for number, _ in enumerate(KINDS)
        for figure in figures
    )
    return ", ".join(columns)


def _read(row: Sequence[Any]) -> Sums:
    half = len(_FIGURES)
    return Sums(Counted(*map(int, row[:half])), Counted(*map(int, row[half : 2 * half])))


@dataclass
class _Where:
    """A slice as SQL with `?`: the table it is read from, the conditions, their values in order."""

    table: str
    parts: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, sql: str, *values: Any) -> None:
        """One more condition."""
        self.parts.append(sql)
        self.values += values

    @property
    def sql(self) -> str:
        """FROM and WHERE."""
        return f"FROM {self.table} WHERE {' AND '.join(self.parts)}"


MANY_DAYS = 10
"""From so many days on the people of a department are listed before its usage is read."""

_MEMBER = " LEFT JOIN membership m ON m.organization_id = d.organization_id AND m.user_id = d.user_id"


def _where(tx: Tx, asked: Slice, table: str = "", *, member: bool = False) -> _Where:
    """The slice in its cheapest table, or in the one that is named; joined with the members where they decide."""
    people = asked.user is not None or asked.department is not None or member
    chosen = table or ("usage_daily" if people else "usage_organization_daily")
    listed = not member and _listed(asked)
    where = _Where(f"{chosen} d{_MEMBER if member or (asked.department is not None and not listed) else ''}")
    _within(tx, where, asked.organization_id)
    if chosen == "usage_month":
        months = asked.span.months
        assert months is not None, "monthly totals hold whole months"
        one = months[0] == months[1]  # said so, its people come in their order: nothing is sorted
        where.add(*(("d.month = ?", months[0]) if one else ("d.month BETWEEN ? AND ?", *months)))
    else:
        where.add("d.day BETWEEN ? AND ?", asked.span.first, asked.span.last)
    if asked.kind is not None:
        where.add("d.kind = ?", KINDS.index(asked.kind.value))
    if asked.model is not None:
        where.add('d.model_id = (SELECT o.id FROM model o WHERE o."key" = ?)', asked.model)
    if asked.user is not None:
        where.add("d.user_id = ?", asked.user)
    if listed:
        people_of = "SELECT m.user_id FROM membership m WHERE m.organization_id = ? AND m.department = ?"
        where.add(f"+d.user_id IN ({people_of})", asked.organization_id, asked.department)
    elif asked.department is not None:
        where.add("d.user_id > 0 AND coalesce(m.department, '') = ?", asked.department)
    return where


def _listed(asked: Slice) -> bool:
    """Is it quicker to list the people of a department first than to ask each row whose it is? Where rows are many."""
    return bool(asked.department and asked.organization_id and asked.user is None and asked.span.days >= MANY_DAYS)


def _within(tx: Tx, where: _Where, organization_id: int | None) -> None:
    """The reach, as `?`."""
    reach, values = tx.within("d", organization_id)
    for name, value in values.items():
        reach = reach.replace(f":{name}", "?")
        where.values.append(value)
    where.parts.append(reach)


def total(tx: Tx, asked: Slice) -> Sums:
    """The whole slice."""
    where = _where(tx, asked)
    return _read(tx.tuples(f"SELECT {_sums(DAILY)} {where.sql}", tuple(where.values))[0])


def by_day(tx: Tx, asked: Slice) -> dict[int, Sums]:
    """By day; days without usage are not there."""
    return {int(key): sums for key, sums in _grouped(tx, _where(tx, asked), "d.day")}


def by_model(tx: Tx, asked: Slice) -> dict[str, Sums]:
    """By the model's key."""
    where = _where(tx, asked)
    keys = {int(number): str(key) for number, key in tx.tuples('SELECT id, "key" FROM model')}
    return {keys[int(key)]: sums for key, sums in _grouped(tx, where, "d.model_id")}


def by_department(tx: Tx, asked: Slice) -> dict[str | None, Sums]:
    """By the department that people have now; "" those without one, None the identities that belong to nobody."""
    where = _where(tx, asked, member=True)
    named = _grouped(tx, where, "CASE WHEN d.user_id > 0 THEN coalesce(m.department, '') END")
    return {None if key is None else str(key): sums for key, sums in named}


def _grouped(tx: Tx, where: _Where, key: str) -> list[tuple[Any, Sums]]:
    """Sums by a key. Days of an organization whose usage was given to another one stand there with nothing: no row."""
    sql = f"SELECT {key}, {_sums(DAILY)} {where.sql} GROUP BY {key}"
    found = ((row[0], _read(row[1:])) for row in tx.tuples(sql, tuple(where.values)))
    return [(name, sums) for name, sums in found if sums != EMPTY]


def _ranked(asked: Slice) -> str:
    """The table that ranks people: whole months of all models are there already."""
    return "usage_month" if asked.span.months and asked.model is None else "usage_daily"


def top_users(tx: Tx, asked: Slice, count: int) -> list[tuple[int, Sums]]:
    """Who was charged most, of both kinds unless one is chosen; equals by number."""
    where = _where(tx, asked, _ranked(asked))
    ranking = tx.tuples(
        f"SELECT d.user_id, CAST(sum(d.charge) AS BIGINT) AS c {where.sql} GROUP BY d.user_id"
        " ORDER BY c DESC, d.user_id LIMIT ?",
        (*where.values, count),
    )
    order = [int(user) for user, _ in ranking]
    found = _of_users(tx, asked, order)
    return [(user, found.get(user, EMPTY)) for user in order]


def users(tx: Tx, asked: Slice) -> int:
    """How many people and held identities there are in it."""
    where = _where(tx, asked, _ranked(asked))
    return int(tx.tuples(f"SELECT count(DISTINCT d.user_id) {where.sql}", tuple(where.values))[0][0])


ORDERS = {
    "inference": "CASE WHEN d.kind = 0 THEN d.charge ELSE 0 END",
    "embedding": "CASE WHEN d.kind = 1 THEN d.charge ELSE 0 END",
    "share": "d.charge",
    "counted": "d.prompt_tokens + d.completion_tokens",
    "calls": _FIGURES[4].format(t="d", **DAILY),
    "failures": _FIGURES[5].format(t="d", **DAILY),
    "corrected": _FIGURES[6].format(t="d", **DAILY),
}
"""What people can be ordered by besides their names: the page's columns."""

_NAMED = (
    ' LEFT JOIN "user" u ON u.id = d.user_id LEFT JOIN identity i ON i.id = -d.user_id',
    "lower(coalesce(min(u.email_key), min(i.name), ''))",
)


def every_user(
    tx: Tx, asked: Slice, order: str = "share", *, descending: bool = True
) -> Iterator[tuple[int, Sums]]:  # fmt: skip
    """All of them, streamed; in the order of `top_users` unless another column is said."""
    where = _where(tx, asked, "usage_daily")
    by, down = f"sum({ORDERS.get(order, 'd.charge')})", "DESC" if descending else "ASC"
    if order == "name":
        joined, by = _NAMED
        where.table += joined
    ties = "sum(d.charge) DESC, d.user_id"
    sql = f"SELECT d.user_id, {_sums(DAILY)} {where.sql} GROUP BY d.user_id ORDER BY {by} {down}, {ties}"
    for row in tx.stream(sql, tuple(where.values), far=True):
        yield int(row[0]), _read(row[1:])


def _of_users(tx: Tx, asked: Slice, numbers: Sequence[int]) -> dict[int, Sums]:
    found: dict[int, Sums] = {}
    for some in chunks(numbers, _MANY):
        where = _where(tx, asked, "usage_daily")
        where.add(f"d.user_id IN ({', '.join('?' * len(some))})", *some)
        found.update((int(key), sums) for key, sums in _grouped(tx, where, "d.user_id"))
    return found


def names(tx: Tx, numbers: Sequence[int]) -> dict[int, str]:
    """E-mails of people, names of held identities (whose numbers are negative)."""
    found: dict[int, str] = {}
    for some in chunks(numbers, _MANY):
        marks = ", ".join("?" * len(some))
        found.update(tx.tuples(f'SELECT id, email FROM "user" WHERE id IN ({marks})', tuple(some)))
        held = tuple(-one for one in some)
        found.update(tx.tuples(f"SELECT -id, name FROM identity WHERE id IN ({marks})", held))
    return found


def of_events(tx: Tx, asked: Slice) -> tuple[Sums, int]:
    """The same slice as a plain sum over its events, and how many they are: what the totals are proved by."""
    where = _events(tx, asked)
    row = tx.tuples(f"SELECT count(*), {_sums(EVENT)} {where.sql}", tuple(where.values))[0]
    return _read(row[1:]), int(row[0])


def _events(tx: Tx, asked: Slice) -> _Where:
    """The slice's events, by the time they have: an index of the organization or of the person answers that."""
    where = _where(tx, asked, "usage_event")
    where.add("d.at >= ? AND d.at < ?", day_start(asked.span.first), day_start(asked.span.last + 1))
    # With a plus no index serves: not that of digests, which begins with the day of everybody's events; and of one
    # person not the organization's (speed.md, fact 5).
    others = ("d.day",) if asked.user is None else ("d.day", "d.organization_id")
    where.parts = [f"+{part}" if part.startswith(others) else part for part in where.parts]
    return where


def since(tx: Tx, asked: Slice, at: int) -> tuple[int, int]:
    """The charge and the number of its events at an instant or later."""
    where = _events(tx, asked)
    where.add("d.at >= ?", at)
    sql = f"SELECT CAST(coalesce(sum(d.charge), 0) AS BIGINT), count(*) {where.sql}"
    charge, count = tx.tuples(sql, tuple(where.values))[0]
    return int(charge), int(count)


def departments(tx: Tx, organization_id: int | None) -> list[str]:
    """The departments of members, now."""
    where = _Where("membership d")
    _within(tx, where, organization_id)
    sql = f"SELECT DISTINCT d.department {where.sql} AND d.ended_at IS NULL AND d.department <> '' ORDER BY 1"
    return [str(name) for (name,) in tx.tuples(sql, tuple(where.values))]


def people_like(tx: Tx, text: str, organization_id: int | None, count: int) -> list[tuple[int, str]]:
    """People and held identities whose e-mail or name has a folded text in it, whole ones first."""
    find = "instr" if tx.sqlite else "strpos"
    members, held = _Where("membership d"), _Where("identity d")
    for where in (members, held):
        _within(tx, where, organization_id)
    inside = "SELECT d.user_id " + members.sql
    sql = (
        f'SELECT u.id, u.email, u.email_key AS k FROM "user" u WHERE {find}(u.email_key, ?) > 0 AND u.id IN ({inside})'
        f" UNION ALL SELECT -d.id, d.name, lower(d.name) AS k {held.sql} AND {find}(lower(d.name), ?) > 0"
        " ORDER BY 3 LIMIT ?"
    )
    found = tx.tuples(sql, (text, *members.values, *held.values, text, count))
    whole = [row for row in found if row[2] == text]
    if not whole:
        exact = 'SELECT u.id, u.email, u.email_key FROM "user" u WHERE u.email_key = ? AND u.id IN (' + inside + ")"
        whole = tx.tuples(exact, (text, *members.values))
    return [(int(number), str(name)) for number, name, _ in whole or found]


def models(tx: Tx) -> list[str]:
    """The keys of all models."""
    return [str(key) for (key,) in tx.tuples('SELECT "key" FROM model ORDER BY 1')]
