"""Plans of distribution actions: the policy that holds for each person, and what is there to share. Steps."""

from collections.abc import Iterator

from sage_tui.domain.distributing import SHARING, Ground, Person, proposed
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.members import Because, Proposed
from sage_tui.domain.months import DAY, first_day, month_of
from sage_tui.domain.plan_commands import Distribute
from sage_tui.domain.plans import Field
from sage_tui.domain.policies import Policy
from sage_tui.domain.progress import Progress, told
from sage_tui.domain.sharing import NO_CEILING
from sage_tui.domain.units import Kind
from sage_tui.services import allocations, falling_back, policy_held, pools
from sage_tui.store import distributing as reads
from sage_tui.store import plans as store
from sage_tui.store.distributing import Standing
from sage_tui.store.transaction import Tx


def made(
    tx: Tx, command: Distribute, organization_id: int, because: Because, progress: Progress, *,
    scheduled: bool = False,
) -> tuple[int, int]:  # fmt: skip
    """Make the plan of an action; its organization and number. A plan without rows is one too. Raises WrongUse."""
    if command.amount is not None and (command.kind is None or command.action not in SHARING):
        raise WrongUse(
            "An amount is shared out, of one kind.", "--amount goes with --kind, for share-evenly and -by-use."
        )
    if command.amount is not None and command.amount < 1:
        raise WrongUse("There is nothing to share out.", "--amount 500K.")
    falling_back.due(tx, organization_id)
    plan_id = allocations.open_plan(tx, organization_id, command.verb.value, what=command.action.value)
    found = (row for _, row in rows(tx, command, organization_id, because, scheduled=scheduled))
    store.put(tx, organization_id, plan_id, told(found, progress))
    return organization_id, plan_id


def rows(
    tx: Tx, command: Distribute, organization_id: int, because: Because, policies: policy_held.Policies | None = None,
    *, scheduled: bool = False,
) -> Iterator[tuple[Kind, Proposed]]:  # fmt: skip
    """The rows that an action means now, one kind after the other; by other policies than those that hold, if given.

    `scheduled`: it happens by itself, and reclaims from nobody whose policy says that it shall not.
    """
    policies = policies or policy_held.all_of(tx, organization_id)
    ground = _grounds(tx, organization_id, command, because)
    for kind in Kind if command.kind is None else (command.kind,):
        people = _people(tx, organization_id, kind, policies, scheduled=scheduled)
        for row in proposed(command.action, people, Field(kind.value), ground[kind]):
            yield kind, row


def _grounds(tx: Tx, organization_id: int, command: Distribute, because: Because) -> dict[Kind, Ground]:
    """What there is of each kind. Nothing is locked for it: applying asks the cap again."""
    effects = pools.effects(tx, organization_id, dict.fromkeys(Kind, 0))
    day = tx.now // DAY - first_day(month_of(tx.now)) + 1
    not_for = because.actor_id if because.others else None
    return {
        kind: Ground(
            cap_room=one.cap - one.before,
            unallocated=one.purchased - one.before,
            day=day,
            amount=command.amount,
            not_for=not_for,
        )
        for kind, one in effects.items()
    }


def _people(
    tx: Tx, organization_id: int, kind: Kind, policies: policy_held.Policies, *, scheduled: bool
) -> Iterator[Person]:  # fmt: skip
    """Everybody with the policy and the exceptions that hold for them."""
    today = tx.now // DAY
    for one in reads.standing(tx, organization_id, kind):
        policy = policies.of(one.department)
        person = _person(one, kind, policy, today)
        yield person._replace(no_reclaim=True) if scheduled and not policy.reclaims else person


def _person(one: Standing, kind: Kind, policy: Policy, today: int) -> Person:
    """A member as the rules see them: own floor and ceiling go before the policy's."""
    ceiling = one.ceiling if one.ceiling is not None else policy.ceiling
    return Person(
        user_id=one.user_id,
        allocation=one.allocation,
        used=max(one.used, 0),
        weight=one.weight,
        idle_days=max(today - one.last_day, 0),
        spends=bool(one.spends),
        pinned=bool(one.pinned),
        no_reclaim=bool(one.no_reclaim),
        floor=policy.floors[kind] if one.floor is None else one.floor,
        ceiling=NO_CEILING if ceiling is None else ceiling,
        reclamation=policy.reclamation,
        own_floor=one.floor is not None,
    )
