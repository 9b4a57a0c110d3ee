"""Until when tokens last: against every future written out, and what any rule of the kind must hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain.forecast import HISTORY, Lasting, futures, lasting, weeks

CHARGES = st.lists(st.integers(-5, 40), min_size=HISTORY, max_size=HISTORY)
DAYS = st.integers(1, 31)


def written_out(charges: list[int], today: int, days: int) -> list[int]:
    """Each of four weeks again and again, day by day, at 80%, 100% and 120%; in fifths."""
    history = [[max(one, 0) for one in charges[at : at + 7]] for at in range(0, 28, 7)]
    found = []
    for week in history:
        path = [week[day % 7] for day in range(days)]
        path[0] = max(path[0] - today, 0)
        found += [level * sum(path) for level in (4, 5, 6)]
    return found


class TestFutures:
    @given(CHARGES, st.integers(0, 30), DAYS)
    def test_they_are_the_four_weeks_again_and_again(self, charges: list[int], today: int, days: int) -> None:
        assert sorted(futures(weeks(charges), today, days)) == sorted(written_out(charges, today, days))


class TestLasting:
    @given(CHARGES, st.integers(0, 30), st.integers(1, 400), DAYS)
    def test_median_and_band_are_the_first_days_of_half_a_tenth_and_nine_tenths(
        self, charges: list[int], today: int, remaining: int, left: int
    ) -> None:
        def first(share: int) -> int | None:
            for day in range(left):
                found = written_out(charges, today, day + 1)
                if 10 * sum(used >= 5 * remaining for used in found) >= share * len(found):
                    return day
            return None

        found = lasting(charges, today, remaining, left)
        assert (found.soonest, found.median, found.latest) == (first(1), first(5), first(9))

    @given(CHARGES, st.integers(0, 30), st.integers(1, 400), DAYS)
    def test_more_never_ends_sooner(self, charges: list[int], today: int, remaining: int, left: int) -> None:
        def day(value: int | None) -> int:
            return left if value is None else value

        less, more = lasting(charges, today, remaining, left), lasting(charges, today, remaining + 7, left)
        assert day(less.median) <= day(more.median)
        assert day(less.soonest) <= day(less.median) <= day(less.latest)

    def test_what_is_used_up_has_ended_today(self) -> None:
        assert lasting([5] * 28, 0, 0, 10) == Lasting(0, 0, 0, 35)

    def test_who_uses_nothing_lasts_beyond_the_month(self) -> None:
        assert lasting([0] * 28, 0, 1, 30) == Lasting(None, None, None, 0)

    def test_weekends_are_weekends(self) -> None:
        """Today is a Friday; nobody works on Saturdays and Sundays: 300 tokens at 100 a working day last to Tuesday."""
        week = [100, 0, 0, 100, 100, 100, 100]
        assert lasting(week * 4, 0, 300, 20).median == 4

    def test_today_takes_no_more_than_its_weekday_does(self) -> None:
        assert lasting([100] * 28, 100, 100, 20).median == 1

    def test_it_needs_28_days(self) -> None:
        with pytest.raises(ValueError, match="28 days"):
            lasting([1] * 27, 0, 1, 1)
