"""How a limit came to be: its steps, and what it would be without those that fall back.

An allocation is the end of a chain of steps, each from the one before it. Some steps stay, as a number that somebody
set; some add to what is there; some hold for the month, or until a date, and fall back (product.md, "At the month's
start", "Temporary raises"). Pure functions: what time it is, callers say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto


class Holds(Enum):
    """How long a step holds."""

    ABSOLUTE = auto()
    """A number of its own: whatever came before it is forgotten."""

    ADDED = auto()
    """So much more, or less, for good."""

    MONTH = auto()
    """So much more, or less, until the month ends."""

    UNTIL = auto()
    """So much more until its raise ends."""


HOLDS = {
    "bump": Holds.MONTH,
    "reclaim": Holds.MONTH,
    "rebalance": Holds.MONTH,
    "request": Holds.MONTH,
    "request_good": Holds.ADDED,
    "request_until": Holds.UNTIL,
    "raise": Holds.UNTIL,
    "raise_end": Holds.ADDED,
    "month_start": Holds.ADDED,
    "share_evenly": Holds.ADDED,
    "share_by_use": Holds.ADDED,
}
"""How long the step of a rule holds, by the first word of its code; every other rule sets a number.

What a rebalance shares out is what its reclaiming took: both fall back together, so that the sum never grows.
"""


def origin(rule: str) -> str:
    """The rule that a step goes back to: an undo of what added to a limit takes off as much, and holds as long.

    >>> origin("undo:241:request:12"), origin("undo:241"), origin("bump:800:7")
    ('request:12', 'undo:241', 'bump:800:7')
    """
    code, _, rest = rule.partition(":")
    return rest.partition(":")[2] or rule if code == "undo" else rule


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one limit, in tokens; None is unset. `rule` is its code, as history and plans keep it."""

    before: int | None
    after: int | None
    rule: str
    id: int = 0
    """Its number in the history, by which the end of a raise names it."""

    @property
    def holds(self) -> Holds:
        """How long it holds. Where one side is unset, it set a number, or took it away, unless it names a base."""
        if self.after is None or (self.before is None and self.base is None):
            return Holds.ABSOLUTE
        return HOLDS.get(origin(self.rule).partition(":")[0], Holds.ABSOLUTE)

    @property
    def base(self) -> int | None:
        """What a grant to somebody without a limit stands on, in tokens: the last part of its code.

        >>> Step(None, 800, "request:12:500").base, Step(None, 800, "request:12").base, Step(None, 5, "floor").base
        (500, None, None)
        """
        code, _, rest = origin(self.rule).partition(":")
        _, _, base = rest.partition(":")
        return int(base) if self.before is None and code in HOLDS and base.isdecimal() else None


def without(steps: Sequence[Step], skipped: Iterable[int]) -> int | None:
    """The limit that steps lead to without some of them (by their places), in tokens, never below 0.

    A step that sets a number forgets what was before it, so that a limit set by hand since stays. A raise that ended is
    left out with its end: what its end took off may have been less, where the limit was lowered meanwhile.

    >>> chain = [Step(100, 150, "bump:800"), Step(150, 250, "request_good:12"), Step(250, 300, "bump:800")]
    >>> without(chain, [0, 2]), without([*chain, Step(300, 500, "set")], [0, 2]), without([], [])
    (200, 500, None)
    >>> without([Step(None, 800, "request:12:500"), Step(800, 900, "request_good:13")], [0])
    600
    >>> low = [Step(500, 800, "raise:1", 7), Step(800, 200, "reclaim", 8), Step(200, 0, "raise_end:7", 9)]
    >>> without(low, [1])
    500
    >>> at_month_start([Step(500, 625, "bump:800"), Step(625, 925, "request:12"), Step(925, 625, "undo:7:request:12")])
    500
    """
    if not steps:
        return None
    left_out = {*skipped, *_ended(steps)}
    value = steps[0].before
    for place, step in enumerate(steps):
        if place in left_out:
            value = step.base if value is None else value
            continue
        if step.holds is Holds.ABSOLUTE or value is None:
            value = step.after
        else:
            value += (step.after or 0) - (step.before or 0)
    return None if value is None else max(value, 0)


def _ended(steps: Sequence[Step]) -> set[int]:
    """The places of raises that ended within the steps, and of their ends."""
    places = {step.id: place for place, step in enumerate(steps) if step.id}
    gone: set[int] = set()
    for place, step in enumerate(steps):
        code, _, rest = step.rule.partition(":")
        named = [int(one) for one in rest.split(".") if one.isdecimal()] if code == "raise_end" else []
        if named and all(one in places for one in named):
            gone |= {place, *(places[one] for one in named)}
    return gone


def at_month_start(steps: Sequence[Step]) -> int | None:
    """The limit with which a month begins, from the steps of the month that ended: those for the month fall back.

    >>> at_month_start([Step(500, 625, "bump:800:7"), Step(625, 925, "request:12")])
    500
    """
    return without(steps, (place for place, step in enumerate(steps) if step.holds is Holds.MONTH))
