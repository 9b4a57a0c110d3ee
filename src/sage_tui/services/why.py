"""Why somebody has the limit they have: every step from nothing to the present number, and what comes next."""

from datetime import datetime

from sage_tui.clock import to_datetime
from sage_tui.domain.months import month_of
from sage_tui.domain.permissions import Verb
from sage_tui.domain.policies import Policy, tier_of
from sage_tui.domain.rules import giver, request_of
from sage_tui.domain.units import Kind
from sage_tui.domain.users import HistoryStep
from sage_tui.domain.why import Never, Next, Why, WhyLimit
from sage_tui.services import people, policy_held, pools
from sage_tui.services.context import Context
from sage_tui.store import bumps
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Row, Tx

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
        f"SELECT m.{name}_allocation AS allocation, m.paid, u.banned,"
        f" CASE WHEN m.{name}_month = :month THEN m.{name}_used ELSE 0 END AS used FROM membership m"
        ' JOIN "user" u ON u.id = m.user_id WHERE m.organization_id = :org AND m.user_id = :user',
        org=organization_id, user=user_id, month=month_of(tx.now),
    )  # fmt: skip
    steps = steps_of(tx, organization_id, user_id, kind)
    following: Never | Next | None = _never(tx, organization_id, user_id, kind, policy, row)
    if following is None:
        passed = tier_of(policy, int(row["used"]), int(row["allocation"]))
        following = _next(tx, organization_id, user_id, kind, policy, passed or 0)
    return WhyLimit(kind, row["allocation"], int(row["used"]), steps, following)


def steps_of(tx: Tx, organization_id: int, user_id: int, kind: Kind) -> tuple[HistoryStep, ...]:
    """A step: the history of one limit, the oldest first."""
    rows = tx.rows(
        "SELECT c.at, c.before, c.after, c.rule, c.batch, b.actor, b.reason FROM allocation_change c"
        " LEFT JOIN batch b ON b.organization_id = c.organization_id AND b.id = c.batch"
        " WHERE c.organization_id = :org AND c.user_id = :user AND c.field = :field ORDER BY c.at, c.id",
        org=organization_id, user=user_id, field=kind.value,
    )  # fmt: skip
    ends, asked = ends_of(tx, organization_id, user_id), asked_of(tx, organization_id, user_id)
    return tuple(
        HistoryStep(
            to_datetime(row["at"]), kind, row["before"], row["after"], str(row["rule"]), str(row["actor"] or ""),
            str(row["reason"] or ""), int(row["batch"]), ends.get(giver(str(row["rule"]))),
            asked.get(request_of(str(row["rule"])), ""),
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


def asked_of(tx: Tx, organization_id: int, user_id: int) -> dict[str, str]:
    """A step: why a person asked, by the number of the request."""
    rows = tx.rows(
        "SELECT r.id, r.reason FROM request r WHERE r.organization_id = :org AND r.user_id = :user",
        org=organization_id, user=user_id,
    )  # fmt: skip
    return {str(row["id"]): str(row["reason"] or "") for row in rows}


def _never(tx: Tx, organization_id: int, user_id: int, kind: Kind, policy: Policy, row: Row) -> Never | None:
    """Why nothing raises a limit by itself, as services/auto_increase would find it now."""
    allocation = row["allocation"]
    override = tx.row(
        f'SELECT o.pinned, o.no_auto_increase, o.{kind.value}_ceiling AS ceiling FROM "override" o'
        " WHERE o.organization_id = :org AND o.user_id = :user AND (o.until IS NULL OR o.until > :now)",
        org=organization_id, user=user_id, now=tx.now,
    )  # fmt: skip
    own = None if override is None else override["ceiling"]
    ceiling = policy.ceiling if own is None else int(own)
    found = (
        ("unset", not allocation),
        ("banned", row["banned"]),
        ("unpaid", not row["paid"]),
        ("pinned", override is not None and override["pinned"]),
        ("no_auto_increase", override is not None and override["no_auto_increase"]),
        ("off", not policy.tiers),
        ("ceiling" if own is None else "own_ceiling", ceiling is not None and allocation and allocation >= ceiling),
    )
    why_not = next((code for code, holds in found if holds), None)
    if why_not is None:
        pool, cap = pools.status(tx, organization_id)[kind], policy_held.current(tx, organization_id).policy.cap_percent
        why_not = "no_room" if pool.purchased * cap // 100 <= pool.allocated else None
    return None if why_not is None else Never(why_not, ceiling or 0)


def _next(tx: Tx, organization_id: int, user_id: int, kind: Kind, policy: Policy, tier: int) -> Next:
    """From `tier` (its place: the highest that is passed, or the first) on, and until when its last bump keeps it."""
    last = bumps.last(tx, organization_id, KINDS.index(kind.value), [user_id])
    over = {place: at + policy.cooldown * MINUTE for (_, place), at in last.items()}
    until = over.get(tier, 0)
    if until <= tx.now:
        return Next(policy.tiers[tier].trigger)
    free = (place for place in range(tier + 1, len(policy.tiers)) if over.get(place, 0) <= tx.now)
    higher = next(free, None)
    sooner = None if higher is None else policy.tiers[higher].trigger
    return Next(policy.tiers[tier].trigger, to_datetime(until), sooner)
