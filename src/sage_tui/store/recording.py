"""How usage is written: events once per digest, and all that they add up to (speed.md, facts 1 to 4).

Volume goes past SQLAlchemy: `?` statements with tuples. The caller gives resolved rows and holds the
one transaction; these functions only know tables.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sage_tui.domain.months import month_of_day
from sage_tui.store.transaction import Tx

KINDS = ("inference", "embedding")


# Places in an event's tuple, which is a row of usage_event in the order of `COLUMNS`. A dataclass of so many
# fields costs as much as the insert itself (speed.md, row 1).
ORG, ID, DAY, CONTENT, AT, USER, MODEL, KIND = 0, 1, 2, 4, 5, 6, 7, 8
PROMPT, CACHED, COMPLETION, CHARGE, STATUS, CERTAINTY, ENTRY, LATENCY, SOURCE = 9, 10, 11, 12, 13, 14, 15, 16, 17

Event = tuple[Any, ...]
"""A row of usage_event."""

COLUMNS = (
    "organization_id", "id", "day", "digest", "content", "at", "user_id", "model_id", "kind", "prompt_tokens",
    "cached_tokens", "completion_tokens", "charge", "status", "certainty", "entry", "latency_ms", "source_id",
    "import_id", "external_id", "provider_id",
)  # fmt: skip
_INSERT = f"INSERT INTO usage_event ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
_SUMS = ("events", "failures", "prompt_tokens", "cached_tokens", "completion_tokens", "charge")


def event_columns(alias: str) -> str:
    """The columns of an event's tuple, of a table by this alias."""
    return ", ".join(f"{alias}.{name}" for name in COLUMNS)


Totals = dict[tuple[int, ...], list[int]]
Sums = list[tuple[tuple[int, ...], list[int]]]
"""Totals, sorted by key."""


def seen(tx: Tx, days: Mapping[int, Sequence[bytes]]) -> dict[bytes, int]:
    """Which digests, given by day, are known on their day or the days beside it, with their content."""
    found: Iterable[Sequence[Any]]
    if tx.sqlite:
        found = [row for day, digests in days.items() for row in _seen_on(tx, day, digests)]
    else:
        found = tx.conn.exec_driver_sql(
            "SELECT e.digest, e.content FROM unnest(%s::bigint[], %s::bytea[]) AS k (day, digest)"
            " JOIN usage_event e ON e.digest = k.digest AND e.day IN (k.day - 1, k.day, k.day + 1)",
            ([day for day, some in days.items() for _ in some], [one for some in days.values() for one in some]),
        )
    return {bytes(digest): int(content) for digest, content in found}


_AMONG = """WITH RECURSIVE k(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM k WHERE n + 1 < ?)
 SELECT e.digest, e.content FROM k CROSS JOIN usage_event e WHERE e.day IN ({days})
 AND e.digest = substr(?, 16 * k.n + 1, 16)"""
_ANY = "EXISTS (SELECT 1 FROM usage_event WHERE day = ?)"

FEW = 50
"""Keys of a day for which it does not pay to ask which days have events."""


def _seen_on(tx: Tx, day: int, digests: Sequence[bytes]) -> list[tuple[Any, ...]]:
    """On SQLite the digests of a day go as one value, in order, which is cut there: a third of a statement a key."""
    around = [day - 1, day, day + 1]
    if len(digests) > FEW:  # days without any event (tomorrow, as a rule) need not be looked through
        (there,) = tx.tuples(f"SELECT {', '.join([_ANY] * 3)}", tuple(around))
        around = [one for one, any_event in zip(around, there, strict=True) if any_event]
    if not around:
        return []
    sql = _AMONG.format(days=", ".join("?" * len(around)))
    return tx.tuples(sql, (len(digests), *around, b"".join(sorted(digests))))


_VERSION = bytes(0x70 | byte & 0x0F for byte in range(256))
_VARIANT = bytes(0x80 | byte & 0x3F for byte in range(256))


