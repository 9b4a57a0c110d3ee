"""What every act means for one person, whatever the person: rules that hold for all of them."""

from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sage_tui.domain.acts import (
    DISABLED_AT_MOST,
    Act,
    Disable,
    Floors,
    Move,
    Offboard,
    SetEmail,
    SetFields,
    SetPayer,
    SetRole,
    activation,
    propose,
    staged,
    typed,
)
from sage_tui.domain.amounts import Amount, How
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.members import Because, Member, Proposed
from sage_tui.domain.plans import BY_HAND, FLAGS, TOKENS, Edit, Field, State, Value
from sage_tui.domain.units import MAX_TOKENS, Kind, Role

TOKENS_OR_UNSET = st.none() | st.integers(0, 2_000) | st.integers(0, MAX_TOKENS)
BIT = st.integers(0, 1)
MEMBERS = st.builds(
    Member, user_id=st.integers(1, 3), type=st.sampled_from([role.value for role in Role]), paid=BIT, banned=BIT,
    verified=BIT, department=st.sampled_from(["", "lab"]), inference=TOKENS_OR_UNSET, embedding=TOKENS_OR_UNSET,
    pinned=BIT, read_only=BIT, email=st.sampled_from(["a@x.example", "b@x.example"]),
    payer=st.none() | st.integers(1, 3), organization=st.integers(0, 2),
)  # fmt: skip
AMOUNTS = st.one_of(
    st.builds(Amount, st.just(How.SET), st.integers(0, MAX_TOKENS)),
    st.builds(Amount, st.just(How.ADD), st.integers(-5_000, 5_000)),
    st.builds(Amount, st.just(How.SCALE), st.integers(-10_000, 10_000)),
    st.just(Amount(How.UNSET, 0)),
)
FIELDS = st.builds(
    SetFields, inference=st.none() | AMOUNTS, embedding=st.none() | AMOUNTS, paid=st.none() | st.booleans(),
    banned=st.none() | st.booleans(), verified=st.none() | st.booleans(),
    department=st.none() | st.sampled_from(["", "lab", "it"]),
)  # fmt: skip
ROLES = st.builds(SetRole, st.sampled_from(Role), st.booleans(), st.none() | st.integers(0, 2))
ACTS: st.SearchStrategy[Act] = st.one_of(
    FIELDS, st.just(Disable()), st.just(Offboard()), ROLES,
    st.builds(SetEmail, st.sampled_from(["a@x.example", "A@x.example", "c@x.example"])),
    st.builds(SetPayer, st.just(""), st.none() | st.integers(1, 3)), st.builds(Move, st.integers(0, 2)),
)  # fmt: skip
BECAUSE = st.builds(Because, st.none() | st.integers(1, 3), st.booleans())


def rows(act: Act, member: Member, because: Because, room: int = 600_000) -> list[Proposed]:
    """What an act proposes; an amount that leaves its bounds is another matter."""
    floors = Floors(dict.fromkeys(Kind, 500_000), dict.fromkeys(Kind, room))
    try:
        return list(propose(act, member, because, floors))
    except WrongUse:
        assume(False)
        raise


def change(row: Proposed) -> int:
    return int(row.after or 0) - int(row.before or 0)  # type: ignore[arg-type]


@given(ACTS, MEMBERS, BECAUSE)
def test_a_row_that_is_in_changes_something_from_what_stands_there(act: Act, member: Member, because: Because) -> None:
    made = rows(act, member, because)
    for row in made:
        assert row.user_id == member.user_id
        assert row.before == member.value(row.field)
        assert (row.state is State.IN) is (row.before != row.after and not row.why)
        assert (row.state is State.SKIPPED) is bool(row.why)
    assert len({row.field for row in made}) == len(made)
    assert made or isinstance(act, SetFields)


@given(ACTS, MEMBERS, st.booleans())
def test_nobody_bans_or_raises_themselves(act: Act, member: Member, others: bool) -> None:
    for row in rows(act, member, Because(member.user_id, others)):
        assert not (row.field is Field.BANNED and row.after and row.state is State.IN)
        if row.field in TOKENS and row.state is State.IN and others and row.rule != "floor":
            assert change(row) <= 0


@given(ROLES, MEMBERS, st.booleans())
def test_nobody_changes_their_own_role(act: SetRole, member: Member, others: bool) -> None:
    assert [row.why for row in rows(act, member, Because(member.user_id, others))] == ["self_role"]


@given(MEMBERS, BECAUSE)
def test_disabling_never_raises_and_leaves_at_most_a_thousand(member: Member, because: Because) -> None:
    made = rows(Disable(), member, because)
    assert all(change(row) < 0 for row in made if row.field in TOKENS)
    for field in TOKENS:
        left = next((row.after for row in made if row.field is field and row.state is State.IN), member.value(field))
        assert because.actor_id == member.user_id or left is None or int(left) <= DISABLED_AT_MOST
        assert (left is None) is (member.value(field) is None)


@given(MEMBERS, BECAUSE)
def test_offboarding_leaves_nothing_to_spend_and_always_says_whom_it_is_for(member: Member, because: Because) -> None:
    made = rows(Offboard(), member, because)
    after = {field: member.value(field) for field in (Field.BANNED, Field.PAID, *TOKENS)}
    after |= {row.field: row.after for row in made if row.state is State.IN}
    if because.actor_id == member.user_id:
        assert [row.why for row in made] == ["self_ban"]
    else:
        assert (after[Field.BANNED], after[Field.PAID]) == (1, 0)
        assert not any(after[field] for field in TOKENS)
        assert made


