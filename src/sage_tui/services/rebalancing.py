"""What policies do by themselves: the schedule's rebalance, a month's start, raises' ends; safe to ask for twice.

`rebalance --due` runs from cron or a timer, on any number of hosts at once: a run is a row with its time as the key, in
the transaction that does it, so that it happens once. Runs that were missed are made up for by one.
"""

from datetime import datetime
from itertools import islice

from sage_tui.clock import to_datetime
from sage_tui.domain import schedules
from sage_tui.domain.distributing import Action
from sage_tui.domain.distribution import RunRow, Runs
from sage_tui.domain.members import Because
from sage_tui.domain.months import month_of, month_start
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Consent, Distribute
from sage_tui.domain.plans import State
from sage_tui.domain.policies import Policy
from sage_tui.domain.progress import nothing
from sage_tui.domain.units import NO_ORGANIZATION
from sage_tui.services import allocations, distributing, falling_back, people, policy_held, reservations
from sage_tui.services.context import Context, retried
from sage_tui.store import falling_back as store
from sage_tui.store import plans as plan_store
from sage_tui.store.falling_back import Run
from sage_tui.store.transaction import Tx

SCHEDULE = "schedule"
SHOWN = 50


def runs(ctx: Context, organization_id: int | None = None, count: int = SHOWN) -> Runs:
    """When an organization's schedule runs next (five times), and what ran. Raises NotFound, WrongUse."""
    with ctx.read(Verb.DISTRIBUTION_RUNS) as tx:
        org = people.organization_for(tx, organization_id)
        policy, here = policy_held.current(tx, org).policy, zone(tx, org)
        rows = tx.rows(
            "SELECT * FROM distribution_run WHERE organization_id = :org ORDER BY at DESC, due_at DESC, what"
            f" LIMIT {int(count)}",
            org=org,
        )
        past = tuple(
            RunRow(
                str(row["what"]), to_datetime(row["due_at"]), to_datetime(row["at"]), row["batch"], int(row["rows"]),
                int(row["rows_left"]), str(row["note"]),
            )
            for row in rows
        )  # fmt: skip
        return Runs(schedules.words(policy.schedule), here, _following(policy, tx.now, here), past)


def _following(policy: Policy, now: int, where: str, count: int = 5) -> tuple[datetime, ...]:
    """The next times of a policy's schedule."""
    if policy.schedule is None:
        return ()
    return tuple(to_datetime(at) for at in islice(schedules.runs(policy.schedule, now, where), count))


def next_run(tx: Tx, organization_id: int, policy: Policy) -> datetime | None:
    """A step: when an organization's schedule runs next."""
    found = _following(policy, tx.now, zone(tx, organization_id), 1)
    return found[0] if found else None


def zone(tx: Tx, organization_id: int) -> str:
    """A step: the time zone that an organization lives by."""
    return str(tx.value("SELECT time_zone FROM organization WHERE id = :org", org=organization_id) or "UTC")


def waiting(ctx: Context, organization_id: int | None = None) -> tuple[int, ...]:
    """The organizations in which something is due now, of all within the reach or of one."""
    with ctx.read(Verb.DISTRIBUTION_RUNS) as tx:
        where, values = tx.within("o", organization_id)
        where = where.replace("o.organization_id", "o.id")
        rows = tx.rows(
            f"SELECT o.id FROM organization o WHERE {where} AND o.closed_at IS NULL AND o.id <> {NO_ORGANIZATION}"
            " ORDER BY o.id",
            **values,
        )
        found = [int(row["id"]) for row in rows]
        return tuple(one for one in found if _is_due(tx, one))


def _is_due(tx: Tx, organization_id: int) -> bool:
    if store.is_due(tx, organization_id, month_of(tx.now)) or reservations.overdue(tx, organization_id):
        return True
    return _due_at(tx, organization_id) is not None


@retried
def run_due(ctx: Context, organization_id: int) -> tuple[Run, ...]:
    """Do what is due in one organization, in one transaction; what was done. Raises NotFound."""
    with ctx.write(Verb.REBALANCE) as tx:
        org = people.organization_for(tx, organization_id)
        done = falling_back.due(tx, org)
        while reservations.sweep(tx, org) == reservations.SWEPT:
            continue
        due_at = _due_at(tx, org)
        if due_at is not None and store.begin(tx, org, SCHEDULE, due_at):
            run = _rebalance(falling_back.by_itself(tx), org, due_at)
            store.end(tx, org, run)
            done = (*done, run)
        return tuple(_told(run, dry_run=tx.dry_run) for run in done)


def _told(run: Run, *, dry_run: bool) -> Run:
    """A run as it is told: in a dry run there is no batch."""
    return run._replace(batch=None) if dry_run else run


def _due_at(tx: Tx, organization_id: int) -> int | None:
    """The latest time of the schedule that is past and not seen to: since the last run, or since the policy holds."""
    held = policy_held.current(tx, organization_id)
    if held.policy.schedule is None:
        return None
    last = tx.value(
        "SELECT max(due_at) FROM distribution_run WHERE organization_id = :org AND what = :what",
        org=organization_id, what=SCHEDULE,
    )  # fmt: skip
    since = max(int(last or 0), _scheduled_since(tx, organization_id))
    return schedules.last_due(held.policy.schedule, since, tx.now, zone(tx, organization_id))


def _scheduled_since(tx: Tx, organization_id: int) -> int:
    """When the policy that holds was made: a time before it was never due by it."""
    found = tx.value(
        "SELECT at FROM policy WHERE organization_id = :org AND department = '' ORDER BY version DESC LIMIT 1",
        org=organization_id,
    )
    return int(found or month_start(month_of(tx.now)))


def _rebalance(tx: Tx, organization_id: int, due_at: int) -> Run:
    """Reclaim and share out what was reclaimed, where the policy lets the schedule reclaim."""
    held = policy_held.all_of(tx, organization_id)
    if not any(one.policy.reclaims for one in (held.own, *held.departments.values())):
        return Run(SCHEDULE, due_at, note="reclamation_off")
    command = Distribute(Action.REBALANCE, organization_id)
    _, plan_id = distributing.made(tx, command, organization_id, Because(), nothing, scheduled=True)
    left: list[int] = []

    def count() -> None:
        left.append(plan_store.sums(tx, organization_id, plan_id).states[State.LEFT])

    consent = Consent(yes=True)
    done = allocations.apply(tx, organization_id, plan_id, consent, strict=False, before_forgetting=count)
    return Run(SCHEDULE, due_at, done.batch, done.changes, left[0])
