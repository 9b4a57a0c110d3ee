"""The charge of a call: exact, rounded up once."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain import charge
from sage_tui.domain.charge import ONE, Weights
from sage_tui.domain.errors import FieldError, WrongUse
from sage_tui.domain.units import MAX_TOKENS

COUNTS = st.integers(0, 10**9)
WEIGHTS = st.integers(0, 20 * ONE)


@given(COUNTS, COUNTS, COUNTS, WEIGHTS, WEIGHTS, WEIGHTS | st.none())
def test_charge_is_the_exact_sum_rounded_up(
    uncached: int, cached: int, completion: int, prompt_weight: int, completion_weight: int, cached_weight: int | None
) -> None:
    weights = Weights(prompt_weight, completion_weight, cached_weight)
    exact = (
        Fraction(uncached * prompt_weight, ONE)
        + Fraction(cached * (prompt_weight if cached_weight is None else cached_weight), ONE)
        + Fraction(completion * completion_weight, ONE)
    )
    assert weights.charge(uncached + cached, cached, completion) == ceil(exact)


def test_weight_one_is_the_sum() -> None:
    assert charge.charge(18_059_974, 0, 245_896) == 18_305_870


@pytest.mark.parametrize(
    ("prompt", "cached", "completion", "field"),
    [(-1, 0, 0, "prompt_tokens"), (0, 0, -1, "completion_tokens"), (5, 6, 0, "cached_tokens"),
     (2**63, 0, 0, "prompt_tokens"), (MAX_TOKENS, 0, 1, "charge")],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_field(prompt: int, cached: int, completion: int, field: str) -> None:
    with pytest.raises(FieldError) as refused:
        charge.charge(prompt, cached, completion)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("typed", "weight"), [("1", ONE), ("0.1", 100_000), ("2.5", 2_500_000), ("0", 0), ("1000", 1000 * ONE)]
)
def test_weights_are_typed_as_decimals(typed: str, weight: int) -> None:
    assert charge.parse_weight(typed) == weight
    assert charge.weight_text(weight) == typed


@pytest.mark.parametrize("typed", ["", "1000.1", "1e3", "-1", "0.0000001", "nan", "١"])
def test_other_weights_are_refused(typed: str) -> None:
    with pytest.raises(WrongUse):
        charge.parse_weight(typed)
