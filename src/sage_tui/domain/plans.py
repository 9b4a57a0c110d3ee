"""A plan: what an act would change, row by row, before it counts. Staged edits, bulk acts and undo all end as one.

The rows lie in the store (there may be a million); these are the values that are shown and decided on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum

from sage_tui.domain.units import NO_ORGANIZATION, Kind

Value = int | str | None
"""Tokens, 0 or 1, a person's number, or a text, as the field says. None is unset."""


class Field(StrEnum):
    """What a plan may change of a member."""

    INFERENCE = "inference"
    EMBEDDING = "embedding"
    PAID = "paid"
    BANNED = "banned"
    VERIFIED = "verified"
    DEPARTMENT = "department"
    ROLE = "role"
    READ_ONLY = "read_only"
    EMAIL = "email"
    PAYER = "payer"
    ORGANIZATION = "organization"
    """Where a person is a member. With it, the other fields are those of the membership left and of the one opened."""

    REQUEST = "request"
    KEY = "key"
    OVERRIDE = "override"
    RAISE = "raise"
    VIEW = "view"


TOKENS = {Field.INFERENCE: Kind.INFERENCE, Field.EMBEDDING: Kind.EMBEDDING}
FLAGS = frozenset({Field.PAID, Field.BANNED, Field.VERIFIED, Field.READ_ONLY})
BY_NUMBER = frozenset({Field.PAYER, Field.ORGANIZATION})
"""Fields that name somebody or something: kept as its number, shown by its name."""

HANGING = frozenset({Field.REQUEST, Field.KEY, Field.OVERRIDE, Field.RAISE, Field.VIEW})
"""What hangs on a member and ends with them; a row's `item` says which one."""

WORDS = frozenset({Field.DEPARTMENT, Field.ROLE, Field.EMAIL}) | HANGING
"""Fields that are kept as a text."""

TEXTS = WORDS | BY_NUMBER
"""Fields that are shown as a text."""

BY_HAND = (Field.INFERENCE, Field.EMBEDDING, Field.PAID, Field.BANNED, Field.VERIFIED, Field.DEPARTMENT)
"""Fields that are edited in the table."""


class State(IntEnum):
    """Where a row of a plan stands; the numbers are stored."""

    IN = 0
    OUT = 1
    """Taken out by the author."""
    CHANGED = 2
    """Somebody changed it since the author staged it: undecided."""
    SKIPPED = 3
    """A rule excepts it."""
    LEFT = 4
    """It changed before the plan was applied, or the pool did not suffice."""


WHY = {
    "already": "already so",
    "self_ban": "you cannot ban yourself",
    "self_disable": "you cannot disable yourself",
    "self_raise": "nobody raises their own allocation: ask another administrator",
    "self_role": "nobody changes their own role",
    "last_operator": "the last platform operator who can sign in must remain",
    "pinned": "pinned: change it by hand, alone (users set EMAIL)",
    "exempt": "exempt from reclamation",
    "used": "used meanwhile",
    "floor": "below the floor that holds now",
    "ceiling": "above the ceiling that holds now",
    "no_spend": "may not spend any more",
    "ended": "not a member any more",
    "moved": "changed meanwhile",
    "pool_too_small": "the pool has no room for it",
    "operator": "a platform operator belongs to no organization",
    "gone": "it is not there any more",
    "taken": "another account has this e-mail address",
    "self_decision": "nobody decides their own request: ask another administrator",
    "not_active": "may not spend: approve it by itself, and activate them with it",
}
"""Why a row is not done, in words, by its code."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One field of one person, as its author saw it and as it shall be."""

    user_id: int
    field: Field
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One row of a plan as it is shown. `seen` is what the author saw, where that differs from `before`."""

    user_id: int
    email: str
    field: Field
    before: Value
    after: Value
    rule: str
    state: State = State.IN
    why: str = ""
    seen: Value = None
    changed_by: str = ""
    changed_at: datetime | None = None
    used: int = 0
    """Tokens used of this kind this month: a limit below it stops the person."""
    item: str = ""
    """Of what hangs on the person, which one: a request's number, a view's name."""

    @property
    def name(self) -> str:
        """The field, and which one."""
        return f"{self.field.value} {self.item}".rstrip()

    @property
    def stops(self) -> bool:
        """Does it put a limit below what has been used, where it was not so?"""
        if self.field not in TOKENS or not self.used:
            return False
        return _reached(self.used, self.after) and not _reached(self.used, self.before)

    @property
    def change(self) -> int:
        """After less before, in tokens; 0 for what is no amount."""
        if self.field not in TOKENS:
            return 0
        return int(self.after or 0) - int(self.before or 0)


def _reached(used: int, limit: Value) -> bool:
    return used >= int(limit or 0)


@dataclass(frozen=True, slots=True)
class PoolEffect:
    """What a plan does to one kind's pool, in tokens. `cap` is how far allocations may go."""

    kind: Kind
    purchased: int
    cap: int
    before: int
    after: int

    @property
    def unallocated(self) -> int:
        """Pool less allocated once the plan is applied."""
        return self.purchased - self.after

    @property
    def shortfall(self) -> int:
        """Tokens that are missing under the cap; 0 where it fits. Lowering always fits, also above the cap."""
        return max(self.after - max(self.cap, self.before), 0)


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """A plan at a glance. `changes` counts rows that would be done, `people` those they belong to."""

    id: int
    organization_id: int
    action: str
    changes: int
    people: int
    out: int
    changed: int
    skipped: int
    stops: int
    members: int
    organization: str
    undoes: int | None = None
    pool: Mapping[Kind, PoolEffect] = field(default_factory=dict)
    left: int = 0
    """Rows that changed meanwhile, or that the pool has no room for: an undo leaves them."""

    @property
    def needs_name(self) -> bool:
        """Does it touch so many that the organization's name is asked for (security.md, section 5)?

        >>> PlanSummary(1, 1, "", 30, 30, 0, 0, 0, 0, 100, "Acme").needs_name
        False
        """
        return self.organization_id != NO_ORGANIZATION and touches_many(self.people, self.members)

    @property
    def short_of(self) -> tuple[PoolEffect, ...]:
        """The kinds whose cap is too small."""
        return tuple(effect for effect in self.pool.values() if effect.shortfall)


def touches_many(people: int, members: int) -> bool:
    """Over 30% of an organization's people, and more than 20 (security.md, section 5).

    >>> touches_many(21, 70), touches_many(22, 70), touches_many(20, 20)
    (False, True, False)
    """
    return people > 20 and people * 10 > members * 3


@dataclass(frozen=True, slots=True)
class Skipped:
    """Somebody whom an act passes over, and why (a code of `WHY`)."""

    email: str
    why: str
    field: str = ""

    @property
    def words(self) -> str:
        """Why, in words."""
        return WHY.get(self.why, self.why)


@dataclass(frozen=True, slots=True)
class Done:
    """What applying a plan did. `batch` is the number that undo takes, None where nothing was changed."""

    batch: int | None
    changes: int
    rows: tuple[PlanRow, ...]
    skipped: tuple[Skipped, ...]
    left: tuple[Skipped, ...]
    pool: Mapping[Kind, PoolEffect]
    more: int = 0
    """Rows that are not listed in `rows`."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchRow:
    """An act that may be undone."""

    batch: int
    organization_id: int
    at: datetime
    actor: str
    action: str
    rows: int
    reason: str
    undoes: int | None
    undone_by: int | None
    mine: bool = False
    organization: str = ""