def ids(times: Sequence[int]) -> list[bytes]:
    """An id for each event: UUIDv7s as `transaction.uuid7` makes one."""
    noise = bytearray(os.urandom(10 * len(times)))
    noise[0::10] = noise[0::10].translate(_VERSION)
    noise[2::10] = noise[2::10].translate(_VARIANT)
    tails = bytes(noise)
    return [(at // 1000).to_bytes(6, "big") + tails[10 * n : 10 * n + 10] for n, at in enumerate(times)]


def write(tx: Tx, events: Sequence[Event]) -> Sums:
    """Insert events that are new, and raise every total: daily, organization's, monthly, counters.

    Returns the monthly totals: (organization, month, user, kind) with events, charge, corrected charge and the last day
    of use, -1 where there were corrections only.
    """
    tx.many(_INSERT, events)
    return _raise(tx, sorted(_by_day(events).items()))


def amend(tx: Tx, before: Event, after: Event) -> Sums:
    """Put a surer event in the place of one that stands (same id, day, user, model, kind); totals move by the rest."""
    tx.many(
        "UPDATE usage_event SET prompt_tokens = ?, cached_tokens = ?, completion_tokens = ?, charge = ?, status = ?,"
        " certainty = ?, latency_ms = ?, content = ?, provider_id = ? WHERE organization_id = ? AND id = ?",
        [(*after[PROMPT : STATUS + 1], after[CERTAINTY], after[LATENCY], after[CONTENT], after[-1], after[ORG],
          after[ID])],
    )  # fmt: skip
    key = (after[ORG], after[DAY], after[USER], after[MODEL], after[KIND], after[ENTRY])
    moved = [after[place] - before[place] for place in (PROMPT, CACHED, COMPLETION, CHARGE)]
    return _raise(tx, [(key, [0, int(after[STATUS] != 0) - int(before[STATUS] != 0), *moved])])


def stored(tx: Tx, organization_id: int, id: bytes) -> Event | None:
    """An event as it stands."""
    rows = tx.tuples(f"SELECT {', '.join(COLUMNS)} FROM usage_event WHERE organization_id = ? AND id = ?",
                     (organization_id, id))  # fmt: skip
    return rows[0] if rows else None


def is_corrected(tx: Tx, organization_id: int, id: bytes) -> bool:
    """Is there a counter-entry of this event?"""
    sql = "SELECT 1 FROM usage_event WHERE organization_id = ? AND external_id = ? AND entry > 0 LIMIT 1"
    return bool(tx.tuples(sql, (organization_id, id.hex())))


def _raise(tx: Tx, daily: Sums) -> Sums:
    """Raise every total by these days'. Rows go in key order, so that two writers lock them in one order."""
    tx.many(_RAISE_DAY, [(*key, *sums) for key, sums in daily])
    tx.many(_RAISE_ORGANIZATION_DAY, [(*key, *sums) for key, sums in sorted(_by_organization(daily).items())])
    months = sorted(_by_month(daily).items())
    tx.many(_RAISE_MONTH, [(*key, events, charge, corrected) for key, (events, charge, corrected, _) in months])
    _raise_counters(tx, months)
    return months


def _by_day(events: Sequence[Event]) -> Totals:
    """Totals by (organization, day, user, model, kind, entry)."""
    daily: Totals = {}
    for e in events:
        key = (e[ORG], e[DAY], e[USER], e[MODEL], e[KIND], e[ENTRY])
        row = daily.get(key)
        if row is None:
            daily[key] = [1, int(e[STATUS] != 0), e[PROMPT], e[CACHED], e[COMPLETION], e[CHARGE]]
            continue
        row[0] += 1
        row[1] += e[STATUS] != 0
        row[2] += e[PROMPT]
        row[3] += e[CACHED]
        row[4] += e[COMPLETION]
        row[5] += e[CHARGE]
    return daily


def _by_organization(daily: Sums) -> Totals:
    """Totals by (organization, day, model, kind, entry)."""
    whole: Totals = {}
    for (organization, day, _, model, kind, entry), (events, failures, prompt, cached, completion, charge) in daily:
        row = whole.setdefault((organization, day, model, kind, entry), [0, 0, 0, 0, 0, 0])
        row[0] += events
        row[1] += failures
        row[2] += prompt
        row[3] += cached
        row[4] += completion
        row[5] += charge
    return whole


def _by_month(daily: Sums) -> Totals:
    """Events, charge, corrected charge and last day of use by (organization, month, user, kind)."""
    months: Totals = {}
    month_of = {day: month_of_day(day) for day in {key[1] for key, _ in daily}}
    for (organization, day, user, _, kind, entry), (events, _, _, _, _, charge) in daily:
        row = months.setdefault((organization, month_of[day], user, kind), [0, 0, 0, -1])
        row[0] += events
        row[1] += charge
        if entry:
            row[2] += charge
        elif day > row[3]:
            row[3] = day
    return months


def _raise_counters(tx: Tx, months: Sums) -> None:
    """Counters of pools, then of members: the order in which every writer locks (security.md, section 6)."""
    pools: dict[tuple[int, int, int], int] = {}
    members: tuple[list[tuple[int, ...]], ...] = tuple([] for _ in KINDS)
    for (organization, month, user, kind), (_, charge, _, last) in months:
        pools[organization, kind, month] = pools.get((organization, kind, month), 0) + charge
        if user > 0:
            members[kind].append((*rolling(month, charge), month, month, last, last, organization, user))
    tx.many(_RAISE_POOL, [(*rolling(month, charge), org, kind) for (org, kind, month), charge in sorted(pools.items())])
    for rows, sql in zip(members, _RAISE_MEMBER, strict=True):
        tx.many(sql, rows)


def statements(kind: int) -> tuple[str, ...]:
    """What `write` runs for one event of a person, in its order; `?` stand for what store/one_call names."""
    return (_INSERT, _RAISE_DAY, _RAISE_ORGANIZATION_DAY, _RAISE_MONTH, _RAISE_POOL, _RAISE_MEMBER[kind])


def month_of_one(event: Event) -> tuple[tuple[int, ...], list[int]]:
    """The monthly total of one event, as `write` returns it."""
    ((key, sums),) = _by_month(list(_by_day([event]).items())).items()
    return key, sums


def _upsert(table: str, key: str, slot: str = "") -> str:
    marks = ", ".join("?" * (key.count(",") + 1))
    raised = ", ".join(f"{name} = t.{name} + excluded.{name}" for name in _SUMS)
    return (
        f"INSERT INTO {table} AS t ({key}{slot}, {', '.join(_SUMS)})"
        f" VALUES ({marks}{', 0' if slot else ''}, ?, ?, ?, ?, ?, ?)"
        f" ON CONFLICT ({key}{slot}) DO UPDATE SET {raised}"
    )


_LAST_USED = "last_used_day = CASE WHEN coalesce(last_used_day, -1) < ? THEN ? ELSE last_used_day END"


def rolled(prefix: str) -> str:
    """SET clauses that add a charge of month m to a row of counters (house.md, "Months").

    The row's month is m: used grows. Earlier: the row rolls over to m. One later: the record is late by a
    month and previous grows. Later still: only the lifetime. Parameters: see `rolling`.
    """
    month, used, previous = f"{prefix}month", f"{prefix}used", f"{prefix}previous"
    reserved, lifetime = f"{prefix}reserved", f"{prefix}lifetime"
    return (
        f"{previous} = CASE WHEN {month} = ? THEN {previous} WHEN {month} = ? THEN {used} WHEN {month} < ? THEN 0"
        f" WHEN {month} = ? THEN {previous} + ? ELSE {previous} END,"
        f" {used} = CASE WHEN {month} = ? THEN {used} + ? WHEN {month} < ? THEN ? ELSE {used} END,"
        f" {reserved} = CASE WHEN {month} < ? THEN 0 ELSE {reserved} END,"
        f" {lifetime} = {lifetime} + ?,"
        f" {month} = CASE WHEN {month} < ? THEN ? ELSE {month} END"
    )


def rolling(m: int, charge: int) -> tuple[int, ...]:
    """The parameters of `rolled` for a charge of month `m`."""
    return (m, m - 1, m, m + 1, charge, m, charge, m, charge, m, charge, m, m)


_RAISE_DAY = _upsert("usage_daily", "organization_id, day, user_id, model_id, kind, entry")
_RAISE_ORGANIZATION_DAY = _upsert("usage_organization_daily", "organization_id, day, model_id, kind, entry", ", slot")
_RAISE_MONTH = (
    "INSERT INTO usage_month AS t (organization_id, month, user_id, kind, events, charge, corrected)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (organization_id, month, user_id, kind) DO UPDATE SET"
    " events = t.events + excluded.events,"
    " charge = t.charge + excluded.charge, corrected = t.corrected + excluded.corrected"
)
_RAISE_POOL = f"UPDATE pool SET {rolled('')} WHERE organization_id = ? AND kind = ?"
_GO_ON = (
    "{0}_stopped_at = CASE WHEN {0}_month < ? THEN NULL ELSE {0}_stopped_at END,"
    " {0}_refused = CASE WHEN {0}_month < ? THEN 0 ELSE {0}_refused END"
)
"""With a new month nobody is stopped any more."""
_RAISE_MEMBER = tuple(
    f"UPDATE membership SET {rolled(name + '_')}, {_GO_ON.format(name)}, {_LAST_USED}"
    " WHERE organization_id = ? AND user_id = ?"
    for name in KINDS
)
