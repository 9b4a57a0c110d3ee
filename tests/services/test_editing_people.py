"""What operators change of people: role, e-mail, payer, organization; each a plan, seen, applied and undone."""

import itertools

import pytest

from sage_tui.domain.acts import Act, Move, Offboard, SetEmail, SetPayer, SetRole
from sage_tui.domain.errors import FieldError, Forbidden, NotFound, Refused, SessionOver, StepUpNeeded, WrongUse
from sage_tui.domain.plan_commands import Bulk, Choice, Consent, Edits, Selection
from sage_tui.domain.plans import Done, Edit, Field
from sage_tui.domain.units import Kind, Role
from sage_tui.services import audit, batches, doctor, plans, users, ways_back
from sage_tui.services.context import Context
from sage_tui.store import plan_people
from tests.services.editing import ADMIN, NO, SECOND, YES, Acme

ROOT = "root@sage.example"


def do(acme: Acme, act: Act, *names: str, ctx: Context | None = None) -> Done:
    """An act for people of Acme by name (or by their whole address)."""
    emails = tuple(name if "@" in name else f"{name}@acme.example" for name in names)
    return plans.act(ctx or acme.host, Bulk(act, Selection(emails=emails)), YES)


def membership(acme: Acme, name: str) -> list[tuple[object, ...]]:
    """Each membership of a person: organization, type, paid, department, inference, ended."""
    rows = acme.world.rows(
        "SELECT * FROM membership WHERE user_id = :id ORDER BY organization_id", id=acme.number(name)
    )
    return [
        (
            r["organization_id"], r["type"], bool(r["paid"]), r["department"], r["inference_allocation"],
            r["ended_at"] is not None,
        )
        for r in rows
    ]  # fmt: skip


def sound(acme: Acme) -> bool:
    """Every total is what it is a sum of, and every chain holds."""
    assert all(found.first_bad is None for found in audit.verify(acme.host))
    assert [check for check in doctor.doctor(acme.host) if check.differences and check.name != "role"] == []
    return True


