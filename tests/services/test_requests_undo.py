"""Decisions undone, done again, left where something followed; all that fit; auto-approval; asking the operator."""

import pytest

from sage_tui.domain.auto_approval import Rule, SetRule
from sage_tui.domain.errors import NotFound, Refused, WrongUse
from sage_tui.domain.months import month_of
from sage_tui.domain.paging import Ask as Question
from sage_tui.domain.paging import Sort
from sage_tui.domain.plan_commands import Choice, Consent
from sage_tui.domain.plans import Done
from sage_tui.domain.purchase_requests import AskOperator
from sage_tui.domain.requests import Lasts, Status
from sage_tui.domain.units import Kind, Role
from sage_tui.services import (
    audit,
    auto_approval,
    batches,
    doctor,
    plans,
    purchase_requests,
    requests,
    requests_fitting,
)
from tests.services.asking import approve, ask, deny, own, states
from tests.services.editing import ADMIN, SECOND, YES, Acme, acme_of
from tests.services.test_requests import active
from tests.support.world import World

DAY = 86_400 * 1_000_000


@pytest.fixture
def acme(everywhere: World) -> Acme:
    return active(acme_of(everywhere))


@pytest.fixture
def lite(lone: World) -> Acme:
    return active(acme_of(lone))


def undo(acme: Acme, batch: int | None) -> Done:
    assert batch is not None
    return batches.undo(acme.host, batch, YES)


def asked(acme: Acme) -> list[object]:
    """All that requests and raises are, but when and by which batch."""
    return [
        acme.world.rows(
            "SELECT id, status, approved, until, for_good, note, automatic, decided_at IS NULL AS open FROM request"
            " ORDER BY id"
        ),
        acme.world.rows("SELECT id, until, ended_at IS NULL AS holds FROM token_raise ORDER BY id"),
        [(acme.allocation(name), acme.allocation(name, Kind.EMBEDDING)) for name in "abc"],
        (acme.allocated(), acme.counted()),
    ]


class TestUndo:
    def test_a_grant_is_taken_back_and_given_again(self, acme: Acme) -> None:
        one, two, three = ask(acme, "a", 500).id, ask(acme, "a", 20, Kind.EMBEDDING).id, ask(acme, "b", 7).id
        before = asked(acme)
        until = acme.world.clock.now() + 7 * DAY
        made = approve(acme.host, one, two, three, lasts=Lasts.UNTIL, until=until, note="as agreed")
        after = asked(acme)
        back = undo(acme, made.done.batch)
        assert back.left == ()
        taken = asked(acme)
        assert (taken[0], taken[2:]) == (before[0], before[2:])
        assert [bool(row["holds"]) for row in taken[1]] == [False] * 3  # type: ignore[attr-defined]
        assert undo(acme, back.batch).left == ()
        assert asked(acme) == after
        assert doctor.doctor(acme.host)[0].ok
        assert all(report.ok for report in audit.verify(acme.host))

    def test_a_denial_is_taken_back_and_said_again(self, acme: Acme) -> None:
        number = ask(acme, "a", 500).id
        made = deny(acme.host, number, note="use the small model for this")
        assert states(acme) == [(number, "denied", None, "use the small model for this")]
        back = undo(acme, made.done.batch)
        assert states(acme) == [(number, "pending", None, "")]
        undo(acme, back.batch)
        assert states(acme) == [(number, "denied", None, "use the small model for this")]

    def test_where_the_limit_moved_since_all_of_the_grant_is_left_and_named(self, acme: Acme) -> None:
        one, two = ask(acme, "a", 500).id, ask(acme, "b", 500).id
        until = acme.world.clock.now() + 7 * DAY
        made = approve(acme.host, one, two, lasts=Lasts.UNTIL, until=until)
        acme.set("a", inference="+1")
        shown = batches.plan_undo(acme.host, made.done.batch or 0)
        assert (shown.left, shown.changes) == (3, 3)
        back = undo(acme, made.done.batch)
        raised = int(str(acme.world.value("SELECT id FROM token_raise WHERE user_id = :id", id=acme.number("a"))))
        assert {(one.email[0], one.field, one.why) for one in back.left} == {
            ("a", "inference", "moved"), ("a", f"request {one}", "moved"), ("a", f"raise {raised}", "moved"),
        }  # fmt: skip
        assert [row[1] for row in states(acme)] == ["approved", "pending"]
        assert (acme.allocation("a"), acme.allocation("b")) == (1_000_501, 1_000_000)

    def test_a_raise_that_ended_since_keeps_all_of_it(self, acme: Acme) -> None:
        number = ask(acme, "a", 500).id
        made = approve(acme.host, number, lasts=Lasts.UNTIL, until=acme.world.clock.now() + 7 * DAY)
        acme.world.change("UPDATE token_raise SET ended_at = 5")
        assert len(undo(acme, made.done.batch).left) == 3
        assert (acme.allocation("a"), states(acme)[0][1]) == (1_000_500, "approved")

    def test_a_request_that_was_withdrawn_is_not_granted_again(self, acme: Acme) -> None:
        number = ask(acme, "a", 500).id
        back = undo(acme, approve(acme.host, number).done.batch)
        requests.withdraw(own(acme.world, "a"), number)
        assert {one.field for one in undo(acme, back.batch).left} == {"inference", f"request {number}"}
        assert (acme.allocation("a"), states(acme)[0][1]) == (1_000_000, "withdrawn")

    def test_where_the_pool_is_too_small_now_the_oldest_are_granted_again(self, acme: Acme) -> None:
        two, one = ask(acme, "b", 400_000).id, ask(acme, "a", 400_000).id
        back = undo(acme, approve(acme.host, one, two).done.batch)
        acme.set("c", inference="+6500K")
        again = undo(acme, back.batch)
        assert {(row.email[0], row.why) for row in again.left} == {("a", "pool_too_small")}
        assert (acme.allocation("a"), acme.allocation("b")) == (1_000_000, 1_400_000)
        assert [row[:2] for row in states(acme)] == [(two, "approved"), (one, "pending")]

    def test_nobody_decides_their_own_by_an_undo(self, acme: Acme) -> None:
        number, mine = ask(acme, "admin", 500).id, acme.world.admin(ADMIN)
        made = deny(acme.world.admin(SECOND), number)
        done = batches.undo(mine, made.done.batch or 0, Consent())
        assert (done.batch, [one.why for one in done.skipped]) == (None, ["self_decision"])
        acme.set("admin", inference="1M", paid=True)
        other = ask(acme, "admin", 500).id
        back = undo(acme, approve(acme.host, other).done.batch)
        done = batches.undo(mine, back.batch or 0, Consent())
        assert {one.why for one in done.skipped} == {"self_raise", "self_decision"}
        assert acme.allocation("admin") == 1_000_000


