"""The filter grammar: a line of text becomes terms that must all hold (interfaces.md, "Filters").

Terms are plain values. The store turns them into SQL, `queries_match` holds them against a row in memory, and
the two must agree. Rules for both:

- Text is compared folded (`fold`: NFC, case-folded); `exact` means the whole text, else it is contained.
- A value that is not there (an unset maximum, a latency nobody reported) makes the plain term false, so the
  negated term is true.
- Shares are per mille, rounded down (`domain.users.share`).
"""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from sage_tui.domain import months
from sage_tui.domain.units import Day


class Op(StrEnum):
    """A comparison."""

    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    EQUAL = "="

    def holds(self, left: int, right: int) -> bool:
        """Does `left op right` hold?"""
        if self is Op.EQUAL:
            return left == right
        if self in (Op.LESS, Op.AT_MOST):
            return left < right or (self is Op.AT_MOST and left == right)
        return left > right or (self is Op.AT_LEAST and left == right)


class Measure(StrEnum):
    """What a compared number counts."""

    TOKENS = "tokens"
    PER_MILLE = "per mille"
    DAYS = "days"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Compare:
    """`used>90%`, `max<1M`, `idle>7d`, `latency>5000`: the field's value stands in `op` to `value`."""

    field: str
    op: Op
    value: int
    measure: Measure
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """`paid:yes`: the flag is (or is not) set."""

    field: str
    yes: bool
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Has:
    """`dept:research` (contains), `dept=Research` or `type:admin` (`exact`: the whole text)."""

    field: str
    value: str
    exact: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """`id:42`, `batch:12`: exactly this number."""

    field: str
    value: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """One end of a span: a UTC day, or with `ago` so many days before today."""

    value: int
    ago: bool = False

    def day(self, today: int) -> Day:
        """The day that is meant when today is `today`."""
        return Day(max(today - self.value, 0) if self.ago else self.value)


@dataclass(frozen=True, slots=True)
class Range:
    """`at:2026-11-01..2026-11-07`: a UTC day from `first` to `last`, both included; None is open."""

    field: str
    first: Edge | None
    last: Edge | None
    negated: bool = False

    def days(self, today: int) -> tuple[Day | None, Day | None]:
        """The two ends as days, both included."""
        return (self.first.day(today) if self.first else None, self.last.day(today) if self.last else None)


@dataclass(frozen=True, slots=True)
class Word:
    """Anything else: contained in what the table's people read first (users: e-mail, first and last name)."""

    text: str
    negated: bool = False


Term = Compare | Flag | Has | Number | Range | Word


@dataclass(frozen=True, slots=True)
class Query:
    """All terms must hold; none means all rows."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)


def fold(text: str) -> str:
    """How text is compared."""
    folded = unicodedata.normalize("NFC", text).casefold()
    return folded if folded.isascii() else unicodedata.normalize("NFC", folded)


def write(query: Query) -> str:
    """The query as text; `parse` gives it back equal."""
    return " ".join(("-" if term.negated else "") + _written(term) for term in query.terms)


def _written(term: Term) -> str:
    match term:
        case Compare():
            return f"{term.field}{term.op}{_measured(term)}"
        case Flag():
            return f"{term.field}:{'yes' if term.yes else 'no'}"
        case Has():
            return f"{term.field}{'=' if term.exact else ':'}{quoted(term.value)}"
        case Number():
            return f"{term.field}:{term.value}"
        case Range():
            return f"{term.field}:{_edge(term.first)}..{_edge(term.last)}"
        case Word():
            return quoted(term.text, word=True)


def _measured(term: Compare) -> str:
    if term.measure is Measure.DAYS:
        return f"{term.value}d"
    if term.measure is Measure.PER_MILLE:
        percent, tenths = divmod(term.value, 10)
        return f"{percent}.{tenths}%" if tenths else f"{percent}%"
    return str(term.value)


def _edge(edge: Edge | None) -> str:
    if edge is None:
        return ""
    return f"{edge.value}d" if edge.ago else months.day_text(edge.value)


def quoted(text: str, *, word: bool = False) -> str:
    """The text as it may stand in a filter: in quotes where it must be."""
    plain = text and not any(ch.isspace() or ch in '"\\' for ch in text)
    if plain and not (word and (text[0] == "-" or any(ch in "<>=:" for ch in text))):
        return text
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'
