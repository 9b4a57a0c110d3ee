"""The policy that holds for an organization. Steps; services/policies has the verbs."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sage_tui.clock import to_datetime
from sage_tui.domain import policy_fields
from sage_tui.domain.policies import PRESETS, Policy, Preset
from sage_tui.store.transaction import Row, Tx

SELECT = 'SELECT p.*, u.email FROM policy p LEFT JOIN "user" u ON u.id = p.actor_id'


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A version of an organization's policy. Version 0 is the standard that every organization begins with."""

    policy: Policy
    version: int
    at: datetime | None = None
    actor: str = ""


def current(tx: Tx, organization_id: int) -> PolicyVersion:
    """A step: the policy that holds for an organization."""
    row = tx.row(
        f"{SELECT} WHERE p.organization_id = :org AND p.department = '' ORDER BY p.version DESC LIMIT 1",
        org=organization_id,
    )
    return PolicyVersion(PRESETS[Preset.STANDARD], 0) if row is None else version_of(tx, row)


_NOW = (
    "SELECT preset, fields, version FROM policy WHERE organization_id = ? AND department = ''"
    " ORDER BY version DESC LIMIT 1"
)


def in_force(tx: Tx, organization_id: int) -> tuple[Policy, int]:
    """A step: the policy that holds and its version, without who made it: asked with every call that is recorded."""
    rows = tx.tuples(_NOW, (organization_id,))
    if not rows:
        return PRESETS[Preset.STANDARD], 0
    preset, fields, version = rows[0]
    return _restored(str(preset), str(fields)), int(version)


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
