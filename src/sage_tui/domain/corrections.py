"""Usage is corrected, never changed: what a correction is asked for, and what it did (product.md)."""

from dataclasses import dataclass
from enum import IntEnum

from sage_tui.domain.units import Day


class Entry(IntEnum):
    """What a row of usage is: a call, or a counter-entry. Each is its own line in every total."""

    USAGE = 0
    REVERSAL = 1
    CREDIT = 2
    RECHARGE = 3


WORDS = ("usage", "reversal", "credit", "recharge")
"""Entries in words, in the order of their codes."""


@dataclass(frozen=True, slots=True)
class Reverse:
    """Take back an import by its number, or one call by its own id (`source` where several sources have it)."""

    import_number: int | None = None
    external_id: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Recharge:
    """Charge a model's calls of these days, both included, at its present weights."""

    model: str
    first_day: Day
    last_day: Day


@dataclass(slots=True)
class Corrected:
    """What a correction did: counter-entries, and what they add to the totals (less than nothing, as a rule).

    `already` are calls that were reversed before, or whose charge is right.
    """

    entries: int = 0
    already: int = 0
    people: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    charge: int = 0
