"""Months, days and times in UTC."""

import calendar
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.clock import to_datetime, to_micros
from sage_tui.domain import months
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.units import Micros

NOW = to_micros(datetime(2026, 11, 23, 12, tzinfo=UTC))
INSTANTS = st.integers(0, months.LAST).map(Micros)


@given(INSTANTS)
def test_days_and_months_agree_with_the_calendar(at: Micros) -> None:
    moment = to_datetime(at)
    assert months.day_text(months.day_of(at)) == moment.date().isoformat()
    month = months.month_of(at)
    assert months.month_text(month) == f"{moment.year:04d}-{moment.month:02d}"
    assert months.days_in(month) == calendar.monthrange(moment.year, moment.month)[1]
    assert months.month_start(month) <= at < months.month_start(month) + months.days_in(month) * months.DAY


@given(INSTANTS)
def test_times_are_written_and_read_back(at: Micros) -> None:
    written = months.time_text(at)
    assert written is not None
    assert written.endswith("Z")
    assert months.parse_exact(written) == at
    assert months.iso(to_datetime(at)) == written


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2023-11-16 18:17:03.9799600", "2023-11-16T18:17:03.97996Z"),
        ("2023-11-16T18:17:03,9799609", "2023-11-16T18:17:03.97996Z"),
        ("2026-11-23", "2026-11-23T00:00:00Z"),
        ("2026-11-23T12:00Z", "2026-11-23T12:00:00Z"),
        ("2026-11-23T12:00:00+02:00", "2026-11-23T10:00:00Z"),
        ("2026-11-23T12:00:00-0530", "2026-11-23T17:30:00Z"),
        ("2026-11-23 12:00:00 UTC", "2026-11-23T12:00:00Z"),
        ("2024-02-29", "2024-02-29T00:00:00Z"),
    ],
)
def test_iso_times(written: str, meant: str) -> None:
    assert months.time_text(months.parse_exact(written)) == meant


@pytest.mark.parametrize(
    "written",
    ["", "yesterday", "2026-11", "2026-13-01", "2026-02-30", "2023-02-29", "1969-12-31", "0000-01-01", "10000-01-01",
     "2026-11-23T24:00", "2026-11-23T12:60", "2026-11-23T12:00:61", "2026-11-23T12", "2026-11-23T12:00+99:00",
     "２０２６-11-23", "2026-11-23\n", "23.11.2026", "11/23/2026", "1795426042", "9999-12-31T23:59:59-01:00",
     "1970-01-01T00:00+01:00", "\x1b[0m"],
)  # fmt: skip
def test_other_times_are_refused(written: str) -> None:
    with pytest.raises(WrongUse) as refused:
        months.parse_exact(written)
    assert "\x1b" not in refused.value.message


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("7d", "2026-11-16T12:00:00Z"), ("12h", "2026-11-23T00:00:00Z"), ("yesterday", "2026-11-22T00:00:00Z"),
     ("Today", "2026-11-23T00:00:00Z"), ("now", "2026-11-23T12:00:00Z"), ("2026-11", "2026-11-01T00:00:00Z"),
     ("999999d", "1970-01-01T00:00:00Z"), ("2026-11-20", "2026-11-20T00:00:00Z")],
)  # fmt: skip
def test_times_as_people_write_them(typed: str, meant: str) -> None:
    assert months.time_text(months.parse_time(typed, NOW)) == meant


def test_a_month_is_its_first_or_last_day() -> None:
    assert months.day_text(months.parse_day("2026-02", NOW)) == "2026-02-01"
    assert months.day_text(months.parse_day("2026-02", NOW, last=True)) == "2026-02-28"
    assert months.month_name(months.parse_month("2026-11")) == "November 2026"
    for wrong in ("2026-00", "2026-13", "1969-01", "november"):
        with pytest.raises(WrongUse):
            months.parse_month(wrong)


def test_the_month_before_is_one_less() -> None:
    january = months.parse_month("2026-01")
    assert months.month_text(january - 1) == "2025-12"


def test_an_end_is_ahead_and_elsewhere_the_same_words_are_past() -> None:
    now = months.parse_exact("2026-11-24T12:00Z")
    assert months.time_text(months.parse_end("7d", now)) == "2026-12-01T12:00:00Z"
    assert months.time_text(months.parse_end("12h", now)) == "2026-11-25T00:00:00Z"
    assert months.time_text(months.parse_time("7d", now)) == "2026-11-17T12:00:00Z"
    assert months.parse_end("2027-01", now) == months.parse_time("2027-01", now)
    assert months.parse_end("999999d", months.LAST) == months.LAST
    with pytest.raises(WrongUse) as refused:
        months.parse_end("soon", now)
    assert "yesterday" not in refused.value.hint
