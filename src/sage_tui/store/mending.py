"""Totals and counters that differ, set to what they are sums of (`doctor --repair`). Steps: the caller's transaction.

In the order of `recount.CHECKS`, so that each level is mended from one that is right by then. Only rows that differ are
touched. Events are never changed: they are the truth.
"""

from collections.abc import Callable, Sequence

from sage_tui.domain.months import first_day
from sage_tui.store import recount
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Row, Tx

_ALL = 10_000_000
"""Differences that are mended at once."""

_SUMS = ("events", "failures", "prompt_tokens", "cached_tokens", "completion_tokens", "charge")


def _rebuild(tx: Tx, table: str, key: Sequence[str], rows: Sequence[Row], source: str) -> None:
    """Write rows of a table anew: the old ones go, and what `source` says of their keys comes."""
    where = " AND ".join(f"{name} = ?" for name in key)
    keys = [tuple(row[name] for name in key) for row in rows]
    tx.many(f"DELETE FROM {table} WHERE {where}", keys)
    tx.many(source.replace("{where}", where), keys)


def daily(tx: Tx) -> int:
    """Daily totals, from their events."""
    key = ("organization_id", "day", "user_id", "model_id", "kind", "entry")
    rows = recount.daily(tx, _ALL)
    names = ", ".join(key)
    _rebuild(
        tx, "usage_daily", key, rows,
        f"INSERT INTO usage_daily ({names}, {', '.join(_SUMS)}) SELECT {names}, count(*),"
        " sum(CASE WHEN status <> 0 THEN 1 ELSE 0 END), sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens),"
        f" sum(charge) FROM usage_event WHERE {{where}} GROUP BY {names}",
    )  # fmt: skip
    return len(rows)


def organization_daily(tx: Tx) -> int:
    """Organizations' days, from their people's."""
    key = ("organization_id", "day", "model_id", "kind", "entry")
    rows = recount.organization_daily(tx, _ALL)
    names, sums = ", ".join(key), ", ".join(f"sum({name})" for name in _SUMS)
    _rebuild(
        tx, "usage_organization_daily", key, rows,
        f"INSERT INTO usage_organization_daily ({names}, slot, {', '.join(_SUMS)}) SELECT {names}, 0, {sums}"
        f" FROM usage_daily WHERE {{where}} GROUP BY {names}",
    )  # fmt: skip
    return len(rows)


def monthly(tx: Tx) -> int:
    """Months, from their days."""
    rows = recount.monthly(tx, _ALL)
    for row in rows:
        tx.run(
            "DELETE FROM usage_month WHERE organization_id = :org AND month = :month AND user_id = :user"
            " AND kind = :kind",
            **_month(row),
        )
        tx.run(
            "INSERT INTO usage_month (organization_id, month, user_id, kind, events, charge, corrected)"
            " SELECT organization_id, CAST(:month AS BIGINT), user_id, kind, sum(events), sum(charge),"
            " sum(CASE WHEN entry > 0 THEN charge ELSE 0 END) FROM usage_daily WHERE organization_id = :org"
            " AND user_id = :user AND kind = :kind AND day >= :first AND day < :after"
            " GROUP BY organization_id, user_id, kind",
            first=first_day(int(row["month"])), after=first_day(int(row["month"]) + 1), **_month(row),
        )  # fmt: skip
    return len(rows)


def _month(row: Row) -> dict[str, int]:
    return {"org": row["organization_id"], "month": row["month"], "user": row["user_id"], "kind": row["kind"]}


def members(tx: Tx) -> int:
    """Members' counters, from their months."""
    rows = recount.members(tx, _ALL)
    for row in rows:
        kind = str(row["kind"])
        assert kind in KINDS
        tx.run(
            f"UPDATE membership SET {kind}_used = :used, {kind}_previous = :previous, {kind}_lifetime = :lifetime"
            " WHERE organization_id = :org AND user_id = :user",
            used=row["used_by_months"], previous=row["previous_by_months"], lifetime=row["lifetime_by_months"],
            org=row["organization_id"], user=row["user_id"],
        )  # fmt: skip
    return len(rows)


def pools(tx: Tx) -> int:
    """Pools, from their members and months."""
    rows = recount.pools(tx, _ALL)
    for row in rows:
        tx.run(
            "UPDATE pool SET allocated = :allocated, used = :used, lifetime = :lifetime WHERE organization_id = :org"
            " AND kind = :kind",
            allocated=row["allocated_by_members"], used=row["used_by_months"], lifetime=row["lifetime_by_months"],
            org=row["organization_id"], kind=KINDS.index(str(row["kind"])),
        )  # fmt: skip
    return len(rows)


def reserved(tx: Tx) -> int:
    """What members have reserved, from the calls in flight."""
    rows = recount.reserved(tx, _ALL)
    for row in rows:
        kind = str(row["kind"])
        assert kind in KINDS
        tx.run(
            f"UPDATE membership SET {kind}_reserved = :held WHERE organization_id = :org AND user_id = :user",
            held=row["held"], org=row["organization_id"], user=row["user_id"],
        )  # fmt: skip
    return len(rows)


def headcount(tx: Tx) -> int:
    """Head counts, from the memberships."""
    rows = recount.headcount(tx, _ALL)
    for row in rows:
        tx.run(
            "UPDATE organization SET members = :members WHERE id = :org",
            members=row["memberships"], org=row["organization_id"],
        )  # fmt: skip
    return len(rows)


def last_use(tx: Tx) -> int:
    """Members' last day of use, from their days."""
    rows = recount.last_use(tx, _ALL)
    for row in rows:
        tx.run(
            "UPDATE membership SET last_used_day = :day WHERE organization_id = :org AND user_id = :user",
            day=row["last_day"], org=row["organization_id"], user=row["user_id"],
        )  # fmt: skip
    return len(rows)


MENDS: dict[str, Callable[[Tx], int]] = {
    "daily totals": daily,
    "organization days": organization_daily,
    "months": monthly,
    "member counters": members,
    "pool counters": pools,
    "reservations": reserved,
    "members": headcount,
    "last use": last_use,
}
"""By the names of `recount.CHECKS`. "people" is not among them: where somebody belongs is for a person to say."""
