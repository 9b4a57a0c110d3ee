"""Limits that rise because they are used: in the transaction that records the usage (product.md, "Auto-increase").

new = min(current + bump, ceiling, current + what the cap leaves). One bump a person and call, the highest tier passed
counts, a cooldown per person, kind and tier. A bump that comes out as nothing is none, and is told once a cooldown.
Late records of earlier months raise nobody.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from sage_tui.domain.months import month_of
from sage_tui.domain.policies import Of, Policy, bumped, tier_of
from sage_tui.domain.spending import Bumped
from sage_tui.domain.units import Kind
from sage_tui.services import falling_back, people, policy_held, pools
from sage_tui.store import audit, bumps
from sage_tui.store.bumps import Own, Raise
from sage_tui.store.one_call import Told
from sage_tui.store.recording import KINDS, Sums
from sage_tui.store.transaction import Tx

ACTION = "auto-increase"
MINUTE = 60 * 1_000_000


@dataclass(frozen=True, slots=True)
class _Passed:
    """Somebody who passed a tier (its place) of the policy that holds for them."""

    user_id: int
    current: int
    tier: int
    department: str
    """Whose policy it is; empty: the organization's own."""
    policy: Policy
    version: int


@dataclass(slots=True)
class _Due:
    """Who passed a tier whose cooldown is over, and their exceptions; to whom it was told that nothing came of it."""

    rows: list[_Passed]
    exceptions: dict[int, Own]
    told: set[tuple[int, int]]


@dataclass(slots=True)
class _Outcome:
    """What came of one kind of one organization."""

    raises: list[Raise] = field(default_factory=list)
    nothing: list[tuple[int, int]] = field(default_factory=list)
    """(user, tier) that gave nothing and was not told yet."""
    before: int = 0
    """The pool's allocated tokens."""


def after(tx: Tx, months: Sums, told: Told | None = None) -> tuple[Bumped, ...]:
    """Raise those whose usage of this month, just written, passed a tier. A step; the pools' rows are locked by now.

    `told` is of the one person of a single call, where it is known: most calls pass nothing, and end here.
    """
    if told is not None and _nothing(tx, told):
        return ()
    touched: dict[int, tuple[list[int], list[int]]] = {}
    now = month_of(tx.now)
    for (organization, month, user, kind), sums in months:
        if user > 0 and month == now and organization and sums[3] >= 0:
            if organization not in touched:
                touched[organization] = ([], [])
            touched[organization][kind].append(user)
    done: list[Bumped] = []
    for organization in sorted(touched):
        done += _organization(tx, organization, touched[organization])
    return tuple(done)


def _nothing(tx: Tx, told: Told) -> bool:
    """Is nothing due, and no tier passed, whatever policy holds for the person? Asks less than `_due`, never more."""
    if told.due:
        return False
    least = policy_held.least_of(tx, told.policies)
    return least is None or told.allocation is None or told.used * 1000 < told.allocation * least


def _organization(tx: Tx, organization_id: int, users: Sequence[list[int]]) -> list[Bumped]:
    falling_back.due(tx, organization_id)
    held = policy_held.in_force(tx, organization_id)
    least = held.least()
    if least is None:
        return []
    outcomes: dict[int, _Outcome] = {}
    for code, some in enumerate(users):
        due = _due(tx, organization_id, code, some, held, least) if some else None
        if due:
            outcome = _outcome(tx, organization_id, code, due, held)
            if outcome.raises or outcome.nothing:
                outcomes[code] = outcome
    return _write(tx, organization_id, outcomes) if outcomes else []


def _due(
    tx: Tx, organization_id: int, code: int, users: list[int], held: policy_held.InForce, least: int
) -> _Due | None:
    found = bumps.candidates(tx, organization_id, code, users, month_of(tx.now), least)
    if not found:
        return None
    names = [user for user, *_ in found]
    last = bumps.last(tx, organization_id, code, names)
    excepted = bumps.exceptions(tx, organization_id, code, names)
    rows, told = [], set()
    for user, allocation, used, department in found:
        policy, version = held.of(department)
        tier = tier_of(policy, used, allocation)
        over = tx.now - policy.cooldown * MINUTE
        if tier is None or last.get((user, tier), -1) > over or excepted.get(user, Own()).none:
            continue
        own = department if department in held.departments else ""
        rows.append(_Passed(user, allocation, tier, own, policy, version))
        if last.get((user, _told(tier)), -1) > over:
            told.add((user, _told(tier)))
    return _Due(rows, excepted, told) if rows else None