class TestAllThatFit:
    def test_the_oldest_come_first_and_what_does_not_fit_waits_on(self, acme: Acme) -> None:
        acme.world.person("new@acme.example", acme.id)
        big, small, huge, late = (
            ask(acme, "a", 4_000_000).id, ask(acme, "b", 2_000_000).id, ask(acme, "c", 2_000_000).id,
            ask(acme, "a", 1_000_000).id,
        )  # fmt: skip
        unpaid = ask(acme, "new", 5).id
        plan = requests_fitting.plan_fitting(acme.host, acme.id, "at last")
        assert (plan.changes, plan.people, plan.skipped) == (5, 2, 2)
        done = plans.apply(acme.host, plan.id, YES, listed=100)
        assert (acme.allocation("a"), acme.allocation("b"), acme.allocated()) == (6_000_000, 3_000_000, 10_000_000)
        assert [row[:2] for row in states(acme)] == [
            (big, "approved"), (small, "approved"), (huge, "pending"), (late, "approved"), (unpaid, "pending"),
        ]  # fmt: skip
        assert {(one.field, one.why) for one in done.skipped} == {
            (f"request {huge}", "pool_too_small"), (f"request {unpaid}", "not_active"),
        }  # fmt: skip
        undo(acme, done.batch)
        assert ({row[1] for row in states(acme)}, acme.allocated()) == ({"pending"}, 3_000_000)

    def test_what_changed_since_the_preview_is_left(self, acme: Acme) -> None:
        one, two, three = ask(acme, "a", 100).id, ask(acme, "b", 100).id, ask(acme, "c", 100).id
        plan = requests_fitting.plan_fitting(acme.host, acme.id)
        requests.withdraw(own(acme.world, "a"), one)
        acme.set("b", inference="+1")
        done = plans.apply(acme.host, plan.id, YES)
        assert {(left.field, left.why) for left in done.left} == {
            ("inference", "moved"), (f"request {one}", "moved"), (f"request {two}", "moved"),
        }  # fmt: skip
        assert [row[1] for row in states(acme)] == ["withdrawn", "pending", "approved"]
        assert (acme.allocation("a"), acme.allocation("b"), acme.allocation("c")) == (1_000_000, 1_000_001, 1_000_100)
        assert three

    def test_where_the_pool_shrank_meanwhile_who_asked_last_is_left(self, acme: Acme) -> None:
        late, first = ask(acme, "b", 400_000).id, ask(acme, "a", 400_000).id
        acme.world.change("UPDATE request SET created_at = created_at + 1 WHERE id = :id", id=late)
        plan = requests_fitting.plan_fitting(acme.host, acme.id)
        acme.set("c", inference="+6500K")
        done = plans.apply(acme.host, plan.id, YES)
        assert {(one.email[0], one.why) for one in done.left} == {("b", "pool_too_small")}
        assert [row[1] for row in states(acme)] == ["pending", "approved"]
        assert first

    def test_a_person_s_requests_go_out_and_in_together(self, acme: Acme) -> None:
        one, two, three = ask(acme, "a", 100).id, ask(acme, "a", 50).id, ask(acme, "b", 7).id
        plan = requests_fitting.plan_fitting(acme.host, acme.id)
        out = plans.choose(acme.host, plan.id, Choice(False, (acme.number("a"), f"request {one}")))
        assert (out.changes, out.out, out.pool[Kind.INFERENCE].after) == (2, 3, 3_000_007)
        into = plans.choose(acme.host, plan.id, Choice(True, (acme.number("a"), "inference")))
        assert (into.changes, into.out) == (5, 0)
        plans.choose(acme.host, plan.id, Choice(False, (acme.number("a"), "inference")))
        plans.apply(acme.host, plan.id, YES)
        assert [row[:2] for row in states(acme)] == [(one, "pending"), (two, "pending"), (three, "approved")]

    def test_at_once_and_nobody_waits(self, acme: Acme) -> None:
        with pytest.raises(Refused, match="No requests are waiting"):
            requests_fitting.approve_fitting(acme.host, acme.id)
        number = ask(acme, "a", 5).id
        made = requests_fitting.approve_fitting(acme.host, acme.id, "as agreed", YES)
        assert [(one.id, one.status, one.note) for one in made.requests] == [(number, Status.APPROVED, "as agreed")]

    def test_the_own_one_and_the_pinned_are_passed_over(self, lite: Acme) -> None:
        lite.world.change(
            'INSERT INTO "override" (organization_id, user_id, pinned, no_reclaim, no_auto_increase, note)'
            " VALUES (:org, :who, TRUE, FALSE, FALSE, '')", org=lite.id, who=lite.number("b"),
        )  # fmt: skip
        lite.set("admin", paid=True)
        ask(lite, "admin", 5), ask(lite, "b", 5), ask(lite, "a", 5)
        made = requests_fitting.approve_fitting(lite.world.admin(ADMIN), None, "", YES)
        assert {one.why for one in made.done.skipped} == {"self_decision", "pinned"}
        assert [one.email for one in made.requests] == ["a@acme.example"]


