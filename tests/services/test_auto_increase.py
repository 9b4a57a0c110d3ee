"""Limits that rise because they are used: how far, how often, for whom, and never above the cap."""

import threading

import pytest

from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.plan_commands import Consent
from sage_tui.domain.units import Kind, Micros
from sage_tui.domain.usage import Recorded
from sage_tui.services import batches, policies
from sage_tui.services.context import retried
from tests.services.editing import Acme, acme_of
from tests.services.test_metering import all_well
from tests.support.world import World

MINUTE = 60 * 1_000_000
MONTH = 31 * 24 * 60 * MINUTE


@pytest.fixture
def acme(everywhere: World) -> Acme:
    return ready(everywhere)


@pytest.fixture
def solo(lone: World) -> Acme:
    return ready(lone)


def ready(world: World) -> Acme:
    """Acme with a (1M), b (1M) and c (1M), who may spend; 10M inference and 1M embedding tokens in the pools."""
    made = acme_of(world)
    made.set("a", "b", "c", inference="1M", embedding="100K", paid=True)
    return made


def policy(acme: Acme, **fields: str) -> None:
    policies.put(acme.host, SetPolicy(acme.id, "", tuple(fields.items())))


def preset(acme: Acme, name: str) -> None:
    policies.put(acme.host, SetPolicy(acme.id, name))


_ids = iter(range(10**9))


def use(acme: Acme, tokens: int, name: str = "a", at: Micros | None = None, kind: Kind = Kind.INFERENCE) -> Recorded:
    return acme.world.record(acme.world.usage(f"u{next(_ids)}", f"{name}@acme.example", tokens, at, kind=kind))


def entries(acme: Acme) -> list[dict[str, object]]:
    return acme.world.rows("SELECT * FROM audit_entry WHERE action = 'auto-increase' ORDER BY seq")


