"""What the distribution page shows: the pools, the policy, what needs somebody, and what each action would do now."""

from sage_tui.domain import policy_fields
from sage_tui.domain.distributing import Action
from sage_tui.domain.distribution import FOLLOWS, Difference, Outlook, Overview, PolicyLook, PolicyVersion, SetPolicy
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Distribute
from sage_tui.domain.plans import State
from sage_tui.domain.policies import Policy
from sage_tui.domain.progress import Progress, nothing, told
from sage_tui.domain.units import Kind
from sage_tui.services import distributing, people, planning, policies, policy_held, pools, rebalancing, today
from sage_tui.services.context import Context
from sage_tui.store.transaction import Tx

NO_ROOM = "pool_too_small"


def overview(ctx: Context, organization_id: int | None = None) -> Overview:
    """Pools, policy and warnings of an organization. Raises NotFound, WrongUse (which organization)."""
    with ctx.read(Verb.DISTRIBUTION_STATUS) as tx:
        org = people.organization_for(tx, organization_id)
        held = policy_held.all_of(tx, org)
        found = pools.status(tx, org)
        return Overview(
            pools=found,
            cap={kind: pools.cap(tx, org, pool.purchased) for kind, pool in found.items()},
            held=held.own,
            next_run_at=rebalancing.next_run(tx, org, held.own.policy),
            zone=rebalancing.zone(tx, org),
            departments=tuple(sorted(held.departments)),
            warnings=tuple(today.people_in_trouble(tx, org)),
            sentences=tuple(today.pool_sentences(tx, org)),
        )


def outlook(
    ctx: Context, action: Action, organization_id: int | None = None, progress: Progress = nothing
) -> Outlook:  # fmt: skip
    """What an action would do now, added up: nothing is kept of it. Raises NotFound, WrongUse."""
    with ctx.read(Verb.DISTRIBUTION_STATUS) as tx:
        org = people.organization_for(tx, organization_id)
        return _added_up(tx, action, org, None, progress)


def of_policy(ctx: Context, command: SetPolicy, progress: Progress = nothing) -> PolicyLook:
    """What another policy would be: where it differs from the one that holds, and what its floors and its reclaiming
    would do now. Nothing is saved. Raises NotFound, WrongUse (a field, or that nothing differs)."""
    with ctx.read(Verb.POLICY_GET) as tx:
        org = people.organization_for(tx, command.organization_id)
        held, wanted = policies.compared(tx, org, command)
        before, after = (policy_fields.shown(policy) for policy in (held.policy, wanted))
        differences = tuple(
            Difference(name, before[name], after[name]) for name in after if before[name] != after[name]
        )
        then = _with(policy_held.all_of(tx, org), command.department.strip(), wanted)
        acts = (Action.APPLY_FLOORS, Action.RECLAIM)
        looks = tuple(_added_up(tx, action, org, then, progress) for action in acts)
        ended = command.preset == FOLLOWS
        surprising = () if ended else policies.warned(tx, org, command.department.strip(), wanted)
        return PolicyLook(held, wanted, differences, looks, surprising)


def _with(policies_: policy_held.Policies, department: str, wanted: Policy) -> policy_held.Policies:
    """What would hold with another policy in its place."""
    version = PolicyVersion(wanted, 0)
    if department:
        return policy_held.Policies(policies_.own, {**policies_.departments, department: version})
    return policy_held.Policies(version, policies_.departments)


def _added_up(
    tx: Tx, action: Action, organization_id: int, policies_: policy_held.Policies | None, progress: Progress
) -> Outlook:
    rows, change, skipped, no_room = dict.fromkeys(Kind, 0), dict.fromkeys(Kind, 0), 0, 0
    somebody: set[int] = set()
    because = planning.who_acts(tx, organization_id)
    found = distributing.rows(tx, Distribute(action, organization_id), organization_id, because, policies_)
    for kind, row in told(found, progress):
        if row.state is not State.IN:
            skipped += row.why != NO_ROOM
            no_room += row.why == NO_ROOM
            continue
        rows[kind] += 1
        change[kind] += int(row.after or 0) - int(row.before or 0)
        somebody.add(row.user_id)
    return Outlook(action, len(somebody), rows, change, skipped, no_room)