class TestAutoApproval:
    def test_it_is_off_until_it_is_set(self, acme: Acme) -> None:
        assert auto_approval.get(acme.host, acme.id) == Rule(False, 500_000, 80)
        assert ask(acme, "a", 5).status is Status.PENDING
        assert auto_approval.would_be(acme.host, 5, Kind.INFERENCE, acme.id).why == "the rule is off"
        made = auto_approval.put(acme.host, SetRule(acme.id, on=True, largest=600_000))
        assert made == auto_approval.get(acme.host, acme.id) == Rule(True, 600_000, 80)
        with pytest.raises(WrongUse, match="so already"):
            auto_approval.put(acme.host, SetRule(acme.id, on=True))
        with pytest.raises(WrongUse, match="outside 1 to"):
            auto_approval.put(acme.host, SetRule(acme.id, largest=0))
        entry = audit.window(acme.host, Question(1, "", Sort("at", True)), acme.id).rows[0]
        assert (entry.action, entry.target) == ("auto-approval set", "auto-approval")

    def test_what_it_covers_is_granted_at_once_and_logged(self, acme: Acme) -> None:
        auto_approval.put(acme.host, SetRule(acme.id, on=True))
        made = ask(acme, "a", 300_000)
        assert (made.status, made.approved, made.note, made.decided_by, made.automatic) == (
            Status.APPROVED, 300_000, "auto-approval", "auto-approval", True,
        )  # fmt: skip
        assert acme.allocation("a") == 1_300_000
        assert acme.world.value("SELECT decided_by FROM request WHERE id = :id", id=made.id) is None
        entries = audit.window(acme.host, Question(1, "", Sort("at", True)), acme.id).rows[:2]
        assert [one.on_behalf_of for one in entries] == ["", "a@acme.example"]
        assert [(one.action, one.actor) for one in entries] == [
            ("requests approve", "auto-approval"), ("requests create", "owner"),
        ]  # fmt: skip
        approve(acme.host, _by_hand(acme))
        assert [row.id for row in requests.window(acme.host, Question(1, "auto:yes", Sort("at"))).rows] == [made.id]
        back = undo(acme, made.batch)
        assert (acme.allocation("a"), states(acme)[0][1:]) == (1_000_000, ("pending", None, ""))
        undo(acme, back.batch)
        assert requests.named(acme.host, (made.id,))[0].decided_by == "auto-approval"

    @pytest.mark.parametrize(
        ("who", "amount", "why"),
        [
            ("a", 500_001, "more than 500,000"),
            ("new", 5, "may not spend"),
            ("admin", 5, "another administrator"),
        ],
    )
    def test_what_it_does_not_cover_waits_with_the_reason(self, acme: Acme, who: str, amount: int, why: str) -> None:
        acme.world.person("new@acme.example", acme.id)
        auto_approval.put(acme.host, SetRule(acme.id, on=True))
        made = ask(acme, who, amount)
        assert made.status is Status.PENDING
        assert made.note.startswith("auto-approval: ")
        assert why in made.note

    def test_nobody_gets_round_the_largest_amount_in_pieces(self, acme: Acme) -> None:
        auto_approval.put(acme.host, SetRule(acme.id, on=True))
        assert ask(acme, "a", 300_000).status is Status.APPROVED
        assert "with 300,000 granted by the rule this month" in ask(acme, "a", 300_000).note
        assert ask(acme, "a", 200_000).status is Status.APPROVED
        acme.world.clock.move(days=31)
        assert ask(acme, "a", 300_000).status is Status.APPROVED

    def test_the_share_of_the_pool_and_its_room(self, acme: Acme) -> None:
        auto_approval.put(acme.host, SetRule(acme.id, on=True, pool_used=0))
        acme.world.record(acme.world.usage("1", "b@acme.example", 1), organization_id=acme.id)
        assert ask(acme, "a", 5).note == "auto-approval: 0.1% of the pool is used, more than 0%"
        auto_approval.put(acme.host, SetRule(acme.id, pool_used=100))
        acme.set("c", inference="8M")
        assert ask(acme, "a", 5).note == "auto-approval: the pool has room for 0"


