"""A month replayed: against one token after the other, and what holds whoever uses how much."""

import doctest
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain import what_if
from sage_tui.domain.hindsight import Outcome, Scenario, WhatIf, outcome, part, worst
from sage_tui.domain.policies import PRESETS, Of, Policy, Preset, Tier, bumped, tier_of
from sage_tui.domain.units import Kind
from sage_tui.domain.what_if import Member, Replay, Use

KIND, DAYS = Kind.INFERENCE, 6
TOKENS = st.integers(0, 60)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Small numbers, so that a token at a time is quick."""
    ceiling = draw(st.none() | st.integers(20, 120))
    triggers = sorted(draw(st.sets(st.sampled_from([200, 500, 800, 950, 1_000]), max_size=3)))
    tiers = tuple(
        Tier(one, of, draw(st.integers(0, 20 if of is Of.FLAT else 800)), at_least=draw(st.sampled_from([0, 250])))
        for one, of in zip(triggers, draw(st.lists(st.sampled_from(Of), min_size=3, max_size=3)), strict=False)
    )
    return replace(
        PRESETS[Preset.STANDARD], floors=dict.fromkeys(Kind, draw(st.integers(0, 20))), ceiling=ceiling, tiers=tiers,
        cooldown=draw(st.sampled_from([0, 60, 1_440, 2_880, 4_000])), cap_percent=draw(st.sampled_from([50, 100, 150])),
        day_percent=draw(st.none() | st.sampled_from([20, 60])),
    )  # fmt: skip


@st.composite
def members(draw: st.DrawFn, groups: int) -> list[Member]:
    ids = draw(st.lists(st.integers(1, 9), unique=True, max_size=5))
    return [
        Member(
            one, draw(st.none() | TOKENS), draw(st.integers(0, groups - 1)), draw(st.none() | st.integers(0, 30)),
            draw(st.none() | st.integers(0, 90)), draw(st.booleans()),
        )
        for one in ids
    ]  # fmt: skip


USAGE = st.lists(
    st.builds(Use, st.integers(0, DAYS - 1), st.integers(1, 10), st.integers(-20, 90)),
    max_size=20,
    unique_by=lambda use: (use.day, use.user_id),
)
MONTHS = st.lists(policies(), min_size=1, max_size=2).flatmap(
    lambda some: st.tuples(st.just(some), members(len(some)), USAGE, st.integers(0, 400))
)


def made(month: tuple[list[Policy], list[Member], list[Use], int]) -> Replay:
    some, people, usage, purchased = month
    return what_if.replay(people, usage, some, KIND, purchased, DAYS)


@dataclass
class _One:
    """Somebody in the slow replay."""

    member: Member
    policy: Policy
    limit: int | None
    used: int = 0
    tried: dict[int, int] = field(default_factory=dict)
    unserved: int = 0

    def tier(self) -> int | None:
        return tier_of(self.policy, self.used, self.limit or 0) if self.used else None


class Slowly:
    """The same a token at a time, everybody counted anew for each bump."""

    def __init__(self, some: Sequence[Policy], people: list[Member], usage: list[Use], purchased: int) -> None:
        self.purchased, self.cap, self.bumps = purchased, purchased * some[0].cap_percent // 100, 0
        self.people = {one.user_id: _One(one, some[one.group], one.limit) for one in sorted(people)}
        for day, user, charge in sorted(usage):
            if user in self.people:
                self.day(self.people[user], day, charge)

    @property
    def allocated(self) -> int:
        return sum(one.limit or 0 for one in self.people.values())

    def day(self, one: _One, day: int, charge: int) -> None:
        if one.limit is None:
            floor = one.policy.floors[KIND] if one.member.floor is None else one.member.floor
            ceiling = self.ceiling(one)
            floor = floor if ceiling is None else min(floor, ceiling)
            one.limit = floor if floor <= self.cap - self.allocated else 0
        if charge <= 0:
            one.used = max(one.used + charge, 0)
            return
        begin = one.used
        for _ in range(charge):
            self.bump(one, day)
            most = one.policy.day_percent
            if one.used >= one.limit or (most is not None and one.used - begin >= one.limit * most // 100):
                one.unserved += 1
            else:
                one.used += 1
                self.bump(one, day)

    def ceiling(self, one: _One) -> int | None:
        return one.policy.ceiling if one.member.ceiling is None else one.member.ceiling

    def bump(self, one: _One, day: int) -> None:
        while (tier := one.tier()) is not None and not one.member.fixed:
            if tier in one.tried and (day - one.tried[tier]) * 1_440 < max(one.policy.cooldown, 1_440):
                return
            one.tried[tier] = day
            together = [other for other in self.people.values() if other.member.group == one.member.group]
            new = bumped(
                one.policy, one.policy.tiers[tier], one.limit or 0, room=self.cap - self.allocated,
                unallocated=self.purchased - self.allocated,
                in_tier=sum(other.tier() == tier for other in together), ceiling=self.ceiling(one),
            )  # fmt: skip
            self.bumps += new > (one.limit or 0)
            one.limit = new


def test_the_example_is_true() -> None:
    assert doctest.testmod(what_if).failed == 0


@given(MONTHS)
def test_the_same_as_one_token_after_the_other(month: tuple[list[Policy], list[Member], list[Use], int]) -> None:
    fast, slow = made(month), Slowly(*month)
    assert fast.bumps == slow.bumps
    assert [fast.limit(place) for place in range(len(slow.people))] == [one.limit or 0 for one in slow.people.values()]
    stopped = {one.user_id: one.unserved for one in fast.stopped()}
    assert stopped == {user: one.unserved for user, one in slow.people.items() if one.unserved}
    assert fast.stranded == sum(max((one.limit or 0) - one.used, 0) for one in slow.people.values())
    assert fast.pool_left == slow.purchased - slow.allocated


@given(MONTHS)
def test_never_above_cap_and_ceiling(month: tuple[list[Policy], list[Member], list[Use], int]) -> None:
    some, people, _, purchased = month
    found, begin = made(month), sum(one.limit or 0 for one in people)
    assert found.allocated <= max(purchased * some[0].cap_percent // 100, begin)
    for place, one in enumerate(sorted(people)):
        ceiling = some[one.group].ceiling if one.ceiling is None else one.ceiling
        assert found.limit(place) >= (one.limit or 0)
        assert ceiling is None or found.limit(place) <= max(ceiling, one.limit or 0)
        assert not one.fixed or one.limit is None or found.limit(place) == one.limit


@given(MONTHS)
def test_a_month_without_use_stops_nobody_and_bumps_nobody(
    month: tuple[list[Policy], list[Member], list[Use], int],
) -> None:
    some, people, _, purchased = month
    allocated = sum(one.limit or 0 for one in people)
    assert outcome([part(made((some, people, [], purchased)))]) == Outcome(0, 0, 0, allocated, purchased - allocated)


@given(MONTHS, st.randoms())
def test_the_order_of_reading_does_not_matter(
    month: tuple[list[Policy], list[Member], list[Use], int], chance: object
) -> None:
    some, people, usage, purchased = month
    others = list(people), list(usage)
    for one in others:
        chance.shuffle(one)  # type: ignore[attr-defined]
    again = made((some, *others, purchased))
    assert outcome([part(again)]) == outcome([part(made(month))])
    assert list(again.stopped()) == list(made(month).stopped())


@given(MONTHS)
def test_bumps_never_stop_anybody(month: tuple[list[Policy], list[Member], list[Use], int]) -> None:
    """Whoever is stopped with tiers is stopped without them; everybody has a limit, for a bump may take a floor's room.

    Of two policies with tiers the one with the larger bumps may stop more: a tier not reached on a day gives nothing.
    """
    some, people, usage, purchased = month
    some = [replace(one, day_percent=None) for one in some]
    people = [one._replace(limit=one.limit or 0) for one in people]
    usage = [use._replace(charge=abs(use.charge)) for use in usage]
    without = made(([replace(one, tiers=()) for one in some], people, usage, purchased))
    with_tiers = {one.user_id for one in made((some, people, usage, purchased)).stopped()}
    assert with_tiers <= {one.user_id for one in without.stopped()}


@given(MONTHS)
def test_nobody_is_stopped_longer_than_the_month_has_hours(
    month: tuple[list[Policy], list[Member], list[Use], int],
) -> None:
    for one in made(month).stopped():
        assert one.unserved > 0
        assert 0 <= one.minutes <= (DAYS - one.day) * 1_440


FLAT = replace(PRESETS[Preset.AGGRESSIVE], floors=dict.fromkeys(Kind, 1_000))


@pytest.mark.parametrize(
    ("usage", "minutes"),
    [
        ([Use(2, 1, 2_000)], 720 + 3 * 1_440),
        ([Use(2, 1, 1_000), Use(4, 1, 100)], 2 * 1_440),
        ([Use(0, 1, 999)], 0),
    ],
)
def test_hours_go_from_the_part_of_a_day_to_the_months_end(usage: list[Use], minutes: int) -> None:
    found = what_if.replay([Member(1, 1_000)], usage, [replace(FLAT, tiers=())], KIND, 10**9, DAYS)
    assert sum(one.minutes for one in found.stopped()) == minutes


def test_a_bump_on_the_next_day_of_use_ends_the_stop() -> None:
    """Stopped for half of day 0 and all of day 1, on which nothing is used; on day 2 the tier bumps again."""
    once = replace(FLAT, tiers=(Tier(1_000, Of.FLAT, 500),))
    found = what_if.replay([Member(1, 1_000)], [Use(0, 1, 3_000), Use(2, 1, 100)], [once], KIND, 10**9, DAYS)
    (one,) = found.stopped()
    assert (one.day, one.unserved, one.minutes) == (0, 1_500, 720 + 1_440)
    assert (found.limit(0), found.bumps) == (2_000, 2)


@pytest.mark.parametrize(
    ("cooldown", "days"), [(0, [0, 1, 2, 3]), (60, [0, 1, 2, 3]), (1_441, [0, 2]), (4_000, [0, 3])]
)
def test_a_tier_waits_for_its_cooldown_in_whole_days(cooldown: int, days: list[int]) -> None:
    once = replace(FLAT, tiers=(Tier(500, Of.FLAT, 1),), cooldown=cooldown)
    limits = [
        what_if.replay([Member(1, 1_000)], [Use(day, 1, 500) for day in range(upto)], [once], KIND, 10**9, 4).limit(0)
        for upto in range(5)
    ]
    assert [day for day in range(4) if limits[day + 1] > limits[day]] == days


def test_a_part_of_the_pool_is_divided_by_those_in_the_tier() -> None:
    dynamic = PRESETS[Preset.DYNAMIC]
    alone = what_if.replay([Member(1, 500_000)], [Use(0, 1, 375_000)], [dynamic], KIND, 10_000_000, DAYS)
    assert alone.limit(0) == 500_000 + 9_500_000 // 4
    pinned = [Member(1, 500_000, fixed=True), Member(2, 500_000)]
    shared = what_if.replay(pinned, [Use(0, 1, 375_000), Use(0, 2, 375_000)], [dynamic], KIND, 10_000_000, DAYS)
    assert [shared.limit(0), shared.limit(1)] == [500_000, 500_000 + 9_000_000 // 4 // 2]
    # Here the first is raised out of the tier by then: the second shares with nobody.
    two = [Member(1, 500_000), Member(2, 500_000)]
    both = what_if.replay(two, [Use(0, 1, 375_000), Use(0, 2, 375_000)], [dynamic], KIND, 10_000_000, DAYS)
    assert [both.limit(0), both.limit(1)] == [2_750_000, 500_000 + (10_000_000 - 3_250_000) // 4]


def test_both_kinds_of_one_person_are_one_person() -> None:
    usage = [Use(0, 1, 2_000), Use(0, 2, 1_500)]
    none = [replace(FLAT, tiers=())]
    inference = what_if.replay([Member(1, 1_000), Member(2, 1_500)], usage, none, Kind.INFERENCE, 5_000, DAYS)
    embedding = what_if.replay([Member(1, 1_000), Member(2, 1_000)], usage, none, Kind.EMBEDDING, 5_000, DAYS)
    parts = [part(inference), part(embedding)]
    assert outcome(parts).stopped_users == 2
    assert [(one.user_id, one.kind, one.unserved) for one in worst(parts, 2)] == [
        (1, Kind.EMBEDDING, 1_000), (1, Kind.INFERENCE, 1_000),
    ]  # fmt: skip


def test_the_best_stops_the_fewest_and_then_leaves_the_least_idle() -> None:
    def scenario(preset: Preset, stopped: int, stranded: int, holds: bool = False) -> Scenario:
        return Scenario(preset, holds, False, Outcome(stopped, stopped * 5, 0, stranded, 0))

    some = (
        scenario(Preset.CONSERVATIVE, 3, 10), scenario(Preset.AGGRESSIVE, 0, 90), scenario(Preset.DYNAMIC, 0, 50),
        scenario(Preset.CUSTOM, 0, 50, holds=True),
    )  # fmt: skip
    assert WhatIf(0, True, some).best == some[3]
    assert WhatIf(0, True, some[:3]).best == some[2]
    assert WhatIf(0, False, some).best is None
    assert WhatIf(0, True, ()).best is None
