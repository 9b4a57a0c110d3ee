"""Model interactions and administrative acts, as their tables and details show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sage_tui.domain.units import Kind


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One model interaction. `email` is the user's, or the held identity's text."""

    id: str
    at: datetime
    email: str
    user_id: int | None
    organization: str | None
    model: str
    kind: Kind
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    charge: int
    status: str
    latency_ms: int | None
    source: str


@dataclass(frozen=True, slots=True)
class AuditChange:
    """One field's before → after; both None-able; `erased` when personal detail was erased."""

    field: str
    before: str | None
    after: str | None
    erased: bool = False


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One administrative act."""

    chain: str
    seq: int
    at: datetime
    actor: str
    on_behalf_of: str
    origin: str
    action: str
    target: str
    organization: str | None
    batch: int | None
    rows: int
    reason: str
    outcome: str
    """`done` or `refused`."""
    changes: tuple[AuditChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What `audit verify` says of one chain. `first_bad` is None when nothing wrong was found.

    Without the key file `sealed` is False: order and hashes were checked, and the head's seal could not be.
    """

    chain: str
    entries: int
    head: str
    first_bad: int | None
    why: str = ""
    sealed: bool = True

    @property
    def ok(self) -> bool:
        """All was checked, and all is well."""
        return self.first_bad is None and self.sealed


@dataclass(frozen=True, slots=True)
class TodayItem:
    """One line of Today: a sentence with a count, and where it leads (page and filter)."""

    code: str
    count: int
    tokens: int | None
    text: str
    page: str | None
    query: str
    more: str = ""
    """A second sentence that stands beside the first, in quieter type."""


@dataclass(frozen=True, slots=True)
class Today:
    """Today's page."""

    items: tuple[TodayItem, ...]
    sentences: tuple[str, ...]
    gateway_last_heard_at: datetime | None
    checked_at: datetime | None
    waiting: int
    """The header's badge."""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One check of doctor."""

    name: str
    ok: bool
    found: str
    differences: tuple[Mapping[str, object], ...] = ()
