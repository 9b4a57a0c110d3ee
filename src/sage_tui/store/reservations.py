"""Reservations in SQL: how a person stands, holding tokens in one guarded statement, ending a hold.

The guarded UPDATE decides, and never what was read before it (gateway.md, section 5, rule 3). Volume goes past
SQLAlchemy, as in store/recording.
"""

import re
from functools import lru_cache
from typing import Any

from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Tx

HELD, SETTLED, RELEASED, EXPIRED, REFUSED = "held", "settled", "released", "expired", "refused"

_STANDING = """SELECT u.organization_id, u.id, u.banned, m.paid, m.{k}_allocation,
 CASE WHEN m.{k}_month >= :month THEN m.{k}_used ELSE 0 END,
 CASE WHEN m.{k}_month >= :month THEN m.{k}_reserved ELSE 0 END,
 CASE WHEN p.month = :month THEN p.used ELSE 0 END,
 (SELECT sum(b.{k}) FROM purchase b WHERE b.organization_id = u.organization_id AND b.first_month <= :month
  AND (b.last_month IS NULL OR b.last_month >= :month)),
 o.models_restricted, x.id, x.prompt_weight, x.cached_weight, x.completion_weight, x.active,
 (SELECT 1 FROM model_access a WHERE a.organization_id = u.organization_id AND a.model_id = x.id),
 o.closed_at,
 (SELECT q.preset || ' ' || q.fields FROM policy q WHERE q.organization_id = u.organization_id AND q.department = ''
  ORDER BY q.version DESC LIMIT 1),
 CASE WHEN m.department <> '' THEN (SELECT q.preset || ' ' || q.fields FROM policy q
  WHERE q.organization_id = u.organization_id AND q.department = m.department ORDER BY q.version DESC LIMIT 1) END
 FROM "user" u
 JOIN membership m ON m.organization_id = u.organization_id AND m.user_id = u.id AND m.ended_at IS NULL
 JOIN organization o ON o.id = u.organization_id
 LEFT JOIN pool p ON p.organization_id = u.organization_id AND p.kind = :kind
 LEFT JOIN model x ON x.key = :model
 WHERE u.{by} = :name"""

_HOLD = """UPDATE membership SET
 {k}_previous = CASE WHEN {k}_month >= :month THEN {k}_previous WHEN {k}_month = :before THEN {k}_used ELSE 0 END,
 {k}_used = CASE WHEN {k}_month >= :month THEN {k}_used ELSE 0 END,
 {k}_reserved = CASE WHEN {k}_month >= :month THEN {k}_reserved ELSE 0 END + :charge,
 {k}_stopped_at = CASE WHEN {k}_month >= :month THEN {k}_stopped_at ELSE NULL END,
 {k}_refused = CASE WHEN {k}_month >= :month THEN {k}_refused ELSE 0 END,
 {k}_month = CASE WHEN {k}_month >= :month THEN {k}_month ELSE :month END
 WHERE organization_id = :org AND user_id = :user AND ended_at IS NULL AND paid
 AND CASE WHEN {k}_month >= :month THEN {k}_used + {k}_reserved ELSE 0 END + :charge <= {k}_allocation
 AND NOT EXISTS (SELECT 1 FROM "user" u WHERE u.id = membership.user_id AND u.banned)
 AND (SELECT CASE WHEN p.month = :month THEN p.used ELSE 0 END FROM pool p
  WHERE p.organization_id = :org AND p.kind = :kind)
 < (SELECT sum(b.{k}) FROM purchase b WHERE b.organization_id = :org AND b.first_month <= :month
  AND (b.last_month IS NULL OR b.last_month >= :month))
 RETURNING {k}_month, {k}_allocation - {k}_used - {k}_reserved"""

_COLUMNS = (
    "organization_id", "id", "user_id", "model_id", "kind", "month", "estimate", "prompt_estimate",
    "completion_estimate", "status", "why", "source_id", "retry_key", "content", "created_at", "expires_at",
    "closed_at", "call_id", "provider_id",
)  # fmt: skip
_INSERT = (
    f"INSERT INTO reservation ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + name for name in _COLUMNS)})"
    " ON CONFLICT (organization_id, source_id, retry_key) DO NOTHING RETURNING 1"
)
_PARAMETER = re.compile(r"(?<![:\w]):(\w+)")


@lru_cache(maxsize=100)
def _positional(sql: str) -> tuple[str, tuple[str, ...]]:
    """A statement with `:name` parameters as one with `?`, and the order of the names."""
    return _PARAMETER.sub("?", sql), tuple(_PARAMETER.findall(sql))


