"""Pools: what was bought for a month, what is allocated of it. Steps and one value; no verb of its own."""

from collections.abc import Mapping
from typing import Any

from sage_tui.domain.months import month_of
from sage_tui.domain.plans import PoolEffect
from sage_tui.domain.units import Kind
from sage_tui.domain.users import PoolStatus
from sage_tui.services import policy_held
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Tx

KIND_CODES = {Kind.INFERENCE: 0, Kind.EMBEDDING: 1}


def purchased(tx: Tx, organization_id: int, month: int) -> dict[Kind, int]:
    """The pool of a month: the sum of the purchases that hold in it, in tokens (product.md, "purchase")."""
    row = tx.row(
        "SELECT sum(inference) AS inference, sum(embedding) AS embedding FROM purchase"
        " WHERE organization_id = :org AND first_month <= :month AND (last_month IS NULL OR last_month >= :month)",
        org=organization_id, month=month,
    )  # fmt: skip
    return {kind: int((row or {}).get(kind.value) or 0) for kind in Kind}


def cap(tx: Tx, organization_id: int, purchased: int) -> int:
    """How far the allocations of a kind may go: the pool times the policy's N%, 100 by default (product.md, Words)."""
    return purchased * policy_held.current(tx, organization_id).policy.cap_percent // 100


def effects(tx: Tx, organization_id: int, change: Mapping[Kind, int]) -> dict[Kind, PoolEffect]:
    """What raising both pools' allocated tokens by so much would do, this month."""
    counted = tx.rows("SELECT kind, allocated FROM pool WHERE organization_id = :org", org=organization_id)
    allocated = {KINDS[row["kind"]]: int(row["allocated"]) for row in counted}
    bought = purchased(tx, organization_id, month_of(tx.now))
    return {
        kind: PoolEffect(
            kind,
            bought[kind],
            cap(tx, organization_id, bought[kind]),
            allocated.get(kind.value, 0),
            allocated.get(kind.value, 0) + change[kind],
        )
        for kind in Kind
    }


def lock(tx: Tx, organization_id: int) -> dict[Kind, Any]:
    """Both pool rows of an organization, locked: every raise of an allocation takes this lock first."""
    rows = tx.lock("SELECT * FROM pool WHERE organization_id = :org ORDER BY kind", org=organization_id)
    return {Kind(KINDS[row["kind"]]): row for row in rows}


def room(tx: Tx, organization_id: int) -> dict[Kind, int]:
    """How much more may be allocated of each kind under the cap, both pools locked; below 0 where it stands above."""
    locked, bought = lock(tx, organization_id), purchased(tx, organization_id, month_of(tx.now))
    return {kind: cap(tx, organization_id, bought[kind]) - int(locked[kind]["allocated"]) for kind in Kind}


def status(tx: Tx, organization_id: int | None) -> dict[Kind, PoolStatus]:
    """Both kinds' status of one organization, or of all within the actor's reach, this UTC month."""
    month = month_of(tx.now)
    where, values = tx.within("p", organization_id)
    rows = tx.rows(
        "SELECT p.kind, sum(p.allocated) AS allocated, sum(CASE WHEN p.month = :month THEN p.used ELSE 0 END) AS used"
        f" FROM pool p WHERE {where} GROUP BY p.kind",
        month=month, **values,
    )  # fmt: skip
    bought = tx.row(
        "SELECT sum(p.inference) AS inference, sum(p.embedding) AS embedding FROM purchase p"
        f" WHERE {where} AND p.first_month <= :month AND (p.last_month IS NULL OR p.last_month >= :month)",
        month=month, **values,
    )  # fmt: skip
    sums = {KINDS[row["kind"]]: row for row in rows}
    return {
        kind: PoolStatus(
            kind,
            int((bought or {}).get(kind.value) or 0),
            int(sums[kind.value]["allocated"] or 0) if kind.value in sums else 0,
            int(sums[kind.value]["used"] or 0) if kind.value in sums else 0,
        )
        for kind in Kind
    }
