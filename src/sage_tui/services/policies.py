"""Distribution policies: versions that are never changed, who made each, and what holds (product.md, "Words")."""

import json
from dataclasses import replace
from datetime import datetime

from sage_tui.clock import to_datetime, to_micros
from sage_tui.domain import policy_bounds, policy_fields
from sage_tui.domain.distribution import FOLLOWS, DistributionStatus, PolicyAct, PolicyVersion, SetPolicy
from sage_tui.domain.errors import NotFound, WrongUse
from sage_tui.domain.permissions import Verb
from sage_tui.domain.policies import PRESETS, Policy, Preset
from sage_tui.domain.text import accept
from sage_tui.services import falling_back, people, pools, rebalancing
from sage_tui.services.context import Context, retried
from sage_tui.services.policy_held import SELECT, all_of, current, version_of
from sage_tui.store import audit
from sage_tui.store.transaction import Tx

WHOLE = frozenset({"cap_percent", "month_start", "schedule"})
"""Fields that concern the pool: no department has its own."""

Changes = list[tuple[str, int | str | None, int | str | None]]


def get(ctx: Context, organization_id: int | None = None, department: str = "") -> PolicyVersion:
    """The policy that holds, of the organization or in a department. Raises NotFound, WrongUse (which organization)."""
    with ctx.read(Verb.POLICY_GET) as tx:
        held = all_of(tx, people.organization_for(tx, organization_id))
        return held.departments.get(department, held.own)


def departments(ctx: Context, organization_id: int | None = None) -> dict[str, PolicyVersion]:
    """The departments that have a policy of their own, with it. Raises NotFound, WrongUse."""
    with ctx.read(Verb.POLICY_GET) as tx:
        return dict(sorted(all_of(tx, people.organization_for(tx, organization_id)).departments.items()))


def versions(ctx: Context, organization_id: int | None = None, department: str = "") -> tuple[PolicyVersion, ...]:
    """Every version, the newest first; the standard that it began with last. A department's that follows has none."""
    with ctx.read(Verb.POLICY_GET) as tx:
        org = people.organization_for(tx, organization_id)
        rows = tx.rows(
            f"{SELECT} WHERE p.organization_id = :org AND p.department = :department ORDER BY p.version DESC",
            org=org, department=department,
        )  # fmt: skip
        first = () if department else (PolicyVersion(PRESETS[Preset.STANDARD], 0),)
        return (*(version_of(tx, row) for row in rows if row["preset"] != FOLLOWS), *first)


def mine(ctx: Context, organization_id: int | None = None, since: datetime | None = None) -> PolicyAct | None:
    """The last version that I made, if it was after an instant: what `u` must not pass over."""
    with ctx.read(Verb.POLICY_GET) as tx:
        where, values = tx.within("p", organization_id)
        who = "p.actor_id IS NULL" if tx.actor.user_id is None else "p.actor_id = :me"
        me = {} if tx.actor.user_id is None else {"me": tx.actor.user_id}
        row = tx.row(
            f"SELECT p.version, p.at, p.department FROM policy p WHERE {where} AND {who} AND p.at > :since"
            " ORDER BY p.at DESC, p.version DESC LIMIT 1",
            since=-1 if since is None else to_micros(since), **me, **values,
        )  # fmt: skip
        return None if row is None else PolicyAct(int(row["version"]), to_datetime(row["at"]), str(row["department"]))


def status(ctx: Context, organization_id: int | None = None) -> DistributionStatus:
    """Purchased, allocated, used, unallocated of both kinds this month, and the preset. Raises NotFound, WrongUse."""
    with ctx.read(Verb.DISTRIBUTION_STATUS) as tx:
        org = people.organization_for(tx, organization_id)
        held = current(tx, org)
        following = rebalancing.next_run(tx, org, held.policy)
        return DistributionStatus(pools.status(tx, org), held.policy.preset, held.version, following)


@retried
def put(ctx: Context, command: SetPolicy) -> PolicyVersion:
    """Make a new version; limits stay as they are until the policy acts. Raises NotFound, WrongUse."""
    with ctx.write(Verb.POLICY_SET) as tx:
        org = people.organization_for(tx, command.organization_id)
        falling_back.due(tx, org)  # by the rules that held
        pools.lock(tx, org)  # one version after the other
        department = accept("department", command.department.strip(), 100)
        if command.preset == FOLLOWS:
            return _end(tx, org, department)
        theirs = {name for name, _ in command.fields} & WHOLE
        if department and theirs:
            raise WrongUse(f"{', '.join(sorted(theirs))}: the organization's alone", "Leave --department out.")
        held, wanted = compared(tx, org, command)
        before, after = policy_fields.values(held.policy), policy_fields.values(wanted)
        changes = [(name, _plain(before[name]), _plain(after[name])) for name in after if before[name] != after[name]]
        last = _last(tx, org, department)
        if not changes and not (department and last in (None, FOLLOWS)):
            raise WrongUse("The policy is so already: nothing was changed.", "See `sage-tui distribution policy get`.")
        kept = json.dumps(policy_fields.kept(wanted))
        preset = (("preset", held.policy.preset.value, wanted.preset.value),)
        moved = preset if held.policy.preset is not wanted.preset else ()
        number = _insert(tx, org, department, wanted.preset.value, kept, [*moved, *changes])
        warnings = warned(tx, org, department, wanted)
        back = _back(department, last, number)
        return PolicyVersion(wanted, number, to_datetime(tx.now), tx.actor.name, warnings, back)


