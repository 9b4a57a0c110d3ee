"""An organization's distribution as it is shown: its policy's versions, its pools, what ran and what runs next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sage_tui.domain.activity import TodayItem
from sage_tui.domain.distributing import Action
from sage_tui.domain.policies import Policy, Preset
from sage_tui.domain.units import Kind
from sage_tui.domain.users import PoolStatus

FOLLOWS = "none"
"""The preset of a department's version that ends its own policy: it follows the organization's again."""


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A version of an organization's policy. Version 0 is the standard that every organization begins with."""

    policy: Policy
    version: int
    at: datetime | None = None
    actor: str = ""
    warnings: tuple[str, ...] = ()
    """What may surprise whoever has just made it."""

    back: str = ""
    """What takes it back, as options of `distribution policy set`: a policy is no batch, `undo` knows nothing of it."""


@dataclass(frozen=True, slots=True)
class PolicyAct:
    """A version that somebody made: its number, when, and the department whose it is (empty: the organization's)."""

    version: int
    at: datetime
    department: str = ""


@dataclass(frozen=True, slots=True)
class SetPolicy:
    """Another preset, or other fields (name, as typed), or an earlier version again."""

    organization_id: int | None = None
    preset: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    version: int | None = None
    department: str = ""
    """Of one department, which it overrides the organization's for; empty: the organization's own."""


@dataclass(frozen=True, slots=True)
class DistributionStatus:
    """Both pools and what distributes them."""

    pools: dict[Kind, PoolStatus]
    preset: Preset
    version: int
    next_run_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run of the past: when it was due and when it was done, its batch, and what it did."""

    what: str
    due_at: datetime
    at: datetime
    batch: int | None
    rows: int
    left: int
    note: str


@dataclass(frozen=True, slots=True)
class Runs:
    """The next times of a schedule, and the runs of the past, the newest first."""

    schedule: str
    zone: str
    following: tuple[datetime, ...]
    past: tuple[RunRow, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """What the distribution page shows at a glance. `cap` is how far each kind's allocations may go, in tokens."""

    pools: Mapping[Kind, PoolStatus]
    cap: Mapping[Kind, int]
    held: PolicyVersion
    next_run_at: datetime | None
    zone: str
    departments: tuple[str, ...] = ()
    """Those that have a policy of their own."""
    warnings: tuple[TodayItem, ...] = ()
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an action would do now: of each kind how many limits, and how many tokens more or less.

    `skipped` limits are excepted by a rule, for `no_room` the cap leaves nothing.
    """

    action: Action
    people: int
    rows: Mapping[Kind, int]
    change: Mapping[Kind, int]
    skipped: int
    no_room: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which a policy that is looked at differs from the one that holds; as they are shown."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PolicyLook:
    """A policy that is looked at before it is saved: the one that holds, it, where they differ, what it would do."""

    held: PolicyVersion
    wanted: Policy
    differences: tuple[Difference, ...]
    outlooks: tuple[Outlook, ...]
    warnings: tuple[str, ...] = ()
    """What it would be that may surprise."""
