"""Instants in the viewer's zone. The zone is named once, in the header; nothing here asks what time it is."""

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from sage_tui.domain.text import clean


@lru_cache(maxsize=16)
def zone(name: str) -> tzinfo:
    """The zone of a name; UTC where the host does not know it."""
    if name in ("", "UTC"):
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return UTC


def zone_name(name: str) -> str:
    """How the header names the zone: the last part of its name (`Berlin`), or UTC."""
    return "UTC" if zone(name) is UTC else clean(name.rsplit("/", 1)[-1].replace("_", " "), limit=20)


def minute(at: datetime | None, zone_name: str) -> str:
    """`2026-11-23 08:12`; never is a dot."""
    return "·" if at is None else at.astimezone(zone(zone_name)).strftime("%Y-%m-%d %H:%M")


def of_another_year(at: datetime, now: datetime, zone_name: str) -> bool:
    """Is it of another year than the viewer's present one? Then its year is shown."""
    here = zone(zone_name)
    return at.astimezone(here).year != now.astimezone(here).year


def day_and_minute(at: datetime, now: datetime, zone_name: str) -> str:
    """`23 Nov 08:12`, or `10 Oct 2025` of another year; twelve cells at most: where room is short."""
    local = at.astimezone(zone(zone_name))
    if of_another_year(at, now, zone_name):
        return f"{local.day:>2} {local:%b %Y}"
    return f"{local.day:>2} {local:%b %H:%M}"


def second(at: datetime, zone_name: str) -> str:
    """`2026-11-23 08:12:09`, for details."""
    return at.astimezone(zone(zone_name)).strftime("%Y-%m-%d %H:%M:%S")


def day(at: datetime, now: datetime, zone_name: str) -> str:
    """`23 Nov`, or `10 Oct 2025` of another year."""
    local = at.astimezone(zone(zone_name))
    year = f" {local.year}" if of_another_year(at, now, zone_name) else ""
    return f"{local.day} {local:%b}{year}"


def long_day(at: datetime, now: datetime, zone_name: str) -> str:
    """`Thursday 26 November`, with the year when it is another one."""
    local = at.astimezone(zone(zone_name))
    year = f" {local.year}" if of_another_year(at, now, zone_name) else ""
    return f"{local:%A} {local.day} {local:%B}{year}"


def long_moment(at: datetime, now: datetime, zone_name: str) -> str:
    """`Thursday 26 November, 08:12`, with the year when it is another one."""
    return f"{long_day(at, now, zone_name)}, {at.astimezone(zone(zone_name)):%H:%M}"


def clock_or_day(at: datetime, now: datetime, zone_name: str) -> str:
    """`08:12` today, else `14 Nov 08:12`, with the year when it is another one."""
    local, here = at.astimezone(zone(zone_name)), now.astimezone(zone(zone_name))
    if local.date() == here.date():
        return f"{local:%H:%M}"
    return f"{day(at, now, zone_name)} {local:%H:%M}"


def ago(at: datetime, now: datetime) -> str:
    """`40 s ago`, `5 min ago`, `3 h ago`, `2 days ago`."""
    seconds = max(int((now - at).total_seconds()), 0)
    for size, word in ((86_400, "day"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            number = seconds // size
            return f"{number} {word}{'s' if word == 'day' and number != 1 else ''} ago"
    return f"{seconds} s ago"


def month(at: datetime) -> str:
    """The UTC month of an instant: `November 2026`. Months are UTC months for everybody."""
    return f"{at.astimezone(UTC):%B %Y}"
