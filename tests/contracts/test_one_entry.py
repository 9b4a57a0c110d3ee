"""Bar 38 for editing: exactly one entry an act, with what it did; none where it failed, whatever made it fail."""

from collections.abc import Callable

import pytest

from sage_tui.domain.acts import Act, Disable, Offboard, SetFields
from sage_tui.domain.errors import Conflict, NotFound, PoolTooSmall, Refused, SageError, WrongUse
from sage_tui.domain.plan_commands import Bulk, Choice, Edits, Selection
from sage_tui.domain.plans import Done, Edit, Field, PlanSummary
from sage_tui.domain.units import Role
from sage_tui.services import batches, plans
from sage_tui.services.context import Context
from tests.services.editing import ADMIN, NO, YES, Acme, acme_of
from tests.support.world import World


@pytest.fixture
def acme(lone: World) -> Acme:
    made = acme_of(lone, "abcdefghijklmnopqrstuvwxy")
    made.set("a", inference="1M", paid=True)
    return made


def trail(acme: Acme) -> list[dict[str, object]]:
    """Every chain's entries, oldest first."""
    return acme.world.rows("SELECT organization_id, action, batch FROM audit_entry ORDER BY at, seq")


def bulk(act: Act, *names: str) -> Bulk:
    return Bulk(act, Selection(emails=tuple(f"{name}@acme.example" for name in names)))


def reviewed(acme: Acme, ctx: Context) -> Done:
    """Staged, a row out and in again, applied."""
    made = plans.make(ctx, acme.edits(("a", Field.INFERENCE, 1_000_000, 2_000_000), ("b", Field.PAID, 0, 1)))
    plans.choose(ctx, made.id, Choice(False))
    plans.choose(ctx, made.id, Choice(True))
    return plans.apply(ctx, made.id, NO)


ACTS: dict[str, Callable[[Acme, Context], Done]] = {
    "users set": lambda acme, ctx: plans.act(ctx, bulk(SetFields(department="x", banned=True), "a", "b"), NO),
    "users disable": lambda acme, ctx: plans.act(ctx, bulk(Disable(), "a"), NO),
    "users offboard": lambda acme, ctx: plans.act(ctx, bulk(Offboard(), "a", "b"), NO),
    "users set, staged": reviewed,
    "undo": lambda acme, ctx: batches.undo(ctx, batches.list_batches(ctx)[0].batch, NO),
    "undo, looked at": lambda acme, ctx: plans.apply(
        ctx, batches.plan_undo(ctx, batches.list_batches(ctx)[0].batch).id, NO
    ),
}


@pytest.mark.parametrize("name", sorted(ACTS))
def test_every_act_and_its_undo_and_the_undo_of_that_leave_one_entry_each(acme: Acme, name: str) -> None:
    console = acme.world.admin(ADMIN)
    before = trail(acme)
    done = ACTS[name](acme, console)
    back = batches.undo(console, done.batch or 0, NO)
    again = batches.undo(console, back.batch or 0, NO)
    assert trail(acme)[len(before) :] == [
        {"organization_id": acme.id, "action": action, "batch": one.batch}
        for action, one in ((name.partition(",")[0], done), ("undo", back), ("undo", again))
    ]


@pytest.mark.parametrize("name", sorted(set(ACTS) - {"users set, staged", "undo, looked at"}))
def test_a_dry_run_leaves_none(acme: Acme, name: str) -> None:
    console = acme.world.admin(ADMIN)
    before = trail(acme)
    done = ACTS[name](acme, console.dry())
    assert (done.batch, done.changes > 0) == (None, True)
    assert trail(acme) == before


def conflict(acme: Acme, ctx: Context) -> object:
    made = plans.make(ctx, acme.edits(("a", Field.INFERENCE, 1_000_000, 2_000_000), ("b", Field.PAID, 0, 1)))
    acme.world.change("UPDATE membership SET inference_allocation = 7 WHERE user_id = :a", a=acme.number("a"))
    return plans.apply(ctx, made.id, NO)


def undecided(acme: Acme, ctx: Context) -> object:
    return plans.apply(ctx, plans.make(ctx, acme.edits(("a", Field.INFERENCE, 5, 2_000_000))).id, NO)


