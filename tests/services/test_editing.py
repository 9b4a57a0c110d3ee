"""Editing through plans: set, skip, cap, conflict, undo (product.md, "User Management")."""

import pytest

from sage_tui.domain.acts import Disable
from sage_tui.domain.errors import Conflict, NotFound, PoolTooSmall, Refused, SageError, StepUpNeeded, WrongUse
from sage_tui.domain.plan_commands import Bulk, Choice, Consent, Edits, Selection
from sage_tui.domain.plans import Edit, Field, State
from sage_tui.domain.units import Kind, Role
from sage_tui.services import audit, batches, plans, users
from tests.services.editing import ADMIN, NO, SECOND, YES, Acme, acme_of
from tests.support.world import World


class TestSetting:
    def test_many_fields_of_many_people_are_one_batch_and_one_entry(self, acme: Acme) -> None:
        before = acme.world.value("SELECT count(*) FROM audit_entry")
        done = acme.set("a", "b", inference="2M", embedding="100K", paid=True, department="research")
        assert done.changes == 8
        assert {(row.email[0], row.field, row.before, row.after) for row in done.rows} == {
            (who, field, first, last)
            for who in "ab"
            for field, first, last in (
                (Field.INFERENCE, None, 2_000_000),
                (Field.EMBEDDING, None, 100_000),
                (Field.PAID, 0, 1),
                (Field.DEPARTMENT, "", "research"),
            )
        }
        assert (acme.allocation("a"), acme.allocation("b", Kind.EMBEDDING), acme.allocation("c")) == (
            2_000_000, 100_000, None,
        )  # fmt: skip
        assert acme.allocated() == acme.counted() == 4_000_000
        assert acme.allocated(Kind.EMBEDDING) == acme.counted(Kind.EMBEDDING) == 200_000
        assert acme.world.value("SELECT count(*) FROM audit_entry") == before + 1
        (entry,) = acme.world.rows("SELECT * FROM audit_entry ORDER BY at DESC, seq DESC LIMIT 1")
        assert (entry["action"], entry["batch"]) == ("users set", done.batch)
        (step,) = [s for s in users.show(acme.host, email="a@acme.example").history if s.kind is Kind.INFERENCE]
        assert (step.before, step.after, step.rule, step.batch) == (None, 2_000_000, "set", done.batch)

    def test_amounts_are_set_added_scaled_and_unset(self, acme: Acme) -> None:
        acme.set("a", "b", inference="999999")
        acme.set("a", inference="+25%")
        assert acme.allocation("a") == 999_999 + 249_999
        acme.set("a", inference="-10%")
        assert acme.allocation("a") == 1_249_998 - 124_999
        acme.set("b", inference="-500K")
        assert acme.allocation("b") == 499_999
        acme.set("a", inference="unset")
        assert acme.allocation("a") is None
        assert acme.allocated() == acme.counted() == 499_999

    def test_below_zero_is_refused_and_names_who(self, acme: Acme) -> None:
        acme.set("a", inference="1M")
        with pytest.raises(WrongUse, match=r"b@acme\.example, inference: amount: -500,000 is outside"):
            acme.set("a", "b", inference="-500K")
        assert (acme.allocation("a"), acme.allocation("b")) == (1_000_000, None)

    def test_a_department_of_blanks_is_none(self, acme: Acme) -> None:
        acme.set("a", department="  eval ")
        assert acme.row("a").department == "eval"
        acme.set("a", department="   ")
        assert acme.row("a").department == ""

    def test_what_is_so_already_is_skipped_and_named(self, acme: Acme) -> None:
        acme.set("a", inference="1M", paid=True)
        done = acme.set("a", "b", inference="1M")
        assert [(s.email, s.why, s.field) for s in done.skipped] == [("a@acme.example", "already", "inference")]
        assert done.changes == 1
        nothing = acme.set("a", inference="1M")
        assert (nothing.batch, nothing.changes) == (None, 0)

    def test_the_sum_never_passes_the_cap(self, acme: Acme) -> None:
        acme.set("a", inference="9M")
        with pytest.raises(PoolTooSmall, match=r"1 token is missing. 1,000,001 more are asked for, 1,000,000 fit"):
            acme.set("b", inference="1000001")
        assert acme.allocated() == 9_000_000
        acme.set("b", inference="1M")
        assert acme.allocated() == acme.counted() == 10_000_000

    def test_above_the_cap_lowering_passes_and_a_swap_too(self, acme: Acme) -> None:
        acme.set("a", inference="6M")
        acme.set("b", inference="4M")
        acme.world.change("UPDATE purchase SET inference = 5000000 WHERE organization_id = :org", org=acme.id)
        acme.set("a", inference="5M")
        assert acme.allocated() == 9_000_000
        swap = acme.edits(("a", Field.INFERENCE, 5_000_000, 4_000_000), ("b", Field.INFERENCE, 4_000_000, 5_000_000))
        plans.act(acme.host, swap, NO)
        assert (acme.allocation("a"), acme.allocation("b"), acme.allocated()) == (4_000_000, 5_000_000, 9_000_000)
        with pytest.raises(PoolTooSmall):
            acme.set("b", inference="+1")

    def test_paid_on_gives_the_floor_as_far_as_the_cap_allows(self, acme: Acme) -> None:
        acme.set("a", inference="9M")
        done = acme.set("b", "c", paid=True)
        assert (acme.allocation("b"), acme.allocation("c")) == (500_000, 500_000)
        assert (acme.allocation("b", Kind.EMBEDDING), acme.allocation("c", Kind.EMBEDDING)) == (500_000, 500_000)
        assert done.skipped == ()
        again = acme_of_more(acme, "d")
        told = again.set("d", paid=True)
        assert {(s.field, s.why) for s in told.skipped} == {
            ("inference", "pool_too_small"),
            ("embedding", "pool_too_small"),
        }
        assert again.allocation("d") is None
        assert again.row("d").paid

    def test_a_raise_ends_stopped(self, acme: Acme) -> None:
        acme.set("a", inference="1M")
        acme.world.change(
            "UPDATE membership SET inference_stopped_at = 1, inference_refused = 7 WHERE user_id = :id",
            id=acme.number("a"),
        )
        acme.set("a", inference="900K")
        assert acme.row("a").stopped
        acme.set("a", inference="950K")
        assert not acme.row("a").stopped

    def test_banning_ends_the_sessions(self, acme: Acme) -> None:
        console = acme.world.sign_in("a@acme.example")
        acme.set("a", banned=True)
        with pytest.raises(SageError, match="banned"):
            acme.world.session(console)
        acme.set("a", banned=False)
        assert not acme.row("a").banned

    def test_by_filter_within_the_organization_only(self, acme: Acme) -> None:
        other = acme.world.organization("Other", 5_000_000)
        acme.world.person("x@other.example", other)
        acme.set("a", department="research")
        done = plans.act(acme.host, Bulk(parsed(inference="1M"), Selection(query="dept:research"), acme.id), YES)
        assert [row.email for row in done.rows] == ["a@acme.example"]
        everyone = plans.act(acme.host, Bulk(parsed(paid=True), Selection(query=""), acme.id), YES)
        assert {row.email.partition("@")[2] for row in everyone.rows} == {"acme.example"}

    def test_an_unknown_person_and_nothing_is_done(self, acme: Acme) -> None:
        with pytest.raises(NotFound):
            acme.set("a", "nobody", inference="1M")
        with pytest.raises(NotFound, match="2 of 3"):
            acme.set("a", "nobody", "noone", inference="1M")
        assert acme.allocation("a") is None

    def test_a_dry_run_tells_all_and_writes_nothing(self, acme: Acme) -> None:
        before = acme.world.rows("SELECT name, value FROM counter ORDER BY name")
        done = acme.set("a", ctx=acme.host.dry(), inference="1M")
        assert (done.batch, done.changes, done.pool[Kind.INFERENCE].after) == (None, 1, 1_000_000)
        assert acme.allocation("a") is None
        assert acme.world.rows("SELECT name, value FROM counter ORDER BY name") == before
        assert acme.world.value("SELECT count(*) FROM plan_row") == 0

    def test_disable_lowers_to_a_thousand_and_never_raises(self, acme: Acme) -> None:
        acme.set("a", inference="1M", embedding="500", paid=True)
        done = plans.act(acme.host, Bulk(Disable(), Selection(emails=("a@acme.example", "b@acme.example"))), YES)
        assert (acme.allocation("a"), acme.allocation("a", Kind.EMBEDDING)) == (1_000, 500)
        assert acme.allocation("b") is None
        assert not acme.row("a").paid
        assert [(s.email, s.why) for s in done.skipped] == [("b@acme.example", "already")]