def _back(department: str, last: str | None, number: int) -> str:
    """What takes a new version back: the one before it again, or a department that had none follows again."""
    return f"--preset {FOLLOWS}" if department and last in (None, FOLLOWS) else f"--version {number - 1}"


def warned(tx: Tx, organization_id: int, department: str, wanted: Policy) -> tuple[str, ...]:
    """A step: what is allowed and may surprise, of a policy that is looked at or was just made."""
    people = None
    if department:
        people = tx.value(
            "SELECT count(*) FROM membership WHERE organization_id = :org AND department = :department"
            " AND ended_at IS NULL",
            org=organization_id, department=department,
        )  # fmt: skip
    found = {} if department else pools.status(tx, organization_id)
    return policy_bounds.warnings(wanted, found, department=department, people=people)


def compared(tx: Tx, organization_id: int, command: SetPolicy) -> tuple[PolicyVersion, Policy]:
    """A step: the policy that holds where a command would change it, and what it would become."""
    held = all_of(tx, organization_id)
    now = held.departments.get(command.department.strip(), held.own)
    if command.preset == FOLLOWS:
        return now, held.own.policy
    return now, _wanted(tx, organization_id, now.policy, command)


def _last(tx: Tx, organization_id: int, department: str) -> str | None:
    """The preset of the newest version; None where there is none."""
    found: str | None = tx.value(
        "SELECT preset FROM policy WHERE organization_id = :org AND department = :department"
        " ORDER BY version DESC LIMIT 1",
        org=organization_id, department=department,
    )  # fmt: skip
    return found


def _insert(tx: Tx, organization_id: int, department: str, preset: str, fields: str, changes: Changes) -> int:
    """Write the next version with its audit entry; its number."""
    number = 1 + int(
        tx.value(
            "SELECT coalesce(max(version), 0) FROM policy WHERE organization_id = :org AND department = :department",
            org=organization_id, department=department,
        )
    )  # fmt: skip
    tx.run(
        "INSERT INTO policy (organization_id, department, version, preset, fields, at, actor_id)"
        " VALUES (:org, :department, :version, :preset, :fields, :now, :actor)",
        org=organization_id, department=department, version=number, preset=preset, fields=fields, now=tx.now,
        actor=tx.actor.user_id,
    )  # fmt: skip
    told = [("department", None, department), *changes] if department else changes
    audit.append(tx, organization_id=organization_id, target=f"policy version {number}", changes=told)
    return number


def _end(tx: Tx, organization_id: int, department: str) -> PolicyVersion:
    """A department follows the organization's policy again. Raises WrongUse."""
    if not department:
        raise WrongUse("An organization always has a policy.", "none is for a department: --department D.")
    held = all_of(tx, organization_id)
    if department not in held.departments:
        raise WrongUse("The department has no policy of its own.", "See `sage-tui distribution policy get`.")
    before = held.departments[department].policy.preset.value
    number = _insert(tx, organization_id, department, FOLLOWS, "{}", [("preset", before, FOLLOWS)])
    return PolicyVersion(held.own.policy, number, to_datetime(tx.now), tx.actor.name, back=f"--version {number - 1}")


def _wanted(tx: Tx, organization_id: int, held: Policy, command: SetPolicy) -> Policy:
    policy = held
    if command.version is not None:
        policy = _earlier(tx, organization_id, command.department.strip(), command.version)
    if command.preset:
        if command.preset not in set(Preset):
            raise WrongUse(f"There is no preset {command.preset[:40]!r}", f"Presets: {', '.join(Preset)}.")
        preset = Preset(command.preset)
        # Custom begins with what holds; a preset keeps what no preset has: cap, month's start, a day at most.
        policy = held if preset is Preset.CUSTOM else _kept_beside(PRESETS[preset], held)
    for name, text in command.fields:
        policy = policy_fields.changed(policy, name, text)
    policy_bounds.check(policy)  # a version of before these bounds does not come back
    return policy


def _kept_beside(preset: Policy, held: Policy) -> Policy:
    return replace(
        preset,
        cap_percent=held.cap_percent,
        month_start_stays=held.month_start_stays,
        day_percent=held.day_percent,
        schedule=held.schedule,
    )


def _earlier(tx: Tx, organization_id: int, department: str, version: int) -> Policy:
    if version == 0 and not department:
        return PRESETS[Preset.STANDARD]
    row = tx.row(
        f"{SELECT} WHERE p.organization_id = :org AND p.department = :department AND p.version = :version"
        f" AND p.preset <> '{FOLLOWS}'",
        org=organization_id, department=department, version=version,
    )  # fmt: skip
    if row is None:
        raise NotFound(f"There is no version {version} of the policy.", "See `sage-tui distribution policy get`.")
    return version_of(tx, row).policy


def _plain(value: object) -> int | str | None:
    if value is None or isinstance(value, str):
        return value
    return int(value) if isinstance(value, (bool, int)) else str(value)