def _by_hand(acme: Acme) -> int:
    return ask(acme, "b", 500_001).id


class TestAskingTheOperator:
    def test_it_waits_in_the_operator_s_queue(self, acme: Acme) -> None:
        admin, month = acme.world.admin(ADMIN), month_of(acme.world.clock.now())
        made = purchase_requests.ask(admin, AskOperator(100_000_000, 0, month, "December's launch"))
        assert (made.inference, made.asked_by, made.status, made.organization) == (
            100_000_000,
            ADMIN,
            "pending",
            "Acme",
        )
        other = acme.world.organization("Beta", 5)
        acme.world.person("boss@beta.example", other, Role.ADMIN)
        assert purchase_requests.list_requests(acme.host) == purchase_requests.list_requests(admin) == (made,)
        assert purchase_requests.list_requests(acme.world.admin("boss@beta.example")) == ()
        with pytest.raises(NotFound):
            purchase_requests.ask(acme.world.admin("boss@beta.example"), AskOperator(1, 0, month, "x", acme.id))

    @pytest.mark.parametrize(
        ("inference", "later", "reason", "says"),
        [(0, 0, "x", "Nothing"), (-1, 0, "x", "outside"), (1, -1, "x", "is over"), (1, 0, " ", "Say why")],
    )
    def test_wrong_use(self, lite: Acme, inference: int, later: int, reason: str, says: str) -> None:
        month = month_of(lite.world.clock.now()) + later
        with pytest.raises(WrongUse, match=says):
            purchase_requests.ask(lite.host, AskOperator(inference, 0, month, reason, lite.id))  # type: ignore[arg-type]

    def test_no_more_than_five_wait(self, lite: Acme) -> None:
        month = month_of(lite.world.clock.now())
        for _ in range(5):
            purchase_requests.ask(lite.host, AskOperator(1, 1, month, "x", lite.id))
        with pytest.raises(Refused, match="5 of your organization's asks"):
            purchase_requests.ask(lite.host, AskOperator(1, 1, month, "x", lite.id))
