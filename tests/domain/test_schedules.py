"""Schedules over daylight saving, short months and time zones."""

import doctest
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain import schedules
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.schedules import DAYS, last_due, parse, runs, words

ZONES = ["UTC", "Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago"]
TIMES = st.integers(0, 1_439).map(lambda m: f"{m // 60:02d}:{m % 60:02d}")
SCHEDULES = (
    TIMES.map(lambda at: f"daily {at}")
    | st.tuples(st.sampled_from(DAYS), TIMES).map(lambda two: f"weekly {two[0]} {two[1]}")
    | st.tuples(st.integers(1, 31), TIMES).map(lambda two: f"monthly {two[0]} {two[1]}")
)
INSTANTS = st.integers(1_700_000_000, 1_900_000_000).map(lambda second: second * 1_000_000)


def micros(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 1_000_000


def told(text: str, after: int, zone: str, number: int) -> list[str]:
    schedule = parse(text)
    assert schedule is not None
    return [
        f"{datetime.fromtimestamp(at / 1_000_000, UTC):%Y-%m-%d %H:%M}"
        for at in islice(runs(schedule, after, zone), number)
    ]


def test_the_examples_are_true() -> None:
    assert doctest.testmod(schedules).failed == 0


def test_the_clocks_go_forward_and_back() -> None:
    """Vienna, 2026: 29 March has no 02:30, 25 October has it twice."""
    assert told("daily 02:30", micros(2026, 3, 28), "Europe/Vienna", 3) == [
        "2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30",
    ]  # fmt: skip
    assert told("daily 02:30", micros(2026, 10, 24), "Europe/Vienna", 3) == [
        "2026-10-24 00:30", "2026-10-25 00:30", "2026-10-26 01:30",
    ]  # fmt: skip


def test_months_of_28_to_31_days() -> None:
    assert told("monthly 31 02:00", micros(2026, 1, 1), "UTC", 4) == [
        "2026-01-31 02:00", "2026-02-28 02:00", "2026-03-31 02:00", "2026-04-30 02:00",
    ]  # fmt: skip
    assert told("monthly 29 02:00", micros(2028, 2, 1), "UTC", 1) == ["2028-02-29 02:00"]


def test_weeks_are_of_the_zone() -> None:
    assert told("weekly mon 00:30", micros(2026, 11, 23), "Asia/Kathmandu", 2) == [
        "2026-11-29 18:45", "2026-12-06 18:45",
    ]  # fmt: skip


@given(SCHEDULES, INSTANTS, st.sampled_from(ZONES))
def test_times_rise_and_none_is_lost_or_doubled(text: str, after: int, zone: str) -> None:
    schedule = parse(text)
    assert schedule is not None
    found = list(islice(runs(schedule, after, zone), 40))
    assert all(one < other for one, other in pairwise([after, *found]))
    longest = {"daily": 1, "weekly": 7, "monthly": 31}[text.split()[0]]
    assert all(other - one <= timedelta(days=longest, hours=2) // timedelta(microseconds=1)
               for one, other in pairwise(found))  # fmt: skip
    assert list(islice(runs(schedule, found[4], zone), 5)) == found[5:10]
    assert parse(words(schedule)) == schedule


@given(SCHEDULES, INSTANTS, st.integers(0, 10**12), st.sampled_from(ZONES))
def test_what_is_due_is_the_latest_time_that_is_past(text: str, since: int, ago: int, zone: str) -> None:
    schedule = parse(text)
    assert schedule is not None
    now = since + ago
    past = [at for at in islice(runs(schedule, since, zone), 60) if at <= now]
    assert last_due(schedule, since, now, zone) == (past[-1] if past else None)


@pytest.mark.parametrize(
    "text",
    ["", "hourly", "daily", "daily 24:00", "weekly 02:00", "weekly xyz 02:00", "monthly 32 02:00", "daily ２:00"],
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(WrongUse):
        parse(text)
