"""The policy that holds for an organization. Steps; services/policies has the verbs."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sage_tui.clock import to_datetime
from sage_tui.domain import policy_fields
from sage_tui.domain.acts import Floors
from sage_tui.domain.distribution import FOLLOWS, PolicyVersion
from sage_tui.domain.policies import PRESETS, Policy, Preset
from sage_tui.domain.units import Kind
from sage_tui.store.distributing import Bounds
from sage_tui.store.transaction import Row, Tx

SELECT = 'SELECT p.*, u.email FROM policy p LEFT JOIN "user" u ON u.id = p.actor_id'


@dataclass(frozen=True, slots=True)
class Policies:
    """What holds in an organization: its own policy, and those of departments, which override it."""

    own: PolicyVersion
    departments: Mapping[str, PolicyVersion]

    def of(self, department: str) -> Policy:
        """The policy of a member, by their department."""
        found = self.departments.get(department) if department else None
        return (found or self.own).policy


def all_of(tx: Tx, organization_id: int) -> Policies:
    """A step: every policy that holds in an organization. What concerns the pool is the organization's alone."""
    rows = tx.rows(
        f"{SELECT} WHERE p.organization_id = :org AND p.version = (SELECT max(q.version) FROM policy q"
        " WHERE q.organization_id = :org AND q.department = p.department)",
        org=organization_id,
    )
    held = {str(row["department"]): version_of(tx, row) for row in rows if row["preset"] != FOLLOWS}
    own = held.pop("", PolicyVersion(PRESETS[Preset.STANDARD], 0))
    return Policies(own, held)


def first(tx: Tx, organization_id: int) -> Floors:
    """A step: what first allocations are: the person's own floor, else their department's, else the organization's."""
    held = all_of(tx, organization_id)
    rows = tx.rows(
        'SELECT o.user_id, o.inference_floor AS inference, o.embedding_floor AS embedding FROM "override" o'
        " WHERE o.organization_id = :org AND (o.until IS NULL OR o.until > :now)"
        " AND (o.inference_floor IS NOT NULL OR o.embedding_floor IS NOT NULL)",
        org=organization_id, now=tx.now,
    )  # fmt: skip
    return Floors(
        held.own.policy.floors,
        departments={name: one.policy.floors for name, one in held.departments.items()},
        own={
            int(row["user_id"]): {kind: int(row[kind.value]) for kind in Kind if row[kind.value] is not None}
            for row in rows
        },
    )


def bounds(tx: Tx, organization_id: int) -> tuple[Bounds, ...]:
    """A step: floors and ceilings that hold now, the organization's and each department's own."""
    held = all_of(tx, organization_id)
    names = tuple(sorted(held.departments))
    own = Bounds(names, bool(names), dict(held.own.policy.floors), held.own.policy.ceiling)
    others = (
        Bounds((name,), False, dict(one.policy.floors), one.policy.ceiling) for name, one in held.departments.items()
    )
    return (own, *others)


def current(tx: Tx, organization_id: int) -> PolicyVersion:
    """A step: the policy that holds for an organization."""
    row = tx.row(
        f"{SELECT} WHERE p.organization_id = :org AND p.department = '' ORDER BY p.version DESC LIMIT 1",
        org=organization_id,
    )
    return PolicyVersion(PRESETS[Preset.STANDARD], 0) if row is None else version_of(tx, row)


_NOW = (
    "SELECT p.department, p.preset, p.fields, p.version FROM policy p WHERE p.organization_id = ? AND p.version ="
    " (SELECT max(q.version) FROM policy q WHERE q.organization_id = p.organization_id"
    " AND q.department = p.department)"
)


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds, each with its version: the organization's own policy, and those of departments."""

    own: tuple[Policy, int]
    departments: Mapping[str, tuple[Policy, int]]

    def of(self, department: str) -> tuple[Policy, int]:
        """A member's, by their department."""
        return self.departments.get(department, self.own) if department else self.own

    def least(self) -> int | None:
        """From how much used (per mille) anybody may be raised at all; None where nobody is."""
        return _least(policy for policy, _ in (self.own, *self.departments.values()))


def in_force(tx: Tx, organization_id: int) -> InForce:
    """A step: the policies that hold, without who made them: asked with every call that is recorded."""
    held: dict[str, tuple[Policy, int]] = {}
    for department, preset, fields, version in tx.tuples(_NOW, (organization_id,)):
        if preset != FOLLOWS:
            held[str(department)] = (_restored(str(preset), str(fields)), int(version))
    return InForce(held.pop("", (PRESETS[Preset.STANDARD], 0)), held)


def as_kept(tx: Tx, own: str | None, department: str | None) -> Policy:
    """A step: a member's policy, from what the store keeps of the organization's and the department's last versions.

    Each is a preset and its fields with a blank between them, None where there is none.
    """
    if department is not None and not department.startswith(FOLLOWS + " "):
        own = department
    if own is None:
        return PRESETS[Preset.STANDARD]
    preset, _, fields = own.partition(" ")
    return _restored(preset, fields)


def least_of(tx: Tx, told: str) -> int | None:
    """A step: `InForce.least` of an organization's policies as store/one_call tells them."""
    return _least_told(told)


@lru_cache(maxsize=1_000)
def _least_told(told: str) -> int | None:
    lines = [line.partition(" ") for line in told.split("\n")] if told else []
    held = [(preset, fields) for preset, _, fields in lines if preset.removeprefix("+") != FOLLOWS]
    policies = [_restored(preset.removeprefix("+"), fields) for preset, fields in held]
    if all(preset.startswith("+") for preset, _ in held):  # the organization never chose one
        policies.append(PRESETS[Preset.STANDARD])
    return _least(policies)


def _least(policies: Iterable[Policy]) -> int | None:
    return min((policy.tiers[0].trigger for policy in policies if policy.tiers), default=None)


@lru_cache(maxsize=1_000)
def _restored(preset: str, fields: str) -> Policy:
    """A policy from what the store keeps; a text is parsed once."""
    return policy_fields.restored(preset, json.loads(fields))


def version_of(tx: Tx, row: Row) -> PolicyVersion:
    """A version as the store keeps it."""
    return PolicyVersion(
        _restored(str(row["preset"]), str(row["fields"])),
        int(row["version"]),
        to_datetime(row["at"]),
        str(row["email"] or ""),
    )
