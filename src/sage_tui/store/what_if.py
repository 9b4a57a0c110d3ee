"""A month that is over, as it is replayed: the limits with which people began it, and what they used day by day.

Both are streamed in the order in which they are replayed: a million people, and each of their days.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sage_tui.domain.months import days_in, first_day, month_start
from sage_tui.domain.units import Kind
from sage_tui.domain.what_if import Use
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Tx, chunks

_MANY = 300
"""People a statement."""


class Beginning(NamedTuple):
    """A member, the first change of one limit since a month's start, and the exceptions that hold now."""

    user_id: int
    department: str
    allocation: int | None
    """Now."""
    created_at: int
    at: int | None
    """Of the change; None where there is none."""
    before: int | None
    after: int | None
    rule: str | None
    floor: int | None
    ceiling: int | None
    fixed: int
    """1: pinned, or without auto-increase."""


def beginnings(tx: Tx, organization_id: int, kind: Kind, month: int) -> Iterator[Beginning]:
    """Every member of now, in the order of their numbers."""
    name = kind.value
    sql = (
        f"SELECT m.user_id, m.department, m.{name}_allocation, m.created_at, c.at, c.before, c.after, c.rule,"
        f" o.{name}_floor, o.{name}_ceiling, CASE WHEN o.pinned OR o.no_auto_increase THEN 1 ELSE 0 END"
        " FROM membership m"
        ' LEFT JOIN "override" o ON o.organization_id = m.organization_id AND o.user_id = m.user_id'
        " AND (o.until IS NULL OR o.until > ?)"
        " LEFT JOIN allocation_change c ON c.organization_id = m.organization_id AND c.id = (SELECT min(h.id)"
        " FROM allocation_change h WHERE h.organization_id = ? AND h.user_id = m.user_id AND h.at >= ? AND h.field = ?)"
        " WHERE m.organization_id = ? AND m.ended_at IS NULL ORDER BY m.user_id"
    )
    for row in tx.stream(sql, (tx.now, organization_id, month_start(month), name, organization_id)):
        yield Beginning(*row)


def usage(tx: Tx, organization_id: int, kind: Kind, month: int) -> Iterator[Use]:
    """What people used on each day of a month, corrections with it, in the order of days and of their numbers."""
    begin = first_day(month)
    sql = (
        "SELECT d.day, d.user_id, CAST(sum(d.charge) AS BIGINT) FROM usage_daily d WHERE d.organization_id = ?"
        " AND d.day >= ? AND d.day < ? AND d.kind = ? AND d.user_id > 0"
        " GROUP BY d.day, d.user_id HAVING sum(d.charge) <> 0 ORDER BY d.day, d.user_id"
    )
    for day, user, charge in tx.stream(sql, (organization_id, begin, begin + days_in(month), KINDS.index(kind.value))):
        yield Use(day - begin, user, charge)


def members(tx: Tx, organization_id: int) -> int:
    """How many members an organization has."""
    return int(tx.value("SELECT members FROM organization WHERE id = :org", org=organization_id) or 0)


def emails(tx: Tx, organization_id: int, users: Sequence[int]) -> dict[int, str]:
    """The e-mails of members, by their numbers."""
    found: dict[int, str] = {}
    for some in chunks(users, _MANY):
        sql = (
            'SELECT u.id, u.email FROM "user" u JOIN membership m ON m.user_id = u.id AND m.organization_id = ?'
            f" WHERE u.id IN ({', '.join('?' * len(some))})"
        )
        found.update((int(user), str(email)) for user, email in tx.tuples(sql, (organization_id, *some)))
    return found