def acme_of_more(acme: Acme, *names: str) -> Acme:
    for name in names:
        acme.world.person(f"{name}@acme.example", acme.id)
    return acme


def parsed(**fields: object) -> object:
    from sage_tui.domain.acts import SetFields
    from sage_tui.domain.amounts import parse

    return SetFields(**{k: parse(str(v)) if k in ("inference", "embedding") else v for k, v in fields.items()})


class TestOneself:
    def test_nobody_bans_themselves_or_raises_their_own_limit(self, lite: Acme) -> None:
        console = lite.world.admin(ADMIN)
        done = lite.set("admin", "a", ctx=console, inference="1M")
        assert [(s.email, s.why) for s in done.skipped] == [(ADMIN, "self_raise")]
        assert lite.allocation("a") == 1_000_000
        banned = lite.set("admin", ctx=console, banned=True)
        assert [(s.why, banned.changes) for s in banned.skipped] == [("self_ban", 0)]

    def test_alone_they_may_and_the_audit_says_self(self, lite: Acme) -> None:
        lite.set("grace", banned=True)
        lite.set("admin", ctx=lite.world.admin(ADMIN), inference="1M")
        assert lite.allocation("admin") == 1_000_000
        (body,) = lite.world.rows("SELECT body FROM audit_entry WHERE organization_id = :org ORDER BY seq DESC LIMIT 1",
                                  org=lite.id)  # fmt: skip
        assert '["self",null,1]' in str(body["body"])

    def test_banning_an_administrator_needs_a_fresh_code(self, lite: Acme) -> None:
        console = lite.world.admin(ADMIN)
        with pytest.raises(StepUpNeeded):
            lite.set("grace", ctx=console, banned=True)
        lite.set("a", ctx=console, banned=True)
        lite.set("grace", ctx=lite.world.stepped_up(ADMIN), banned=True)
        assert lite.row("grace").banned

    def test_the_last_operator_stays(self, lite: Acme) -> None:
        lite.world.person("root@sage.example", role=Role.SUPER_ADMIN)
        act = Bulk(parsed(banned=True), Selection(emails=("root@sage.example",)))
        with pytest.raises(Refused, match="last platform operator"):
            plans.act(lite.host, act, YES)
        lite.world.person("second@sage.example", role=Role.SUPER_ADMIN)
        assert plans.act(lite.host, act, YES).changes == 1


