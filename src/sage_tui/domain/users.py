"""People as the panel shows them: frozen values, tokens as whole numbers, times in UTC."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sage_tui.domain.secret import Secret
from sage_tui.domain.units import Kind, Role

OVER = 1_000_000
"""The share, per mille, of somebody who used tokens with an allocation of 0."""

NEAR = 900
"""From this share (per mille) on a person is near the limit (product.md, "Words")."""


def share(used: int, allocation: int | None) -> int | None:
    """Used of the allocation in per mille, rounded down; None where there is neither, and while it is unset.

    >>> share(909, 1000), share(0, None), share(5, None), share(5, 0)
    (909, None, None, 1000000)
    """
    if allocation is None:
        return None
    if not allocation:
        return OVER if used else None
    return min(used * 1000 // allocation, OVER)


@dataclass(frozen=True, slots=True)
class Balance:
    """One kind's numbers of a member, in tokens. `allocation` None is unset (counts 0)."""

    allocation: int | None
    used: int
    previous: int
    lifetime: int
    reserved: int = 0

    @property
    def remaining(self) -> int | None:
        """Allocation less used; negative after a lowering; None while unset."""
        return None if self.allocation is None else self.allocation - self.used

    @property
    def share(self) -> int | None:
        """Used of the allocation in per mille (see `share`)."""
        return share(self.used, self.allocation)


class State(StrEnum):
    """A person's state in one word; the first that applies, in this order."""

    BANNED = "banned"
    UNPAID = "unpaid"
    STOPPED = "stopped"
    AT_LIMIT = "at limit"
    NEAR = "near"
    UNSET = "unset"
    NEVER = "never"
    OK = "ok"


SIGNS = {
    State.BANNED: "✕",
    State.UNPAID: "‖",
    State.STOPPED: "■",
    State.AT_LIMIT: "■",
    State.NEAR: "▲",
    State.UNSET: "·",
    State.NEVER: "○",
    State.OK: " ",
}


@dataclass(frozen=True, slots=True)
class UserRow:
    """A member as a table row and as JSON (interfaces.md, `users list`)."""

    id: int
    email: str
    first_name: str
    last_name: str
    organization_id: int
    organization: str | None
    department: str
    company: str
    type: Role
    plan: str
    paid: bool
    banned: bool
    stopped: bool
    verified: bool
    mfa: bool
    cac: bool
    inference: Balance
    embedding: Balance
    last_sign_in_at: datetime | None
    created_at: datetime
    raised_until: datetime | None = None
    """When the next raise with an end falls back; not in JSON."""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def usage(self) -> int:
        """Tokens of both kinds, since creation ("Total Usage")."""
        return self.inference.lifetime + self.embedding.lifetime

    @property
    def state(self) -> State:
        """The state in one word (inference decides)."""
        if self.banned:
            return State.BANNED
        if not self.paid:
            return State.UNPAID
        if self.stopped:
            return State.STOPPED
        return self._spending()

    def _spending(self) -> State:
        balance = self.inference
        if balance.allocation is None:
            return State.UNSET
        part = balance.share
        if balance.used >= balance.allocation and (balance.used or balance.allocation == 0):
            return State.AT_LIMIT
        if part is not None and part >= NEAR:
            return State.NEAR
        if balance.lifetime + self.embedding.lifetime == 0:
            return State.NEVER
        return State.OK


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One step of a limit's history: why it is what it is."""

    at: datetime
    kind: Kind
    before: int | None
    after: int | None
    rule: str
    actor: str
    reason: str
    batch: int | None
    until: datetime | None = None
    """When what it gave ends, of a raise with an end."""

    asked: str = ""
    """Why it was asked for, of a granted request."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """One attempt to sign in or to enter admin mode."""

    at: datetime
    origin: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Person:
    """One person's page: the row, the history of both limits, 30 days of charge, sign-ins."""

    user: UserRow
    gateway_id: str
    payer: str | None
    read_only: bool
    history: tuple[HistoryStep, ...]
    days: tuple[int, ...]
    """Charge of both kinds in each of the last 30 UTC days, oldest first, today last."""
    sign_ins: tuple[SignIn, ...]
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """One kind's pool of an organization (or of all), this UTC month, in tokens."""

    kind: Kind
    purchased: int
    allocated: int
    used: int

    @property
    def unallocated(self) -> int:
        """Pool less allocated; negative is over-committed."""
        return self.purchased - self.allocated


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary bar above the users' table."""

    users: int
    inference: PoolStatus
    embedding: PoolStatus
    unassigned_identities: int
    unassigned_charge: int


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization as lists show it."""

    id: int
    name: str
    users: int
    time_zone: str
    inference: PoolStatus
    embedding: PoolStatus


@dataclass(frozen=True, slots=True)
class View:
    """A saved filter. `shared` views are seen by every administrator of the organization."""

    name: str
    query: str
    sort: str
    shared: bool
    mine: bool
    owner: str


@dataclass(frozen=True, slots=True)
class Identity:
    """A gateway identity that belongs to nobody yet."""

    id: int
    identity: str
    source: str
    organization: str | None
    events: int
    charge: int


@dataclass(frozen=True, slots=True)
class Helped:
    """E-mails of those for whom something was done, and of those for whom there was nothing to do."""

    changed: tuple[str, ...]
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddUsers:
    """People to add by e-mail. `password`: give each a one-time password, shown once."""

    emails: tuple[str, ...]
    organization_id: int | None = None
    paid: bool = False
    department: str = ""
    password: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """What adding did; each e-mail is in one of the three. `stays_unset`: paid, but the pool had no room."""

    added: tuple[str, ...]
    already: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    stays_unset: tuple[str, ...]
    batch: int | None
    one_time_passwords: tuple[tuple[str, Secret], ...]