@given(ACTS, MEMBERS, BECAUSE)
def test_twice_is_once(act: Act, member: Member, because: Because) -> None:
    """What an act made of somebody it does not make again, but for amounts that count from what is there."""
    amounts = (act.inference, act.embedding) if isinstance(act, SetFields) else ()
    assume(not any(amount and amount.how in (How.ADD, How.SCALE) for amount in amounts))
    done = {row.field: row.after for row in rows(act, member, because) if row.state is State.IN}
    names = {Field.ROLE: "type"}
    then = member._replace(**{names.get(field, field.value): value for field, value in done.items()})
    assert [row for row in rows(act, then, because) if row.state is State.IN] == []


@given(MEMBERS, st.integers(0, 2), BECAUSE)
def test_who_moves_begins_afresh_and_an_operator_stays(member: Member, to: int, because: Because) -> None:
    made = rows(Move(to), member, because)
    done = {row.field: row.after for row in made if row.state is State.IN}
    if member.organization == to or member.type == Role.SUPER_ADMIN:
        assert ([row.why for row in made], done) == (["already" if member.organization == to else "operator"], {})
        return
    first = {
        "type": "user",
        "read_only": 0,
        "paid": 0,
        "department": "",
        "payer": None,
        "inference": None,
        "embedding": None,
    }
    then = member._replace(**{"type" if f is Field.ROLE else f.value: value for f, value in done.items()})
    assert then == member._replace(organization=to, **first)
    assert not {Field.BANNED, Field.VERIFIED, Field.EMAIL} & set(done)


@given(FIELDS, st.lists(MEMBERS, max_size=8), st.integers(0, 3_000_000))
def test_first_allocations_never_take_more_than_the_room(act: SetFields, members: list[Member], room: int) -> None:
    floors = Floors(dict.fromkeys(Kind, 500_000), dict.fromkeys(Kind, room))
    given_: dict[Kind, int] = dict.fromkeys(Kind, 0)
    for member in members:
        try:
            made = list(propose(act, member, Because(), floors))
        except WrongUse:
            continue
        for row in made:
            if row.rule == "floor" and row.state is State.IN:
                given_[TOKENS[row.field]] += change(row)
    assert all(given_[kind] <= room and given_[kind] == room - floors.room[kind] for kind in Kind)


@given(MEMBERS, AMOUNTS)
def test_a_pinned_allocation_is_changed_by_hand_only(member: Member, amount: Amount) -> None:
    pinned = member._replace(pinned=1)
    assert [row.why for row in rows(SetFields(inference=amount), pinned, Because())] == ["pinned"]
    present = pinned.inference
    by_hand = staged(Edit(pinned.user_id, Field.INFERENCE, present, (present or 0) + 1), pinned, Because())
    assert by_hand.state is State.IN


def values(field: Field) -> st.SearchStrategy[Value]:
    return TOKENS_OR_UNSET if field in TOKENS else BIT if field in FLAGS else st.sampled_from(["", "lab", "it"])


EDITS = st.sampled_from(BY_HAND).flatmap(
    lambda field: st.builds(Edit, st.just(1), st.just(field), values(field), values(field))
)


@given(EDITS, MEMBERS, BECAUSE)
def test_an_edit_of_what_stands_counts_of_what_changed_waits_and_of_nothing_is_none(
    edit: Edit, member: Member, because: Because
) -> None:
    member = member._replace(user_id=1)
    made = staged(edit, member, because)
    present = member.value(edit.field)
    assert (made.before, made.after) == (present, edit.after)
    if made.state is State.IN:
        assert edit.before == present != edit.after
    elif made.state is State.CHANGED:
        assert (made.seen, made.why) == (edit.before, "moved")
        assert edit.before != present != edit.after
    else:
        assert made.why == "already" or because.actor_id == 1
    assert staged(edit, None, because).why == "ended"


@given(EDITS, MEMBERS, st.sets(st.sampled_from(BY_HAND)))
def test_paid_by_hand_brings_first_allocations_where_none_is_and_none_is_staged(
    edit: Edit, member: Member, also: set[Field]
) -> None:
    floors = Floors(dict.fromkeys(Kind, 10), dict.fromkeys(Kind, 10))
    made = {row.field for row in activation(edit, member, frozenset(also), floors)}
    paid = edit.field is Field.PAID and bool(edit.after) and not member.paid
    assert made == {field for field in TOKENS if paid and member.value(field) is None and field not in also}


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (SetRole(Role.USER), "role"),
        (SetEmail("z@x.example"), "email"),
        (SetPayer("", 9), "payer"),
        (Move(2), "organization"),
    ],
)
def test_each_act_of_operators_changes_its_own_field(act: Act, kind: str) -> None:
    admin = Member(1, "admin", 0, 0, 1, "", None, None, email="a@x.example", organization=1)
    assert Field(kind) in {row.field for row in rows(act, admin, Because(2)) if row.state is State.IN}


@given(st.sampled_from(sorted(set(BY_HAND) - {Field.DEPARTMENT})), st.text(max_size=6))
def test_what_is_typed_is_a_value_of_the_field_or_refused(field: Field, text: str) -> None:
    call: Callable[[], Value] = lambda: typed(field, text, 100)  # noqa: E731
    try:
        value = call()
    except WrongUse:
        return
    assert value is None or (isinstance(value, int) and 0 <= value <= (MAX_TOKENS if field in TOKENS else 1))
