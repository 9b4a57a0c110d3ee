"""People as distribution sees them, read in the order of their numbers; and what changed of them since a plan.

A million rows are streamed. The use of the last days is summed from the daily totals, the one source of all totals.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sage_tui.domain.distributing import USE_DAYS
from sage_tui.domain.months import DAY, month_of
from sage_tui.domain.plans import State
from sage_tui.domain.units import MAX_TOKENS, Kind
from sage_tui.store.plan_sql import OURS
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Tx


class Standing(NamedTuple):
    """A member and the exceptions that are in force for them, of one kind. Flags are 0 or 1, tokens whole."""

    user_id: int
    allocation: int | None
    used: int
    weight: int
    last_day: int
    """The UTC day of their last use, or of their beginning."""
    spends: int
    department: str
    pinned: int
    no_reclaim: int
    floor: int | None
    """Their own, where an exception says so."""
    ceiling: int | None


def standing(tx: Tx, organization_id: int, kind: Kind) -> Iterator[Standing]:
    """Every member of an organization, for one kind."""
    name, today, month = kind.value, tx.now // DAY, month_of(tx.now)
    sql = (
        f"SELECT m.user_id, m.{name}_allocation, CASE WHEN m.{name}_month = ? THEN m.{name}_used ELSE 0 END,"
        " coalesce(w.charge, 0), coalesce(m.last_used_day, m.created_at / ?),"
        " CASE WHEN m.paid AND NOT u.banned THEN 1 ELSE 0 END, m.department, coalesce(CAST(o.pinned AS INTEGER), 0),"
        f" coalesce(CAST(o.no_reclaim AS INTEGER), 0), o.{name}_floor, o.{name}_ceiling"
        ' FROM membership m JOIN "user" u ON u.id = m.user_id'
        ' LEFT JOIN "override" o ON o.organization_id = m.organization_id AND o.user_id = m.user_id'
        " AND (o.until IS NULL OR o.until > ?)"
        " LEFT JOIN (SELECT d.user_id AS who, CAST(sum(d.charge) AS BIGINT) AS charge FROM usage_daily d"
        " WHERE d.organization_id = ? AND d.day > ? AND d.day <= ? AND d.kind = ? AND d.user_id > 0 GROUP BY d.user_id)"
        " w ON w.who = m.user_id"
        " WHERE m.organization_id = ? AND m.ended_at IS NULL ORDER BY m.user_id"
    )
    values = (month, DAY, tx.now, organization_id, today - USE_DAYS, today, KINDS.index(name), organization_id)
    for found in tx.stream(sql, values):
        yield Standing(*found)


class Bounds(NamedTuple):
    """What a policy leaves at least and gives at most. `departments` are its own, or all but these where `but`."""

    departments: tuple[str, ...]
    but: bool
    floors: dict[Kind, int]
    ceiling: int | None


def recheck(tx: Tx, organization_id: int, plan_id: int, bounds: Sequence[Bounds]) -> None:
    """Leave rows of a distribution that rules except by now: pinned or exempt since, no longer spending, one's own,
    below the floor or above the ceiling that hold now.

    Nobody is lowered below what they have used since the plan was made.
    """
    for one in bounds:
        _within(tx, {"org": organization_id, "plan": plan_id}, one)
    ours = {"org": organization_id, "plan": plan_id}
    excepted = (
        'EXISTS (SELECT 1 FROM "override" o WHERE o.organization_id = :org AND o.user_id = plan_row.user_id'
        " AND {0} AND (o.until IS NULL OR o.until > :now))"
    )
    raised, less = "coalesce(after, 0) > coalesce(before, 0)", "after < before"
    _leave(tx, "pinned", excepted.format("o.pinned"), now=tx.now, **ours)
    _leave(tx, "exempt", f"{less} AND {excepted.format('o.no_reclaim')}", now=tx.now, **ours)
    spends = (
        'SELECT 1 FROM membership m JOIN "user" u ON u.id = m.user_id WHERE m.organization_id = :org'
        " AND m.user_id = plan_row.user_id AND m.ended_at IS NULL AND m.paid AND NOT u.banned"
    )
    _leave(tx, "no_spend", f"{raised} AND NOT EXISTS ({spends})", **ours)
    for kind in Kind:
        used = (
            f"SELECT 1 FROM membership m WHERE m.organization_id = :org AND m.user_id = plan_row.user_id"
            f" AND m.{kind.value}_month = :month AND m.{kind.value}_used > plan_row.after"
        )
        _leave(
            tx, "used", f"field = '{kind.value}' AND {less} AND EXISTS ({used})", month=month_of(tx.now), **ours
        )  # fmt: skip
    if tx.actor.user_id is not None and _others(tx, organization_id):
        _leave(tx, "self_raise", f"user_id = :me AND {raised}", me=tx.actor.user_id, **ours)


def _within(tx: Tx, ours: dict[str, int], one: Bounds) -> None:
    """Leave what passes the floors and the ceiling of a policy, or a person's own."""
    marks = ", ".join(f":d{place}" for place in range(len(one.departments)))
    named = {f"d{place}": name for place, name in enumerate(one.departments)}
    among = f"m.department {'NOT ' if one.but else ''}IN ({marks})" if one.departments else "TRUE"
    own = (
        'LEFT JOIN "override" o ON o.organization_id = m.organization_id AND o.user_id = m.user_id'
        " AND (o.until IS NULL OR o.until > :now)"
    )
    for kind, floor in one.floors.items():
        whose = (
            f"field = '{kind.value}' AND {{0}} AND EXISTS (SELECT 1 FROM membership m {own}"
            f" WHERE m.organization_id = :org AND m.user_id = plan_row.user_id AND {among} AND {{1}})"
        )
        low = whose.format("after < before", f"plan_row.after < coalesce(o.{kind.value}_floor, :bound)")
        _leave(tx, "floor", low, bound=floor, now=tx.now, **named, **ours)
        most = MAX_TOKENS if one.ceiling is None else one.ceiling
        high = whose.format(
            "coalesce(after, 0) > coalesce(before, 0)", f"plan_row.after > coalesce(o.{kind.value}_ceiling, :bound)"
        )
        _leave(tx, "ceiling", high, bound=most, now=tx.now, **named, **ours)


def _leave(tx: Tx, why: str, where: str, **values: object) -> None:
    tx.run(
        f"UPDATE plan_row SET state = {int(State.LEFT)}, why = '{why}' WHERE {OURS} AND state = {int(State.IN)}"
        f" AND {where}",
        **values,
    )


def _others(tx: Tx, organization_id: int) -> bool:
    """Is there another administrator who can act?"""
    found = tx.value(
        'SELECT 1 FROM membership m JOIN "user" u ON u.id = m.user_id WHERE m.organization_id = :org'
        " AND m.type = 'admin' AND m.ended_at IS NULL AND NOT u.banned AND NOT m.read_only AND m.user_id <> :me"
        " LIMIT 1",
        org=organization_id, me=tx.actor.user_id,
    )  # fmt: skip
    return found is not None
