"""The policy that holds for an organization. Steps; services/policies has the verbs."""

import json
from dataclasses import dataclass
from datetime import datetime

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


def version_of(tx: Tx, row: Row) -> PolicyVersion:
    """A version as the store keeps it."""
    policy = policy_fields.restored(str(row["preset"]), json.loads(str(row["fields"])))
    return PolicyVersion(policy, int(row["version"]), to_datetime(row["at"]), str(row["email"] or ""))
