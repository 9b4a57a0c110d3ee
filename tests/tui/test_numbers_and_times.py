"""Numbers, bars and times as screens show them."""

from datetime import UTC, datetime, timedelta

import pytest

from sage_tui.tui import numbers, times
from tests.tui.fakes import World, interaction
from tests.tui.seen import in_panel

AT = datetime(2026, 11, 23, 12, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("share", "bar", "percent"),
    [
        (None, "░░░░░░░░░░", "–"),
        (0, "░░░░░░░░░░", "0%"),
        (1, "▓░░░░░░░░░", "0%"),
        (999, "▓▓▓▓▓▓▓▓▓░", "99%"),
        (1000, "▓▓▓▓▓▓▓▓▓▓", "100%"),
        (1020, "▓▓▓▓▓▓▓▓▓▓", "102%"),
        (20_000, "▓▓▓▓▓▓▓▓▓▓", ">999%"),
        (1_000_000, "▓▓▓▓▓▓▓▓▓▓", "over"),
    ],
)
def test_bar_and_percent(share: int | None, bar: str, percent: str) -> None:
    assert numbers.bar(share) == bar
    assert numbers.percent(share) == percent


def test_tokens_full_and_short() -> None:
    assert numbers.tokens(999_999, False) == "999,999"
    assert numbers.tokens(999_999, True) == "999.9K"
    assert numbers.tokens(None, True) == "·"


def test_sparkline() -> None:
    assert numbers.sparkline([0, 1, 4, 8]) == "·▂▅█"
    assert numbers.sparkline([0, 0]) == "··"
    assert numbers.sparkline([]) == ""


def test_share_of() -> None:
    assert numbers.share_of(1, 3) == 333
    assert numbers.share_of(1, 0) is None


def test_times_in_a_zone() -> None:
    assert times.minute(AT, "") == "2026-11-23 12:05"
    assert times.minute(AT, "Europe/Vienna") == "2026-11-23 13:05"
    assert times.minute(None, "") == "·"
    assert times.second(AT, "UTC") == "2026-11-23 12:05:09"
    assert times.day_and_minute(AT, AT, "") == "23 Nov 12:05"
    assert times.minute(AT, "Nowhere/Land") == "2026-11-23 12:05"
    assert times.zone_name("America/New_York") == "New York"
    assert times.zone_name("") == "UTC"


def test_times_in_words() -> None:
    assert times.clock_or_day(AT, AT + timedelta(hours=1), "") == "12:05"
    assert times.clock_or_day(AT, AT + timedelta(days=1), "") == "23 Nov 12:05"
    assert times.clock_or_day(AT, AT + timedelta(days=300), "") == "23 Nov 2026 12:05"
    assert times.long_day(AT, AT, "") == "Monday 23 November"
    assert times.month(AT) == "November 2026"


def test_another_year_than_the_viewers_present_one_is_told() -> None:
    before = datetime(2025, 10, 10, 8, 0, tzinfo=UTC)
    assert times.day(before, AT, "") == "10 Oct 2025"
    assert times.long_day(before, AT, "") == "Friday 10 October 2025"
    assert times.day(AT, AT, "") == "23 Nov"
    assert times.day_and_minute(before, AT, "") == "10 Oct 2025"
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert times.day(new_year, AT, "") == "31 Dec"
    assert times.day(new_year, AT, "Europe/Vienna") == "1 Jan 2027"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(40, "40 s ago"), (300, "5 min ago"), (7_200, "2 h ago"), (86_400, "1 day ago"), (200_000, "2 days ago")],
)
def test_ago(seconds: int, words: str) -> None:
    assert times.ago(AT - timedelta(seconds=seconds), AT) == words


async def test_a_narrow_log_shows_the_year_of_old_rows() -> None:
    world = World(activity=[interaction(1), interaction(2, at=datetime(2025, 10, 10, 8, 0, tzinfo=UTC))])
    async with in_panel(world, page="activity") as screen:
        rows = [line for line in screen.lines if "gpt-large" in line]
        assert rows[0].startswith("› 23 Nov 11:59")
        assert rows[1].startswith("  10 Oct 2025  ")
