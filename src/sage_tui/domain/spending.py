"""May this user spend? What is asked, how a person stands, why not (gateway.md, section 1). Pure: callers say the time.

Whole charged tokens throughout. A refusal is a code and a sentence: `insufficient_quota: 900 used …`; the code is
stable, and a gateway puts it into its error's `type`.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from sage_tui.domain.errors import FieldError
from sage_tui.domain.months import day_of, day_start, time_text
from sage_tui.domain.units import Kind, Micros

LARGEST = 10**12
"""Tokens of one call: more is no call but a fault, and a thousandfold weight must still fit a counter."""

LONGEST_TTL = 24 * 3_600
"""Seconds that a reservation may live."""

KEY_LIMIT = 200
"""Characters of a caller's retry key."""


class Certainty(IntEnum):
    """How sure an activity's tokens are: a settlement replaces another only if it is surer."""

    ESTIMATED = 0
    REPORTED = 1
    FINAL = 2


class Stop(StrEnum):
    """Why a call is refused: the code of a refusal, in the order in which they are asked."""

    NOWHERE = "no_organization"
    BANNED = "account_banned"
    UNPAID = "account_unpaid"
    MODEL = "model_not_allowed"
    POOL = "pool_spent"
    QUOTA = "insufficient_quota"
    DAY = "day_limit"


OF_TOKENS = frozenset({Stop.POOL, Stop.QUOTA, Stop.DAY})
"""Refusals for want of tokens: they mark the person as stopped."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A call that is about to be made. `prompt` and `completion` are estimates in tokens, from the client: checked.

    `key` is the caller's retry key, unique per source; `ttl` seconds until it expires unsettled, None as the setting.
    """

    user: str
    kind: Kind
    model: str
    prompt: int = 0
    completion: int = 0
    key: str = ""
    ttl: int | None = None
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a call took, as its end tells it: tokens as counted, `cached` part of the prompt's."""

    prompt: int
    completion: int
    cached: int = 0
    status: str = "success"
    certainty: Certainty = Certainty.FINAL
    latency_ms: int | None = None
    call_id: str | None = None
    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands this month with one kind, and their organization, as read at one moment."""

    organization_id: int
    user_id: int
    banned: bool
    paid: bool
    model_allowed: bool
    allocation: int | None
    used: int
    reserved: int
    purchased: int
    pool_used: int
    day_percent: int | None = None
    used_today: int = 0
    closed: bool = False
    """The organization is closed."""

    @property
    def remaining(self) -> int:
        """What is left of the allocation, reserved tokens taken off."""
        return max((self.allocation or 0) - self.used - self.reserved, 0)

    @property
    def pool_remaining(self) -> int:
        """What the organization has left of this month's pool."""
        return max(self.purchased - self.pool_used, 0)

    @property
    def day_most(self) -> int | None:
        """How much may be spent in a day; None is any."""
        return None if self.day_percent is None else (self.allocation or 0) * self.day_percent // 100


def why_not(standing: Standing, charge: int) -> Stop | None:
    """Why a call of this charge is refused; None where it is allowed.

    >>> ada = Standing(1, 7, False, True, True, 1_000, 600, 100, 10_000, 9_999)
    >>> why_not(ada, 300), why_not(ada, 301)
    (None, <Stop.QUOTA: 'insufficient_quota'>)
    """
    s, taken = standing, standing.reserved + charge
    if s.organization_id == 0 or s.closed:
        return Stop.NOWHERE
    if s.banned or not s.paid:
        return Stop.BANNED if s.banned else Stop.UNPAID
    if not s.model_allowed:
        return Stop.MODEL
    if s.pool_used >= s.purchased:
        return Stop.POOL
    if s.used + taken > (s.allocation or 0):
        return Stop.QUOTA
    most = s.day_most
    return Stop.DAY if most is not None and s.used_today + taken > most else None


def reason(stop: Stop, standing: Standing, charge: int, now: int) -> str:
    """A refusal in words, after its code; a limit that ends by itself says when."""
    s = standing
    words = {
        Stop.NOWHERE: "the account belongs to no organization that is open",
        Stop.BANNED: "the account is banned",
        Stop.UNPAID: "the account may not spend",
        Stop.MODEL: "the organization may not use this model",
        Stop.POOL: f"the organization used {s.pool_used:,} of the {s.purchased:,} that it has this month",
        Stop.QUOTA: (
            f"{s.used:,} used and {s.reserved:,} reserved of {s.allocation or 0:,}; this call would take {charge:,}"
        ),
        Stop.DAY: (
            f"{s.used_today:,} used today and {s.reserved:,} reserved of {s.day_most or 0:,} a day; this call would"
            f" take {charge:,}; ends {time_text(day_start(day_of(now) + 1))}"
        ),
    }
    return f"{stop.value}: {words[stop]}"


@dataclass(frozen=True, slots=True)
class Reserved:
    """The answer to an ask. `reservation` is hex, None where it was refused; remaining is after it."""

    reservation: str | None
    organization_id: int
    allowed: bool
    reason: str | None
    charge: int
    remaining: int
    expires_at: Micros | None


@dataclass(frozen=True, slots=True)
class Spent:
    """What recording one call did. `bumped` is the limit before and after, where it was raised."""

    recorded: int
    already: int
    charge: int
    remaining: int | None
    bumped: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """May this user spend? Nothing is reserved by asking."""

    allowed: bool
    reason: str | None
    remaining: int
    pool_remaining: int


@dataclass(frozen=True, slots=True)
class Bumped:
    """A limit that was raised because of its use."""

    organization_id: int
    user_id: int
    kind: Kind
    before: int
    after: int


def checked(field: str, value: object, *, least: int = 0) -> int:
    """A count of tokens of one call, from a client: a whole number, and nothing else. Raises FieldError."""
    if type(value) is not int or not least <= value <= LARGEST:
        raise FieldError(field, f"is not a whole number from {least:,} to {LARGEST:,}", "Give tokens in plain digits.")
    return value
