"""What an invitation of many is asked for, and what it answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invite:
    """Whom to invite: all that a filter finds in an organization and who have never signed in."""

    query: str
    organization_id: int | None = None
    numbers: tuple[int, ...] = ()
    """Only these of them, if any are given."""


@dataclass(frozen=True, slots=True)
class Invited:
    """What was written; `changed` counts those who signed in, left or were banned while passwords were made."""

    path: str
    rows: int
    bytes: int
    sha256: str
    changed: int
