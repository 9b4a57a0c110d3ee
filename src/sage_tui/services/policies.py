"""Distribution policies: versions that are never changed, who made each, and what holds (product.md, "Words")."""

import json
from dataclasses import dataclass, replace
from datetime import datetime

from sage_tui.clock import to_datetime
from sage_tui.domain import policy_fields
from sage_tui.domain.errors import NotFound, WrongUse
from sage_tui.domain.permissions import Verb
from sage_tui.domain.policies import PRESETS, Policy, Preset
from sage_tui.domain.units import Kind
from sage_tui.domain.users import PoolStatus
from sage_tui.services import people, pools
from sage_tui.services.context import Context, retried
from sage_tui.services.policy_held import SELECT, PolicyVersion, current, version_of
from sage_tui.store import audit
from sage_tui.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class SetPolicy:
    """Another preset, or other fields (name, as typed), or an earlier version again."""

    organization_id: int | None = None
    preset: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    version: int | None = None


@dataclass(frozen=True, slots=True)
class DistributionStatus:
    """Both pools and what distributes them."""

    pools: dict[Kind, PoolStatus]
    preset: Preset
    version: int
    next_run_at: datetime | None = None


def get(ctx: Context, organization_id: int | None = None) -> PolicyVersion:
    """The policy that holds. Raises NotFound, WrongUse (which organization)."""
    with ctx.read(Verb.POLICY_GET) as tx:
        return current(tx, people.organization_for(tx, organization_id))


def versions(ctx: Context, organization_id: int | None = None) -> tuple[PolicyVersion, ...]:
    """Every version, the newest first; the standard that it began with last."""
    with ctx.read(Verb.POLICY_GET) as tx:
        org = people.organization_for(tx, organization_id)
        rows = tx.rows(
            f"{SELECT} WHERE p.organization_id = :org AND p.department = '' ORDER BY p.version DESC", org=org
        )
        return (*(version_of(tx, row) for row in rows), PolicyVersion(PRESETS[Preset.STANDARD], 0))


def status(ctx: Context, organization_id: int | None = None) -> DistributionStatus:
    """Purchased, allocated, used, unallocated of both kinds this month, and the preset. Raises NotFound, WrongUse."""
    with ctx.read(Verb.DISTRIBUTION_STATUS) as tx:
        org = people.organization_for(tx, organization_id)
        held = current(tx, org)
        return DistributionStatus(pools.status(tx, org), held.policy.preset, held.version)


@retried
def put(ctx: Context, command: SetPolicy) -> PolicyVersion:
    """Make a new version; limits stay as they are until the policy acts. Raises NotFound, WrongUse."""
    with ctx.write(Verb.POLICY_SET) as tx:
        org = people.organization_for(tx, command.organization_id)
        pools.lock(tx, org)  # one version after the other
        held = current(tx, org)
        wanted = _wanted(tx, org, held.policy, command)
        before, after = policy_fields.values(held.policy), policy_fields.values(wanted)
        changes = [(name, _plain(before[name]), _plain(after[name])) for name in after if before[name] != after[name]]
        if not changes:
            raise WrongUse("The policy is so already: nothing was changed.", "See `sage-tui distribution policy get`.")
        number = held.version + 1
        tx.run(
            "INSERT INTO policy (organization_id, department, version, preset, fields, at, actor_id)"
            " VALUES (:org, '', :version, :preset, :fields, :now, :actor)",
            org=org, version=number, preset=wanted.preset.value, fields=json.dumps(policy_fields.kept(wanted)),
            now=tx.now, actor=tx.actor.user_id,
        )  # fmt: skip
        preset = (("preset", held.policy.preset.value, wanted.preset.value),)
        moved = preset if held.policy.preset is not wanted.preset else ()
        audit.append(tx, organization_id=org, target=f"policy version {number}", changes=[*moved, *changes])
        return PolicyVersion(wanted, number, to_datetime(tx.now), tx.actor.name)


def _wanted(tx: Tx, organization_id: int, held: Policy, command: SetPolicy) -> Policy:
    policy = held
    if command.version is not None:
        policy = _earlier(tx, organization_id, command.version)
    if command.preset:
        if command.preset not in set(Preset):
            raise WrongUse(f"There is no preset {command.preset[:40]!r}", f"Presets: {', '.join(Preset)}.")
        preset = Preset(command.preset)
        # Custom begins with what holds; a preset keeps what no preset has: cap, month's start, a day at most.
        policy = held if preset is Preset.CUSTOM else _kept_beside(PRESETS[preset], held)
    for name, text in command.fields:
        policy = policy_fields.changed(policy, name, text)
    return policy


def _kept_beside(preset: Policy, held: Policy) -> Policy:
    return replace(
        preset,
        cap_percent=held.cap_percent,
        month_start_stays=held.month_start_stays,
        day_percent=held.day_percent,
    )


def _earlier(tx: Tx, organization_id: int, version: int) -> Policy:
    if version == 0:
        return PRESETS[Preset.STANDARD]
    row = tx.row(
        f"{SELECT} WHERE p.organization_id = :org AND p.department = '' AND p.version = :version",
        org=organization_id, version=version,
    )  # fmt: skip
    if row is None:
        raise NotFound(f"There is no version {version} of the policy.", "See `sage-tui distribution policy get`.")
    return version_of(tx, row).policy


def _plain(value: object) -> int | str | None:
    if value is None or isinstance(value, str):
        return value
    return int(value) if isinstance(value, (bool, int)) else str(value)