class TestConsent:
    def test_over_thirty_per_cent_and_more_than_twenty_ask_for_the_name(self, lone: World) -> None:
        acme = acme_of(lone, "abcdefghijklmnopqrstuvwxy")  # 25 and two administrators
        some, many = "abcdefghijklmnopqrst", "abcdefghijklmnopqrstu"
        acme.set(*some, consent=NO, department="x")
        with pytest.raises(WrongUse, match="21 of 27 people"):
            acme.set(*many, consent=NO, department="y")
        with pytest.raises(WrongUse):
            acme.set(*many, consent=Consent("acme"), department="y")
        assert acme.set(*many, consent=Consent("Acme"), department="y").changes == 21


class TestReview:
    def test_edits_are_seen_before_they_count(self, acme: Acme) -> None:
        console = acme.world.admin(ADMIN)
        made = plans.make(
            console,
            acme.edits(
                ("a", Field.INFERENCE, None, 2_000_000), ("b", Field.PAID, 0, 1), ("b", Field.DEPARTMENT, "", "eval"),
            ),
        )  # fmt: skip
        # "paid" of b brings both first allocations.
        assert (made.changes, made.people, made.skipped) == (5, 2, 0)
        assert made.pool[Kind.INFERENCE].after == 2_500_000
        assert acme.allocation("a") is None
        rows, total = plans.rows(console, made.id)
        assert total == 5
        assert [(r.email[0], r.field.value, r.before, r.after, r.rule) for r in rows] == [
            ("a", "inference", None, 2_000_000, "edit"),
            ("b", "department", "", "eval", "edit"),
            ("b", "embedding", None, 500_000, "floor"),
            ("b", "inference", None, 500_000, "floor"),
            ("b", "paid", 0, 1, "edit"),
        ]
        assert plans.rows(console, made.id, text="DEPART")[1] == 1
        assert plans.rows(console, made.id, first=3, count=1)[0][0].field is Field.INFERENCE
        fewer = plans.choose(console, made.id, Choice(False, (acme.number("a"), "inference")))
        assert (fewer.changes, fewer.out) == (4, 1)
        done = plans.apply(console.because("end of quarter"), made.id, NO)
        assert (done.changes, acme.allocation("a"), acme.allocation("b")) == (4, None, 500_000)
        with pytest.raises(NotFound, match="gone"):
            plans.apply(console, made.id, NO)

    def test_the_effect_is_that_of_the_plan_and_nothing_is_written(self, acme: Acme) -> None:
        """Counted from what stands in the store, first allocations with it; what waits for a decision is not in it."""
        console = acme.world.admin(ADMIN)
        edits = acme.edits(("a", Field.INFERENCE, None, 2_000_000), ("b", Field.PAID, 0, 1))
        before = acme.world.value("SELECT count(*) FROM plan")
        effect = plans.effect(console, edits)
        assert (effect.pool[Kind.INFERENCE].before, effect.pool[Kind.INFERENCE].after) == (0, 2_500_000)
        assert effect.pool[Kind.EMBEDDING].unallocated == 500_000
        assert acme.world.value("SELECT count(*) FROM plan") == before
        assert plans.make(console, edits).pool == effect.pool
        acme.set("a", inference="750K")
        effect = plans.effect(console, edits)
        assert (effect.pool[Kind.INFERENCE].before, effect.pool[Kind.INFERENCE].after) == (750_000, 1_250_000)
        assert (effect.changed, effect.skipped) == (1, 0)
        assert plans.make(console, edits).pool == effect.pool

    def test_changed_since_it_was_staged_waits_for_a_decision(self, acme: Acme) -> None:
        acme.set("a", inference="500K")
        grace = acme.world.admin(SECOND)
        edits = acme.edits(("a", Field.INFERENCE, 500_000, 600_000), ("b", Field.INFERENCE, None, 1_000_000))
        acme.set("a", ctx=grace, inference="750K")
        console = acme.world.admin(ADMIN)
        made = plans.make(console, edits)
        assert (made.changes, made.changed) == (1, 1)
        row = plans.rows(console, made.id)[0][0]
        assert (row.state, row.seen, row.before, row.after, row.changed_by) == (
            State.CHANGED, 500_000, 750_000, 600_000, SECOND,
        )  # fmt: skip
        with pytest.raises(Refused, match="1 change waits for your decision"):
            plans.apply(console, made.id, NO)
        plans.choose(console, made.id, Choice(True, (row.user_id, "inference")))
        assert plans.apply(console, made.id, NO).changes == 2
        assert acme.allocation("a") == 600_000

    def test_keeping_theirs_takes_the_row_out(self, lite: Acme) -> None:
        edits = lite.edits(("a", Field.INFERENCE, 1, 600_000), ("b", Field.INFERENCE, None, 1_000_000))
        made = plans.make(lite.host, edits)
        plans.choose(lite.host, made.id, Choice(False, (lite.number("a"), "inference")))
        assert plans.apply(lite.host, made.id, NO).changes == 1
        assert lite.allocation("a") is None

    def test_changed_between_review_and_save_nothing_is_saved(self, acme: Acme) -> None:
        made = plans.make(
            acme.host, acme.edits(("a", Field.INFERENCE, None, 2_000_000), ("b", Field.INFERENCE, None, 1_000_000))
        )
        acme.set("a", inference="3M")
        with pytest.raises(Conflict, match="nothing was saved"):
            plans.apply(acme.host, made.id, NO)
        assert (acme.allocation("a"), acme.allocation("b"), acme.allocated()) == (3_000_000, None, 3_000_000)

    def test_a_bulk_plan_leaves_what_moved_and_names_it(self, acme: Acme) -> None:
        acme.set("a", "b", inference="1M")
        act = Bulk(parsed(inference="+500K"), Selection(emails=("a@acme.example", "b@acme.example")))
        made = plans.make(acme.host, act)
        acme.set("a", inference="3M")
        done = plans.apply(acme.host, made.id, NO)
        assert (done.changes, [(s.email, s.field, s.words) for s in done.left]) == (
            1, [("a@acme.example", "inference", "changed meanwhile")],
        )  # fmt: skip
        assert (acme.allocation("a"), acme.allocation("b")) == (3_000_000, 1_500_000)
        assert acme.allocated() == acme.counted()

    def test_another_s_plan_is_nobody_s(self, lite: Acme) -> None:
        made = plans.make(lite.world.admin(ADMIN), lite.edits(("a", Field.INFERENCE, None, 1)))
        for ctx in (lite.world.admin(SECOND), lite.host):
            with pytest.raises(NotFound):
                plans.apply(ctx, made.id, NO)
            with pytest.raises(NotFound):
                plans.rows(ctx, made.id)

    def test_another_organization_s_person_is_not_even_named(self, lite: Acme) -> None:
        other = lite.world.organization("Other", 5_000_000)
        theirs = lite.world.person("x@other.example", other)
        for number in (theirs, 99_999):
            with pytest.raises(NotFound, match="no user with this number"):
                plans.make(lite.world.admin(ADMIN), Edits((Edit(number, Field.PAID, 0, 1),)))

    def test_what_fits_is_kept(self, acme: Acme) -> None:
        acme.set("a", inference="9M")
        made = plans.make(
            acme.host,
            acme.edits(
                ("a", Field.INFERENCE, 9_000_000, 8_500_000),
                ("b", Field.INFERENCE, None, 2_000_000),
                ("c", Field.INFERENCE, None, 1_500_000),
            ),
        )
        assert made.pool[Kind.INFERENCE].shortfall == 2_000_000
        fitting = plans.keep_what_fits(acme.host, made.id)
        assert (fitting.changes, fitting.out, fitting.short_of) == (2, 1, ())
        plans.apply(acme.host, made.id, NO)
        assert (acme.allocation("b"), acme.allocation("c")) == (None, 1_500_000)

    def test_a_limit_below_what_was_used_says_that_it_stops(self, lite: Acme) -> None:
        lite.set("a", inference="1M", paid=True)
        lite.world.record(lite.world.usage("1", "a@acme.example", 600_000))
        made = plans.make(lite.host, lite.edits(("a", Field.INFERENCE, 1_000_000, 500_000)))
        assert made.stops == 1
        assert plans.rows(lite.host, made.id)[0][0].stops
        plans.discard(lite.host, made.id)
        with pytest.raises(NotFound):
            plans.look(lite.host, made.id)


