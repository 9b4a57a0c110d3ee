"""Until when tokens last, at the pace of the last 28 days.

**Method.** The last 28 days before today are four weeks. What follows is taken to be made of such weeks, any of the
four with the same chance, and again any of them for the week after (a bootstrap by whole weeks: weekdays stay weekdays,
busy days stay together). There are so few such futures (4 for a week, 1,024 for a month) that all of them are counted,
none is drawn: no chance is in the answer. Of what today still takes, a week says what its same weekday took, less
what today has taken already.

The *median* is the first day by whose end at least half of the futures have used up what remains; the *80% band* goes
from the first day of at least 10% of them to that of at least 90%. A pool and an allocation begin anew with the month,
so nothing is said beyond its end. Corrections count on their day; a day's sum below 0 counts as 0.

Source of the rule: product.md, "Token Statistics"; block bootstrap as in Künsch (1989), all resamples counted.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from sage_tui.domain.units import Kind

WEEK = 7
WEEKS = 4
HISTORY = WEEK * WEEKS
"""Days before today that are looked at; with less there is not enough data."""

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


def futures(history: Weeks, today: int, days: int) -> Counter[int]:
    """What is charged from now until the end of the `days`-th day (1: today), in every future, with how many futures
    charge just that. `today` was charged today already.

    Four equal weeks of 10 a day, nothing charged today, 8 days: 80 in each of 4 × 4 futures.

    >>> futures([[10] * 7] * 4, 0, 8)
    Counter({80: 16})
    """
    whole, part = divmod(days - 1, WEEK)
    part += 1
    length = WEEK if whole else part
    found = Counter(max(week[0] - today, 0) + sum(week[1:length]) for week in history)
    for number in range(whole):
        end = part if number == whole - 1 else WEEK
        nexts = Counter(sum(week[:end]) for week in history)
        found = _added(found, nexts)
    return found


def _added(one: Counter[int], other: Counter[int]) -> Counter[int]:
    found: Counter[int] = Counter()
    for left, many in one.items():
        for right, more in other.items():
            found[left + right] += many * more
    return found


def lasting(charges: Sequence[int], today: int, remaining: int, days_left: int) -> Lasting:
    """Until when `remaining` tokens last. `charges` of the 28 days before today, oldest first; `today` was charged
    today already; `days_left` of the month, today with them.

    1,000 tokens at 100 a day, nothing used today: the tenth day from today on, day 9, uses the last of them.

    >>> lasting([100] * 28, 0, 1000, 20)
    Lasting(median=9, soonest=9, latest=9, a_week=700)
    """
    history = weeks(charges)
    a_week = sum(map(sum, history)) // WEEKS
    if remaining <= 0:
        return Lasting(0, 0, 0, a_week)
    first: dict[int, int | None] = {5: None, 1: None, 9: None}
    most = _most(history, today, days_left)
    for day in range(days_left):
        if most[day] < remaining:
            continue
        found = futures(history, today, day + 1)
        ended = 10 * sum(many for sum_, many in found.items() if sum_ >= remaining)
        of = found.total()
        for tenth in first:
            if first[tenth] is None and ended >= tenth * of:
                first[tenth] = day
        if None not in first.values():
            break
    return Lasting(first[5], first[1], first[9], a_week)


def _most(history: Weeks, today: int, days: int) -> list[int]:
    """At most so much is charged until the end of each day, in any future: what is below needs no counting."""
    tops = [max(week[at % WEEK] for week in history) for at in range(days)]
    tops[0] = max(tops[0] - today, 0)
    return list(accumulate(tops))
