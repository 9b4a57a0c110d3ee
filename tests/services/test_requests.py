"""Requests: asking, deciding, two administrators, what fits, undo and its undo."""

from dataclasses import replace

import pytest

from sage_tui.clock import to_micros
from sage_tui.domain.actors import HostProof
from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.errors import Conflict, FieldError, Forbidden, NotFound, PoolTooSmall, Refused, WrongUse
from sage_tui.domain.overrides import SetOverride
from sage_tui.domain.paging import After, Sort
from sage_tui.domain.paging import Ask as Question
from sage_tui.domain.requests import Ask, Lasts, Status
from sage_tui.domain.units import Kind, Role
from sage_tui.services import audit, batches, overrides, policies, requests
from tests.services.asking import approve, ask, deny, own, states
from tests.services.editing import ADMIN, SECOND, Acme, acme_of
from tests.support.world import World

DAY = 86_400 * 1_000_000
MONTH = "request"


@pytest.fixture
def acme(everywhere: World) -> Acme:
    return active(acme_of(everywhere))


@pytest.fixture
def lite(lone: World) -> Acme:
    return active(acme_of(lone))


def active(acme: Acme) -> Acme:
    acme.set("a", "b", "c", inference="1M", embedding="100K", paid=True)
    return acme


def trail(acme: Acme) -> int:
    return int(str(acme.world.value("SELECT count(*) FROM audit_entry")))


class TestAsking:
    def test_who_asks_sees_it_and_may_withdraw_it(self, acme: Acme) -> None:
        made = ask(acme, "a", 500_000, reason="  eval run\nfor the board ")
        assert (made.status, made.amount, made.current_allocation, made.reason) == (
            Status.PENDING, 500_000, 1_000_000, "eval run\nfor the board",
        )  # fmt: skip
        assert requests.mine(own(acme.world, "a")).requests == (made,)
        assert requests.mine(own(acme.world, "a")).allocation[Kind.EMBEDDING] == 100_000
        assert requests.mine(own(acme.world, "b")).requests == ()
        assert requests.withdraw(own(acme.world, "a"), made.id).status is Status.WITHDRAWN
        with pytest.raises(Conflict, match=r"was withdrawn by a@acme\.example"):
            requests.withdraw(own(acme.world, "a"), made.id)
        with pytest.raises(Conflict, match="withdrawn"):
            approve(acme.host, made.id)
        with pytest.raises(NotFound):
            requests.withdraw(own(acme.world, "b"), made.id)

    def test_three_may_wait_and_twenty_may_be_made_a_day(self, acme: Acme) -> None:
        for _ in range(3):
            last = ask(acme, "a", 1)
        with pytest.raises(Refused, match="3 of your requests wait already") as caught:
            ask(acme, "a", 1)
        assert caught.value.stable_code == "too_many_requests"
        for _ in range(17):
            requests.withdraw(own(acme.world, "a"), last.id)
            last = ask(acme, "a", 1)
        requests.withdraw(own(acme.world, "a"), last.id)
        with pytest.raises(Refused, match="20 requests within 24 hours"):
            ask(acme, "a", 1)
        ask(acme, "b", 1)

    @pytest.mark.parametrize("amount", [0, -1, 2**53])
    def test_an_amount_has_its_bounds(self, lite: Acme, amount: int) -> None:
        with pytest.raises(WrongUse, match="outside 1 to"):
            ask(lite, "a", amount)

    def test_a_reason_is_bounded_and_clean(self, lite: Acme) -> None:
        with pytest.raises(FieldError, match="501 characters"):
            ask(lite, "a", 1, reason="x" * 501)
        with pytest.raises(FieldError, match="escape"):
            ask(lite, "a", 1, reason="\x1b[2J")
        with pytest.raises(WrongUse, match="Say why"):
            ask(lite, "a", 1, reason=" \n ")
        assert ask(lite, "a", 1, reason="x" * 500).reason == "x" * 500

    def test_the_host_and_who_belongs_to_nobody_cannot_ask(self, lite: Acme) -> None:
        with pytest.raises(WrongUse, match="--as EMAIL"):
            requests.create(lite.host, Ask(Kind.INFERENCE, 1, "x"))
        lite.world.person("loner@x.example")
        with pytest.raises(Refused, match="no organization"):
            requests.create(lite.world.sign_in("loner@x.example"), Ask(Kind.INFERENCE, 1, "x"))


