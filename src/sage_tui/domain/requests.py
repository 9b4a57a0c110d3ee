"""Requests for more tokens: what is asked, what is decided, and how both are kept (product.md, "Token Requests")."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sage_tui.domain.errors import Refused, WrongUse
from sage_tui.domain.plans import Done
from sage_tui.domain.units import MAX_TOKENS, Kind, Micros
from sage_tui.domain.users import PoolStatus

REASON_LIMIT = 500
NOTE_LIMIT = 500
MOST_PENDING = 3
"""Requests of one person that may wait at once."""

MOST_A_DAY = 20
"""Requests that one person may make within 24 hours."""

AUTOMATIC = "auto-approval"
"""Who decided, where the rule did; its note too."""

OFFBOARDED = "offboarded"
"""The note of requests that are closed with their person: by it undo knows them."""


class Status(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class Lasts(StrEnum):
    """How long what was granted holds."""

    MONTH = "month"
    GOOD = "good"
    UNTIL = "until"


RULES = {Lasts.MONTH: "request", Lasts.GOOD: "request_good", Lasts.UNTIL: "request_until"}
"""The code of the step that a grant is (domain/steps says how each holds)."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody asks for, in tokens."""

    kind: Kind
    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class Approve:
    """Grant requests of one organization. `amount` None is what was asked; less is in part.

    `until` (with `Lasts.UNTIL`) is when it falls back. `activate`: who may not spend may from now on. `name` is the
    organization's, typed, where many are touched; `yes` answers that on the host.
    """

    ids: tuple[int, ...]
    amount: int | None = None
    lasts: Lasts = Lasts.MONTH
    until: Micros | None = None
    note: str = ""
    activate: bool = False
    name: str = ""
    yes: bool = False


@dataclass(frozen=True, slots=True)
class Deny:
    """Refuse requests of one organization."""

    ids: tuple[int, ...]
    note: str = ""
    name: str = ""
    yes: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """A request's state, as history keeps it, so that undo and its undo bring back exactly what was."""

    status: Status
    approved: int | None = None
    lasts: Lasts = Lasts.MONTH
    until: int | None = None
    note: str = ""
    automatic: bool = False


def written(decision: Decision) -> str:
    """A decision as one text: the status, then what else there is to it, as JSON.

    >>> written(Decision(Status.PENDING)), written(Decision(Status.DENIED, note="no"))
    ('pending', 'denied {"note": "no"}')
    """
    plain = Decision(decision.status)
    more = {
        name: getattr(decision, name)
        for name in ("approved", "automatic", "lasts", "note", "until")
        if getattr(decision, name) != getattr(plain, name)
    }
    return f"{decision.status.value} {json.dumps(more)}" if more else decision.status.value


def read(text: str) -> Decision:
    """What `written` was given.

    >>> read('approved {"approved": 5, "lasts": "good"}').lasts, read("pending").status.value
    (<Lasts.GOOD: 'good'>, 'pending')
    """
    word, _, more = text.partition(" ")
    fields = json.loads(more) if more else {}
    if "lasts" in fields:
        fields["lasts"] = Lasts(fields["lasts"])
    return Decision(Status(word), **fields)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request as the queue shows it. Amounts in tokens.

    `current_allocation` is what who asks had when they asked; `allocation` and `used` are today's, of that kind.
    `decided_by` is whoever decided, as they were called then.
    """

    id: int
    organization_id: int
    organization: str
    user_id: int
    email: str
    kind: Kind
    amount: int
    reason: str
    current_allocation: int | None
    status: Status
    created_at: datetime
    approved: int | None = None
    lasts: Lasts = Lasts.MONTH
    until: datetime | None = None
    note: str = ""
    decided_at: datetime | None = None
    decided_by: str = ""
    automatic: bool = False
    batch: int | None = None
    allocation: int | None = None
    used: int = 0
    paid: bool = True
    member: bool = True
    """Still belongs to the organization that was asked."""


@dataclass(frozen=True, slots=True)
class Totals:
    """How many requests stand where, and what those that wait ask for, in tokens by kind.

    `pools` has the pools of one organization, and `room` what its cap leaves of each kind; both are empty where
    several organizations are looked at.
    """

    by_status: Mapping[Status, int]
    asked: Mapping[Kind, int]
    pools: Mapping[Kind, PoolStatus] = field(default_factory=dict)
    room: Mapping[Kind, int] = field(default_factory=dict)
    last_answer: datetime | None = None
    waiting: int = 0
    """What waits in all, for the badge: for operators also what they are asked for."""

    @property
    def all(self) -> int:
        """Requests of whatever state."""
        return sum(self.by_status.values())

    @property
    def fit(self) -> bool:
        """Does the cap leave room for all that wait?"""
        return all(self.asked[kind] <= max(self.room.get(kind, 0), 0) for kind in self.asked)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One organization's part of the queue: how many wait, what they ask for and what its cap leaves, by kind."""

    organization_id: int
    organization: str
    number: int
    asked: Mapping[Kind, int]
    room: Mapping[Kind, int]


@dataclass(frozen=True, slots=True)
class Detail:
    """All that helps to decide: the requester's last 30 days, what they asked before, policy and exception."""

    request: TokenRequest
    days: tuple[int, ...]
    earlier: tuple[TokenRequest, ...]
    policy: str
    override: str
    room: int
    """What the cap leaves of the kind, in tokens."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision did: the batch with its pools and those passed over, and the requests as they are now."""

    done: Done
    requests: tuple[TokenRequest, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MyRequests:
    """The own requests, newest first, and what one has of each kind (None is unset)."""

    requests: tuple[TokenRequest, ...]
    allocation: Mapping[Kind, int | None]


def check_amount(amount: int) -> int:
    """An amount that can be asked for or granted: 1 to 2**53 - 1 tokens. Raises WrongUse."""
    if not 1 <= amount <= MAX_TOKENS:
        raise WrongUse(f"amount: {amount:,} is outside 1 to {MAX_TOKENS:,}", "Write 500K or 2M.")
    return amount


def check_flood(pending: int, today: int) -> None:
    """Raises Refused where somebody has asked too often.

    >>> check_flood(2, 19)
    >>> check_flood(3, 3)
    Traceback (most recent call last):
    ...
    sage_tui.domain.errors.Refused: 3 of your requests wait already, and no more than 3 may.
    """
    if pending >= MOST_PENDING:
        raise Refused(
            f"{pending} of your requests wait already, and no more than {MOST_PENDING} may.",
            "Withdraw one, or wait for the answer.",
            code="too_many_requests",
        )
    if today >= MOST_A_DAY:
        raise Refused(
            f"You made {today} requests within 24 hours, and no more than {MOST_A_DAY} may be made.",
            "Ask again tomorrow.",
            code="too_many_requests",
        )


def granted(asked: int, amount: int | None) -> int:
    """How much of a request is granted: as asked, or less. Raises WrongUse where it is more.

    >>> granted(500, None), granted(500, 300)
    (500, 300)
    """
    if amount is None:
        return asked
    if check_amount(amount) > asked:
        raise WrongUse(
            f"amount: {amount:,} is more than the {asked:,} that were asked for",
            "Less is in part; more is an edit of the person's limit.",
        )
    return amount