def _told(tier: int) -> int:
    """The code under which it is kept that a tier gave nothing (store/tables: Bump)."""
    return -1 - tier


def _outcome(tx: Tx, organization_id: int, code: int, due: _Due, held: policy_held.InForce) -> _Outcome:
    """How far each goes, in the order of their numbers, under what the organization's cap leaves."""
    bought = pools.purchased(tx, organization_id, month_of(tx.now))[Kind(KINDS[code])]
    # Recording locked this row already; it is asked for again so that the order holds wherever this is called from.
    (pool,) = tx.lock("SELECT allocated FROM pool WHERE organization_id = :org AND kind = :kind",
                      org=organization_id, kind=code)  # fmt: skip
    allocated = int(pool["allocated"])
    room = bought * held.own[0].cap_percent // 100 - allocated
    sharing: dict[tuple[str, int], int] = {}
    outcome = _Outcome(before=allocated)
    for one in due.rows:
        own = due.exceptions.get(one.user_id, Own()).ceiling
        tier = one.policy.tiers[one.tier]
        if tier.of is Of.POOL and (one.department, one.tier) not in sharing:
            sharing[one.department, one.tier] = _sharing(tx, organization_id, code, one, held)
        new = bumped(
            one.policy, tier, one.current, room=room, unallocated=bought - allocated,
            in_tier=sharing.get((one.department, one.tier), 1), ceiling=one.policy.ceiling if own is None else own,
        )  # fmt: skip
        if new > one.current:
            room -= new - one.current
            rule = f"bump:{tier.trigger}:{one.version}"
            outcome.raises.append(Raise(one.user_id, one.current, new, one.tier, rule))
        elif (one.user_id, _told(one.tier)) not in due.told:
            outcome.nothing.append((one.user_id, one.tier))
    return outcome


def _sharing(tx: Tx, organization_id: int, code: int, one: _Passed, held: policy_held.InForce) -> int:
    """How many people share the pool's part of a tier, counted once a call."""
    tiers = one.policy.tiers
    below = tiers[one.tier + 1].trigger if one.tier + 1 < len(tiers) else None
    among = (one.department, sorted(held.departments))
    return bumps.in_tier(tx, organization_id, code, month_of(tx.now), (tiers[one.tier].trigger, below), among)


def _write(tx: Tx, organization_id: int, outcomes: dict[int, _Outcome]) -> list[Bumped]:
    """One batch and one audit entry for all that a call raised, or found nothing for."""
    done: list[Bumped] = []
    changes: list[tuple[str, int | str | None, int | str | None]] = []
    rows = sum(len(outcome.raises) for outcome in outcomes.values())
    batch = people.open_batch(tx, organization_id, ACTION, rows) if rows else None
    for code, outcome in outcomes.items():
        kind = Kind(KINDS[code])
        if outcome.raises and batch is not None:
            more = sum(one.after - one.before for one in outcome.raises)
            people.set_allocated(tx, organization_id, kind, more)
            bumps.write(tx, organization_id, code, outcome.raises, batch)
            changes.append((f"{kind.value} allocated", outcome.before, outcome.before + more))
        if outcome.nothing:
            changes.append((f"{kind.value} without effect", None, len(outcome.nothing)))
        bumps.mark(tx, organization_id, code, [(one.user_id, one.tier) for one in outcome.raises])
        bumps.mark(tx, organization_id, code, [(user, _told(tier)) for user, tier in outcome.nothing])
        done += [Bumped(organization_id, one.user_id, kind, one.before, one.after) for one in outcome.raises]
    _audit(tx, organization_id, batch, outcomes, changes)
    return done


def _audit(
    tx: Tx, organization_id: int, batch: int | None, outcomes: dict[int, _Outcome],
    changes: Sequence[tuple[str, int | str | None, int | str | None]],
) -> None:  # fmt: skip
    raised = [(one, KINDS[code]) for code, outcome in outcomes.items() for one in outcome.raises]
    lines = [f"{one.user_id} {kind} {one.before} {one.after} {one.rule}" for one, kind in raised]
    who = {one.user_id for one, _ in raised} | {user for outcome in outcomes.values() for user, _ in outcome.nothing}
    audit.append(
        tx,
        organization_id=organization_id,
        action=ACTION,
        target_user_id=min(who) if len(who) == 1 else None,
        target=f"user {min(who)}" if len(who) == 1 else "",
        batch=batch,
        rows=len(lines),
        digest=hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else "",
        changes=changes,
    )
