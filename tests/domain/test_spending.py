"""May this user spend? The order of reasons, their words, and what is taken for a count of tokens."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain.errors import FieldError
from sage_tui.domain.months import month_start
from sage_tui.domain.spending import LARGEST, Standing, Stop, checked, reason, why_not

ADA = Standing(1, 7, False, True, True, 1_000, 600, 100, 10_000, 9_999)
NOW = month_start(2026 * 12 + 10) + 5


def test_reasons_come_in_their_order() -> None:
    worse = replace(ADA, day_percent=10, used_today=100)
    seen = [why_not(worse, 1)]
    for change in (
        {"used": 1_000}, {"pool_used": 10_000}, {"model_allowed": False}, {"paid": False}, {"banned": True},
        {"organization_id": 0},
    ):  # fmt: skip
        worse = replace(worse, **change)
        seen.append(why_not(worse, 1))
    assert seen == [Stop.DAY, Stop.QUOTA, Stop.POOL, Stop.MODEL, Stop.UNPAID, Stop.BANNED, Stop.NOWHERE]
    assert why_not(replace(ADA, closed=True), 1) is Stop.NOWHERE


def test_every_reason_begins_with_its_code_and_a_day_says_when_it_ends() -> None:
    for stop in Stop:
        assert reason(stop, ADA, 5, NOW).startswith(f"{stop.value}: ")
    assert reason(Stop.DAY, ADA, 5, NOW).endswith("; ends 2026-11-02T00:00:00Z")


@given(st.integers(0, 2_000), st.integers(0, 2_000), st.integers(0, 2_000), st.none() | st.integers(0, 2_000))
def test_what_is_allowed_never_passes_the_allocation(used: int, held: int, charge: int, limit: int | None) -> None:
    standing = replace(ADA, used=used, reserved=held, allocation=limit)
    assert (why_not(standing, charge) is None) is (used + held + charge <= (limit or 0))
    if charge and charge <= standing.remaining:
        assert why_not(standing, charge) is None


@given(st.integers(1, 100), st.integers(0, 2_000), st.integers(0, 2_000))
def test_nor_the_day_s_part_of_it(percent: int, today: int, charge: int) -> None:
    standing = replace(ADA, used=0, reserved=0, allocation=10_000, day_percent=percent, used_today=today)
    assert (why_not(standing, charge) is None) is (today + charge <= 100 * percent)


@pytest.mark.parametrize("value", [0, -1, LARGEST + 1, 10**30, "5", 1.0, True, None])
def test_what_is_no_count_of_tokens(value: object) -> None:
    with pytest.raises(FieldError, match="is not a whole number"):
        checked("tokens", value, least=1)
    assert checked("tokens", LARGEST, least=1) == LARGEST
