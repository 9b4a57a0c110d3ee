"""Staged edits as a value: what is staged, what vanishes, what a draft keeps (house.md, "Staged edits are a value")."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain.plans import BY_HAND, FLAGS, TOKENS, Edit, Field, Value
from sage_tui.domain.staged import StagedChanges, dump, load
from sage_tui.domain.units import MAX_TOKENS

PEOPLE = st.integers(1, 4)


def values(field: Field) -> st.SearchStrategy[Value]:
    """What may stand in a field."""
    if field in TOKENS:
        return st.none() | st.integers(0, 3) | st.integers(0, MAX_TOKENS)
    return st.integers(0, 1) if field in FLAGS else st.text(max_size=5)


CELLS = st.tuples(PEOPLE, st.sampled_from(BY_HAND))


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[tuple[int, Field], Value], list[Edit]]:
    """What stands in some cells, and edits of them one after the other, as the table makes them."""
    first = {cell: draw(values(cell[1])) for cell in draw(st.lists(CELLS, min_size=1, max_size=6, unique=True))}
    shown = dict(first)
    edits = []
    for cell in draw(st.lists(st.sampled_from(sorted(first)), max_size=12)):
        after = draw(values(cell[1]) | st.just(first[cell]))
        edits.append(Edit(cell[0], cell[1], shown[cell], after))
        shown[cell] = after
    return first, edits


def staged(edits: list[Edit]) -> StagedChanges:
    made = StagedChanges()
    for edit in edits:
        made = made.add(edit)
    return made


@given(histories())
def test_a_cell_is_staged_from_its_first_value_to_its_last_or_not_at_all(
    history: tuple[dict[tuple[int, Field], Value], list[Edit]],
) -> None:
    first, edits = history
    last = {(edit.user_id, edit.field): edit.after for edit in edits}
    made = staged(edits)
    assert dict(made.edits) == {
        cell: Edit(*cell, first[cell], after) for cell, after in last.items() if after != first[cell]
    }
    assert made.people == len({user for user, _ in made.edits})


@given(histories())
def test_back_to_the_first_values_and_nothing_is_staged(
    history: tuple[dict[tuple[int, Field], Value], list[Edit]],
) -> None:
    first, edits = history
    made = staged(edits)
    for cell in tuple(made.edits):
        made = made.add(Edit(*cell, made.edits[cell].after, first[cell]))
    assert (len(made), made.people) == (0, 0)


@given(histories())
def test_one_by_one_and_all_at_once_are_the_same(
    history: tuple[dict[tuple[int, Field], Value], list[Edit]],
) -> None:
    _, edits = history
    assert StagedChanges().add_all(edits) == staged(edits)


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_cells_does_not_matter(
    history: tuple[dict[tuple[int, Field], Value], list[Edit]], chance: "object"
) -> None:
    made = staged(history[1])
    shuffled = list(made.edits.values())
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert StagedChanges().add_all(shuffled) == made


@given(histories())
def test_reverting_takes_out_these_and_only_these(
    history: tuple[dict[tuple[int, Field], Value], list[Edit]],
) -> None:
    made = staged(history[1])
    for cell in made.edits:
        fewer = made.revert(cell)
        assert fewer.of(*cell) is None
        assert {**fewer.edits, cell: made.edits[cell]} == made.edits
    assert len(made.revert(*made.edits)) == 0
    assert sum(len(made.person(user)) for user in range(1, 5)) == len(made)


@given(histories())
def test_a_draft_comes_back_as_it_was_kept(history: tuple[dict[tuple[int, Field], Value], list[Edit]]) -> None:
    made = staged(history[1])
    text = dump(made)
    assert text.isascii()
    assert load(text) == made


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(st.text(max_size=30) | JSON.map(json.dumps) | st.lists(JSON, max_size=4).map(json.dumps))
def test_whatever_a_draft_holds_it_is_read_or_passed_over(text: str) -> None:
    for edit in load(text).edits.values():
        assert edit.field in BY_HAND
        assert edit.before != edit.after


@pytest.mark.parametrize(
    "row",
    [
        [1, "role", "user", "admin"], [1, "email", "a@b.c", "d@e.f"], [1, "organization", 1, 2], ["1", "paid", 0, 1],
        [1, "paid", 0, 2], [1, "paid", 0, "yes"], [1, "inference", 0, 1.5], [1, "inference", 0, True],
        [1, "department", "", None], [1, "paid", 0], [True, "paid", 0, 1],
        [1, "paid", 0, 1.0], [1, "inference", 0, -1], [1, "inference", 0, 2**63],
    ],
)  # fmt: skip
def test_what_the_table_does_not_edit_or_no_value_is_dropped_and_the_rest_stays(row: list[object]) -> None:
    kept = load(json.dumps([row, [2, "paid", 0, 1]]))
    assert list(kept.edits.values()) == [Edit(2, Field.PAID, 0, 1)]
