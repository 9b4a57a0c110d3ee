"""Where plans take effect: the one step that changes limits and what goes with them, and the rules over a whole plan.

Staged edits, bulk acts, distribution and undo only make plans; `apply` writes them: under the pool's lock, each row
compared with what stands there now, the sum never above the cap, one batch, one audit entry (security.md, section 6).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sage_tui.domain.distributing import Action
from sage_tui.domain.errors import Conflict, NotFound
from sage_tui.domain.months import month_of
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Consent
from sage_tui.domain.plans import PlanSummary, PoolEffect, State
from sage_tui.domain.units import Kind
from sage_tui.services import offboarding, people, plan_audit, plan_rules, policy_held, pools, requests_hanging
from sage_tui.store import distributing, plan_people
from sage_tui.store import plans as store
from sage_tui.store.transaction import Row, Tx


def open_plan(
    tx: Tx, organization_id: int, action: str, *, undoes: int | None = None, strict: bool = False, what: str = ""
) -> int:
    """Begin a plan; its number. `what` is a distribution's action.

    Plans of the same author that were never applied are forgotten after a day.
    """
    author = tx.actor.user_id or 0
    for old in tx.rows(
        "SELECT organization_id, id FROM plan WHERE made_by = :author AND made_at < :until",
        author=author, until=tx.now - DAY,
    ):  # fmt: skip
        store.drop(tx, int(old["organization_id"]), int(old["id"]))
    # By chance and by no counter: its row would stay locked, for everybody, until a long plan is made.
    number = 1 + secrets.randbelow(2**53 - 1)
    tx.run(
        "INSERT INTO plan (organization_id, id, action, what, made_at, made_by, undoes, strict)"
        " VALUES (:org, :id, :action, :what, :now, :author, :undoes, :strict)",
        org=organization_id, id=number, action=action, what=what, now=tx.now, author=author, undoes=undoes,
        strict=strict,
    )  # fmt: skip
    return number


DAY = 86_400 * 1_000_000


def summary(tx: Tx, organization_id: int, plan_id: int) -> PlanSummary:
    """A plan at a glance. Raises NotFound."""
    head = store.head(tx, plan_id)
    if head is None:
        raise NotFound("This plan is gone: it was applied or given up.", "Make it again.", code="plan_gone")
    sums = store.sums(tx, organization_id, plan_id)
    owner = tx.row("SELECT name, members FROM organization WHERE id = :org", org=organization_id)
    return PlanSummary(
        id=plan_id,
        organization_id=organization_id,
        action=str(head["action"]),
        changes=sums.states[State.IN],
        people=sums.people,
        out=sums.states[State.OUT],
        changed=sums.states[State.CHANGED],
        skipped=sums.states[State.SKIPPED],
        left=sums.states[State.LEFT],
        stops=_stops(tx, organization_id, plan_id),
        members=int(owner["members"]) if owner else 0,
        organization=str(owner["name"]) if owner else "",
        undoes=head["undoes"],
        pool=pools.effects(tx, organization_id, sums.change),
    )


def _stops(tx: Tx, organization_id: int, plan_id: int) -> int:
    """How many limits the plan puts below what has been used this month, that were not so."""
    month = month_of(tx.now)
    number = 0
    for kind in Kind:
        number += int(
            tx.value(
                "SELECT count(*) FROM plan_row p JOIN membership m ON m.organization_id = p.organization_id"
                " AND m.user_id = p.user_id WHERE p.organization_id = :org AND p.plan_id = :plan AND p.field = :field"
                f" AND p.state = 0 AND m.{kind.value}_month = :month AND m.{kind.value}_used > 0"
                f" AND m.{kind.value}_used >= coalesce(p.after, 0) AND m.{kind.value}_used < coalesce(p.before, 0)",
                org=organization_id, plan=plan_id, field=kind.value, month=month,
            )
        )  # fmt: skip
    return number


@dataclass(frozen=True, slots=True)
class Applied:
    """What `apply` did."""

    batch: int | None
    changes: int
    pool: dict[Kind, PoolEffect]


def apply(
    tx: Tx,
    organization_id: int,
    plan_id: int,
    consent: Consent,
    *,
    strict: bool,
    before_forgetting: Callable[[], None] = lambda: None,
) -> Applied:
    """Write what is in a plan, as one batch with one audit entry, and forget the plan.

    Rows that moved are left, unless `strict`; `before_forgetting` may read the plan once more.
    Raises Conflict, PoolTooSmall, Refused (undecided rows, the last operator), WrongUse (the name is asked for),
    Forbidden (a field that only operators change), StepUpNeeded (such a field, or an administrator is banned).
    """
    head = store.head(tx, plan_id, locked=True)
    if head is None:
        raise NotFound("This plan is gone: it was applied or given up.", "Make it again.", code="plan_gone")
    named, _ = plan_people.organizations(tx, organization_id, plan_id)
    for one in named:
        pools.lock(tx, one)
    if len(named) > 1:
        plan_people.follow(tx, organization_id, plan_id)
    if head["action"] == Verb.USERS_OFFBOARD:
        offboarding.collect(tx, organization_id, plan_id, again=True)
    if head["what"] in set(Action):
        _still_holds(tx, head)
        distributing.recheck(tx, organization_id, plan_id, policy_held.bounds(tx, organization_id))
    planned = _within_reach(tx, organization_id, plan_id, again=_rechecked(head))
    plan_rules.permitted(tx, planned.by_field)
    plan_rules.ask_consent(tx, organization_id, plan_id, planned, consent)
    touched = plan_people.organizations(tx, organization_id, plan_id)[1] if len(named) > 1 else named
    operators = plan_rules.operators(tx, touched)
    done = store.written(tx, organization_id, plan_id, planned)
    if done is None and strict:
        raise Conflict("Somebody changed it meanwhile: nothing was saved.", "Look at it again.", code="moved")
    if done is None:
        planned = _left(tx, organization_id, plan_id, fits=_rechecked(head))
        done = store.written(tx, organization_id, plan_id, planned)
    if done is None:
        raise Conflict("Somebody is changing the same people: nothing was saved.", "Try again.", code="moved")
    number = done.states[State.IN]
    effects = pools.effects(tx, organization_id, done.change)
    plan_rules.under_the_cap(effects)
    plan_rules.operators_remain(tx, touched, operators)
    before_forgetting()
    if not number:
        store.drop(tx, organization_id, plan_id)
        return Applied(None, 0, effects)
    for kind, change in done.change.items():
        if change:
            people.set_allocated(tx, organization_id, kind, change)
    batch = people.open_batch(tx, organization_id, _name(head), number, undoes=head["undoes"])
    offboarding.write(tx, organization_id, plan_id, batch, done.by_field)
    digest = store.record(tx, organization_id, plan_id, batch, number)
    if head["undoes"] is not None:
        _mark_undone(tx, organization_id, int(head["undoes"]), batch)
    undone = head["undoes"]
    plan_audit.append(tx, organization_id, plan_id, plan_audit.Entry(batch, undone, done, effects, digest, touched))
    store.drop(tx, organization_id, plan_id)
    return Applied(batch, number, effects)


def _rechecked(head: Row) -> bool:
    """A way back, what waited in a queue, what falls back by itself: what moved or has no room is left first."""
    return head["undoes"] is not None or head["action"] in (Verb.REQUESTS_FITTING, Verb.REBALANCE)


def _still_holds(tx: Tx, head: Row) -> None:
    """What is idle is a question of the month. Raises Conflict where a plan of reclaiming is of another one."""
    reclaims = head["what"] in (Action.RECLAIM, Action.REBALANCE)
    if reclaims and month_of(int(head["made_at"])) != month_of(tx.now):
        raise Conflict("The plan is of another month: nothing was done.", "Make it again.", code="plan_old")


def _name(head: Row) -> str:
    """How a batch is called: by its verb, or by what was distributed."""
    return f"distribution {head['what']}" if head["what"] else str(head["action"])


def _within_reach(tx: Tx, organization_id: int, plan_id: int, *, again: bool) -> store.Sums:
    """What a plan adds up to. Looked at `again`, what the pool has no room for is left, and what moved of what hangs.

    Rows that are a column of a member are tried as they are: a million of them need not be compared twice.
    """
    planned = store.sums(tx, organization_id, plan_id)
    if not again:
        return planned
    short = any(effect.shortfall for effect in pools.effects(tx, organization_id, planned.change).values())
    if short or not store.one_column_each(planned.by_field):
        planned = _left(tx, organization_id, plan_id, fits=True)
    return planned


def _left(tx: Tx, organization_id: int, plan_id: int, *, fits: bool) -> store.Sums:
    """Leave the rows that moved and, where it `fits`, those that the pool has no room for; what is in then."""
    mark_moved(tx, organization_id, plan_id, store.sums(tx, organization_id, plan_id))
    if fits:
        requests_hanging.fit_oldest(tx, organization_id, plan_id)
        fit(tx, organization_id, plan_id, State.LEFT)
        requests_hanging.couple(tx, organization_id, plan_id)
    return store.sums(tx, organization_id, plan_id)


def mark_moved(tx: Tx, organization_id: int, plan_id: int, planned: store.Sums) -> None:
    """Leave the rows of a way back that no longer find what the batch had made."""
    store.mark_all_moved(tx, organization_id, plan_id, planned)
    offboarding.mark(tx, organization_id, plan_id, planned)
    requests_hanging.couple(tx, organization_id, plan_id)


def _mark_undone(tx: Tx, organization_id: int, undone: int, by: int) -> None:
    """A batch is undone by another; what it had undone itself holds again."""
    tx.run("UPDATE batch SET undone_by = NULL WHERE organization_id = :org AND undone_by = :id",
           org=organization_id, id=undone)  # fmt: skip
    tx.run("UPDATE batch SET undone_by = :by WHERE organization_id = :org AND id = :id",
           by=by, org=organization_id, id=undone)  # fmt: skip


def fit(tx: Tx, organization_id: int, plan_id: int, state: State) -> int:
    """Keep what the cap allows: lowerings all, then raises in order; the other raises get `state`. How many."""
    sums = store.sums(tx, organization_id, plan_id)
    taken = 0
    for effect in pools.effects(tx, organization_id, sums.change).values():
        if effect.shortfall:
            taken += _fit_kind(tx, organization_id, plan_id, effect, state)
    return taken


def _fit_kind(tx: Tx, organization_id: int, plan_id: int, effect: PoolEffect, state: State) -> int:
    sql = (
        "SELECT user_id, coalesce(after, 0) - coalesce(before, 0) FROM plan_row WHERE organization_id = ?"
        f" AND plan_id = ? AND field = '{effect.kind.value}' AND state = 0 ORDER BY user_id"
    )
    changes = [(int(who), int(change)) for who, change in tx.stream(sql, (organization_id, plan_id))]
    lowered = sum(change for _, change in changes if change < 0)
    room = max(effect.cap, effect.before) - effect.before - lowered
    out = []
    for who, change in changes:
        if change <= 0:
            continue
        if change > room:
            out.append((int(state), organization_id, plan_id, who))
        else:
            room -= change
    tx.many(
        "UPDATE plan_row SET state = ?, why = 'pool_too_small' WHERE organization_id = ? AND plan_id = ?"
        f" AND user_id = ? AND field = '{effect.kind.value}'",
        out,
    )
    return len(out)
