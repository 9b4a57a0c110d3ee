"""Reserve → settle or release → sweep: the contract of gateway.md, section 1, on both engines."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.errors import Conflict, FieldError, NotFound, Refused, SageError
from sage_tui.domain.months import month_start
from sage_tui.domain.spending import Ask, Certainty, Reserved, Settlement
from sage_tui.domain.units import Kind
from sage_tui.services import policies, rebalancing, settings, usage
from sage_tui.services.usage import May
from tests.services.editing import Acme, acme_of
from tests.services.test_metering import all_well
from tests.support.world import World

A = "a@acme.example"
DAY = 86_400


@pytest.fixture
def acme(everywhere: World) -> Acme:
    return ready(everywhere)


@pytest.fixture
def solo(lone: World) -> Acme:
    return ready(lone)


def ready(world: World) -> Acme:
    """Acme with a (1,000), b (1M), who may spend; auto-increase is off."""
    made = acme_of(world)
    made.set("a", inference="1K", embedding="1K", paid=True)
    made.set("b", inference="1M", paid=True)
    policies.put(world.host, SetPolicy(made.id, "", (("tiers", "off"),)))
    return made


def reserve(acme: Acme, tokens: int = 100, user: str = A, **more: object) -> Reserved:
    return usage.reserve(acme.host, Ask(user, more.pop("kind", Kind.INFERENCE), "gpt", completion=tokens, **more))


def settle(acme: Acme, handle: str | None, tokens: int, certainty: Certainty = Certainty.FINAL, **more: object):
    return usage.settle(acme.host, handle or "", Settlement(tokens, 0, certainty=certainty, **more))


def counters(acme: Acme, kind: str = "inference") -> tuple[int, int, int]:
    """Used, reserved, and what is held by reservations."""
    row = acme.world.rows("SELECT * FROM membership WHERE user_id = :u", u=acme.number("a"))[0]
    held = acme.world.value(
        "SELECT coalesce(sum(estimate), 0) FROM reservation WHERE status = 'held' AND user_id = :u AND kind = :k"
        " AND month = :m",
        u=acme.number("a"), k=("inference", "embedding").index(kind), m=row[f"{kind}_month"],
    )  # fmt: skip
    return row[f"{kind}_used"], row[f"{kind}_reserved"], int(str(held))


def activities(acme: Acme) -> list[tuple[int, int]]:
    """(status, charge) of every event, oldest first."""
    rows = acme.world.rows("SELECT status, charge FROM usage_event ORDER BY id")
    return [(row["status"], row["charge"]) for row in rows]


class TestReserve:
    def test_what_is_reserved_counts_against_what_is_left(self, acme: Acme) -> None:
        first = reserve(acme, 600)
        assert (first.allowed, first.charge, first.remaining) == (True, 600, 400)
        assert counters(acme) == (0, 600, 600)
        second = reserve(acme, 401)
        assert (second.allowed, second.reservation, second.remaining) == (False, None, 400)
        assert second.reason == (
            "insufficient_quota: 0 used and 600 reserved of 1,000; this call would take 401"
        )  # fmt: skip
        assert reserve(acme, 400).allowed
        assert counters(acme) == (0, 1_000, 1_000)

    def test_a_refusal_is_an_activity_and_marks_who_is_stopped_until_a_raise(self, acme: Acme) -> None:
        reserve(acme, 1_001)
        acme.world.clock.move(seconds=5)
        reserve(acme, 1_001)
        row = acme.world.rows("SELECT * FROM membership WHERE user_id = :u", u=acme.number("a"))[0]
        assert row["inference_stopped_at"] == acme.world.clock.now() - 5_000_000
        assert row["inference_refused"] == 2
        assert activities(acme) == [(2, 0), (2, 0)]
        assert acme.world.value("SELECT count(*) FROM reservation") == 0
        acme.set("a", inference="2K")
        row = acme.world.rows("SELECT * FROM membership WHERE user_id = :u", u=acme.number("a"))[0]
        assert (row["inference_stopped_at"], row["inference_refused"]) == (None, 0)
        assert all_well(acme.world)

    def test_who_may_not_spend_is_refused_by_name_of_the_reason(self, acme: Acme) -> None:
        codes = []
        for fields, back in (({"banned": True}, {"banned": False}), ({"paid": False}, {"paid": True})):
            acme.set("a", **fields)
            codes.append((reserve(acme, 1).reason or "").partition(":")[0])
            acme.set("a", **back)
        acme.world.person("lone@nowhere.example")
        codes.append((reserve(acme, 1, "lone@nowhere.example").reason or "").partition(":")[0])
        assert codes == ["account_banned", "account_unpaid", "no_organization"]
        assert acme.world.value("SELECT count(*) FROM membership WHERE inference_stopped_at IS NOT NULL") == 0
        with pytest.raises(NotFound):
            reserve(acme, 1, "nobody@acme.example")

    def test_models_that_the_organization_may_not_use(self, solo: Acme) -> None:
        reserve(solo, 1)
        solo.world.change("UPDATE organization SET models_restricted = TRUE WHERE id = :o", o=solo.id)
        assert (reserve(solo, 1).reason or "").startswith("model_not_allowed")
        solo.world.change(
            "INSERT INTO model_access (organization_id, model_id) SELECT :o, id FROM model WHERE key = 'gpt'", o=solo.id
        )
        assert reserve(solo, 1).allowed
        solo.world.change("UPDATE model SET active = FALSE")
        assert (reserve(solo, 1).reason or "").startswith("model_not_allowed")

    def test_an_organization_that_used_its_pool_is_refused(self, acme: Acme) -> None:
        acme.world.record(acme.world.usage("x", "b@acme.example", 9_999_999))
        assert reserve(acme, 100).allowed
        acme.world.record(acme.world.usage("y", "held-name", 1), organization_id=acme.id)
        answer = reserve(acme, 1)
        assert answer.reason == "pool_spent: the organization used 10,000,000 of the 10,000,000 that it has this month"

    def test_kinds_are_reserved_apart(self, solo: Acme) -> None:
        reserve(solo, 1_000)
        assert reserve(solo, 1_000, kind=Kind.EMBEDDING).allowed
        assert counters(solo, "embedding") == (0, 1_000, 1_000)

    def test_a_day_at_most_and_when_it_ends(self, acme: Acme) -> None:
        policies.put(acme.host, SetPolicy(acme.id, "", (("day_percent", "10%"),)))
        settle(acme, reserve(acme, 60).reservation, 60)
        assert reserve(acme, 30).allowed
        answer = reserve(acme, 11)
        assert answer.reason == (
            "day_limit: 60 used today and 30 reserved of 100 a day; this call would take 11; ends 2026-11-24T00:00:00Z"
        )
        acme.world.clock.move(seconds=DAY)
        assert reserve(acme, 11).allowed

    def test_a_department_s_day(self, solo: Acme) -> None:
        solo.set("a", department="research")
        policies.put(solo.host, SetPolicy(solo.id, "", (("day_percent", "10%"),), department="research"))
        assert not reserve(solo, 101).allowed
        assert reserve(solo, 500_000, "b@acme.example").allowed

    def test_weights_count(self, solo: Acme) -> None:
        reserve(solo, 1)
        solo.world.change(
            "UPDATE model SET prompt_weight = 500000, completion_weight = 3000000, cached_weight = 100000"
        )
        answer = usage.reserve(solo.host, Ask(A, Kind.INFERENCE, "gpt", prompt=10, completion=10))
        assert answer.charge == 35
        done = usage.settle(solo.host, answer.reservation or "", Settlement(10, 1, cached=9))
        assert done.charge == 5  # 0.5 + 0.9 + 3, rounded up

    @pytest.mark.parametrize("tokens", [-500_000, 0, 10**12 + 1, 10**30, "abc", True, 1.5, None])
    def test_what_a_client_gives_as_a_limit_is_a_whole_number_or_refused(self, solo: Acme, tokens: object) -> None:
        with pytest.raises(FieldError, match="is not a whole number from 1 to"):
            reserve(solo, tokens)
        assert counters(solo) == (0, 0, 0)

    @pytest.mark.parametrize("ttl", [0, -1, 86_401, "5", True])
    def test_the_same_for_its_life(self, solo: Acme, ttl: object) -> None:
        with pytest.raises(SageError):
            reserve(solo, 1, ttl=ttl)


class TestRetryKey:
    def test_the_same_content_gets_the_same_answer_and_changes_nothing(self, acme: Acme) -> None:
        first = reserve(acme, 600, key="k")
        assert reserve(acme, 600, key="k") == first
        assert counters(acme) == (0, 600, 600)
        settle(acme, "k", 10)
        again = reserve(acme, 600, key="k")
        assert (again.reservation, again.allowed, again.remaining) == (first.reservation, True, 990)

    def test_other_content_is_a_conflict(self, acme: Acme) -> None:
        reserve(acme, 600, key="k")
        for more in ({"tokens": 601}, {"user": "b@acme.example"}, {"kind": Kind.EMBEDDING}):
            with pytest.raises(Conflict, match="another call"):
                reserve(acme, **{"tokens": 600, **more}, key="k")
        assert counters(acme) == (0, 600, 600)

    def test_a_refusal_is_remembered_too(self, acme: Acme) -> None:
        first = reserve(acme, 2_000, key="k")
        acme.set("a", inference="5K")
        again = reserve(acme, 2_000, key="k")
        assert (again.allowed, again.reason) == (False, first.reason)
        assert activities(acme) == [(2, 0)]
        with pytest.raises(Refused, match="was refused"):
            settle(acme, "k", 5)

    def test_several_at_once_with_one_key_are_one_call(self, acme: Acme) -> None:
        told = at_once(lambda: reserve(acme, 600, key="k").reservation)
        assert (len(told), len(set(told))) == (4, 1)
        assert counters(acme) == (0, 600, 600)
        done = at_once(lambda: settle(acme, "k", 500).recorded)
        assert sorted(done) == [0, 0, 0, 1]
        assert counters(acme) == (500, 0, 0)
        assert all_well(acme.world)


def at_once(act: Callable[[], object]) -> list[object]:
    """What four threads heard."""
    with ThreadPoolExecutor(4) as pool:
        return [one.result(60) for one in [pool.submit(act) for _ in range(4)]]


class TestSettle:
    def test_the_hold_becomes_the_charge(self, acme: Acme) -> None:
        held = reserve(acme, 600)
        done = settle(acme, held.reservation, 250, latency_ms=12, provider_id="p-1")
        assert (done.recorded, done.already, done.charge, done.remaining) == (1, 0, 250, 750)
        assert counters(acme) == (250, 0, 0)
        row = acme.world.rows("SELECT * FROM usage_event")[0]
        assert (bytes(row["id"]).hex(), row["latency_ms"], row["provider_id"]) == (held.reservation, 12, "p-1")
        assert all_well(acme.world)

    def test_a_surer_settlement_counts_as_the_difference_and_others_not(self, acme: Acme) -> None:
        held = reserve(acme, 600, prompt=50).reservation
        used = []
        for tokens, certainty in ((20, 0), (30, 0), (300, 1), (400, 1), (350, 0), (280, 2), (999, 2), (5, 1)):
            settle(acme, held, tokens, Certainty(certainty))
            used.append(counters(acme)[0])
        assert used == [50, 50, 300, 300, 300, 280, 280, 280]  # a guess has at least the prompt that was reserved
        assert activities(acme) == [(0, 280)]
        assert all_well(acme.world)

    def test_more_than_was_reserved_is_charged_whole(self, acme: Acme) -> None:
        settle(acme, reserve(acme, 900).reservation, 5_000)
        assert counters(acme) == (5_000, 0, 0)
        assert not reserve(acme, 1).allowed

    def test_a_failure_never_hides_a_later_success(self, acme: Acme) -> None:
        held = reserve(acme, 600).reservation or ""
        done = usage.release(acme.host, held, "provider error")
        assert (done.recorded, done.charge, done.remaining) == (1, 0, 1_000)
        assert (counters(acme), activities(acme)) == ((0, 0, 0), [(1, 0)])
        settle(acme, held, 70, Certainty.ESTIMATED)
        assert (counters(acme), activities(acme)) == ((70, 0, 0), [(0, 70)])
        assert usage.release(acme.host, held).already == 1
        assert counters(acme) == (70, 0, 0)
        assert all_well(acme.world)

    @pytest.mark.parametrize("tokens", [-1, 10**12 + 1, "5", 1.5, True])
    def test_bounds(self, solo: Acme, tokens: object) -> None:
        held = reserve(solo, 600).reservation
        with pytest.raises(FieldError):
            settle(solo, held, tokens)
        with pytest.raises(FieldError, match="more than the prompt"):
            usage.settle(solo.host, held or "", Settlement(5, 0, cached=6))
        assert counters(solo) == (0, 600, 600)

    def test_what_is_unknown_is_not_found(self, solo: Acme) -> None:
        for handle in ("", "k", "0" * 32):
            with pytest.raises(NotFound):
                settle(solo, handle, 5)
            with pytest.raises(NotFound):
                usage.release(solo.host, handle)

    def test_an_administrator_reaches_the_own_organization_alone(self, solo: Acme) -> None:
        other = solo.world.organization("Globex", 1_000)
        solo.world.person("x@globex.example", other)
        solo.set("a", paid=True)
        console = solo.world.admin("admin@acme.example")
        solo.world.change(
            "UPDATE membership SET paid = TRUE, inference_allocation = 5 WHERE organization_id = :o", o=other
        )
        held = usage.reserve(solo.host, Ask("x@globex.example", Kind.INFERENCE, "gpt", completion=5, key="k"))
        assert held.allowed
        for handle in ("k", held.reservation or ""):
            with pytest.raises(NotFound):
                usage.settle(console, handle, Settlement(1, 1))
        with pytest.raises(NotFound):
            usage.check(console, May("x@globex.example", "gpt", 1))
        with pytest.raises(NotFound):
            usage.reserve(console, Ask("x@globex.example", Kind.INFERENCE, "gpt", completion=5))


class TestSweep:
    def test_what_is_never_settled_is_charged_as_estimated_and_a_late_settlement_mends_it(self, acme: Acme) -> None:
        held = reserve(acme, 600, prompt=50, ttl=60).reservation
        acme.world.clock.move(seconds=59)
        assert not reserve(acme, 600).allowed
        acme.world.clock.move(seconds=1)
        assert reserve(acme, 100).allowed
        assert counters(acme) == (650, 100, 100)
        assert activities(acme)[-1] != (3, 650)
        assert (3, 650) in activities(acme)
        settle(acme, held, 200, Certainty.ESTIMATED)
        assert counters(acme) == (200, 100, 100)
        assert all_well(acme.world)

    def test_the_setting_releases_instead(self, acme: Acme) -> None:
        settings.put(acme.host, "orphans", "release", acme.id)
        reserve(acme, 600, ttl=60)
        acme.world.clock.move(seconds=60)
        assert reserve(acme, 1_000).allowed
        assert counters(acme) == (0, 1_000, 1_000)
        assert all_well(acme.world)

    def test_others_organizations_are_left_alone(self, solo: Acme) -> None:
        reserve(solo, 600, ttl=60)
        solo.world.clock.move(seconds=60)
        other = solo.world.organization("Globex", 1_000)
        solo.world.person("x@globex.example", other)
        usage.reserve(solo.host, Ask("x@globex.example", Kind.INFERENCE, "gpt", completion=5))
        assert counters(solo) == (0, 600, 600)

    def test_what_is_due_by_the_clock_sweeps_too(self, acme: Acme) -> None:
        reserve(acme, 600, ttl=60)
        acme.world.clock.move(seconds=60)
        assert rebalancing.waiting(acme.host) == (acme.id,)
        rebalancing.run_due(acme.host, acme.id)
        assert counters(acme) == (600, 0, 0)
        assert rebalancing.waiting(acme.host) == ()

    def test_a_setting_is_one_of_its_words(self, solo: Acme) -> None:
        with pytest.raises(FieldError, match="none of charge_estimate, release"):
            settings.put(solo.host, "orphans", "keep")


class TestMonths:
    def test_a_reservation_is_charged_to_the_month_of_its_reserving(self, acme: Acme) -> None:
        held = reserve(acme, 600, ttl=DAY).reservation
        acme.world.clock.at = month_start(2026 * 12 + 11)
        assert reserve(acme, 1_000).allowed  # the new month is whole again
        assert counters(acme) == (0, 1_000, 1_000)
        settle(acme, held, 500)
        row = acme.world.rows("SELECT * FROM membership WHERE user_id = :u", u=acme.number("a"))[0]
        assert (row["inference_used"], row["inference_previous"], row["inference_reserved"]) == (0, 500, 1_000)
        assert all_well(acme.world)

    def test_settled_late_before_anything_else_touched_the_row(self, acme: Acme) -> None:
        held = reserve(acme, 600, ttl=DAY).reservation
        acme.world.clock.at = month_start(2026 * 12 + 11)
        settle(acme, held, 500)
        assert counters(acme) == (500, 0, 0)  # the row is still last month's
        assert reserve(acme, 1_000).allowed
        row = acme.world.rows("SELECT * FROM membership WHERE user_id = :u", u=acme.number("a"))[0]
        assert (row["inference_used"], row["inference_previous"], row["inference_reserved"]) == (0, 500, 1_000)

    def test_a_month_s_start_comes_before_its_first_reserve(self, solo: Acme) -> None:
        policies.put(solo.host, SetPolicy(solo.id, "standard"))
        done = settle(solo, reserve(solo, 900).reservation, 900)
        assert done.bumped == (1_000, 1_250)
        solo.world.clock.at = month_start(2026 * 12 + 11)
        assert not reserve(solo, 1_100).allowed
        assert reserve(solo, 1_000).allowed

    def test_nobody_stays_stopped_in_the_new_month(self, acme: Acme) -> None:
        reserve(acme, 2_000)
        acme.world.clock.at = month_start(2026 * 12 + 11)
        reserve(acme, 1)
        assert acme.world.value("SELECT count(*) FROM membership WHERE inference_stopped_at IS NOT NULL") == 0

    def test_nor_do_those_who_make_no_call_in_it(self, solo: Acme) -> None:
        reserve(solo, 2_000)
        solo.world.clock.at = month_start(2026 * 12 + 11)
        rebalancing.run_due(solo.host, solo.id)
        assert solo.world.value("SELECT count(*) FROM membership WHERE inference_stopped_at IS NOT NULL") == 0


class TestCheck:
    def test_it_says_what_reserve_would_and_reserves_nothing(self, acme: Acme) -> None:
        told = usage.check(acme.host, May(A, "gpt", 1_000))
        assert (told.allowed, told.reason, told.remaining, told.pool_remaining) == (True, None, 1_000, 10_000_000)
        told = usage.check(acme.host, May(A, "gpt", 1_001))
        assert (told.allowed, told.reason) == (
            False, "insufficient_quota: 0 used and 0 reserved of 1,000; this call would take 1,001"
        )  # fmt: skip
        assert activities(acme) == []
        with pytest.raises(FieldError):
            usage.check(acme.host, May(A, "gpt", -1))


class TestDryRun:
    def test_nothing_stays(self, solo: Acme) -> None:
        told = usage.reserve(solo.host.dry(), Ask(A, Kind.INFERENCE, "gpt", completion=5))
        assert told.allowed
        assert counters(solo) == (0, 0, 0)


def test_settled_and_recorded_share_what_they_trigger(acme: Acme) -> None:
    policies.put(acme.host, SetPolicy(acme.id, "standard"))
    done = settle(acme, reserve(acme, 900).reservation, 800)
    assert (done.bumped, done.remaining) == ((1_000, 1_250), 450)
    done = settle(acme, reserve(acme, 400).reservation, 399, Certainty.ESTIMATED)
    assert (done.bumped, done.remaining) == ((1_250, 1_875), 676)
    assert all_well(acme.world)
