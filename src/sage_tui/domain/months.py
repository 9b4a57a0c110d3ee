"""Calendar arithmetic in UTC, and times as people and files write them.

Instants are microseconds, days and months are counted (see units). Nothing here asks what time it is.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import clean
from sage_tui.domain.units import Day, Micros, Month

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 86_400 * SECOND
LAST = Micros(253_402_300_800 * SECOND - 1)
"""The last instant of the year 9999."""

HINT = "Write 2026-11-23, 2026-11-23T12:00Z, 2026-11, 7d, yesterday or today."
END_HINT = "Write 2026-12-24, 2026-12-24T12:00Z, 2027-01 (its start), 7d or 12h (from now)."
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,12}))?)?"
    r"\ ?(Z|z|UTC|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2})?)?"
)
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_AGO = re.compile(r"([0-9]{1,6})([dh])")


def day_of(at: int) -> Day:
    """The UTC day of an instant."""
    return Day(at // DAY)


def day_start(day: int) -> Micros:
    """The first instant of a UTC day."""
    return Micros(day * DAY)


@lru_cache(maxsize=4096)
def month_of_day(day: int) -> Month:
    """The month that a day lies in."""
    that = date.fromordinal(day + _EPOCH_DAY)
    return Month(that.year * 12 + that.month - 1)


def month_of(at: int) -> Month:
    """The UTC month of an instant."""
    return month_of_day(at // DAY)


def first_day(month: int) -> Day:
    """The first day of a month."""
    return Day(date(month // 12, month % 12 + 1, 1).toordinal() - _EPOCH_DAY)


def days_in(month: int) -> int:
    """How many days a month has."""
    year, number = divmod(month, 12)
    return 31 if number == 11 else date(year, number + 2, 1).toordinal() - date(year, number + 1, 1).toordinal()


def month_start(month: int) -> Micros:
    """The first instant of a month."""
    return day_start(first_day(month))


def month_text(month: int) -> str:
    """`2026-11`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def month_name(month: int) -> str:
    """`November 2026`."""
    return date(month // 12, month % 12 + 1, 1).strftime("%B %Y")


def day_text(day: int) -> str:
    """`2026-11-23`."""
    return date.fromordinal(day + _EPOCH_DAY).isoformat()


def time_text(at: int | None) -> str | None:
    """An instant as ISO 8601 in UTC with `Z`; fractions only where there are any."""
    if at is None:
        return None
    moment = (_EPOCH + timedelta(microseconds=at)).replace(tzinfo=None)
    return moment.isoformat().rstrip("0" if moment.microsecond else "") + "Z"


def iso(moment: datetime | None) -> str | None:
    """An aware datetime as `time_text` writes it."""
    return None if moment is None else time_text((moment - _EPOCH) // timedelta(microseconds=1))


def parse_month(text: str) -> Month:
    """`2026-11`. Raises WrongUse."""
    found = _MONTH.fullmatch(text)
    if not found or int(found[1]) < 1970 or not 1 <= int(found[2]) <= 12:
        raise WrongUse(f"month: {clean(text, limit=40)!r} is not a month", "Write 2026-11.")
    return Month(int(found[1]) * 12 + int(found[2]) - 1)


def parse_exact(text: str) -> Micros:
    """An ISO 8601 instant or day, strictly; without a zone it is UTC. Raises WrongUse.

    More than six fraction digits are cut. Instants before 1970 or after 9999 are refused.
    """
    found = _TIME.fullmatch(text)
    if not found:
        raise WrongUse(f"time: {clean(text, limit=40)!r} is not a time", HINT)
    try:
        at = _day_number(found[1], found[2], found[3]) * DAY + _clock(found) - _offset(found[8])
    except ValueError as error:
        raise WrongUse(f"time: {clean(text, limit=40)!r} does not exist", HINT) from error
    if not 0 <= at <= LAST:
        raise WrongUse(f"time: {clean(text, limit=40)!r} is before 1970 or after 9999", HINT)
    return Micros(at)


@lru_cache(maxsize=4096)
def _day_number(year: str, month: str, day: str) -> int:
    return date(int(year), int(month), int(day)).toordinal() - _EPOCH_DAY


def _clock(found: re.Match[str]) -> int:
    hours, minutes, seconds = (int(found[part] or 0) for part in (4, 5, 6))
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError("no such time of day")
    return (hours * 3_600 + minutes * 60 + seconds) * SECOND + int(f"{found[7] or 0:0<6}"[:6])


def _offset(zone: str | None) -> int:
    if not zone or zone[0] not in "+-":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:]) if len(zone) > 3 else 0
    if hours > 18 or minutes > 59:
        raise ValueError("no such zone")
    return (hours * 60 + minutes) * 60 * SECOND * (1 if zone[0] == "+" else -1)


def parse_time(text: str, now: int) -> Micros:
    """A time as a person writes it: ISO 8601, `2026-11` (its start), `7d` or `12h` (before now), `yesterday`,
    `today`, `now`. Raises WrongUse."""
    words = {"now": now, "today": now // DAY * DAY, "yesterday": (now // DAY - 1) * DAY}
    if text.lower() in words:
        return Micros(words[text.lower()])
    if ago := _AGO.fullmatch(text):
        return Micros(max(now - int(ago[1]) * (DAY if ago[2] == "d" else HOUR), 0))
    if _MONTH.fullmatch(text):
        return month_start(parse_month(text))
    return parse_exact(text)


def parse_end(text: str, now: int) -> Micros:
    """A time to come as a person writes it: `7d` and `12h` are from now; else as `parse_time`. Raises WrongUse.

    >>> parse_end("7d", 0) == 7 * DAY, parse_end("12h", DAY) == DAY + 12 * HOUR
    (True, True)
    """
    if ahead := _AGO.fullmatch(text):
        return Micros(min(now + int(ahead[1]) * (DAY if ahead[2] == "d" else HOUR), LAST))
    try:
        return parse_time(text, now)
    except WrongUse as error:
        raise WrongUse(error.message, END_HINT if error.hint == HINT else error.hint) from error


def parse_day(text: str, now: int, *, last: bool = False) -> Day:
    """A UTC day as a person writes it; a month is its first day (its last with `last`). Raises WrongUse."""
    if _MONTH.fullmatch(text):
        month = parse_month(text)
        return Day(first_day(month) + days_in(month) - 1) if last else first_day(month)
    return day_of(parse_time(text, now))