def applied_twice(acme: Acme, ctx: Context) -> object:
    made = plans.make(ctx, acme.edits(("b", Field.INFERENCE, None, 5)))
    plans.discard(ctx, made.id)
    return plans.apply(ctx, made.id, NO)


def of_another(acme: Acme, ctx: Context) -> object:
    made: PlanSummary = plans.make(acme.host, acme.edits(("b", Field.INFERENCE, None, 5)))
    return plans.apply(ctx, made.id, NO)


def nothing_new(acme: Acme, ctx: Context) -> object:
    """No failure, but no act either: all is so already."""
    done = plans.act(ctx, bulk(SetFields(paid=True), "a"), NO)
    assert (done.batch, done.changes) == (None, 0)
    raise Refused("nothing was done")


FAILS: dict[str, tuple[type[SageError], Callable[[Acme, Context], object]]] = {
    "the cap": (
        PoolTooSmall, lambda acme, c: plans.act(c, bulk(acme.fields(inference="9M", department="x"), "a", "b"), NO),
    ),
    "the cap, staged": (
        PoolTooSmall,
        lambda acme, c: plans.apply(c, plans.make(c, acme.edits(("b", Field.INFERENCE, None, 9_000_001))).id, NO),
    ),
    "a conflict": (Conflict, conflict),
    "undecided rows": (Refused, undecided),
    "below zero": (WrongUse, lambda acme, c: plans.act(c, bulk(acme.fields(inference="-1"), "a", "b"), NO)),
    "a field by hand that is none": (
        WrongUse, lambda acme, c: plans.make(c, Edits((Edit(acme.number("a"), Field.ROLE, "user", "admin"),))),
    ),
    "the name is asked for": (
        WrongUse, lambda acme, c: plans.act(c, Bulk(SetFields(department="x"), Selection(query=""), acme.id), NO),
    ),
    "somebody unknown": (NotFound, lambda acme, c: plans.act(c, bulk(SetFields(paid=True), "a", "nobody"), NO)),
    "a plan that is gone": (NotFound, applied_twice),
    "another's plan": (NotFound, of_another),
    "an unknown batch": (NotFound, lambda acme, c: batches.undo(c, 999, NO)),
    "nothing new": (Refused, nothing_new),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FAILS))
def test_an_act_that_fails_leaves_none_and_changes_nobody(acme: Acme, name: str) -> None:
    console = acme.world.admin(ADMIN)
    error, call = FAILS[name]
    before, batch = trail(acme), acme.world.value("SELECT max(id) FROM batch")
    with pytest.raises(error):
        call(acme, console)
    assert trail(acme) == before
    assert acme.world.value("SELECT max(id) FROM batch") == batch
    assert acme.row("a").department == ""
    assert acme.allocation("b") is None


def test_the_last_operator_s_ban_leaves_none(acme: Acme) -> None:
    acme.world.person("root@sage.example", role=Role.SUPER_ADMIN)
    before = trail(acme)
    with pytest.raises(Refused, match="last platform operator"):
        plans.act(acme.host, Bulk(SetFields(banned=True), Selection(emails=("root@sage.example",))), YES)
    assert trail(acme) == before


def test_setting_fields_refuses_all_where_a_row_moves_in_that_moment(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between planning and writing, which on PostgreSQL another's commit may come into."""
    real = plans.planning.made

    def made(tx: object, *more: object, at_once: bool) -> object:
        found = real(tx, *more, at_once=at_once)  # type: ignore[arg-type]
        tx.run("UPDATE membership SET department = 'theirs' WHERE user_id = :b", b=acme.number("b"))  # type: ignore[attr-defined]
        return found

    monkeypatch.setattr(plans.planning, "made", made)
    before = trail(acme)
    with pytest.raises(Conflict) as caught:
        plans.act(acme.host, bulk(SetFields(department="mine"), "a", "b"), YES)
    assert (caught.value.exit_code, caught.value.stable_code) == (4, "moved")
    assert (acme.row("a").department, acme.row("b").department, trail(acme)) == ("", "", before)