class TestUndo:
    def test_it_restores_exactly_what_the_batch_changed(self, acme: Acme) -> None:
        acme.set("a", inference="1M", paid=True, department="old")
        done = acme.set("a", "b", inference="2M", department="new", banned=True)
        back = batches.undo(acme.host, done.batch, YES)
        assert back.left == ()
        row = acme.row("a")
        assert (row.inference.allocation, row.department, row.banned, row.paid) == (1_000_000, "old", False, True)
        assert (acme.allocation("b"), acme.row("b").department) == (None, "")
        assert acme.allocated() == acme.counted() == 1_000_000
        with pytest.raises(Refused, match=f"undone already, by batch {back.batch}"):
            batches.undo(acme.host, done.batch, YES)

    def test_it_can_be_undone_and_the_first_be_undone_again(self, acme: Acme) -> None:
        done = acme.set("a", inference="2M")
        back = batches.undo(acme.host, done.batch, YES)
        again = batches.undo(acme.host, back.batch, YES)
        assert acme.allocation("a") == 2_000_000
        assert again.changes == 1
        batches.undo(acme.host, done.batch, YES)
        assert acme.allocation("a") is None

    def test_what_somebody_changed_since_is_left_and_named(self, acme: Acme) -> None:
        done = acme.set("a", "b", inference="2M")
        acme.set("a", inference="3M")
        back = batches.undo(acme.host, done.batch, YES)
        assert [(s.email, s.field, s.why) for s in back.left] == [("a@acme.example", "inference", "moved")]
        assert (acme.allocation("a"), acme.allocation("b")) == (3_000_000, None)

    def test_above_the_cap_lowerings_come_first_and_raises_as_far_as_they_fit(self, acme: Acme) -> None:
        acme.set("a", "b", inference="3M")
        lowered = acme.set("a", "b", inference="-2M")
        acme.set("c", inference="6M")
        back = batches.undo(acme.host, lowered.batch, YES)
        assert [(s.email, s.why) for s in back.left] == [("b@acme.example", "pool_too_small")]
        assert (acme.allocation("a"), acme.allocation("b"), acme.allocated()) == (3_000_000, 1_000_000, 10_000_000)

    def test_it_says_whom_it_would_stop_and_does_it(self, lite: Acme) -> None:
        lite.set("a", inference="1M", paid=True)
        raised = lite.set("a", inference="2M")
        lite.world.record(lite.world.usage("1", "a@acme.example", 1_500_000))
        seen = batches.plan_undo(lite.host, raised.batch)
        assert (seen.stops, seen.undoes) == (1, raised.batch)
        plans.apply(lite.host, seen.id, NO)
        assert lite.allocation("a") == 1_000_000

    def test_mine_is_my_last_and_says_how_many_of_others_came_after(self, lite: Acme) -> None:
        console, grace = lite.world.admin(ADMIN), lite.world.admin(SECOND)
        first = lite.set("a", ctx=console, inference="1M")
        lite.set("b", ctx=grace, inference="1M")
        found, later = batches.mine(console)
        assert found is not None
        assert (found.batch, found.mine, later) == (first.batch, True, 1)
        batches.undo(console, first.batch, NO)
        assert batches.mine(console)[0] is None
        listed = batches.list_batches(console)
        assert [row.undone_by for row in listed if row.batch == first.batch] == [listed[0].batch]

    def test_another_organization_s_batch_is_unknown(self, lite: Acme) -> None:
        other = lite.world.organization("Other", 5_000_000)
        lite.world.person("boss@other.example", other, Role.ADMIN)
        done = lite.set("a", inference="1M")
        stranger = lite.world.admin("boss@other.example")
        messages = set()
        for number in (done.batch, 999):
            with pytest.raises(NotFound) as caught:
                batches.undo(stranger, number, NO)
            messages.add(caught.value.message.replace(str(number), "N"))
        assert messages == {"There is no batch N."}
        assert batches.list_batches(stranger) == ()

    def test_the_chain_holds(self, acme: Acme) -> None:
        batches.undo(acme.host, acme.set("a", "b", inference="1M").batch, YES)
        assert all(report.first_bad is None for report in audit.verify(acme.host))
