"""Distribution actions over random people: the cap, floors, ceilings, exceptions, and that a plan settles."""

import doctest

from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain import distributing, steps
from sage_tui.domain.distributing import SHARING, Action, Ground, Person, proposed
from sage_tui.domain.members import Proposed
from sage_tui.domain.plans import Field, State
from sage_tui.domain.policies import Reclamation
from sage_tui.domain.sharing import NO_CEILING

OF = Field.INFERENCE
TOKENS = st.integers(0, 3_000_000)


@st.composite
def people(draw: st.DrawFn) -> list[Person]:
    found = []
    for number in range(draw(st.integers(0, 12))):
        floor = draw(st.sampled_from([0, 1, 1_000, 500_000]))
        ceiling = draw(st.just(NO_CEILING) | st.integers(floor, 3_000_000))
        found.append(
            Person(
                number + 1, draw(st.none() | TOKENS), draw(TOKENS), draw(TOKENS), draw(st.integers(0, 40)),
                draw(st.booleans()), draw(st.booleans()), draw(st.booleans()), floor, ceiling,
                Reclamation(under=draw(st.sampled_from([0, 100, 250])), keep=draw(st.sampled_from([1_000, 1_200]))),
            )
        )  # fmt: skip
    return found


@st.composite
def grounds(draw: st.DrawFn) -> Ground:
    return Ground(
        draw(st.integers(-500_000, 5_000_000)), draw(st.integers(-500_000, 5_000_000)), draw(st.integers(1, 31)),
        draw(st.none() | st.integers(0, 9_000_000)), draw(st.none() | st.integers(1, 12)),
    )  # fmt: skip


ACTIONS = st.sampled_from(list(Action))


def rows_of(action: Action, everybody: list[Person], ground: Ground) -> list[Proposed]:
    return [row for row in proposed(action, everybody, OF, ground) if row.state is State.IN]


def change(rows: list[Proposed]) -> int:
    return sum(int(row.after or 0) - int(row.before or 0) for row in rows)


def after(everybody: list[Person], rows: list[Proposed]) -> list[Person]:
    new = {row.user_id: row.after for row in rows}
    return [one._replace(allocation=new.get(one.user_id, one.allocation)) for one in everybody]  # type: ignore[arg-type]


def test_the_examples_are_true() -> None:
    for module in (distributing, steps):
        assert doctest.testmod(module).failed == 0


@given(ACTIONS, people(), grounds())
def test_the_sum_never_grows_above_the_cap(action: Action, everybody: list[Person], ground: Ground) -> None:
    grown = change(rows_of(action, everybody, ground))
    assert grown <= max(ground.cap_room, 0)
    if action in SHARING:
        assert grown <= max(min(ground.cap_room, ground.unallocated), 0)
    if action is Action.REBALANCE:
        assert grown <= 0


@given(ACTIONS, people(), grounds())
def test_floors_ceilings_and_exceptions_hold(action: Action, everybody: list[Person], ground: Ground) -> None:
    known = {one.user_id: one for one in everybody}
    for row in rows_of(action, everybody, ground):
        one, new = known[row.user_id], int(row.after or 0)
        assert row.before == one.allocation
        assert row.after != row.before
        assert not one.pinned
        if new > one.present:
            assert one.spends
            assert row.user_id != ground.not_for
            assert one.ceiling == NO_CEILING or new <= one.ceiling
        else:
            assert new >= one.floor or row.before is None
            assert new >= min(one.used, one.present)
            assert not one.no_reclaim or row.before is None


@given(ACTIONS, people(), grounds(), st.randoms())
def test_the_order_in_which_people_are_told_does_not_matter(
    action: Action, everybody: list[Person], ground: Ground, chance: object
) -> None:
    """What a person gets depends on their number and not on the order of reading: it is given in the numbers' order."""
    mixed = list(everybody)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    in_order = sorted(mixed, key=lambda one: one.user_id)
    assert rows_of(action, in_order, ground) == rows_of(action, everybody, ground)


@given(people(), grounds())
def test_reclaiming_and_rebalancing_settle(everybody: list[Person], ground: Ground) -> None:
    for action in (Action.RECLAIM, Action.REBALANCE):
        first = rows_of(action, everybody, ground)
        there = after(everybody, first)
        grown = change(first)
        then = Ground(ground.cap_room - grown, ground.unallocated - grown, ground.day, None, ground.not_for)
        assert rows_of(action, there, then) == []
        assert rows_of(Action.REBALANCE, after(everybody, rows_of(Action.RECLAIM, everybody, ground)), then) == []


@given(people(), grounds())
def test_floors_and_shares_settle(everybody: list[Person], ground: Ground) -> None:
    for action in (Action.APPLY_FLOORS, *SHARING):
        whole = Ground(ground.cap_room, ground.unallocated, ground.day, None, ground.not_for)
        first = rows_of(action, everybody, whole)
        grown = change(first)
        then = Ground(whole.cap_room - grown, whole.unallocated - grown, whole.day, None, whole.not_for)
        assert rows_of(action, after(everybody, first), then) == []


def test_nobody_and_nothing_are_no_fault() -> None:
    nothing = Ground(0, 0, 1)
    assert all(rows_of(action, [], Ground(5, 5, 1)) == [] for action in Action)
    one = Person(1, None, 0, 5, 0, True, False, False, 10, NO_CEILING, Reclamation())
    assert all(rows_of(action, [one], nothing) == [] for action in Action)


def test_reclaim_says_why() -> None:
    idle = Person(1, 2_000_000, 30_000, 0, 23, True, False, False, 10_000, NO_CEILING, Reclamation())
    slow = idle._replace(user_id=2, idle_days=1, floor=500_000)
    rows = rows_of(Action.RECLAIM, [idle, slow], Ground(0, 0, 20))
    assert [(row.after, row.rule) for row in rows] == [
        (36_000, "reclaim:idle:23:keep:1200"), (500_000, "reclaim:used:15:20:floor"),
    ]  # fmt: skip


def test_a_rebalance_gives_to_those_who_use_what_others_leave() -> None:
    idle = Person(1, 1_000_000, 0, 0, 20, True, False, False, 100_000, NO_CEILING, Reclamation())
    busy = Person(2, 500_000, 450_000, 900_000, 0, True, False, False, 100_000, NO_CEILING, Reclamation())
    less = busy._replace(user_id=3, weight=100_000, used=60_000)
    rows = rows_of(Action.REBALANCE, [idle, busy, less], Ground(0, 0, 10))
    assert [(row.user_id, row.after) for row in rows] == [(1, 100_000), (2, 1_310_000), (3, 590_000)]
    assert change(rows) == 0


STEP_RULES = st.sampled_from(["set", "floor", "bump:800:1", "reclaim", "request:1", "request_good:2", "raise:1"])


@given(st.lists(st.tuples(STEP_RULES, st.integers(0, 1_000)), max_size=12))
def test_a_limit_without_a_step_that_was_set_over_is_the_same(chain: list[tuple[str, int]]) -> None:
    made, now = [], 500
    for rule, to in chain:
        made.append(steps.Step(now, to, rule))
        now = to
    assert steps.without(made, []) == (now if made else None)
    last = max((place for place, one in enumerate(made) if one.holds is steps.Holds.ABSOLUTE), default=-1)
    assert last < 0 or steps.without(made, range(last)) == now
