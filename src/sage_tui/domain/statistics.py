"""What statistics are asked, and what they answer: sums of the daily totals, the one source (product.md, "Token
Statistics"). Tokens are whole; days and months are UTC's."""

from dataclasses import dataclass, fields
from enum import StrEnum

from sage_tui.domain.spans import Span
from sage_tui.domain.units import Kind


class View(StrEnum):
    """What the rows stand for."""

    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"
    MODELS = "models"
    DEPARTMENTS = "departments"
    USERS = "users"
    ALLOCATIONS = "allocations"


@dataclass(frozen=True, slots=True)
class Counted:
    """Sums of one kind. Counter-entries are in the tokens and the charge (they may be negative), and `corrected` says
    how much of the charge they are; calls and failures count what was reported."""

    charge: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0
    failures: int = 0
    corrected: int = 0

    @property
    def counted(self) -> int:
        """Prompt and completion tokens, before any weight; cached ones are part of the prompt's."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def __sub__(self, other: "Counted") -> "Counted":
        return Counted(*(getattr(self, one.name) - getattr(other, one.name) for one in fields(self)))


NOTHING = Counted()


@dataclass(frozen=True, slots=True)
class Sums:
    """Both kinds."""

    inference: Counted = NOTHING
    embedding: Counted = NOTHING

    def of(self, kind: Kind) -> Counted:
        """One kind's."""
        return self.inference if kind is Kind.INFERENCE else self.embedding

    @property
    def charge(self) -> int:
        """Of both kinds: what rows are ranked by where no kind was chosen."""
        return self.inference.charge + self.embedding.charge

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.inference + other.inference, self.embedding + other.embedding)

    def __sub__(self, other: "Sums") -> "Sums":
        return Sums(self.inference - other.inference, self.embedding - other.embedding)


EMPTY = Sums()


@dataclass(frozen=True, slots=True)
class Slice:
    """Which usage is looked at. None is all of it; a department of "" is the people without one."""

    span: Span
    organization_id: int | None = None
    department: str | None = None
    kind: Kind | None = None
    model: str | None = None
    """The model's key, whole."""
    user: int | None = None
    """A person's number; minus the number of an identity that belongs to nobody."""


@dataclass(frozen=True, slots=True)
class Question:
    """A view of a slice. `top` rows at most where rows are ranked (models, departments, users): the rest is one row."""

    view: View
    slice: Slice
    top: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One row: a day, a month, a model … `key` is what it stands for, to ask on: a day's or month's number, a year, a
    model's key, a department, a person's number (negative: a held identity's)."""

    key: int | str
    title: str
    """As in JSON and CSV: `2026-11-23`, `2026-11`, `2026`, a key, an e-mail; foreign where people typed it."""
    sums: Sums


@dataclass(frozen=True, slots=True)
class Statistics:
    """A view's answer. The lines and the rest make up the total, to the token."""

    question: Question
    lines: tuple[Line, ...]
    total: Sums
    before: Sums
    """The total of `compared`: as many days or months before."""
    compared: Span
    as_of: int
    """Microseconds, UTC."""
    rest: Sums = EMPTY
    others: int = 0
    """How many rows the rest stands for."""

    @property
    def weighted(self) -> bool:
        """Is what was charged something else than what was counted, somewhere in it?"""
        lines = (*(line.sums for line in self.lines), self.total)
        return any(sums.of(kind).charge != sums.of(kind).counted for sums in lines for kind in Kind)


class Band(StrEnum):
    """How much of an allocation was used, in bands that hold everybody once."""

    UNSET = "no allocation"
    NEVER = "nothing"
    TENTH = "under 10%"
    HALF = "10% to 50%"
    MOST = "50% to 90%"
    NEAR = "90% to 100%"
    FULL = "100% and more"


def band(used: int, allocation: int | None) -> Band:
    """The band of a person.

    >>> band(0, None), band(0, 10), band(5, 10), band(10, 10), band(1, 0)
    (<Band.UNSET: 'no allocation'>, <Band.NEVER: 'nothing'>, <Band.MOST: '50% to 90%'>, <Band.FULL: '100% and more'>, \
<Band.FULL: '100% and more'>)
    """
    if allocation is None:
        return Band.UNSET
    if used <= 0:
        return Band.NEVER
    if used >= allocation:
        return Band.FULL
    share = used * 1000 // allocation
    limits = ((100, Band.TENTH), (500, Band.HALF), (900, Band.MOST))
    return next((name for below, name in limits if share < below), Band.NEAR)


@dataclass(frozen=True, slots=True)
class BandLine:
    """The people of a band: how many, what they may, what they used of it, and what of it nobody used (stranded:
    allocation less used, where that is positive)."""

    band: Band
    people: int = 0
    allocated: int = 0
    used: int = 0
    stranded: int = 0

    def __add__(self, other: "BandLine") -> "BandLine":
        return BandLine(
            self.band, self.people + other.people, self.allocated + other.allocated, self.used + other.used,
            self.stranded + other.stranded,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Allocations:
    """Allocation against use in one month, of one kind, in the order of `Band`. Past months stand as at their end."""

    month: int
    kind: Kind
    lines: tuple[BandLine, ...]
    total: BandLine
    as_of: int
    unassigned: int = 0
    """Used by identities that belong to nobody: to no allocation."""
    gone: int = 0
    """Used by people who are not in the bands: who left, or (in a month that is over) came later."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A total held against a plain sum over the events of its slice."""

    total: Sums
    events: Sums
    counted: int
    """How many events were added up."""
    at: int
    """Microseconds, UTC."""
    checked_at: int | None = None
    """When all totals were last held against the events (`doctor`)."""
    since: int = 0
    """The charge of calls made since then."""
    calls_since: int = 0

    @property
    def equal(self) -> bool:
        """To the token, in every figure."""
        return self.total == self.events
