"""Amounts as typed and as shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain import amounts
from sage_tui.domain.amounts import Amount, How
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.units import MAX_TOKENS


@pytest.mark.parametrize(
    ("typed", "tokens"),
    [("0", 0), ("500K", 500_000), ("2M", 2_000_000), ("1.5M", 1_500_000), ("1_000_000", 1_000_000),
     ("2b", 2_000_000_000), ("0.001k", 1), ("1.0", 1), ("9007199254740991", MAX_TOKENS)],
)  # fmt: skip
def test_numbers(typed: str, tokens: int) -> None:
    assert amounts.parse(typed) == Amount(How.SET, tokens)


@pytest.mark.parametrize(
    "typed",
    ["", "K", "1.5", "0.0001K", "1,5", "1_", "_1", "1__0", " 7", "7 ", "7\n", "٣", "５００", "²", "1e6", "0x10", "inf",
     "nan", "-", "+", "%", "25%", "9007199254740992", "9" * 30, "1.5T", "--5", "+-5", "1.", ".5", "unlimited",
     "\x1b[1m"],
)  # fmt: skip
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(WrongUse) as refused:
        amounts.parse(typed)
    assert "\x1b" not in refused.value.message


@pytest.mark.parametrize(
    ("typed", "present", "new"),
    [
        ("+500K", 1_000, 501_000),
        ("-500K", 600_000, 100_000),
        ("+25%", 10, 12),
        ("-10%", 15, 14),
        ("+12.5%", 1_000, 1_125),
        ("+500K", None, 500_000),
        ("unset", 5, None),
        ("7", None, 7),
        ("-100%", 9, 0),
    ],
)
def test_changes_of_the_present_value(typed: str, present: int | None, new: int | None) -> None:
    assert amounts.parse(typed).of(present) == new


def test_changes_stay_in_bounds() -> None:
    with pytest.raises(WrongUse):
        amounts.parse("-2").of(1)
    with pytest.raises(WrongUse):
        amounts.parse("+1").of(MAX_TOKENS)


def test_words_only_where_they_mean_something() -> None:
    assert amounts.parse("unlimited", unlimited=True).how is How.UNLIMITED
    with pytest.raises(WrongUse):
        amounts.parse("unset", unset=False)
    with pytest.raises(WrongUse, match="no meaning"):
        amounts.parse("+1", relative=False)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (999, "999"), (1_000, "1K"), (999_999, "999.9K"), (1_000_000, "1M"), (1_999_999, "1.9M"),
     (1_500_000_000, "1.5B"), (2_000_000_000_000, "2,000B"), (-999_999, "-999.9K"), (None, "·")],
)  # fmt: skip
def test_short_is_cut_and_never_rounded_up(value: int | None, shown: str) -> None:
    assert amounts.short(value) == shown


def test_full() -> None:
    assert amounts.full(1_234_567) == "1,234,567"
    assert amounts.full(-5) == "-5"
    assert amounts.full(None) == "·"


@given(st.integers(0, 10**12 - 1))
def test_short_never_says_more_than_there_is(value: int) -> None:
    shown = amounts.tokens(amounts.short(value))
    assert shown <= value
    assert value - shown < max(value // 10, 1)


@given(st.text(max_size=12))
def test_any_text_is_an_amount_or_refused(typed: str) -> None:
    refused: WrongUse | None = None
    try:
        amounts.parse(typed)
    except WrongUse as error:
        refused = error
    assert refused is None or refused.hint


def test_machines_write_plain_digits() -> None:
    assert amounts.whole("007") == 7
    assert [amounts.whole(s) for s in ("", "-1", "1.0", " 1", "1_0", "٣", "1e3", "9" * 21)] == [None] * 8