class TestHowFar:
    def test_a_tier_that_is_passed_raises_in_the_same_transaction(self, acme: Acme) -> None:
        acme.world.change("UPDATE membership SET inference_stopped_at = 5, inference_refused = 3")
        assert use(acme, 799_999).bumped == ()
        (bump,) = use(acme, 1).bumped
        assert (bump.user_id, bump.kind, bump.before, bump.after) == (
            acme.number("a"),
            Kind.INFERENCE,
            1_000_000,
            1_250_000,
        )
        assert (acme.allocation("a"), acme.allocated(), acme.counted()) == (1_250_000, 3_250_000, 3_250_000)
        (change,) = acme.world.rows("SELECT * FROM allocation_change WHERE rule LIKE 'bump%'")
        assert (change["rule"], change["before"], change["after"]) == ("bump:800:0", 1_000_000, 1_250_000)
        (entry,) = entries(acme)
        assert (entry["batch"], entry["target_user_id"]) == (change["batch"], acme.number("a"))
        row = acme.world.rows("SELECT * FROM membership WHERE user_id = :u", u=acme.number("a"))[0]
        assert (row["inference_stopped_at"], row["inference_refused"]) == (None, 0)
        assert all_well(acme.world)

    def test_the_highest_tier_counts(self, solo: Acme) -> None:
        assert use(solo, 950_000).bumped[0].after == 1_500_000

    def test_embedding_tokens_rise_alike(self, solo: Acme) -> None:
        (bump,) = use(solo, 80_000, kind=Kind.EMBEDDING).bumped
        assert (bump.kind, bump.after, solo.allocated(Kind.EMBEDDING)) == (Kind.EMBEDDING, 125_000, 325_000)

    def test_the_cap_bounds_it_and_nothing_is_told_once_a_cooldown(self, acme: Acme) -> None:
        acme.set("b", inference="7.9M")
        assert use(acme, 800_000).bumped[0].after == 1_100_000
        assert acme.allocated() == 10_000_000
        for _ in range(3):
            assert use(acme, 250_000).bumped == ()
        assert len(entries(acme)) == 2
        acme.world.clock.move(minutes=61)
        assert use(acme, 1).bumped == ()
        assert len(entries(acme)) == 3
        acme.set("b", inference="1M")
        assert use(acme, 1).bumped[0].after > 1_100_000
        assert all_well(acme.world)

    def test_the_ceiling_of_the_policy(self, solo: Acme) -> None:
        policy(solo, ceiling="1.1M")
        assert use(solo, 800_000).bumped[0].after == 1_100_000
        solo.world.clock.move(minutes=61)
        assert use(solo, 300_000).bumped == ()

    def test_a_flat_amount_without_a_ceiling(self, solo: Acme) -> None:
        preset(solo, "aggressive")
        assert use(solo, 750_000).bumped[0].after == 1_500_000

    def test_dynamic_divides_a_quarter_of_the_unallocated_by_those_in_the_tier(self, solo: Acme) -> None:
        preset(solo, "dynamic")
        told = solo.world.record(*(solo.world.usage(f"d{n}", f"{n}@acme.example", 750_000) for n in "ab"))
        assert {bump.after for bump in told.bumped} == {1_000_000 + 7_000_000 // 4 // 2}
        assert len(entries(solo)) == 1

    def test_two_in_one_call_share_what_the_cap_leaves_in_one_batch(self, acme: Acme) -> None:
        acme.set("c", inference="7.6M")
        told = acme.world.record(*(acme.world.usage(f"t{n}", f"{n}@acme.example", 800_000) for n in "ba"))
        assert [bump.after for bump in told.bumped] == [1_250_000, 1_150_000]
        assert acme.allocated() == acme.counted() == 10_000_000
        (entry,) = entries(acme)
        assert entry["target_user_id"] is None

    def test_a_batch_of_raises_can_be_undone(self, solo: Acme) -> None:
        use(solo, 800_000)
        batch = int(str(solo.world.value("SELECT max(id) FROM batch")))
        batches.undo(solo.host, batch, Consent(yes=True))
        assert (solo.allocation("a"), solo.allocated()) == (1_000_000, 3_000_000)


class TestHowOften:
    def test_a_cooldown_for_each_tier(self, acme: Acme) -> None:
        assert use(acme, 800_000).bumped[0].after == 1_250_000
        assert use(acme, 250_000).bumped == ()  # 84% of the new limit, cooling
        assert use(acme, 150_000).bumped[0].after == 1_875_000  # 96%: the other tier
        acme.world.clock.move(minutes=59)
        assert use(acme, 350_000).bumped == ()  # 82.7%
        acme.world.clock.move(minutes=1)
        assert use(acme, 1).bumped[0].after == 2_343_750

    def test_kinds_cool_apart(self, solo: Acme) -> None:
        use(solo, 800_000)
        assert use(solo, 80_000, kind=Kind.EMBEDDING).bumped != ()

    def test_one_bump_a_record_however_much_it_passes(self, solo: Acme) -> None:
        (bump,) = use(solo, 5_000_000).bumped
        assert bump.after == 1_500_000


class TestForWhom:
    @pytest.mark.parametrize("fields", [{"banned": True}, {"paid": False}])
    def test_not_for_those_who_may_not_spend(self, solo: Acme, fields: dict[str, object]) -> None:
        solo.set("a", **fields)
        assert use(solo, 900_000).bumped == ()

    @pytest.mark.parametrize("column", ["pinned", "no_auto_increase"])
    def test_not_for_the_pinned_and_exempt_until_that_ends(self, solo: Acme, column: str) -> None:
        until = solo.world.clock.now() + 30 * MINUTE
        override(solo, **{column: True}, until=until)
        assert use(solo, 800_000).bumped == ()
        solo.world.clock.move(minutes=30)
        assert use(solo, 1).bumped != ()

    def test_an_own_ceiling_goes_before_the_policy_s(self, solo: Acme) -> None:
        policy(solo, ceiling="1.1M")
        override(solo, inference_ceiling=1_200_000)
        assert use(solo, 800_000).bumped[0].after == 1_200_000

    def test_late_records_of_earlier_months_raise_nobody(self, solo: Acme) -> None:
        assert use(solo, 900_000, at=Micros(solo.world.clock.now() - MONTH)).bumped == ()

    def test_not_where_the_policy_has_no_tiers(self, solo: Acme) -> None:
        policy(solo, tiers="off")
        assert use(solo, 900_000).bumped == ()

    def test_not_the_unset_and_not_those_with_nothing(self, solo: Acme) -> None:
        solo.set("a", inference="unset")
        solo.set("b", inference="0")
        assert (use(solo, 5).bumped, use(solo, 5, "b").bumped) == ((), ())

    def test_a_rule_that_ended_with_the_policy_is_named_by_its_version(self, solo: Acme) -> None:
        policy(solo, tiers="50%:+10%")
        use(solo, 500_000)
        assert solo.world.value("SELECT rule FROM allocation_change WHERE rule LIKE 'bump%'") == "bump:500:1"


class TestDepartments:
    def test_a_department_s_own_policy_goes_before_the_organization_s(self, acme: Acme) -> None:
        acme.set("a", department="research")
        policies.put(acme.host, SetPolicy(acme.id, "", (("tiers", "50%:+10%"),), department="research"))
        told = acme.world.record(*(acme.world.usage(f"e{n}", f"{n}@acme.example", 500_000) for n in "ab"))
        assert [(bump.user_id, bump.after) for bump in told.bumped] == [(acme.number("a"), 1_100_000)]
        told = acme.world.record(*(acme.world.usage(f"f{n}", f"{n}@acme.example", 300_000) for n in "ab"))
        assert [(bump.user_id, bump.after) for bump in told.bumped] == [(acme.number("b"), 1_250_000)]

    def test_the_pool_s_part_is_divided_by_those_of_the_same_policy(self, solo: Acme) -> None:
        preset(solo, "dynamic")
        solo.set("a", department="research")
        policies.put(solo.host, SetPolicy(solo.id, "", (("tiers", "75%:pool+10%"),), department="research"))
        told = solo.world.record(*(solo.world.usage(f"g{n}", f"{n}@acme.example", 750_000) for n in "abc"))
        after = {bump.user_id: bump.after for bump in told.bumped}
        assert after[solo.number("a")] == 1_000_000 + 700_000
        assert after[solo.number("b")] == after[solo.number("c")] == 1_000_000 + 7_000_000 // 4 // 2


def override(acme: Acme, **fields: object) -> None:
    names = ", ".join(fields)
    marks = ", ".join(f":{name}" for name in fields)
    acme.world.change(
        f"INSERT INTO override (organization_id, user_id, {names}) VALUES (:org, :user, {marks})",
        org=acme.id, user=acme.number("a"), **fields,
    )  # fmt: skip


def test_four_at_once_never_pass_the_cap(acme: Acme) -> None:
    acme.set("c", inference="7.5M")
    faults: list[BaseException] = []

    def spend(name: str) -> None:
        try:
            for _ in range(5):
                retried(lambda: use(acme, 250_000, name))()
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=spend, args=(name,)) for name in "abab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert faults == []
    assert acme.allocated() == acme.counted() == 10_000_000
    assert all_well(acme.world)
