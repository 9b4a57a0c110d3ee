"""How usage is written: events once per digest, and all that they add up to (speed.md, facts 1 to 4).

Volume goes past SQLAlchemy: `?` statements with tuples. The caller gives resolved rows and holds the
one transaction; these functions only know tables.
"""

from collections.abc import Sequence
from typing import Any

from sage_tui.domain.months import month_of_day
from sage_tui.store.transaction import Tx

KINDS = ("inference", "embedding")


# Places in an event's tuple, which is a row of usage_event in the order of `_COLUMNS`. A dataclass of so many
# fields costs as much as the insert itself (speed.md, row 1).
ORG, DAY, AT, USER, MODEL, KIND = 0, 2, 5, 6, 7, 8
PROMPT, CACHED, COMPLETION, CHARGE, STATUS, ENTRY = 9, 10, 11, 12, 13, 15

Event = tuple[Any, ...]
"""A row of usage_event."""

_COLUMNS = (
    "organization_id", "id", "day", "digest", "content", "at", "user_id", "model_id", "kind", "prompt_tokens",
    "cached_tokens", "completion_tokens", "charge", "status", "certainty", "entry", "latency_ms", "source_id",
    "import_id", "external_id", "provider_id",
)  # fmt: skip
_INSERT = f"INSERT INTO usage_event ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_SUMS = ("events", "failures", "prompt_tokens", "cached_tokens", "completion_tokens", "charge")

Totals = dict[tuple[int, ...], list[int]]


def seen(tx: Tx, keys: Sequence[tuple[int, bytes]]) -> dict[bytes, int]:
    """Which digests are known on their day or the days beside it, with their content."""
    if tx.sqlite:
        return _seen_one_by_one(tx, keys)
    found = tx.conn.exec_driver_sql(
        "SELECT e.digest, e.content FROM unnest(%s::bigint[], %s::bytea[]) AS k (day, digest)"
        " JOIN usage_event e ON e.digest = k.digest AND e.day IN (k.day - 1, k.day, k.day + 1)",
        ([day for day, _ in keys], [digest for _, digest in keys]),
    )
    return {bytes(digest): int(content) for digest, content in found}


def _seen_one_by_one(tx: Tx, keys: Sequence[tuple[int, bytes]]) -> dict[bytes, int]:
    """On SQLite one prepared statement a key costs a quarter of a statement with all of them in it."""
    cursor = tx.conn.connection.cursor()
    ask = "SELECT content FROM usage_event WHERE day IN (?, ?, ?) AND digest = ?"
    found: dict[bytes, int] = {}
    try:
        for day, digest in keys:
            row = cursor.execute(ask, (day - 1, day, day + 1, digest)).fetchone()
            if row is not None:
                found[digest] = int(row[0])
    finally:
        cursor.close()
    return found


def write(tx: Tx, events: Sequence[Event]) -> None:
    """Insert events that are new, and raise every total: daily, organization's, monthly, counters."""
    tx.many(_INSERT, events)
    daily = _by_day(events)
    months = _by_month(daily)
    tx.many(_upsert("usage_daily", "organization_id, day, user_id, model_id, kind, entry"), _flat(daily))
    whole = _by_organization(daily)
    tx.many(_upsert("usage_organization_daily", "organization_id, day, model_id, kind, entry", ", slot"), _flat(whole))
    tx.many(
        "INSERT INTO usage_month (organization_id, month, user_id, kind, events, charge, corrected)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (organization_id, month, user_id, kind) DO UPDATE SET"
        " events = usage_month.events + excluded.events,"
        " charge = usage_month.charge + excluded.charge, corrected = usage_month.corrected + excluded.corrected",
        _flat(months),
    )
    _raise_counters(tx, months)
    _used_on(tx, daily)


def _used_on(tx: Tx, daily: Totals) -> None:
    """Members' last day of use: written on the first batch of a day, else found as it is."""
    last: dict[tuple[int, int], int] = {}
    for organization, day, user, _, _, entry in daily:
        if user > 0 and not entry:
            last[organization, user] = max(last.get((organization, user), 0), day)
    tx.many(
        "UPDATE membership SET last_used_day = ? WHERE organization_id = ? AND user_id = ?"
        " AND coalesce(last_used_day, -1) < ?",
        [(day, *member, day) for member, day in sorted(last.items())],
    )


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


def _by_organization(daily: Totals) -> Totals:
    """Totals by (organization, day, model, kind, entry)."""
    whole: Totals = {}
    for (organization, day, _, model, kind, entry), sums in daily.items():
        row = whole.setdefault((organization, day, model, kind, entry), [0] * len(_SUMS))
        for place, value in enumerate(sums):
            row[place] += value
    return whole


def _by_month(daily: Totals) -> Totals:
    """Events, charge and corrected charge by (organization, month, user, kind)."""
    months: Totals = {}
    for (organization, day, user, _, kind, entry), sums in daily.items():
        row = months.setdefault((organization, month_of_day(day), user, kind), [0, 0, 0])
        row[0] += sums[0]
        row[1] += sums[5]
        row[2] += sums[5] if entry else 0
    return months


def _flat(totals: Totals) -> list[tuple[int, ...]]:
    """Rows in key order, so that two writers lock them in one order."""
    return [(*key, *totals[key]) for key in sorted(totals)]


def _upsert(table: str, key: str, slot: str = "") -> str:
    marks = ", ".join("?" * (key.count(",") + 1))
    raised = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in _SUMS)
    return (
        f"INSERT INTO {table} ({key}{slot}, {', '.join(_SUMS)})"
        f" VALUES ({marks}{', 0' if slot else ''}, ?, ?, ?, ?, ?, ?)"
        f" ON CONFLICT ({key}{slot}) DO UPDATE SET {raised}"
    )


def _raise_counters(tx: Tx, months: Totals) -> None:
    """Counters of pools, then of members: the order in which every writer locks (security.md, section 6)."""
    pools: dict[tuple[int, int, int], int] = {}
    for (organization, month, _, kind), (_, charge, _) in months.items():
        pools[(organization, kind, month)] = pools.get((organization, kind, month), 0) + charge
    tx.many(
        f"UPDATE pool SET {rolled('')} WHERE organization_id = ? AND kind = ?",
        [(*rolling(month, charge), org, kind) for (org, kind, month), charge in sorted(pools.items())],
    )
    for code, name in enumerate(KINDS):
        tx.many(
            f"UPDATE membership SET {rolled(name + '_')} WHERE organization_id = ? AND user_id = ?",
            [
                (*rolling(month, sums[1]), organization, user)
                for (organization, month, user, of), sums in sorted(months.items())
                if of == code and user > 0
            ],
        )


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
