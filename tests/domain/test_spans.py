"""Stretches of days, and what each is compared with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.months import DAY, day_of, day_text, parse_exact
from sage_tui.domain.spans import Range, Span, before, change, elapsed, named, own, shifted


def day(text: str) -> int:
    return day_of(parse_exact(text))


def span(first: str, last: str) -> Span:
    return Span(day(first), day(last))


TODAY = day("2026-11-24")


class TestNamed:
    @pytest.mark.parametrize(
        ("which", "expected", "compared"),
        [
            (Range.THIS_MONTH, span("2026-11-01", "2026-11-30"), span("2026-10-01", "2026-10-24")),
            (Range.LAST_MONTH, span("2026-10-01", "2026-10-31"), span("2026-09-01", "2026-09-30")),
            (Range.LAST_7, span("2026-11-18", "2026-11-24"), span("2026-11-11", "2026-11-17")),
            (Range.LAST_30, span("2026-10-26", "2026-11-24"), span("2026-09-26", "2026-10-25")),
            (Range.LAST_90, span("2026-08-27", "2026-11-24"), span("2026-05-29", "2026-08-26")),
            (Range.YEAR, span("2026-01-01", "2026-12-31"), span("2025-01-01", "2025-11-24")),
        ],
    )
    def test_days_and_what_they_are_compared_with(self, which: Range, expected: Span, compared: Span) -> None:
        assert named(which, TODAY) == expected
        assert before(expected, TODAY) == compared

    def test_the_31st_is_compared_with_the_end_of_a_shorter_month(self) -> None:
        today = day("2026-03-31")
        assert before(named(Range.THIS_MONTH, today), today) == span("2026-02-01", "2026-02-28")

    def test_what_goes_on_has_elapsed_up_to_today(self) -> None:
        assert elapsed(named(Range.THIS_MONTH, TODAY), TODAY) == span("2026-11-01", "2026-11-24")

    def test_words(self) -> None:
        assert named(Range.LAST_MONTH, TODAY).words() == "October 2026"
        assert span("2026-11-03", "2026-11-03").words() == "2026-11-03"
        assert span("2026-11-03", "2026-11-05").words() == "2026-11-03 to 2026-11-05"


class TestShifted:
    def test_months_by_months_and_days_by_days(self) -> None:
        november = named(Range.THIS_MONTH, TODAY)
        assert shifted(november, -1) == span("2026-10-01", "2026-10-31")
        assert shifted(shifted(november, -1), 1) == november
        assert shifted(span("2026-11-18", "2026-11-24"), -1) == span("2026-11-11", "2026-11-17")
        assert shifted(named(Range.YEAR, TODAY), -1) == span("2025-01-01", "2025-12-31")

    @given(st.integers(15_000, 30_000), st.integers(0, 400), st.integers(15_000, 30_000))
    def test_what_it_is_compared_with_ends_before_it_begins(self, first: int, more: int, today: int) -> None:
        one = Span(first, first + more)
        that = before(one, today)
        assert that.last < one.first
        assert that.first <= that.last


class TestOwn:
    NOW = TODAY * DAY

    def test_days_months_and_words(self) -> None:
        assert own("2026-11-03", "2026-11-05", self.NOW) == span("2026-11-03", "2026-11-05")
        assert own("2026-09", "", self.NOW) == span("2026-09-01", "2026-09-30")
        assert own("2026-09", "2026-10", self.NOW) == span("2026-09-01", "2026-10-31")
        assert own("7d", "yesterday", self.NOW) == span("2026-11-17", "2026-11-23")
        assert day_text(own("2026-11-20", "", self.NOW).last) == "2026-11-24"

    @pytest.mark.parametrize(
        ("first", "last", "field"),
        [("soon", "", "from"), ("2026-11-01", "2026-11-31", "to"), ("2026-11-02", "2026-11-01", "to"),
         ("1970-01-01", "2026-01-01", "to")],
    )  # fmt: skip
    def test_what_is_wrong_is_named(self, first: str, last: str, field: str) -> None:
        with pytest.raises(WrongUse, match=f"^{field}: "):
            own(first, last, self.NOW)


class TestChange:
    def test_per_mille_cut_toward_nothing(self) -> None:
        assert [change(999, 1000), change(1001, 1000), change(0, 3), change(1, 3), change(5, 0), change(5, -1)] == [
            -1, 1, -1000, -666, None, None,
        ]  # fmt: skip