class TestRole:
    def test_a_member_becomes_administrator_and_back_and_their_sessions_end(self, acme: Acme) -> None:
        console = acme.world.sign_in("a@acme.example")
        done = do(acme, SetRole(Role.ADMIN, read_only=True), "a")
        assert [(row.field, row.before, row.after) for row in done.rows] == [
            (Field.READ_ONLY, 0, 1), (Field.ROLE, "user", "admin"),
        ]  # fmt: skip
        with pytest.raises(SessionOver, match="Role, organization"):
            acme.world.session(console)
        assert acme.row("a").type is Role.ADMIN
        batches.undo(acme.host, done.batch, YES)
        assert (acme.row("a").type, sound(acme)) == (Role.USER, True)

    def test_what_is_so_already_is_skipped_and_read_only_alone_is_a_change(self, lite: Acme) -> None:
        done = do(lite, SetRole(Role.ADMIN), "grace")
        assert ([(s.field, s.why) for s in done.skipped], done.batch) == ([("role", "already")], None)
        assert [row.field for row in do(lite, SetRole(Role.ADMIN, True), "grace").rows] == [Field.READ_ONLY]

    def test_becoming_operator_leaves_the_organization_and_undo_brings_all_back(self, acme: Acme) -> None:
        acme.world.person(ROOT, role=Role.SUPER_ADMIN)
        acme.set("grace", inference="2M", paid=True, department="it")
        done = do(acme, SetRole(Role.SUPER_ADMIN), "grace")
        assert membership(acme, "grace") == [
            (0, "super_admin", False, "", None, False), (acme.id, "admin", True, "it", 2_000_000, True),
        ]  # fmt: skip
        assert acme.allocated() == acme.counted() == 0
        assert sound(acme)
        back = batches.undo(acme.host, done.batch, YES)
        assert back.left == ()
        assert membership(acme, "grace") == [
            (0, "super_admin", False, "", None, True), (acme.id, "admin", True, "it", 2_000_000, False),
        ]  # fmt: skip
        assert (acme.allocated(), sound(acme)) == (2_000_000, True)

    def test_leaving_it_needs_an_organization(self, lite: Acme) -> None:
        lite.world.person(ROOT, role=Role.SUPER_ADMIN)
        lite.world.person("second@sage.example", role=Role.SUPER_ADMIN)
        for role in (Role.ADMIN, Role.USER):
            with pytest.raises(WrongUse, match="which one"):
                do(lite, SetRole(role), ROOT)
        do(lite, SetRole(Role.ADMIN, organization_id=lite.id), ROOT)
        row = users.show(lite.host, email=ROOT).user
        assert (row.type, row.organization) == (Role.ADMIN, "Acme")
        assert sound(lite)

    @pytest.mark.parametrize(
        ("act", "who"),
        [
            (SetRole(Role.USER, read_only=True), "a@acme.example"),
            (SetRole(Role.SUPER_ADMIN, organization_id=1), "a@acme.example"),
            (SetRole(Role.ADMIN, organization_id=0), "loose@x.example"),
            (SetRole(Role.ADMIN), "loose@x.example"),
            (SetRole(Role.ADMIN, organization_id=2), "a@acme.example"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, lite: Acme, act: SetRole, who: str) -> None:
        lite.world.organization("Beta")
        lite.world.person("loose@x.example")
        with pytest.raises(WrongUse):
            do(lite, act, who)
        with pytest.raises(WrongUse, match="one person"):
            do(lite, SetEmail("new@acme.example"), "a", "b")

    def test_nobody_changes_their_own_and_the_last_operator_stays(self, lite: Acme) -> None:
        lite.world.person(ROOT, role=Role.SUPER_ADMIN)
        console = lite.world.stepped_up(ROOT)
        for act in (SetRole(Role.ADMIN, organization_id=lite.id), SetRole(Role.SUPER_ADMIN, read_only=True)):
            own = do(lite, act, ROOT, ctx=console)
            assert ([s.why for s in own.skipped], own.changes) == (["self_role"], 0)
            with pytest.raises(Refused, match="last platform operator"):
                do(lite, act, ROOT)
        made = do(lite, SetRole(Role.SUPER_ADMIN), "grace")
        do(lite, SetRole(Role.USER, organization_id=lite.id), ROOT)
        with pytest.raises(Refused, match="last platform operator"):
            batches.undo(lite.host, made.batch, YES)
        assert sound(lite)

    def test_only_operators_with_a_fresh_code_by_no_way_around(self, lite: Acme) -> None:
        lite.world.person(ROOT, role=Role.SUPER_ADMIN)
        done = do(lite, SetRole(Role.ADMIN), "a")
        admin, root = lite.world.stepped_up(ADMIN), lite.world.admin(ROOT)
        for act in (SetRole(Role.USER), SetEmail("x@x.example"), SetPayer(), Move(0)):
            with pytest.raises(Forbidden):
                do(lite, act, "a", ctx=admin)
        for call in (batches.plan_undo, lambda ctx, batch: batches.undo(ctx, batch, YES)):
            with pytest.raises(Forbidden, match="Only platform operators"):
                call(admin, done.batch)
        for field, before, after in ((Field.ROLE, "admin", "user"), (Field.EMAIL, "a@acme.example", "x@x.example")):
            with pytest.raises(WrongUse, match="not edited in the table"):
                plans.act(admin, Edits((Edit(lite.number("a"), field, before, after),), lite.id), NO)
        with pytest.raises(StepUpNeeded):
            do(lite, SetRole(Role.USER), "a", ctx=root)
        with pytest.raises(StepUpNeeded):
            batches.undo(root, done.batch, YES)
        batches.undo(lite.world.stepped_up(ROOT), done.batch, YES)
        assert lite.row("a").type is Role.USER


class TestEmail:
    def test_it_changes_is_found_ends_sessions_and_is_undone(self, acme: Acme) -> None:
        console = acme.world.sign_in("a@acme.example")
        done = do(acme, SetEmail(" Ada@New.example "), "a")
        assert [(row.before, row.after) for row in done.rows] == [("a@acme.example", "Ada@New.example")]
        with pytest.raises(SessionOver):
            acme.world.session(console)
        assert users.show(acme.host, email="ADA@new.example").user.id == acme.number("a")
        with pytest.raises(NotFound):
            users.show(acme.host, email="a@acme.example")
        acme.world.sign_in("ada@new.example")
        (body,) = acme.world.rows("SELECT body FROM audit_entry ORDER BY at DESC, seq DESC LIMIT 1")
        assert "@" not in str(body["body"])
        kept = acme.world.rows(
            "SELECT field, value FROM audit_detail WHERE field LIKE '% email' ORDER BY seq DESC, part"
        )
        assert [(row["field"], row["value"]) for row in kept] == [
            ("before email", "a@acme.example"), ("after email", "Ada@New.example"),
        ]  # fmt: skip
        batches.undo(acme.host, done.batch, YES)
        assert (acme.row("a").email, sound(acme)) == ("a@acme.example", True)

    def test_a_taken_one_is_refused_without_difference_of_case_and_one_s_own_is_not(self, acme: Acme) -> None:
        for taken in ("b@acme.example", "B@ACME.example"):
            with pytest.raises(Refused, match="Another account") as caught:
                do(acme, SetEmail(taken), "a")
            assert caught.value.stable_code == "taken"
        with pytest.raises(FieldError):
            do(acme, SetEmail("nobody"), "a")
        assert do(acme, SetEmail("A@acme.example"), "a").changes == 1
        assert do(acme, SetEmail("A@acme.example"), "a").skipped[0].why == "already"

    def test_undo_leaves_it_where_somebody_took_the_old_one(self, acme: Acme) -> None:
        done = do(acme, SetEmail("new@acme.example"), "a")
        do(acme, SetEmail("a@acme.example"), "b")
        back = batches.undo(acme.host, done.batch, YES)
        assert [(s.email, s.field, s.why) for s in back.left] == [("new@acme.example", "email", "taken")]

    def test_taken_between_looking_and_applying(self, lite: Acme) -> None:
        made = plans.make(lite.host, Bulk(SetEmail("new@acme.example"), Selection(emails=("a@acme.example",))))
        do(lite, SetEmail("new@acme.example"), "b")
        done = plans.apply(lite.host, made.id, YES)
        assert ([s.why for s in done.left], lite.row("a").email) == (["taken"], "a@acme.example")

    def test_taken_in_the_very_moment_of_writing(self, acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
        real, asked = plan_people.taken, itertools.count(1)
        monkeypatch.setattr(plan_people, "taken", lambda *of: next(asked) > 2 and real(*of))
        made = plans.make(acme.host, Bulk(SetEmail("b@acme.example"), Selection(emails=("a@acme.example",))))
        done = plans.apply(acme.host, made.id, YES)
        assert ([(s.email, s.why) for s in done.left], done.batch) == ([("a@acme.example", "taken")], None)


class TestPayer:
    def test_it_is_of_the_same_organization_shown_by_name_and_undone(self, acme: Acme) -> None:
        done = do(acme, SetPayer("c@acme.example"), "a", "b")
        assert {(row.email[0], row.before, row.after) for row in done.rows} == {
            ("a", None, "c@acme.example"), ("b", None, "c@acme.example"),
        }  # fmt: skip
        assert users.show(acme.host, email="a@acme.example").payer == "c@acme.example"
        do(acme, SetPayer(), "a")
        assert users.show(acme.host, email="a@acme.example").payer is None
        back = batches.undo(acme.host, done.batch, YES)
        assert ([s.email for s in back.left], sound(acme)) == (["a@acme.example"], True)

    def test_a_payer_who_moves_away_pays_for_nobody_until_they_are_back(self, lite: Acme) -> None:
        do(lite, SetPayer("c@acme.example"), "a")
        away = do(lite, Move(lite.world.organization("Beta")), "c")
        assert users.show(lite.host, email="a@acme.example").payer is None
        batches.undo(lite.host, away.batch, YES)
        assert users.show(lite.host, email="a@acme.example").payer == "c@acme.example"

    def test_nobody_pays_from_elsewhere_or_for_themselves(self, lite: Acme) -> None:
        lite.world.person("x@beta.example", lite.world.organization("Beta"))
        with pytest.raises(Refused, match="another organization"):
            do(lite, SetPayer("x@beta.example"), "a")
        with pytest.raises(WrongUse, match="own payer"):
            do(lite, SetPayer("a@acme.example"), "a", "b")
        with pytest.raises(NotFound):
            do(lite, SetPayer("nobody@acme.example"), "a")


class TestMove:
    def test_one_membership_ends_another_opens_and_undo_takes_it_back(self, acme: Acme) -> None:
        beta = acme.world.organization("Beta", 1_000_000)
        acme.set("a", "b", inference="2M", embedding="100K", paid=True, department="research")
        acme.world.record(acme.world.usage("1", "a@acme.example", 600_000))
        console = acme.world.sign_in("a@acme.example")
        before = int(str(acme.world.value("SELECT count(*) FROM audit_entry")))
        done = do(acme, Move(beta), "a")
        shown = {(row.field, row.before, row.after) for row in done.rows}
        assert (Field.ORGANIZATION, "Acme", "Beta") in shown
        assert (Field.INFERENCE, 2_000_000, None) in shown
        assert membership(acme, "a") == [
            (acme.id, "user", True, "research", 2_000_000, True), (beta, "user", False, "", None, False),
        ]  # fmt: skip
        assert (acme.allocated(), acme.counted(), acme.allocated(Kind.EMBEDDING)) == (2_000_000, 2_000_000, 100_000)
        with pytest.raises(SessionOver):
            acme.world.session(console)
        told = acme.world.rows("SELECT chain, batch FROM audit_entry WHERE action = 'users move' ORDER BY chain")
        assert [(entry["chain"], entry["batch"]) for entry in told] == [
            (f"org-{acme.id}", done.batch), (f"org-{beta}", done.batch),
        ]  # fmt: skip
        assert acme.world.value("SELECT count(*) FROM audit_entry") == before + 2
        # What was used stays where it was used; what is used now is the new organization's.
        acme.world.record(acme.world.usage("2", "a@acme.example", 7))
        used = acme.world.rows("SELECT organization_id, inference_used FROM membership WHERE user_id = :id ORDER BY 1",
                               id=acme.number("a"))  # fmt: skip
        assert [(u["organization_id"], u["inference_used"]) for u in used] == [(acme.id, 600_000), (beta, 7)]
        assert sound(acme)
        back = batches.undo(acme.host, done.batch, YES)
        assert back.left == ()
        row = acme.row("a")
        assert (row.organization, row.paid, row.department, row.inference.allocation, row.inference.used) == (
            "Acme", True, "research", 2_000_000, 600_000,
        )  # fmt: skip
        assert (acme.allocated(), sound(acme)) == (4_000_000, True)
        again = batches.undo(acme.host, back.batch, YES)
        assert (again.left, acme.row("a").organization, sound(acme)) == ((), "Beta", True)

    def test_who_comes_back_begins_afresh_in_the_old_row(self, acme: Acme) -> None:
        beta = acme.world.organization("Beta")
        acme.set("a", inference="2M", paid=True, department="x")
        do(acme, Move(beta), "a")
        do(acme, Move(acme.id), "a")
        assert membership(acme, "a") == [
            (acme.id, "user", False, "", None, False), (beta, "user", False, "", None, True),
        ]  # fmt: skip
        assert (acme.allocated(), sound(acme)) == (0, True)

    def test_undo_leaves_and_names_who_changed_since(self, acme: Acme) -> None:
        beta = acme.world.organization("Beta", 5_000_000)
        acme.set("a", "b", inference="2M")
        done = do(acme, Move(beta), "a", "b", "c")
        acme.set("a", inference="1M")
        do(acme, Move(0), "c")
        back = batches.undo(acme.host, done.batch, YES)
        assert {(s.email[0], s.field, s.why) for s in back.left} == {
            ("a", "organization", "moved"), ("a", "inference", "moved"), ("c", "organization", "moved"),
        }  # fmt: skip
        assert [acme.row(name).organization for name in "abc"] == ["Beta", "Acme", None]
        assert (acme.allocation("a"), acme.allocation("b"), acme.allocated(), sound(acme)) == (
            1_000_000, 2_000_000, 2_000_000, True,
        )  # fmt: skip

    def test_undo_brings_people_back_unset_where_the_cap_has_no_room(self, acme: Acme) -> None:
        beta = acme.world.organization("Beta")
        acme.set("a", "b", inference="3M")
        done = do(acme, Move(beta), "a", "b")
        acme.set("c", inference="6M")
        back = batches.undo(acme.host, done.batch, YES)
        assert [(s.email, s.field, s.why) for s in back.left] == [("b@acme.example", "inference", "pool_too_small")]
        assert (acme.allocation("a"), acme.allocation("b"), acme.row("b").organization) == (3_000_000, None, "Acme")
        assert (acme.allocated(), sound(acme)) == (9_000_000, True)

    def test_changed_between_looking_and_applying_is_left(self, acme: Acme) -> None:
        beta = acme.world.organization("Beta")
        acme.set("a", "b", inference="1M")
        act = Bulk(Move(beta), Selection(emails=("a@acme.example", "b@acme.example")))
        made = plans.make(acme.host, act)
        acme.set("a", department="new")
        done = plans.apply(acme.host, made.id, YES)
        assert ({(s.email, s.field) for s in done.left}, done.changes) == (
            {("a@acme.example", "organization"), ("a@acme.example", "inference")}, 2,
        )  # fmt: skip
        assert (acme.allocation("a"), acme.allocated(), acme.counted()) == (1_000_000, 1_000_000, 1_000_000)
        assert (acme.row("a").organization, acme.row("b").organization, sound(acme)) == ("Acme", "Beta", True)

    def test_a_person_is_in_or_out_as_a_whole(self, lite: Acme) -> None:
        beta = lite.world.organization("Beta")
        lite.set("a", "b", inference="1M", paid=True)
        made = plans.make(lite.host, Bulk(Move(beta), Selection(emails=("a@acme.example", "b@acme.example"))))
        plans.choose(lite.host, made.id, Choice(False, (lite.number("a"), "organization")))
        plans.choose(lite.host, made.id, Choice(False, (lite.number("b"), "inference")))
        plans.apply(lite.host, made.id, YES)
        assert (lite.row("a").organization, lite.allocation("a"), lite.row("a").paid) == ("Acme", 1_000_000, True)
        assert (lite.row("b").organization, lite.allocation("b"), sound(lite)) == ("Beta", None, True)

    def test_by_filter_from_one_organization_and_who_is_there_already_is_named(self, lite: Acme) -> None:
        beta = lite.world.organization("Beta")
        lite.world.person("x@beta.example", beta)
        lite.world.person("loose@x.example")
        lite.set("a", "b", department="lab")
        done = plans.act(lite.host, Bulk(Move(beta), Selection(query="dept:lab")), YES)
        assert {row.email[0] for row in done.rows} == {"a", "b"}
        again = do(lite, Move(beta), "c", "x@beta.example")
        assert [(s.email, s.why) for s in again.skipped] == [("x@beta.example", "already")]
        with pytest.raises(WrongUse, match="several organizations"):
            do(lite, Move(beta), ADMIN, "loose@x.example")
        with pytest.raises(WrongUse, match="several organizations"):
            plans.act(lite.host, Bulk(Move(beta), Selection(query="")), YES)
        with pytest.raises(NotFound):
            do(lite, Move(99), "c")
        with pytest.raises(NotFound):
            do(lite, Move(beta), "nobody")
        assert sound(lite)

    def test_an_administrator_arrives_as_a_member_and_that_needs_a_fresh_code(self, lite: Acme) -> None:
        lite.world.person(ROOT, role=Role.SUPER_ADMIN)
        beta = lite.world.organization("Beta")
        with pytest.raises(StepUpNeeded):
            do(lite, Move(beta), SECOND, ctx=lite.world.admin(ROOT))
        done = do(lite, Move(beta), SECOND)
        assert users.show(lite.host, email=SECOND).user.type is Role.USER
        stays = do(lite, Move(beta), ROOT)
        assert [(s.email, s.why) for s in stays.skipped] == [(ROOT, "operator")]
        batches.undo(lite.host, done.batch, YES)
        assert (users.show(lite.host, email=SECOND).user.type, sound(lite)) == (Role.ADMIN, True)

    def test_many_ask_for_the_name_of_where_they_leave_if_that_is_an_organization(self, lite: Acme) -> None:
        beta = lite.world.organization("Beta")
        names = [f"n{number}@x.example" for number in range(21)]
        for name in names:
            lite.world.person(name)
        plans.act(lite.host, Bulk(Move(beta), Selection(emails=tuple(names))), NO)
        with pytest.raises(WrongUse, match="21 of 21 people"):
            plans.act(lite.host, Bulk(Move(0), Selection(emails=tuple(names))), NO)
        made = plans.make(lite.host, Bulk(Move(0), Selection(emails=tuple(names))))
        assert (made.needs_name, sound(lite)) == (True, True)
        plans.apply(lite.host, made.id, Consent("Beta"))

    def test_the_old_organization_no_longer_sees_them(self, lite: Acme) -> None:
        beta = lite.world.organization("Beta")
        do(lite, Move(beta), "a")
        with pytest.raises(NotFound):
            users.show(lite.world.admin(ADMIN), email="a@acme.example")
        with pytest.raises(NotFound):
            do(lite, Offboard(), "a", ctx=lite.world.admin(SECOND))


def test_a_smart_card_is_taken_away_once(lite: Acme) -> None:
    lite.world.change('UPDATE "user" SET cac = TRUE WHERE id = :id', id=lite.number("a"))
    console = lite.world.sign_in("a@acme.example")
    done = ways_back.reset_cac(lite.host, "a@acme.example", "b@acme.example")
    assert (done.changed, done.skipped) == (("a@acme.example",), ("b@acme.example",))
    assert not lite.row("a").cac
    with pytest.raises(SessionOver):
        lite.world.session(console)