class TestTheQueue:
    def test_it_is_listed_by_status_with_totals(self, acme: Acme) -> None:
        first, second, third = (ask(acme, name, 100_000) for name in "abc")
        acme.world.clock.move(days=1)
        fourth = ask(acme, "a", 50_000, Kind.EMBEDDING)
        deny(acme.host, second.id)
        listed = requests.window(acme.host, Question(1, "", Sort("at")), acme.id, "pending")
        assert [row.id for row in listed.rows] == [first.id, third.id, fourth.id]
        totals = requests.totals(acme.host, acme.id)
        assert {status.value: number for status, number in totals.by_status.items()} == {
            "pending": 3, "approved": 0, "denied": 1, "withdrawn": 0,
        }  # fmt: skip
        assert totals.asked == {Kind.INFERENCE: 200_000, Kind.EMBEDDING: 50_000}
        assert totals.room == {Kind.INFERENCE: 7_000_000, Kind.EMBEDDING: 700_000}
        assert (totals.all, totals.fit) == (4, True)
        assert requests.count(acme.host, "user:a@ kind:embedding", acme.id).number == 1
        assert requests.count(acme.host, "reason:board amount>=100K -user:b@", acme.id, "pending").number == 2
        assert [one.number for one in requests.waiting(acme.host)] == [3]

    def test_a_window_goes_on_by_key(self, acme: Acme) -> None:
        made = [ask(acme, name, 1).id for name in "abcabc"]
        page = requests.window(acme.host, Question(1, "", Sort("at"), count=4))
        assert ([row.id for row in page.rows], page.more_after) == (made[:4], True)
        rest = requests.window(acme.host, Question(2, "", Sort("at"), After(page.keys[-1]), 4))
        assert ([row.id for row in rest.rows], rest.more_after) == (made[4:], False)
        newest = requests.window(acme.host, Question(3, "", Sort("at", True), count=2))
        assert [row.id for row in newest.rows] == made[:-3:-1]

    def test_another_organization_s_request_is_no_request(self, acme: Acme) -> None:
        beta = acme.world.organization("Beta", 5_000_000)
        acme.world.person("boss@beta.example", beta, Role.ADMIN)
        theirs, number = acme.world.admin("boss@beta.example"), ask(acme, "a", 1).id
        for call in (
            lambda n: approve(theirs, n), lambda n: deny(theirs, n), lambda n: requests.show(theirs, n),
            lambda n: requests.named(theirs, (n,)),
        ):  # fmt: skip
            said = []
            for asked in (number, 999):
                with pytest.raises(NotFound) as caught:
                    call(asked)
                said.append(caught.value.message.replace(str(asked), "N"))
            assert said[0] == said[1]
        assert requests.window(theirs, Question(1, "", Sort("at"))).rows == ()
        assert requests.totals(theirs).all == 0

    def test_a_detail_has_what_helps_to_decide(self, acme: Acme) -> None:
        acme.world.record(acme.world.usage("1", "a@acme.example", 700), organization_id=acme.id)
        earlier = ask(acme, "a", 7)
        deny(acme.host, earlier.id, note="not yet")
        number = ask(acme, "a", 500_000).id
        found = requests.show(acme.host, number)
        assert (found.days[-1], len(found.days)) == (700, 30)
        assert [(one.id, one.note) for one in found.earlier] == [(earlier.id, "not yet")]
        assert (found.policy, found.override, found.room) == ("standard, version 0", "", 7_000_000)
        assert (found.request.used, found.request.allocation, found.request.paid) == (700, 1_000_000, True)

    def test_a_detail_says_the_policy_and_the_exception_that_hold_for_them_now(self, acme: Acme) -> None:
        number = ask(acme, "a", 1_000).id
        acme.set("a", department="research")
        policies.put(acme.host, SetPolicy(acme.id, "dynamic", department="research"))
        until = acme.world.clock.now() + 86_400_000_000
        overrides.put(acme.host, SetOverride("a@acme.example", inference_ceiling=5_000_000, until=until))
        found = requests.show(acme.host, number)
        assert found.policy == "dynamic, version 1 of research"
        assert found.override.startswith("inference ceiling 5,000,000, until 2026-11-")
        acme.world.clock.move(days=2)
        assert requests.show(acme.host, number).override == ""


