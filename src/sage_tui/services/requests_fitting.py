"""Approving all requests that fit, the oldest first: a plan with a preview, or at once."""

from sage_tui.domain.errors import Refused
from sage_tui.domain.members import Member
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Consent
from sage_tui.domain.plans import PlanSummary, State
from sage_tui.domain.requests import NOTE_LIMIT, Decided, written
from sage_tui.domain.text import accept
from sage_tui.domain.units import Kind
from sage_tui.services import allocations, falling_back, people, planning, plans, pools, requests_granting
from sage_tui.services.context import Context, retried
from sage_tui.services.requests_granting import Grant, Hanging, Terms
from sage_tui.services.requests_hanging import decision_of
from sage_tui.store import plans as store
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Row, Tx


@retried
def plan_fitting(ctx: Context, organization_id: int | None = None, note: str = "") -> PlanSummary:
    """What approving all that fit would do, as a plan: nothing of it counts yet. Raises Refused (nobody waits)."""
    note = accept("note", note.strip(), NOTE_LIMIT, multiline=True)
    with ctx.write(Verb.REQUESTS_FITTING) as tx:
        organization, plan_id = _made(tx, organization_id, note)
        return allocations.summary(tx, organization, plan_id)


@retried
def approve_fitting(
    ctx: Context, organization_id: int | None = None, note: str = "", consent: Consent | None = None
) -> Decided:
    """Approve, for this month, every request that the cap has room for, the oldest first.

    Raises Refused (nobody waits), NotFound, WrongUse (which organization; the name is asked for).
    """
    note = accept("note", note.strip(), NOTE_LIMIT, multiline=True)
    ctx = ctx if ctx.reason else ctx.because(note)
    with ctx.write(Verb.REQUESTS_FITTING) as tx:
        organization, plan_id = _made(tx, organization_id, note)
        done = plans.applied(tx, organization, plan_id, consent or Consent(), strict=False, listed=None)
        return requests_granting.told(tx, organization, done, {})


def _made(tx: Tx, organization_id: int | None, note: str) -> tuple[int, int]:
    organization = people.organization_for(tx, organization_id)
    falling_back.due(tx, organization)
    pools.lock(tx, organization)
    rows = tx.lock(
        "SELECT t.* FROM request t WHERE t.organization_id = :org AND t.status = 'pending' ORDER BY t.created_at, t.id",
        org=organization,
    )
    if not rows:
        raise Refused("No requests are waiting.", "See `sage-tui requests list`.", code="nobody")
    plan_id = allocations.open_plan(tx, organization, Verb.REQUESTS_FITTING.value)
    grants, over = _fitting(tx, organization, rows)
    requests_granting.grant(tx, organization, plan_id, grants, Terms(note=note))
    requests_granting.put(tx, organization, plan_id, over)
    return organization, plan_id


def _fitting(tx: Tx, organization_id: int, rows: list[Row]) -> tuple[list[Grant], list[Hanging]]:
    """What the cap has room for, the oldest first, and why the others are passed over."""
    because = planning.who_acts(tx, organization_id)
    members = store.by_number(tx, organization_id, (int(row["user_id"]) for row in rows))
    room = dict(requests_granting.room_of(tx, organization_id))
    grants, over = [], []
    for row in rows:
        kind, amount, before = Kind(KINDS[row["kind"]]), int(row["amount"]), written(decision_of(row))
        own = because.others and row["user_id"] == because.actor_id
        why = "self_decision" if own else _why_not(members.get(int(row["user_id"])))
        if not why and amount > room[kind]:
            why = "pool_too_small"
        if why:
            place = f"request {row['id']}"
            over.append(Hanging(int(row["user_id"]), place, before, before, "decided", State.SKIPPED, why))
            continue
        room[kind] -= amount
        grants.append(Grant(int(row["id"]), int(row["user_id"]), kind, amount, before))
    return grants, over


def _why_not(member: Member | None) -> str:
    if member is None:
        return "ended"
    if member.pinned:
        return "pinned"
    return "" if member.paid else "not_active"
