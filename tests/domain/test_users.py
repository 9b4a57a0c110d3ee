"""States and shares of people: one word, the first that applies; a share is cut, never rounded up."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain.units import Kind, Role
from sage_tui.domain.users import NEAR, OVER, SIGNS, Balance, PoolStatus, State, UserRow, share

TOKENS = st.integers(0, 2**62)
OK = UserRow(
    id=1, email="ada@acme.example", first_name="Ada", last_name="Lovelace", organization_id=1, organization="Acme",
    department="", company="", type=Role.USER, plan="", paid=True, banned=False, stopped=False, verified=True,
    mfa=False, cac=False, inference=Balance(1_000, 100, 0, 100), embedding=Balance(None, 0, 0, 0),
    last_sign_in_at=None, created_at=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip

MAKES = {
    State.BANNED: {"banned": True},
    State.UNPAID: {"paid": False},
    State.STOPPED: {"stopped": True},
    State.AT_LIMIT: {"inference": Balance(1_000, 1_000, 0, 1_000)},
    State.NEAR: {"inference": Balance(1_000, 900, 0, 900)},
    State.UNSET: {"inference": Balance(None, 0, 0, 0)},
    State.NEVER: {"inference": Balance(1_000, 0, 0, 0)},
    State.OK: {},
}


class TestState:
    @pytest.mark.parametrize("state", list(State))
    def test_each_has_a_case_and_a_sign_of_its_own_or_shares_the_square(self, state: State) -> None:
        assert replace(OK, **MAKES[state]).state is state
        alike = [other for other in State if SIGNS[other] == SIGNS[state]]
        assert alike == [state] or set(alike) == {State.STOPPED, State.AT_LIMIT}

    @pytest.mark.parametrize(("first", "second"), list(combinations(list(State)[:4], 2)))
    def test_the_first_that_applies_is_told(self, first: State, second: State) -> None:
        assert replace(OK, **MAKES[second], **MAKES[first]).state is first

    @pytest.mark.parametrize(
        ("allocation", "used", "state"),
        [
            (1_000, 899, State.OK),
            (1_000, 900, State.NEAR),
            (1_000, 999, State.NEAR),
            (1_000, 1_000, State.AT_LIMIT),
            (1_000, 1_001, State.AT_LIMIT),
            (0, 0, State.AT_LIMIT),
            (0, 5, State.AT_LIMIT),
            (None, 5, State.UNSET),
            (1, 0, State.OK),
        ],
    )
    def test_the_borders(self, allocation: int | None, used: int, state: State) -> None:
        assert replace(OK, inference=Balance(allocation, used, 0, 5)).state is state

    def test_who_used_embedding_only_is_not_somebody_who_never_was_here(self) -> None:
        unused = replace(OK, inference=Balance(1_000, 0, 0, 0))
        assert unused.state is State.NEVER
        assert replace(unused, embedding=Balance(None, 3, 0, 3)).state is State.OK


class TestShare:
    @given(TOKENS, st.integers(1, 2**62))
    def test_it_is_cut_to_the_per_mille_and_never_says_full_before_it_is(self, used: int, allocation: int) -> None:
        found = share(used, allocation)
        assert found is not None
        assert 0 <= found <= OVER
        assert (found >= 1_000) is (used >= allocation)
        assert (found >= NEAR) is (used * 1_000 >= NEAR * allocation)
        if found < OVER:
            assert found * allocation <= used * 1_000 < (found + 1) * allocation

    @given(TOKENS, TOKENS, st.integers(1, 2**62))
    def test_more_use_is_no_smaller_share(self, one: int, other: int, allocation: int) -> None:
        low, high = sorted((one, other))
        assert (share(low, allocation) or 0) <= (share(high, allocation) or 0)

    def test_of_nothing_there_is_none_unless_something_was_used(self) -> None:
        assert (share(0, 0), share(1, 0)) == (None, OVER)

    def test_of_an_unset_limit_there_is_none(self) -> None:
        assert (share(0, None), share(1, None)) == (None, None)


def test_what_is_left_may_be_negative_and_of_no_limit_is_not_told() -> None:
    assert Balance(100, 130, 0, 130).remaining == -30
    assert Balance(None, 130, 0, 130).remaining is None
    assert PoolStatus(Kind.INFERENCE, 100, 130, 0).unallocated == -30


def test_name_and_total() -> None:
    assert OK.name == "Ada Lovelace"
    assert replace(OK, first_name="").name == "Lovelace"
    assert replace(OK, first_name="", last_name="").name == ""
    assert replace(OK, embedding=Balance(None, 0, 0, 11)).usage == 111