def _ask(tx: Tx, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Run one statement past SQLAlchemy's compiler; its rows."""
    marked, names = _positional(sql)
    return tx.tuples(marked, tuple([values[name] for name in names]))


@lru_cache(maxsize=100)
def _standing(kind: int, by: str, where: str) -> tuple[str, tuple[str, ...]]:
    return _positional(f"{_STANDING.format(k=KINDS[kind], by=by)} AND {where}")


def standing(tx: Tx, kind: int, by: str, name: str, model: str, month: int) -> tuple[Any, ...] | None:
    """How a person within the reach stands, found by `email_key` or `gateway_id`; the columns of `_STANDING`."""
    where, more = tx.within("u")
    sql, names = _standing(kind, by, where)
    values = {"month": month, "kind": kind, "model": model, "name": name, **more}
    rows = tx.tuples(sql, tuple([values[one] for one in names]))
    return rows[0] if rows else None


def used_on(tx: Tx, organization_id: int, user_id: int, kind: int, day: int) -> int:
    """What somebody was charged on a day."""
    sql = "SELECT sum(charge) FROM usage_daily WHERE organization_id = ? AND user_id = ? AND day = ? AND kind = ?"
    return int(tx.tuples(sql, (organization_id, user_id, day, kind))[0][0] or 0)


def lock_member(tx: Tx, organization_id: int, user_id: int) -> None:
    """Lock a member: what is read from now on stands until the end."""
    tx.lock(
        "SELECT user_id FROM membership WHERE organization_id = :org AND user_id = :user",
        org=organization_id, user=user_id,
    )  # fmt: skip


def hold(tx: Tx, organization_id: int, user_id: int, kind: int, charge: int, month: int) -> tuple[int, int] | None:
    """Reserve if there is room: (month of the row, remaining), or None where nothing was touched."""
    values = {"org": organization_id, "user": user_id, "kind": kind, "charge": charge, "month": month,
              "before": month - 1}  # fmt: skip
    rows = _ask(tx, _HOLD.format(k=KINDS[kind]), values)
    return (int(rows[0][0]), int(rows[0][1])) if rows else None


def give_back(tx: Tx, organization_id: int, user_id: int, kind: int, charge: int, month: int) -> int | None:
    """Take a hold off; what is left of that month then.

    None: the row went on to another month and forgot the hold already (house.md, "Months").
    """
    name = KINDS[kind]
    rows = tx.tuples(
        f"UPDATE membership SET {name}_reserved = {name}_reserved - ? WHERE organization_id = ? AND user_id = ?"
        f" AND {name}_month = ? RETURNING coalesce({name}_allocation, 0) - {name}_used - {name}_reserved",
        (charge, organization_id, user_id, month),
    )
    return max(int(rows[0][0]), 0) if rows else None


def stop(tx: Tx, organization_id: int, user_id: int, kind: int) -> None:
    """A call was refused: stopped since the first, one more."""
    name = KINDS[kind]
    tx.many(
        f"UPDATE membership SET {name}_stopped_at = coalesce({name}_stopped_at, ?), {name}_refused = {name}_refused + 1"
        " WHERE organization_id = ? AND user_id = ?",
        [(tx.now, organization_id, user_id)],
    )


def nobody_stopped(tx: Tx, organization_id: int, since: int) -> None:
    """With a month that began at `since` nobody is stopped any more who was before it."""
    for name in KINDS:
        tx.many(
            f"UPDATE membership SET {name}_stopped_at = NULL, {name}_refused = 0 WHERE organization_id = ?"
            f" AND ended_at IS NULL AND {name}_stopped_at IS NOT NULL AND {name}_stopped_at < ?",
            [(organization_id, since)],
        )


def insert(tx: Tx, values: dict[str, Any]) -> bool:
    """A new reservation; False where its retry key is taken (waits for whoever is taking it)."""
    return bool(_ask(tx, _INSERT, values))


def close(tx: Tx, organization_id: int, id: bytes, status: str, why: str = "", month: int | None = None) -> None:
    """End a reservation; with a month, say in which its tokens are held."""
    tx.many(
        "UPDATE reservation SET status = ?, why = ?, month = coalesce(?, month), closed_at = ?"
        " WHERE organization_id = ? AND id = ?",
        [(status, why, month, None if status == HELD else tx.now, organization_id, id)],
    )


def forget(tx: Tx, organization_id: int, id: bytes) -> None:
    """Remove one that was refused and that nobody can ask for again."""
    tx.many("DELETE FROM reservation WHERE organization_id = ? AND id = ?", [(organization_id, id)])


def by_key(tx: Tx, source_id: int, key: str) -> dict[str, Any] | None:
    """The reservation of a caller's retry key, in whatever organization; locked."""
    return _one(tx, "retry_key = :key AND source_id = :source", {"key": key, "source": source_id})


def by_id(tx: Tx, id: bytes) -> dict[str, Any] | None:
    """A reservation within the reach, locked."""
    return _one(tx, "id = :id", {"id": id})


def _one(tx: Tx, where: str, values: dict[str, Any]) -> dict[str, Any] | None:
    reach, more = tx.within("r")
    lock = "" if tx.sqlite else " FOR UPDATE"
    columns = ", ".join(f"r.{name}" for name in _COLUMNS)
    sql = f"SELECT {columns} FROM reservation r WHERE r.{where} AND {reach}{lock}"
    rows = _ask(tx, sql.replace(" AND source", " AND r.source"), {**values, **more})
    return dict(zip(_COLUMNS, rows[0], strict=True)) if rows else None


def expire(tx: Tx, organization_id: int, at_most: int) -> list[dict[str, Any]]:
    """Close what is held past its expiry, the oldest first; what was closed."""
    names = ", ".join(_COLUMNS)
    rows = _ask(
        tx,
        "UPDATE reservation SET status = 'expired', closed_at = :now WHERE organization_id = :org AND status = 'held'"
        " AND id IN (SELECT id FROM reservation WHERE organization_id = :org AND status = 'held'"
        f" AND expires_at <= :now ORDER BY expires_at, id LIMIT {int(at_most)}) RETURNING {names}",
        {"now": tx.now, "org": organization_id},
    )
    return [dict(zip(_COLUMNS, row, strict=True)) for row in rows]


def overdue(tx: Tx, organization_id: int) -> bool:
    """Is anything held past its expiry?"""
    sql = "SELECT 1 FROM reservation WHERE organization_id = ? AND status = 'held' AND expires_at <= ? LIMIT 1"
    return bool(tx.tuples(sql, (organization_id, tx.now)))
