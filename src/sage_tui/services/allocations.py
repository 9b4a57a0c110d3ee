"""Where plans take effect: the one step that changes limits and what goes with them, and the rules over a whole plan.

Staged edits, bulk acts, distribution and undo only make plans; `apply` writes them: under the pool's lock, each row
compared with what stands there now, the sum never above the cap, one batch, one audit entry (security.md, section 6).
"""

from collections.abc import Callable
from dataclasses import dataclass

from sage_tui.domain.actors import Door
from sage_tui.domain.errors import NotFound, PoolTooSmall, Refused, StepUpNeeded, WrongUse
from sage_tui.domain.months import month_of
from sage_tui.domain.plan_commands import Consent
from sage_tui.domain.plans import PlanSummary, PoolEffect, State, touches_many
from sage_tui.domain.units import Kind
from sage_tui.services import people, pools
from sage_tui.store import audit
from sage_tui.store import plans as store
from sage_tui.store.transaction import Row, Tx


def open_plan(tx: Tx, organization_id: int, action: str, *, undoes: int | None = None, strict: bool = False) -> int:
    """Begin a plan; its number. Plans of the same author that were never applied are forgotten after a day."""
    author = tx.actor.user_id or 0
    for old in tx.rows(
        "SELECT organization_id, id FROM plan WHERE made_by = :author AND made_at < :until",
        author=author, until=tx.now - DAY,
    ):  # fmt: skip
        store.drop(tx, int(old["organization_id"]), int(old["id"]))
    number = tx.numbers("plan")
    tx.run(
        "INSERT INTO plan (organization_id, id, action, made_at, made_by, undoes, strict)"
        " VALUES (:org, :id, :action, :now, :author, :undoes, :strict)",
        org=organization_id, id=number, action=action, now=tx.now, author=author, undoes=undoes, strict=strict,
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
    Raises Conflict, PoolTooSmall, Refused (undecided rows), WrongUse (the name is asked for), StepUpNeeded (an
    administrator is banned).
    """
    pools.lock(tx, organization_id)
    head = store.head(tx, plan_id)
    if head is None:
        raise NotFound("This plan is gone: it was applied or given up.", "Make it again.", code="plan_gone")
    if head["undoes"] is not None:
        store.mark_all_moved(tx, organization_id, plan_id)
        fit(tx, organization_id, plan_id, State.LEFT)
    _ask_consent(tx, organization_id, plan_id, consent)
    done = store.written(tx, organization_id, plan_id, strict=strict)
    number = done.states[State.IN]
    effects = pools.effects(tx, organization_id, done.change)
    _under_the_cap(effects)
    _operators_remain(tx)
    before_forgetting()
    if not number:
        store.drop(tx, organization_id, plan_id)
        return Applied(None, 0, effects)
    for kind, change in done.change.items():
        if change:
            people.set_allocated(tx, organization_id, kind, change)
    batch = people.open_batch(tx, organization_id, str(head["action"]), number, undoes=head["undoes"])
    digest = store.record(tx, organization_id, plan_id, batch, number)
    if head["undoes"] is not None:
        _mark_undone(tx, organization_id, int(head["undoes"]), batch)
    _audit(tx, organization_id, plan_id, head, done, effects, batch, digest)
    store.drop(tx, organization_id, plan_id)
    return Applied(batch, number, effects)


def _mark_undone(tx: Tx, organization_id: int, undone: int, by: int) -> None:
    """A batch is undone by another; what it had undone itself holds again."""
    tx.run("UPDATE batch SET undone_by = NULL WHERE organization_id = :org AND undone_by = :id",
           org=organization_id, id=undone)  # fmt: skip
    tx.run("UPDATE batch SET undone_by = :by WHERE organization_id = :org AND id = :id",
           by=by, org=organization_id, id=undone)  # fmt: skip


def _ask_consent(tx: Tx, organization_id: int, plan_id: int, consent: Consent) -> None:
    undecided = store.sums(tx, organization_id, plan_id)
    if undecided.states[State.CHANGED]:
        raise Refused(
            f"{undecided.states[State.CHANGED]:,} changes wait for your decision: somebody changed them meanwhile.",
            "Keep theirs or use yours, for each.",
            code="undecided",
        )
    owner = tx.row("SELECT name, members FROM organization WHERE id = :org", org=organization_id)
    many = owner is not None and touches_many(undecided.people, int(owner["members"]))
    if owner is not None and many and not consent.yes and consent.name.strip() != str(owner["name"]):
        raise WrongUse(
            f"This touches {undecided.people:,} of {int(owner['members']):,} people: type the organization's name.",
            "As it is written; on the command line --yes answers.",
            code="name_needed",
        )
    if tx.actor.door is Door.CONSOLE and not tx.actor.step_up and _bans_administrators(tx, organization_id, plan_id):
        raise StepUpNeeded("Banning an administrator needs a fresh code.")


def _bans_administrators(tx: Tx, organization_id: int, plan_id: int) -> bool:
    found = tx.value(
        "SELECT 1 FROM plan_row p JOIN membership m ON m.organization_id = p.organization_id AND m.user_id = p.user_id"
        " WHERE p.organization_id = :org AND p.plan_id = :plan AND p.field = 'banned' AND p.after = 1 AND p.state = 0"
        " AND m.type <> 'user' LIMIT 1",
        org=organization_id, plan=plan_id,
    )  # fmt: skip
    return found is not None


def _under_the_cap(effects: dict[Kind, PoolEffect]) -> None:
    for effect in effects.values():
        if effect.shortfall:
            room = max(effect.cap - effect.before, 0)
            raise PoolTooSmall(
                f"The {effect.kind.value} pool is too small: {effect.shortfall:,} tokens are missing."
                f" {effect.after - effect.before:,} more are asked for, {room:,} fit.",
                "Take raises out, lower others, or buy more. Nothing was saved.",
            )


def _operators_remain(tx: Tx) -> None:
    """No act may leave zero usable super administrators (security.md, section 3)."""
    left = tx.value(
        'SELECT count(*) FROM membership m JOIN "user" u ON u.id = m.user_id WHERE m.organization_id = 0'
        " AND m.type = 'super_admin' AND m.ended_at IS NULL AND NOT u.banned"
    )
    before = tx.value("SELECT count(*) FROM membership m WHERE m.organization_id = 0 AND m.type = 'super_admin'")
    if before and not left:
        raise Refused(
            "The last platform operator who can sign in must remain: nothing was saved.",
            "Make another operator first: `sage-tui users role EMAIL super_admin`.",
            code="last_operator",
        )


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


def _audit(
    tx: Tx, organization_id: int, plan_id: int, head: Row, done: store.Sums, effects: dict[Kind, PoolEffect],
    batch: int, digest: str,
) -> None:  # fmt: skip
    number = done.states[State.IN]
    rows = tx.rows(
        "SELECT user_id, field, before, after, before_text, after_text FROM plan_row WHERE organization_id = :org"
        " AND plan_id = :plan AND state = 0 ORDER BY user_id, field LIMIT 20",
        org=organization_id, plan=plan_id,
    )  # fmt: skip
    one = done.people == 1
    changes: list[tuple[str, int | str | None, int | str | None]] = [
        (str(r["field"]), _side(r, "before"), _side(r, "after")) for r in rows if one
    ]
    if not one:
        changes = [
            (f"{kind.value} allocated", effect.before, effect.after)
            for kind, effect in effects.items()
            if effect.before != effect.after
        ]
    if _raises_own(tx, organization_id, plan_id):
        changes.append(("self", None, 1))
    undone = f", undoes batch {head['undoes']}" if head["undoes"] is not None else ""
    who = f"user {rows[0]['user_id']}" if one else f"{done.people} people"
    audit.append(
        tx, organization_id=organization_id, target=f"{who}{undone}",
        target_user_id=int(rows[0]["user_id"]) if one else None,
        changes=changes, batch=batch, rows=number, digest=digest,
    )  # fmt: skip


def _side(row: Row, side: str) -> int | str | None:
    text: str | None = row[f"{side}_text"]
    number: int | None = row[side]
    return number if text is None else text


def _raises_own(tx: Tx, organization_id: int, plan_id: int) -> bool:
    """An allocation of the actor's own is raised: possible only where nobody else could, and marked."""
    if tx.actor.user_id is None:
        return False
    found = tx.value(
        "SELECT 1 FROM plan_row WHERE organization_id = :org AND plan_id = :plan AND user_id = :me AND state = 0"
        " AND field IN ('inference', 'embedding') AND coalesce(after, 0) > coalesce(before, 0) LIMIT 1",
        org=organization_id, plan=plan_id, me=tx.actor.user_id,
    )  # fmt: skip
    return found is not None
