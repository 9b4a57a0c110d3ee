"""Until when tokens last, at the pace of the last 28 days.

**Method.** The last 28 days before today are four weeks that begin with today's weekday. A future is one of these weeks
again and again (weekdays stay weekdays, busy days stay together), at four fifths, the whole, or six fifths of it: a
bootstrap whose blocks are whole weeks. There are twelve such futures, each as likely as the others; all of them are
counted, none is drawn, so no chance is in the answer. Of what today still takes, a week says what its same weekday
took, less what today has taken already.

The *median* is the first day by whose end at least half of the futures have used up what remains; the *80% band* goes
from the first day of at least 10% of them to that of at least 90%. A pool and an allocation begin anew with the month,
so nothing is said beyond its end. Corrections count on their day; a day's sum below 0 counts as 0.

Source of the rule: product.md, "Token Statistics"; block bootstrap as in Künsch (1989). The levels were chosen by the
backtest in docs/forecast.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sage_tui.domain.units import Kind

WEEK = 7
WEEKS = 4
HISTORY = WEEK * WEEKS
"""Days before today that are looked at; with less there is not enough data."""

LEVELS, WHOLE = (4, 5, 6), 5
"""The levels at which a week may go on, in fifths."""

FUTURES = WEEKS * len(LEVELS)

Weeks = Sequence[Sequence[int]]
"""Four times seven days' charges; each week begins with today's weekday."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """When something ends, in days from today (0: today); None: not before the month's end."""

    median: int | None
    soonest: int | None = None
    latest: int | None = None
    a_week: int = 0
    """The mean of the four weeks, in tokens, rounded down."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of an organization's pool, a department's allocations or a person's allocation, one kind."""

    remaining: int
    used: int
    lasting: Lasting | None
    """None: not enough data."""
    history: int
    """Days of usage that there are, at most 28."""
    today: int
    """A UTC day, which `lasting` counts from."""
    month_ends: int
    """The month's last day."""

    @property
    def day(self) -> int | None:
        """The UTC day on which it ends; None: not before the month's end, or not known."""
        return None if self.lasting is None or self.lasting.median is None else self.today + self.lasting.median


@dataclass(frozen=True, slots=True)
class Forecasts:
    """An organization's pools, and the allocations of its departments."""

    organization: Mapping[Kind, Forecast]
    departments: Mapping[str, Mapping[Kind, Forecast]]
    as_of: int
    """Microseconds, UTC."""


def weeks(charges: Sequence[int]) -> Weeks:
    """28 days' charges, oldest first, as four weeks; what is negative counts as 0."""
    if len(charges) != HISTORY:
        raise ValueError("28 days are needed")
    return [[max(one, 0) for one in charges[at : at + WEEK]] for at in range(0, HISTORY, WEEK)]


def futures(history: Weeks, today: int, days: int) -> list[int]:
    """What is charged from now until the end of the `days`-th day (1: today), in every future, in fifths of tokens.
    `today` was charged today already.

    Four equal weeks of 10 a day, nothing charged today, 8 days: 80 tokens at the whole.

    >>> futures([[10] * 7] * 4, 0, 8)[:3]
    [320, 400, 480]
    """
    whole, part = divmod(days, WEEK)
    sums = [max(week[0] - today, 0) - week[0] + whole * sum(week) + sum(week[:part]) for week in history]
    return [level * one for one in sums for level in LEVELS]


def lasting(charges: Sequence[int], today: int, remaining: int, days_left: int) -> Lasting:
    """Until when `remaining` tokens last. `charges` of the 28 days before today, oldest first; `today` was charged
    today already; `days_left` of the month, today with them.

    1,000 tokens at 100 a day, nothing used today: the tenth day from today on, day 9, uses the last of them.

    >>> lasting([100] * 28, 0, 1000, 20)
    Lasting(median=9, soonest=8, latest=12, a_week=700)
    """
    history = weeks(charges)
    a_week = sum(map(sum, history)) // WEEKS
    if remaining <= 0:
        return Lasting(0, 0, 0, a_week)
    first: dict[int, int | None] = {5: None, 1: None, 9: None}
    for day in range(days_left):
        ended = sum(one >= WHOLE * remaining for one in futures(history, today, day + 1))
        for tenth in first:
            if first[tenth] is None and 10 * ended >= tenth * FUTURES:
                first[tenth] = day
        if None not in first.values():
            break
    return Lasting(first[5], first[1], first[9], a_week)
