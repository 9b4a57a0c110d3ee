"""Usage as gateways and files report it, and what recording answers."""

from dataclasses import dataclass

from sage_tui.domain.spending import Bumped
from sage_tui.domain.units import Kind, Micros

STATUSES = ("success", "failure", "refused", "unknown")
"""What became of a call, in the order of their codes in the store."""


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One call. `user` is an e-mail, a gateway id, or any identity; `external_id` is unique per source.

    `row` is the place in the file (1-based line or record) for messages; tokens are whole and not negative;
    cached tokens are part of the prompt's. A row of our own export has its `key`, digest and content as they were
    stored, and names its `source`; else they are made of what was reported, and the source is the file's.
    """

    row: int
    external_id: str
    at: Micros
    user: str
    model: str
    kind: Kind
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    status: str = "success"
    latency_ms: int | None = None
    at_given: bool = True
    key: tuple[bytes, int] | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not recorded, and why."""

    row: int
    field: str
    why: str


@dataclass(frozen=True, slots=True)
class Unassigned:
    """A held identity's part of an import."""

    identity: str
    events: int
    charge: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch (or a whole import) did. Sums are of what was recorded, not of what was known already."""

    recorded: int = 0
    already: int = 0
    refused: tuple[RefusedRow, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    charge: int = 0
    first_at: Micros | None = None
    last_at: Micros | None = None
    users: int = 0
    unassigned: tuple[Unassigned, ...] = ()
    unknown_models: tuple[str, ...] = ()
    bumped: tuple[Bumped, ...] = ()
    """Limits that rose because of this batch."""
