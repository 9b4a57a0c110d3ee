"""Why somebody has the limit they have: every step from nothing to the present number, and what comes next."""

from datetime import datetime

from sage_tui.clock import to_datetime
from sage_tui.domain.permissions import Verb
from sage_tui.domain.policies import Policy
from sage_tui.domain.rules import giver
from sage_tui.domain.units import Kind
from sage_tui.domain.users import HistoryStep
from sage_tui.domain.why import Next, Why, WhyLimit
from sage_tui.services import people, policy_held
from sage_tui.services.context import Context
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Tx

MINUTE = 60 * 1_000_000


def why(ctx: Context, email: str) -> Why:
    """Why a person has the limits they have. Raises NotFound, alike for unknown and out of reach."""
    with ctx.read(Verb.WHY) as tx:
        person = people.find(tx, email)
        organization_id, user_id = int(person["organization_id"]), int(person["id"])
        policy = policy_held.all_of(tx, organization_id).of(_department(tx, organization_id, user_id))
        limits = {kind: _limit(tx, organization_id, user_id, kind, policy) for kind in Kind}
        return Why(str(person["email"]), organization_id, user_id, limits)


def _department(tx: Tx, organization_id: int, user_id: int) -> str:
    return str(
        tx.value(
            "SELECT department FROM membership WHERE organization_id = :org AND user_id = :user",
            org=organization_id, user=user_id,
        )
        or ""
    )  # fmt: skip


def _limit(tx: Tx, organization_id: int, user_id: int, kind: Kind, policy: Policy) -> WhyLimit:
    name = kind.value
    (row,) = tx.rows(
        f"SELECT {name}_allocation AS allocation, {name}_used AS used, paid FROM membership"
        " WHERE organization_id = :org AND user_id = :user",
        org=organization_id, user=user_id,
    )  # fmt: skip
    steps = steps_of(tx, organization_id, user_id, kind)
    raises = row["paid"] and row["allocation"] and policy.tiers and not _excepted(tx, organization_id, user_id)
    following = _next(tx, organization_id, user_id, kind, policy) if raises else None
    return WhyLimit(kind, row["allocation"], int(row["used"]), steps, following)


def steps_of(tx: Tx, organization_id: int, user_id: int, kind: Kind) -> tuple[HistoryStep, ...]:
    """A step: the history of one limit, the oldest first."""
    rows = tx.rows(
        "SELECT c.at, c.before, c.after, c.rule, c.batch, b.actor, b.reason FROM allocation_change c"
        " LEFT JOIN batch b ON b.organization_id = c.organization_id AND b.id = c.batch"
        " WHERE c.organization_id = :org AND c.user_id = :user AND c.field = :field ORDER BY c.at, c.id",
        org=organization_id, user=user_id, field=kind.value,
    )  # fmt: skip
    ends = ends_of(tx, organization_id, user_id)
    return tuple(
        HistoryStep(
            to_datetime(row["at"]), kind, row["before"], row["after"], str(row["rule"]), str(row["actor"] or ""),
            str(row["reason"] or ""), int(row["batch"]), ends.get(giver(str(row["rule"]))),
        )
        for row in rows
    )  # fmt: skip


def ends_of(tx: Tx, organization_id: int, user_id: int) -> dict[str, datetime]:
    """A step: when a person's raises end or ended, by the code of the step that each is (domain/rules.giver)."""
    rows = tx.rows(
        "SELECT t.id, t.request_id, t.until FROM token_raise t WHERE t.organization_id = :org AND t.user_id = :user",
        org=organization_id, user=user_id,
    )  # fmt: skip
    return {
        f"raise:{row['id']}" if row["request_id"] is None else f"request_until:{row['request_id']}": to_datetime(
            row["until"]
        )
        for row in rows
    }


def _excepted(tx: Tx, organization_id: int, user_id: int) -> bool:
    found = tx.value(
        'SELECT 1 FROM "override" o WHERE o.organization_id = :org AND o.user_id = :user AND (o.until IS NULL OR'
        " o.until > :now) AND (o.pinned OR o.no_auto_increase)",
        org=organization_id, user=user_id, now=tx.now,
    )  # fmt: skip
    return found is not None


def _next(tx: Tx, organization_id: int, user_id: int, kind: Kind, policy: Policy) -> Next:
    """The first tier, and until when the last bump of it keeps it waiting."""
    last = tx.value(
        "SELECT at FROM bump WHERE organization_id = :org AND user_id = :user AND kind = :kind AND tier = 0",
        org=organization_id, user=user_id, kind=KINDS.index(kind.value),
    )  # fmt: skip
    until = None if last is None else int(last) + policy.cooldown * MINUTE
    return Next(policy.tiers[0].trigger, to_datetime(until) if until is not None and until > tx.now else None)
