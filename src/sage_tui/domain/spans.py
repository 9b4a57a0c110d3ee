"""Stretches of UTC days that statistics look at, and the stretch before each that it is compared with."""

from dataclasses import dataclass
from enum import StrEnum

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.months import day_text, days_in, first_day, month_name, month_of_day, parse_day

MOST_DAYS = 3_660
"""Ten years: longer stretches are refused, so that a slip of the keys asks for nothing absurd."""


class Range(StrEnum):
    """The stretches that have a name."""

    THIS_MONTH = "this month"
    LAST_MONTH = "last month"
    LAST_7 = "last 7 days"
    LAST_30 = "last 30 days"
    LAST_90 = "last 90 days"
    YEAR = "this year"


@dataclass(frozen=True, slots=True)
class Span:
    """UTC days, first and last included."""

    first: int
    last: int

    @property
    def days(self) -> int:
        """How many."""
        return self.last - self.first + 1

    @property
    def months(self) -> tuple[int, int] | None:
        """The first and the last month, where these are whole months."""
        begins, ends = month_of_day(self.first), month_of_day(self.last)
        whole = self.first == first_day(begins) and self.last == first_day(ends) + days_in(ends) - 1
        return (int(begins), int(ends)) if whole else None

    def words(self) -> str:
        """As people read it.

        >>> from sage_tui.domain.months import parse_month
        >>> Span(first_day(parse_month("2026-11")), first_day(parse_month("2026-12")) - 1).words()
        'November 2026'
        """
        months = self.months
        if months is not None and months[0] == months[1]:
            return month_name(months[0])
        return day_text(self.first) if self.days == 1 else f"{day_text(self.first)} to {day_text(self.last)}"


def whole_months(first: int, last: int) -> Span:
    """From a month's first day to another's last."""
    return Span(first_day(first), first_day(last) + days_in(last) - 1)


def named(range_: Range, today: int) -> Span:
    """The days of a named stretch. What is going on (month, year) goes to its end: what is still to come is empty."""
    month = month_of_day(today)
    match range_:
        case Range.THIS_MONTH:
            return whole_months(month, month)
        case Range.LAST_MONTH:
            return whole_months(month - 1, month - 1)
        case Range.YEAR:
            return whole_months(month // 12 * 12, month // 12 * 12 + 11)
        case _:
            count = {Range.LAST_7: 7, Range.LAST_30: 30, Range.LAST_90: 90}[range_]
            return Span(today - count + 1, today)


def elapsed(span: Span, today: int) -> Span:
    """The part of a span that is over or going on: what its change is counted by."""
    return Span(span.first, max(min(span.last, today), span.first))


def before(span: Span, today: int) -> Span:
    """What a span is compared with.

    Whole months with as many whole months before; months that are still going on with the same days of the months
    before (24 days of November with 24 of October; 31 days with all of a shorter month); other days with as many
    days before.
    """
    months = span.months
    if months is None:
        part = elapsed(span, today)
        return Span(part.first - part.days, part.first - 1)
    earlier = whole_months(2 * months[0] - months[1] - 1, months[0] - 1)
    if not span.first <= today < span.last:
        return earlier
    then = month_of_day(today) - (months[1] - months[0] + 1)
    day = min(today - first_day(month_of_day(today)), days_in(then) - 1)
    return Span(earlier.first, first_day(then) + day)


def shifted(span: Span, by: int) -> Span:
    """The stretch before (-1) or after (1): as many months where these are whole ones, else as many days."""
    months = span.months
    if months is None:
        return Span(span.first + by * span.days, span.last + by * span.days)
    count = by * (months[1] - months[0] + 1)
    return whole_months(months[0] + count, months[1] + count)


def own(first: str, last: str, now: int) -> Span:
    """Days as a person writes them, a month is all its days; the last defaults to today (to the month's end, where the
    first is a month alone). Raises WrongUse naming the field."""
    begins = _day("from", first, now, last=False)
    ends = _day("to", last or (first if len(first) == 7 else "today"), now, last=True)
    if ends < begins:
        raise WrongUse(f"to: {day_text(ends)} is before {day_text(begins)}", "The first day comes first.")
    if ends - begins >= MOST_DAYS:
        raise WrongUse("to: these are more than ten years", "Ask for fewer days.")
    return Span(begins, ends)


def _day(field: str, text: str, now: int, *, last: bool) -> int:
    try:
        return parse_day(text.strip(), now, last=last)
    except WrongUse as error:
        what = error.message.removeprefix("time: ").removeprefix("month: ")
        raise WrongUse(f"{field}: {what}", error.hint) from error


def change(now: int, then: int) -> int | None:
    """By how much a figure differs from the one before, in per mille of that, cut toward 0; None where that was 0.

    >>> change(150, 100), change(0, 100), change(5, 0)
    (500, -1000, None)
    """
    if then <= 0:
        return None
    difference = (now - then) * 1000
    return difference // then if difference >= 0 else -(-difference // then)
