"""Allocation against use, in bands of how much of it was used."""

from sage_tui.domain.months import month_of, month_start
from sage_tui.domain.statistics import Band, BandLine
from sage_tui.domain.units import Kind
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Tx

_PLACES = {name: place for place, name in enumerate(Band)}
_BAND = (
    f"CASE WHEN a IS NULL THEN {_PLACES[Band.UNSET]} WHEN used <= 0 THEN {_PLACES[Band.NEVER]}"
    f" WHEN used >= a THEN {_PLACES[Band.FULL]} WHEN used * 10 < a THEN {_PLACES[Band.TENTH]}"
    f" WHEN used * 2 < a THEN {_PLACES[Band.HALF]} WHEN used * 10 < a * 9 THEN {_PLACES[Band.MOST]}"
    f" ELSE {_PLACES[Band.NEAR]} END"
)
"""`domain.statistics.band` in SQL."""


def bands(
    tx: Tx, kind: Kind, month: int, organization_id: int | None = None, department: str | None = None
) -> list[BandLine]:
    """All bands, also empty ones. A month that is over stands as at its end: its members and their allocations then."""
    reach, values = tx.within("m", organization_id)
    if department is not None:
        reach += " AND m.department = :department"
        values["department"] = department
    people = _now(kind) if month == month_of(tx.now) else _then(kind)
    rows = tx.rows(
        f"SELECT {_BAND} AS band, count(*) AS people, CAST(sum(coalesce(a, 0)) AS BIGINT) AS allocated,"
        " CAST(sum(used) AS BIGINT) AS used, CAST(sum(CASE WHEN a > used THEN a - used ELSE 0 END) AS BIGINT)"
        f" AS stranded FROM ({people} AND {reach}) s GROUP BY 1",
        month=month, end=month_start(month + 1), field=kind.value, kind=KINDS.index(kind.value), **values,
    )  # fmt: skip
    found = {
        int(row["band"]): (int(row["people"]), int(row["allocated"]), int(row["used"]), int(row["stranded"]))
        for row in rows
    }
    return [BandLine(name, *found.get(place, (0, 0, 0, 0))) for name, place in _PLACES.items()]


def _now(kind: Kind) -> str:
    """Members of now with their counters. (The parameters that only the past needs are named, so that both may have
    them.)"""
    name = kind.value
    return (
        f"SELECT m.{name}_allocation AS a, CASE WHEN m.{name}_month = :month THEN m.{name}_used ELSE 0 END AS used"
        " FROM membership m WHERE m.ended_at IS NULL AND m.created_at < :end AND :field <> '' AND :kind >= 0"
    )


def _then(kind: Kind) -> str:
    """Members at a month's end: the allocation after the last change before it; before the first one after it; as it
    is, where it never changed."""
    change = (
        "allocation_change h WHERE h.organization_id = m.organization_id AND h.user_id = m.user_id"
        " AND h.field = :field AND h.at"
    )
    return (
        "SELECT CASE WHEN b.id IS NOT NULL THEN b.after WHEN c.id IS NOT NULL THEN c.before"
        f" ELSE m.{kind.value}_allocation END AS a, coalesce(t.charge, 0) AS used FROM membership m"
        " LEFT JOIN allocation_change b ON b.organization_id = m.organization_id"
        f" AND b.id = (SELECT max(h.id) FROM {change} < :end)"
        " LEFT JOIN allocation_change c ON c.organization_id = m.organization_id"
        f" AND c.id = (SELECT min(h.id) FROM {change} >= :end)"
        " LEFT JOIN usage_month t ON t.organization_id = m.organization_id AND t.month = :month"
        " AND t.user_id = m.user_id AND t.kind = :kind"
        " WHERE m.created_at < :end AND (m.ended_at IS NULL OR m.ended_at >= :end)"
    )


def used(tx: Tx, kind: Kind, month: int, organization_id: int | None = None) -> tuple[int, int]:
    """What was used of a kind in a month: by people, and by identities that belong to nobody."""
    reach, values = tx.within("t", organization_id)
    row = tx.row(
        "SELECT CAST(coalesce(sum(CASE WHEN t.user_id > 0 THEN t.charge ELSE 0 END), 0) AS BIGINT) AS people,"
        " CAST(coalesce(sum(CASE WHEN t.user_id < 0 THEN t.charge ELSE 0 END), 0) AS BIGINT) AS held"
        f" FROM usage_month t WHERE t.month = :month AND t.kind = :kind AND {reach}",
        month=month, kind=KINDS.index(kind.value), **values,
    ) or {}  # fmt: skip
    return int(row["people"]), int(row["held"])
