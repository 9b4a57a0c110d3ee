"""Rules that no way of editing gets around: oneself, values that are none; drafts; work that is cancelled."""

import pytest

from sage_tui.domain import progress
from sage_tui.domain.acts import SetFields, SetRole
from sage_tui.domain.errors import Interrupted, NotFound, WrongUse
from sage_tui.domain.plan_commands import Bulk, Edits, Selection
from sage_tui.domain.plans import Edit, Field
from sage_tui.domain.staged import StagedChanges
from sage_tui.domain.units import Kind, Role
from sage_tui.services import batches, drafts, plans
from tests.services.editing import ADMIN, NO, SECOND, YES, Acme


class TestOneself:
    def test_paid_on_gives_oneself_no_first_allocation_while_there_is_another_administrator(self, lite: Acme) -> None:
        console = lite.world.admin(ADMIN)
        done = lite.set("admin", "a", ctx=console, paid=True)
        assert {(s.email, s.field, s.why) for s in done.skipped} == {
            (ADMIN, "inference", "self_raise"), (ADMIN, "embedding", "self_raise"),
        }  # fmt: skip
        assert (lite.allocation("admin"), lite.allocation("a"), lite.row("admin").paid) == (None, 500_000, True)
        lite.set("admin", paid=False)
        staged = plans.make(console, lite.edits(("admin", Field.PAID, 0, 1)))
        assert (staged.changes, staged.skipped) == (1, 2)
        plans.apply(console, staged.id, NO)
        assert lite.allocation("admin") is None
        lite.set("grace", banned=True)
        lite.set("admin", paid=False)
        lite.set("admin", ctx=console, paid=True)
        assert lite.allocation("admin") == 500_000

    def test_undo_is_no_way_around(self, acme: Acme) -> None:
        """Another lowered my limit, and lifted my ban: to undo that raises and bans nobody but others."""
        acme.set("admin", "a", inference="2M")
        console = acme.world.admin(ADMIN)
        lowered = acme.set("admin", "a", ctx=acme.world.admin(SECOND), inference="1M")
        back = batches.undo(console, lowered.batch, NO)
        assert [(s.email, s.field, s.why) for s in back.skipped] == [(ADMIN, "inference", "self_raise")]
        assert (acme.allocation("admin"), acme.allocation("a")) == (1_000_000, 2_000_000)
        acme.set("admin", banned=True)
        lifted = acme.set("admin", banned=False)
        back = batches.undo(acme.world.stepped_up(ADMIN), lifted.batch, NO)
        assert (back.changes, [s.why for s in back.skipped], acme.row("admin").banned) == (0, ["self_ban"], False)

    def test_an_operator_does_not_undo_their_own_role(self, acme: Acme) -> None:
        acme.set("grace", inference="1M")
        acme.world.person("root@sage.example", role=Role.SUPER_ADMIN)
        promoted = plans.act(acme.host, Bulk(SetRole(Role.SUPER_ADMIN), Selection(emails=(SECOND,))), YES)
        back = batches.undo(acme.world.stepped_up(SECOND), promoted.batch, NO)
        assert (back.changes, {s.why for s in back.skipped}, back.left) == (0, {"self_role"}, ())
        assert acme.row("grace").type is Role.SUPER_ADMIN
        assert batches.undo(acme.host, promoted.batch, YES).changes == promoted.changes
        assert (acme.row("grace").type, acme.allocation("grace")) == (Role.ADMIN, 1_000_000)


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        (Field.PAID, 0, 900_000),
        (Field.PAID, 0, None),
        (Field.BANNED, 0, True),
        (Field.INFERENCE, None, -1),
        (Field.INFERENCE, None, 1.5),
        (Field.INFERENCE, None, "abc"),
        (Field.INFERENCE, None, 2**53),
        (Field.INFERENCE, 2**64, 1),
        (Field.DEPARTMENT, "", 5),
        (Field.DEPARTMENT, "", None),
        (Field.ROLE, "user", "super_admin"),
    ],
)
def test_a_staged_value_that_is_none_is_refused(acme: Acme, field: Field, before: object, after: object) -> None:
    with pytest.raises(WrongUse):
        plans.make(acme.host, acme.edits(("a", field, before, after)))
    assert acme.world.value("SELECT count(*) FROM plan") == 0


