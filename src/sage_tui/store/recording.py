"""How usage is written: events once per digest, and all that they add up to (speed.md, facts 1 to 4).

Volume goes past SQLAlchemy: `?` statements with tuples. The caller gives resolved rows and holds the
one transaction; these functions only know tables.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sage_tui.domain.units import Micros
from sage_tui.store.transaction import Tx, chunks

KINDS = ("inference", "embedding")


@dataclass(frozen=True, slots=True)
class Event:
    """A usage event as it is stored (tables/usage.py)."""

    organization_id: int
    id: bytes
    day: int
    digest: bytes
    content: int
    at: Micros
    user_id: int
    model_id: int
    kind: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    charge: int
    status: int
    certainty: int
    entry: int
    latency_ms: int | None
    source_id: int
    import_id: int | None
    external_id: str
    provider_id: str | None
    month: int


_INSERT = """INSERT INTO usage_event (organization_id, id, day, digest, content, at, user_id, model_id, kind,
 prompt_tokens, cached_tokens, completion_tokens, charge, status, certainty, entry, latency_ms, source_id,
 import_id, external_id, provider_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

_SEEN = 150
"""Keys asked at once: three values each, under SQLite's 999 of old builds."""


def seen(tx: Tx, keys: Iterable[tuple[int, bytes]]) -> dict[bytes, int]:
    """Which digests are known on their day or the days beside it, with their content."""
    found: dict[bytes, int] = {}
    for part in chunks(keys, _SEEN):
        asked = [value for day, digest in part for near in (day - 1, day, day + 1) for value in (near, digest)]
        marks = ", ".join(["(?, ?)"] * (3 * len(part)))
        rows = tx.tuples(
            f"SELECT digest, content FROM usage_event WHERE (day, digest) IN (VALUES {marks})", tuple(asked)
        )
        found.update((bytes(digest), int(content)) for digest, content in rows)
    return found


def write(tx: Tx, events: list[Event]) -> None:
    """Insert events that are new, and raise every total: daily, organization's, monthly, counters."""
    tx.many(
        _INSERT,
        [
            (
                e.organization_id, e.id, e.day, e.digest, e.content, e.at, e.user_id, e.model_id, e.kind,
                e.prompt_tokens, e.cached_tokens, e.completion_tokens, e.charge, e.status, e.certainty, e.entry,
                e.latency_ms, e.source_id, e.import_id, e.external_id, e.provider_id,
            )
            for e in events
        ],
    )  # fmt: skip
    _raise_daily(tx, events)
    _raise_months(tx, events)
    _raise_counters(tx, events)


def _raise_daily(tx: Tx, events: list[Event]) -> None:
    daily: dict[tuple[int, ...], list[int]] = {}
    whole: dict[tuple[int, ...], list[int]] = {}
    for e in events:
        for totals, key in (
            (daily, (e.organization_id, e.day, e.user_id, e.model_id, e.kind, e.entry)),
            (whole, (e.organization_id, e.day, e.model_id, e.kind, e.entry)),
        ):
            row = totals.setdefault(key, [0] * 6)
            row[0] += 1
            row[1] += e.status != 0
            row[2] += e.prompt_tokens
            row[3] += e.cached_tokens
            row[4] += e.completion_tokens
            row[5] += e.charge
    tx.many(_upsert("usage_daily", "organization_id, day, user_id, model_id, kind, entry"), _flat(daily))
    tx.many(_upsert("usage_organization_daily", "organization_id, day, model_id, kind, entry", ", slot"), _flat(whole))


def _flat(totals: dict[tuple[int, ...], list[int]]) -> list[tuple[int, ...]]:
    """Rows in key order, so that two writers lock them in one order."""
    return [(*key, *totals[key]) for key in sorted(totals)]


def _upsert(table: str, key: str, slot: str = "") -> str:
    sums = ("events", "failures", "prompt_tokens", "cached_tokens", "completion_tokens", "charge")
    marks = ", ".join("?" * (key.count(",") + 1))
    raised = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in sums)
    return (
        f"INSERT INTO {table} ({key}{slot}, {', '.join(sums)})"
        f" VALUES ({marks}{', 0' if slot else ''}, ?, ?, ?, ?, ?, ?)"
        f" ON CONFLICT ({key}{slot}) DO UPDATE SET {raised}"
    )


def _raise_months(tx: Tx, events: list[Event]) -> None:
    months: dict[tuple[int, ...], list[int]] = {}
    for e in events:
        row = months.setdefault((e.organization_id, e.month, e.user_id, e.kind), [0, 0, 0])
        row[0] += 1
        row[1] += e.charge
        row[2] += e.charge if e.entry else 0
    tx.many(
        "INSERT INTO usage_month (organization_id, month, user_id, kind, events, charge, corrected) VALUES (?,"
        " ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (organization_id, month, user_id, kind) DO UPDATE SET events = usage_month.events +"
        " excluded.events,"
        " charge = usage_month.charge + excluded.charge, corrected = usage_month.corrected + excluded.corrected",
        _flat(months),
    )


def _raise_counters(tx: Tx, events: list[Event]) -> None:
    """Counters of pools, then of members: the order in which every writer locks (security.md, section 6)."""
    pools: dict[tuple[int, int, int], int] = {}
    members: dict[tuple[int, int, int, int], int] = {}
    for e in events:
        pool = (e.organization_id, e.kind, e.month)
        pools[pool] = pools.get(pool, 0) + e.charge
        if e.user_id > 0:
            member = (e.kind, e.organization_id, e.user_id, e.month)
            members[member] = members.get(member, 0) + e.charge
    tx.many(
        f"UPDATE pool SET {rolled('')} WHERE organization_id = ? AND kind = ?",
        [
            (*rolling(month, charge), organization, kind)
            for (organization, kind, month), charge in sorted(pools.items())
        ],
    )
    for code, kind in enumerate(KINDS):
        tx.many(
            f"UPDATE membership SET {rolled(kind + '_')} WHERE organization_id = ? AND user_id = ?",
            [
                (*rolling(month, charge), organization, user)
                for (of, organization, user, month), charge in sorted(members.items())
                if of == code
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
