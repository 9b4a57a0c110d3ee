"""When a policy acts by itself: off, daily, weekly or monthly at a time of an organization's time zone.

A time that a day does not have (the clocks go forward) is the first one after the gap; one that it has twice is the
first of them; a day that a month does not have is its last. So every schedule runs once a day, a week or a month.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import clean
from sage_tui.domain.units import Micros

OFF = "off"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HINT = "Write off, daily 02:00, weekly sun 02:00 or monthly 1 02:00."
_FORM = re.compile(r"(?:daily|weekly ([a-z]{3})|monthly ([0-9]{1,2})) ([0-9]{2}):([0-9]{2})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A time of day, and on which days: of a week (0 is Monday), of a month (1 to 31), or every one."""

    at: time
    weekday: int | None = None
    day: int | None = None

    def on(self, day: date) -> bool:
        """Does it run on this day?

        >>> monthly = parse("monthly 31 02:00")
        >>> [monthly.on(date(2026, 2, 28)), monthly.on(date(2026, 3, 28)), monthly.on(date(2026, 4, 30))]
        [True, False, True]
        """
        if self.weekday is not None:
            return day.weekday() == self.weekday
        if self.day is None:
            return True
        last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return day.day == min(self.day, last.day)


def parse(text: str) -> Schedule | None:
    """A schedule as typed; None is off. Raises WrongUse.

    >>> parse("weekly sun 02:30"), parse("off")
    (Schedule(at=datetime.time(2, 30), weekday=6, day=None), None)
    """
    typed = " ".join(text.split()).lower()
    if typed == OFF:
        return None
    found = _FORM.fullmatch(typed)
    if found:
        weekday, day, hour, minute = found.groups()
        good = int(hour) < 24 and int(minute) < 60 and (weekday is None or weekday in DAYS)
        if good and (day is None or 1 <= int(day) <= 31):
            at = time(int(hour), int(minute))
            return Schedule(at, None if weekday is None else DAYS.index(weekday), None if day is None else int(day))
    raise WrongUse(f"schedule: {clean(text, limit=40)!r} is no schedule", HINT)


def words(schedule: Schedule | None) -> str:
    """As it is typed.

    >>> words(parse("monthly 07 02:00")), words(None)
    ('monthly 7 02:00', 'off')
    """
    if schedule is None:
        return OFF
    at = f"{schedule.at:%H:%M}"
    if schedule.weekday is not None:
        return f"weekly {DAYS[schedule.weekday]} {at}"
    return f"daily {at}" if schedule.day is None else f"monthly {schedule.day} {at}"


def runs(schedule: Schedule, after: int, zone: str) -> Iterator[Micros]:
    """Its times after an instant, in order, without end. Instants in microseconds UTC."""
    tz = ZoneInfo(zone)
    day = (_EPOCH + timedelta(microseconds=after)).astimezone(tz).date() - timedelta(days=1)
    while True:
        if schedule.on(day):
            at = _instant(datetime.combine(day, schedule.at), tz)
            if at > after:
                yield at
        day += timedelta(days=1)


def last_due(schedule: Schedule, since: int, now: int, zone: str) -> Micros | None:
    """The latest of its times that is after `since` and not after `now`; None where none is due.

    Runs that were missed are made up for by one.
    """
    latest = None
    # Nothing older than a month and some days can be the latest one of a schedule that runs at least monthly.
    for at in runs(schedule, max(since, now - 40 * 86_400 * 1_000_000), zone):
        if at > now:
            return latest
        latest = at
    return latest


def _instant(local: datetime, tz: ZoneInfo) -> Micros:
    """The instant of a local time: the first where there are two, the first after the gap where there is none."""
    while True:
        instant = local.replace(tzinfo=tz).astimezone(UTC)
        if instant.astimezone(tz).replace(tzinfo=None) == local:
            return Micros((instant - _EPOCH) // timedelta(microseconds=1))
        local += timedelta(minutes=1)