class TestDrafts:
    """Kept for their author and organization, for nobody else (product.md, "User Management")."""

    def test_each_author_has_their_own_until_it_is_saved_or_given_up(self, acme: Acme) -> None:
        console, grace = acme.world.admin(ADMIN), acme.world.admin(SECOND)
        mine = StagedChanges().add(Edit(acme.number("a"), Field.INFERENCE, None, 5))
        hers = StagedChanges().add(Edit(acme.number("a"), Field.DEPARTMENT, "", "研究"))
        for ctx, staged in ((console, mine), (grace, hers)):
            drafts.keep(ctx, staged)
        found = drafts.list_drafts(console)
        assert [(d.staged, d.organization_id, d.organization) for d in found] == [(mine, acme.id, "Acme")]
        assert [d.staged for d in drafts.list_drafts(grace)] == [hers]
        assert drafts.list_drafts(acme.host) == ()
        more = mine.add(Edit(acme.number("b"), Field.PAID, 0, 1))
        drafts.keep(console, more)
        assert [d.staged for d in drafts.list_drafts(console)] == [more]
        drafts.keep(console, StagedChanges())
        assert (drafts.list_drafts(console), [d.staged for d in drafts.list_drafts(grace)]) == ((), [hers])
        assert acme.allocation("a") is None

    def test_an_operator_has_one_for_each_organization_and_its_administrators_see_none_of_them(
        self, lite: Acme
    ) -> None:
        other = lite.world.organization("Globex", 1_000)
        lite.world.person("boss@globex.example", other, Role.ADMIN)
        lite.world.person("root@sage.example", role=Role.SUPER_ADMIN)
        root, boss = lite.world.admin("root@sage.example"), lite.world.admin("boss@globex.example")
        one = StagedChanges().add(Edit(lite.number("a"), Field.INFERENCE, None, 5))
        drafts.keep(root, one, lite.id)
        lite.world.clock.move(seconds=1)
        drafts.keep(root, one, other)
        assert [d.organization for d in drafts.list_drafts(root)] == ["Globex", "Acme"]
        assert drafts.list_drafts(boss) == drafts.list_drafts(lite.world.admin(ADMIN)) == ()
        with pytest.raises(NotFound):
            drafts.keep(boss, one, lite.id)
        drafts.keep(root, StagedChanges(), other)
        assert [d.organization_id for d in drafts.list_drafts(root)] == [lite.id]

    def test_whoever_is_moved_leaves_their_draft_behind(self, lite: Acme) -> None:
        """What was staged in one organization is not shown to an administrator of another, not even their own."""
        drafts.keep(lite.world.admin(ADMIN), StagedChanges().add(Edit(lite.number("a"), Field.PAID, 0, 1)))
        other, me = lite.world.organization("Globex", 1_000), lite.number("admin")
        lite.world.change("UPDATE membership SET ended_at = 1 WHERE user_id = :me", me=me)
        lite.world.change(
            "INSERT INTO membership (organization_id, user_id, type, created_at) VALUES (:org, :me, 'admin', 2)",
            org=other, me=me,
        )  # fmt: skip
        lite.world.change('UPDATE "user" SET organization_id = :org WHERE id = :me', org=other, me=me)
        assert drafts.list_drafts(lite.world.admin(ADMIN)) == ()

    @pytest.mark.parametrize(
        "text",
        [
            "", "{", "null", "7", '"x"', "{}", "[1, null, []]", "[" * 100_000, '[[1, ["paid"], 0, 1]]',
            '[[1, "paid", 0, 7], [1, "nothing", 0, 1], [true, "paid", 0, 1], [1, "inference", null, 1e3]]',
        ],
    )  # fmt: skip
    def test_damaged_text_is_no_draft_and_no_fault(self, lite: Acme, text: str) -> None:
        console = lite.world.admin(ADMIN)
        drafts.keep(console, StagedChanges().add(Edit(lite.number("a"), Field.PAID, 0, 1)))
        lite.world.change("UPDATE draft SET edits = :text", text=text)
        assert [len(draft.staged) for draft in drafts.list_drafts(console)] == [0]
        kept = StagedChanges().add(Edit(lite.number("a"), Field.PAID, 0, 1))
        drafts.keep(console, kept)
        assert [draft.staged for draft in drafts.list_drafts(console)] == [kept]

    def test_what_changed_meanwhile_is_asked_about_when_a_draft_comes_back(self, lite: Acme) -> None:
        console = lite.world.admin(ADMIN)
        drafts.keep(console, StagedChanges().add(Edit(lite.number("a"), Field.INFERENCE, None, 600_000)))
        lite.set("a", ctx=lite.world.admin(SECOND), inference="750K")
        (draft,) = drafts.list_drafts(lite.world.admin(ADMIN))
        made = plans.make(console, Edits(tuple(draft.staged.edits.values())))
        (row,) = plans.rows(console, made.id)[0]
        assert (made.changed, row.seen, row.before, row.after, row.changed_by) == (1, None, 750_000, 600_000, SECOND)


class TestCancelled:
    """Whoever stops long work finds nothing half-done."""

    def test_a_plan_that_was_stopped_leaves_no_rows(self, acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(progress, "EVERY", 2)
        told: list[int] = []

        def stop(done: int) -> None:
            told.append(done)
            if done == 4:
                raise Interrupted("Stopped: nothing was done.")

        counters = acme.world.rows("SELECT name, value FROM counter ORDER BY name")
        everyone = Bulk(SetFields(department="x", paid=True), Selection(query=""), acme.id)
        edits = acme.edits(*((name, Field.DEPARTMENT, "", "x") for name in ("a", "b", "c", "admin", "grace")))
        for call in (
            lambda: plans.make(acme.host, everyone, stop),
            lambda: plans.act(acme.host, everyone, YES, stop),
            lambda: plans.make(acme.host, edits, stop),
        ):
            told.clear()
            with pytest.raises(Interrupted):
                call()
            assert told == [2, 4]
            assert acme.world.value("SELECT count(*) FROM plan_row") == 0
            assert acme.world.value("SELECT count(*) FROM plan") == 0
        assert acme.world.rows("SELECT name, value FROM counter ORDER BY name") == counters
        assert (acme.row("a").department, acme.allocated(), acme.allocated(Kind.EMBEDDING)) == ("", 0, 0)
        assert plans.act(acme.host, everyone, YES).changes == 5 * 3 + 2  # the embedding pool has room for two