class TestApproving:
    def test_it_raises_the_limit_at_once_in_one_batch_with_one_entry(self, acme: Acme) -> None:
        number, admin = ask(acme, "a", 500_000).id, acme.world.admin(SECOND)
        before = trail(acme)
        made = approve(admin, number, amount=300_000, note="rest next month")
        assert (acme.allocation("a"), acme.allocated(), acme.counted()) == (1_300_000, 3_300_000, 3_300_000)
        (decided,) = made.requests
        assert (decided.status, decided.approved, decided.note, decided.decided_by, decided.batch) == (
            Status.APPROVED, 300_000, "rest next month", SECOND, made.done.batch,
        )  # fmt: skip
        assert trail(acme) == before + 1
        entry = audit.window(acme.host, Question(1, "", Sort("at", True)), acme.id).rows[0]
        assert (entry.action, entry.reason, entry.batch) == ("requests approve", "rest next month", made.done.batch)
        assert [(c.field, c.before, c.after) for c in entry.changes] == [
            ("inference", "1000000", "1300000"), (f"request {number}", "pending", "approved"),
        ]  # fmt: skip
        history = acme.world.rows("SELECT field, rule FROM allocation_change WHERE batch = :b", b=made.done.batch)
        assert {(row["field"], row["rule"]) for row in history} == {
            ("inference", f"request:{number}"), (f"request {number}", "decided"),
        }  # fmt: skip
        assert requests.mine(own(acme.world, "a")).requests[0].approved == 300_000

    def test_for_good_and_until_a_date(self, acme: Acme) -> None:
        one, two = ask(acme, "a", 100).id, ask(acme, "b", 200).id
        approve(acme.host, one, lasts=Lasts.GOOD)
        until = acme.world.clock.now() + 7 * DAY
        made = approve(acme.host, two, lasts=Lasts.UNTIL, until=until)
        assert to_micros(made.requests[0].until) == until  # type: ignore[arg-type]
        (kept,) = acme.world.rows("SELECT user_id, kind, amount, until, request_id, ended_at FROM token_raise")
        assert kept == {
            "user_id": acme.number("b"), "kind": 0, "amount": 200, "until": until, "request_id": two, "ended_at": None,
        }  # fmt: skip
        rules = acme.world.rows("SELECT rule FROM allocation_change WHERE field = 'inference' AND rule LIKE 'request%'")
        assert {row["rule"] for row in rules} == {f"request_good:{one}", f"request_until:{two}"}
        assert [row.lasts for row in requests.named(acme.host, (one, two))] == [Lasts.GOOD, Lasts.UNTIL]
        for wrong in ({"lasts": Lasts.UNTIL}, {"until": until}, {"lasts": Lasts.UNTIL, "until": 5}):
            with pytest.raises(WrongUse):
                approve(acme.host, one, **wrong)

    def test_the_second_administrator_learns_what_the_first_decided(self, acme: Acme) -> None:
        number = ask(acme, "a", 500_000).id
        approve(acme.world.admin(ADMIN), number)
        second = acme.world.admin(SECOND)
        before = trail(acme)
        for late in (approve, deny):
            with pytest.raises(Conflict, match=rf"Request {number} was already approved by {ADMIN} at 2026-") as caught:
                late(second, number)
            assert (caught.value.exit_code, caught.value.stable_code) == (4, "decided")
        assert (acme.allocation("a"), trail(acme)) == (1_500_000, before)

    def test_more_than_the_pool_has_is_refused_with_what_fits(self, acme: Acme) -> None:
        number, other = ask(acme, "a", 8_000_000).id, ask(acme, "b", 1).id
        before = trail(acme)
        with pytest.raises(PoolTooSmall, match="1,000,000 tokens are missing") as caught:
            approve(acme.host, number)
        assert f"At most 7,000,000: `sage-tui requests approve {number} --amount 7000000`" in caught.value.hint
        with pytest.raises(PoolTooSmall, match="1,000,001 tokens are missing"):
            approve(acme.host, number, other)
        assert (acme.allocation("a"), trail(acme), states(acme)[0][1]) == (1_000_000, before, "pending")
        approve(acme.host, number, amount=7_000_000)
        with pytest.raises(PoolTooSmall, match="1 token is missing") as caught:
            approve(acme.host, other)
        assert "ask the operator" in caught.value.hint

    def test_many_at_once_add_up_for_one_person(self, acme: Acme) -> None:
        ids = [
            ask(acme, "a", 100).id,
            ask(acme, "a", 50).id,
            ask(acme, "a", 7, Kind.EMBEDDING).id,
            ask(acme, "b", 1).id,
        ]
        made = approve(acme.host, *ids, note="all of you")
        assert [one.approved for one in made.requests] == [100, 50, 7, 1]
        assert (acme.allocation("a"), acme.allocation("a", Kind.EMBEDDING), acme.allocation("b")) == (
            1_000_150, 100_007, 1_000_001,
        )  # fmt: skip
        assert len(batches.list_batches(acme.host)) == 2

    def test_one_that_was_decided_refuses_all(self, acme: Acme) -> None:
        one, two = ask(acme, "a", 100).id, ask(acme, "b", 100).id
        deny(acme.host, one, note="no")
        with pytest.raises(Conflict, match=f"Request {one} was already denied"):
            approve(acme.host, two, one)
        assert acme.allocation("b") == 1_000_000

    def test_nobody_decides_their_own_while_another_administrator_could(self, acme: Acme) -> None:
        admin = acme.world.admin(ADMIN)
        mine, other = ask(acme, "admin", 5).id, ask(acme, "a", 5).id
        for call in (approve, deny):
            with pytest.raises(Refused, match="nobody decides their own request"):
                call(admin, mine)
        made = approve(admin, mine, other)
        assert [(one.email, one.why) for one in made.done.skipped] == [(ADMIN, "self_decision")]
        assert [row[1] for row in states(acme)] == ["pending", "approved"]
        acme.set("grace", banned=True)
        approve(admin, mine)
        entry = audit.window(acme.host, Question(1, "", Sort("at", True)), acme.id).rows[0]
        assert ("self", None, "1") in [(c.field, c.before, c.after) for c in entry.changes]

    def test_who_may_not_spend_is_activated_when_asked(self, acme: Acme) -> None:
        acme.world.person("new@acme.example", acme.id)
        one, two = ask(acme, "new", 300_000).id, ask(acme, "new", 100_000).id
        made = approve(acme.host, one)
        assert made.requests[0].paid is False
        acme.set("new", inference="unset")
        done = approve(acme.host, two, activate=True)
        row = acme.row("new")
        assert (row.paid, row.inference.allocation, row.embedding.allocation) == (True, 600_000, 500_000)
        (rule,) = acme.world.rows(
            "SELECT rule FROM allocation_change WHERE batch = :b AND field = 'inference'", b=done.done.batch
        )
        assert rule["rule"] == f"request:{two}:500000"

    def test_who_left_is_passed_over_and_may_be_denied(self, acme: Acme) -> None:
        number = ask(acme, "a", 5).id
        acme.world.change("UPDATE membership SET ended_at = 1 WHERE user_id = :id", id=acme.number("a"))
        with pytest.raises(Refused, match="not a member any more"):
            approve(acme.host, number)
        assert deny(acme.host, number).requests[0].status is Status.DENIED

    def test_it_is_no_more_than_was_asked(self, lite: Acme) -> None:
        number = ask(lite, "a", 5).id
        with pytest.raises(WrongUse, match="more than the 5"):
            approve(lite.host, number, amount=6)

    def test_a_dry_run_says_it_and_does_nothing(self, acme: Acme) -> None:
        number, before = ask(acme, "a", 5).id, trail(acme)
        made = approve(acme.host.dry(), number)
        assert (made.requests[0].status, made.requests[0].batch, made.done.batch) == (Status.APPROVED, None, None)
        assert (states(acme)[0][1], acme.allocation("a"), trail(acme)) == ("pending", 1_000_000, before)

    def test_several_organizations_are_decided_one_by_one(self, lite: Acme) -> None:
        beta = lite.world.organization("Beta", 5_000_000)
        lite.world.person("z@beta.example", beta)
        other = requests.create(lite.world.sign_in("z@beta.example"), Ask(Kind.INFERENCE, 5, "x")).id
        with pytest.raises(WrongUse, match="several organizations"):
            approve(lite.host, ask(lite, "a", 5).id, other)

    def test_members_may_not(self, lite: Acme) -> None:
        number = ask(lite, "a", 5).id
        as_member = lite.host.with_proof(HostProof("owner", "b@acme.example"))
        for call in (approve, deny):
            with pytest.raises(Forbidden):
                call(as_member, number)
        with pytest.raises(Forbidden, match="read-only"):
            approve(replace(lite.host, read_only=True), number)
