"""The auto-approval rule of an organization: kept as a setting, asked where a request is made."""

import json
from dataclasses import replace

from sage_tui.domain.actors import Actor
from sage_tui.domain.auto_approval import Facts, Rule, SetRule, Verdict, checked, judge, kept, restored
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.months import month_of, month_start
from sage_tui.domain.permissions import Reach, Verb
from sage_tui.domain.plan_commands import Consent
from sage_tui.domain.requests import AUTOMATIC, check_amount, written
from sage_tui.domain.units import Kind, Role
from sage_tui.services import allocations, people, pools, requests_granting
from sage_tui.services.context import Context, retried
from sage_tui.services.requests_granting import Grant, Terms
from sage_tui.services.requests_hanging import decision_of
from sage_tui.store import audit
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Row, Tx

KEY = "auto_approval"


def get(ctx: Context, organization_id: int | None = None) -> Rule:
    """The rule that holds. Raises NotFound, WrongUse (which organization)."""
    with ctx.read(Verb.AUTO_APPROVAL_GET) as tx:
        return held(tx, people.organization_for(tx, organization_id))


def held(tx: Tx, organization_id: int) -> Rule:
    """A step: the rule that holds for an organization; off until it is set."""
    found = tx.value(
        "SELECT value FROM setting WHERE organization_id = :org AND key = :key", org=organization_id, key=KEY
    )
    return Rule() if found is None else restored(json.loads(str(found)))


@retried
def put(ctx: Context, command: SetRule) -> Rule:
    """Change the rule; requests that wait already are not looked at. Raises NotFound, WrongUse."""
    with ctx.write(Verb.AUTO_APPROVAL_SET) as tx:
        organization_id = people.organization_for(tx, command.organization_id)
        pools.lock(tx, organization_id)  # one change after the other, and no request in between
        before = held(tx, organization_id)
        wanted = {name: getattr(command, name) for name in kept(before) if getattr(command, name) is not None}
        after = checked(replace(before, **wanted))
        changes = [(name, int(kept(before)[name]), int(new)) for name, new in kept(after).items()]
        changes = [one for one in changes if one[1] != one[2]]
        if not changes:
            raise WrongUse("The rule is so already: nothing was changed.", "See `sage-tui auto-approval get`.")
        tx.run(
            "INSERT INTO setting (organization_id, key, value, changed_at, changed_by)"
            " VALUES (:org, :key, :value, :now, :by) ON CONFLICT (organization_id, key) DO UPDATE"
            " SET value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by",
            org=organization_id, key=KEY, value=json.dumps(kept(after)), now=tx.now, by=tx.actor.user_id,
        )  # fmt: skip
        audit.append(tx, organization_id=organization_id, target="auto-approval", changes=changes)
        return after


def would_be(
    ctx: Context, amount: int, kind: Kind, organization_id: int | None = None, rule: Rule | None = None
) -> Verdict:
    """What the rule (or one that is not kept yet) would say now of a member who may spend and was granted nothing yet.

    Raises NotFound, WrongUse.
    """
    check_amount(amount)
    with ctx.read(Verb.AUTO_APPROVAL_GET) as tx:
        organization = people.organization_for(tx, organization_id)
        return judge(rule or held(tx, organization), amount, _pool(tx, organization, kind))


def _pool(tx: Tx, organization_id: int, kind: Kind) -> Facts:
    status = pools.status(tx, organization_id)[kind]
    return Facts(status.purchased, status.used, dict(requests_granting.room_of(tx, organization_id))[kind])


def consider(tx: Tx, organization_id: int, number: int) -> None:
    """A step: answer a new request at once where the rule covers it; else it waits, with the reason."""
    rule = held(tx, organization_id)
    if not rule.on:
        return
    (row,) = tx.lock(
        "SELECT t.* FROM request t WHERE t.organization_id = :org AND t.id = :id", org=organization_id, id=number
    )
    within = _by_the_rule(tx, organization_id)
    verdict = judge(rule, int(row["amount"]), _facts(within, organization_id, row))
    if verdict.approved:
        _grant(within, organization_id, row)
    else:
        tx.run(
            "UPDATE request SET note = :note WHERE organization_id = :org AND id = :id",
            note=f"{AUTOMATIC}: {verdict.why}", org=organization_id, id=number,
        )  # fmt: skip


def _by_the_rule(tx: Tx, organization_id: int) -> Tx:
    """The same transaction as the rule acts in it: nobody's act, in this organization only."""
    actor = Actor(tx.actor.door, Role.ADMIN, None, AUTOMATIC, organization_id, admin_mode=True)
    return replace(tx, actor=actor, verb=Verb.REQUESTS_APPROVE, reach=Reach.ORGANIZATION, reason=AUTOMATIC)


def _facts(tx: Tx, organization_id: int, row: Row) -> Facts:
    member = tx.row(
        "SELECT paid, type FROM membership WHERE organization_id = :org AND user_id = :user",
        org=organization_id, user=row["user_id"],
    )  # fmt: skip
    granted = tx.value(
        "SELECT sum(approved) FROM request WHERE organization_id = :org AND user_id = :user AND kind = :kind"
        " AND automatic AND decided_at >= :since",
        org=organization_id, user=row["user_id"], kind=row["kind"], since=month_start(month_of(tx.now)),
    )  # fmt: skip
    assert member is not None
    return replace(
        _pool(tx, organization_id, Kind(KINDS[row["kind"]])),
        granted=int(granted or 0), paid=bool(member["paid"]), administrator=member["type"] != Role.USER,
    )  # fmt: skip


def _grant(tx: Tx, organization_id: int, row: Row) -> None:
    kind, before = Kind(KINDS[row["kind"]]), written(decision_of(row))
    grant = Grant(int(row["id"]), int(row["user_id"]), kind, int(row["amount"]), before)
    plan_id = allocations.open_plan(tx, organization_id, Verb.REQUESTS_APPROVE.value)
    terms = Terms(note=AUTOMATIC, automatic=True)
    requests_granting.grant(tx, organization_id, plan_id, [grant], terms)
    allocations.apply(tx, organization_id, plan_id, Consent(), strict=True)
