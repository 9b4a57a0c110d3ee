"""Presets, bumps, reclamation, sharing out: what must hold for every number (product.md, "Token Distribution")."""

import doctest

from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain import policies, rules, sharing
from sage_tui.domain.policies import PRESETS, Of, Preset, Reclamation, Tier, bumped, reclaimed, tier_of
from sage_tui.domain.sharing import NO_CEILING, shared_out, shares
from sage_tui.domain.steps import HOLDS
from sage_tui.domain.units import Kind

TOKENS = st.integers(0, 10**12)
CLAIMS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(NO_CEILING, 10**6)), max_size=30)


def test_the_examples_are_true() -> None:
    for module in (policies, sharing):
        assert doctest.testmod(module).failed == 0


def test_the_presets_are_the_table() -> None:
    found = {
        preset.value: (
            tuple(policy.floors[kind] for kind in Kind),
            policy.ceiling,
            [tier.trigger for tier in policy.tiers],
            policy.cooldown,
            policy.reclaims,
        )
        for preset, policy in PRESETS.items()
    }
    assert found == {
        "conservative": ((200_000, 200_000), 1_000_000, [900], 240, False),
        "standard": ((500_000, 500_000), 5_000_000, [800, 950], 60, False),
        "aggressive": ((1_000_000, 1_000_000), None, [750], 30, False),
        "dynamic": ((500_000, 500_000), None, [750, 850, 950, 999], 60, True),
    }


class TestBump:
    @given(TOKENS, TOKENS, TOKENS, st.integers(0, 1_000), st.none() | TOKENS, st.sampled_from(list(PRESETS)))
    def test_never_above_room_or_ceiling_and_never_a_lowering(
        self, current: int, room: int, unallocated: int, in_tier: int, ceiling: int | None, preset: Preset
    ) -> None:
        policy = PRESETS[preset]
        for tier in policy.tiers:
            new = bumped(policy, tier, current, room=room, unallocated=unallocated, in_tier=in_tier, ceiling=ceiling)
            assert current <= new <= current + room
            assert ceiling is None or new <= max(ceiling, current)

    def test_a_part_of_the_pool_and_at_least_a_quarter_of_the_current(self) -> None:
        dynamic, tier = PRESETS[Preset.DYNAMIC], Tier(750, Of.POOL, 250, at_least=250)
        many = bumped(dynamic, tier, 100_000, room=10**9, unallocated=40_000_000, in_tier=10, ceiling=None)
        few = bumped(dynamic, tier, 100_000, room=10**9, unallocated=1_000, in_tier=10, ceiling=None)
        assert many == 1_100_000
        assert few == 125_000
        assert bumped(dynamic, tier, 100_000, room=9, unallocated=1_000, in_tier=1, ceiling=None) == 100_009

    @given(st.integers(1, 10**12), st.integers(0, 10**12))
    def test_the_highest_tier_that_was_passed_counts(self, allocation: int, used: int) -> None:
        place = tier_of(PRESETS[Preset.DYNAMIC], used, allocation)
        passed = sum(used * 1_000 >= allocation * trigger for trigger in (750, 850, 950, 999))
        assert place == (passed - 1 if passed else None)


class TestReclaim:
    @given(TOKENS, TOKENS, TOKENS, st.integers(0, 60), st.integers(1, 31))
    def test_it_only_lowers_keeps_floor_and_use_and_settles(
        self, allocation: int, used: int, floor: int, idle: int, day: int
    ) -> None:
        left = reclaimed(Reclamation(), allocation, used, floor, idle_days=idle, day=day)
        if left is None:
            return
        assert floor <= left < allocation
        assert left >= used
        assert reclaimed(Reclamation(), left, used, floor, idle_days=idle, day=day) is None


class TestSharing:
    @given(TOKENS, st.lists(st.integers(0, 10**9), max_size=50))
    def test_parts_sum_to_the_whole_and_nobody_is_a_token_off(self, amount: int, weights: list[int]) -> None:
        parts, total = shares(amount, weights), sum(weights)
        assert sum(parts) == (amount if total else 0)
        assert all(
            abs(part * total - amount * weight) < total for part, weight in zip(parts, weights, strict=True) if total
        )

    @given(st.integers(0, 10**9), CLAIMS)
    def test_none_above_their_room_and_all_is_given_while_somebody_can_take(
        self, amount: int, claims: list[tuple[int, int]]
    ) -> None:
        given_ = shared_out(amount, *_sides(claims))
        assert all(
            part >= 0 and (room == NO_CEILING or part <= room) and (weight or not part)
            for part, (weight, room) in zip(given_, claims, strict=True)
        )
        able = [room for weight, room in claims if weight]
        most = None if NO_CEILING in able else sum(able)
        assert sum(given_) == (amount if able and most is None else min(amount, most or 0))

    @given(st.integers(0, 10**9), CLAIMS)
    def test_people_of_one_weight_and_room_differ_by_a_token_at_most(
        self, amount: int, claims: list[tuple[int, int]]
    ) -> None:
        by_claim: dict[tuple[int, int], list[int]] = {}
        for part, claim in zip(shared_out(amount, *_sides(claims)), claims, strict=True):
            by_claim.setdefault(claim, []).append(part)
        assert all(max(parts) - min(parts) <= 1 for parts in by_claim.values())

    @given(st.integers(0, 10**9), CLAIMS)
    def test_whoever_is_not_full_has_the_same_part_of_their_weight(
        self, amount: int, claims: list[tuple[int, int]]
    ) -> None:
        given_ = shared_out(amount, *_sides(claims))
        free = [
            (part, weight)
            for part, (weight, room) in zip(given_, claims, strict=True)
            if weight and (room == NO_CEILING or part < room)
        ]
        full = [(part, weight) for part, (weight, room) in zip(given_, claims, strict=True) if weight and part == room]
        for part, weight in free:
            assert all(abs(part * other - one * weight) < weight + other for one, other in free)
            # Whoever has just their room may have got its last token as a largest remainder.
            assert all((one - 1) * weight <= (part + 1) * other for one, other in full)


def _sides(claims: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [weight for weight, _ in claims], [room for _, room in claims]


def test_codes_that_set_a_number_begin_otherwise_than_those_that_add() -> None:
    """A batch's way back tells them apart by their first four letters (store/plans)."""
    adding = {code[:4] for code in HOLDS}
    assert not [code for code in rules.WORDS if code not in HOLDS and code[:4] in adding]
