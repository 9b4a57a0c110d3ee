"""Distribution plans over a real store: made, looked at, applied, left where somebody changed it, taken back."""

import pytest

from sage_tui.domain.distributing import Action
from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.errors import Conflict, NotFound, PoolTooSmall, WrongUse
from sage_tui.domain.months import DAY
from sage_tui.domain.overrides import SetOverride
from sage_tui.domain.plan_commands import Choice, Distribute
from sage_tui.domain.plans import PlanRow, State
from sage_tui.domain.rules import words
from sage_tui.domain.units import Kind, Micros
from sage_tui.services import audit, batches, outlook, overrides, plan_files, plans, policies, rebalancing
from tests.services.editing import ADMIN, YES, Acme, acme_of
from tests.support.world import World


@pytest.fixture
def acme(everywhere: World) -> Acme:
    return acme_of(everywhere)


def paid(acme: Acme, **allocations: str) -> None:
    """Members may spend and have these limits."""
    for name, amount in allocations.items():
        acme.set(name, paid=True, embedding="1K")
        acme.set(name, inference=amount)


def used(acme: Acme, name: str, tokens: int, days_ago: int = 0, number: int = 0) -> None:
    at = Micros(acme.world.clock.now() - days_ago * DAY)
    who = f"{name}@acme.example"
    acme.world.record(acme.world.usage(f"{name}-{days_ago}-{number}", who, tokens, at), organization_id=acme.id)


def made(acme: Acme, action: Action, **more: object) -> tuple[int, tuple[PlanRow, ...]]:
    summary = plans.make(acme.host, Distribute(action, acme.id, **more))
    rows, _ = plans.rows(acme.host, summary.id)
    return summary.id, rows


def told(rows: tuple[PlanRow, ...], kind: Kind = Kind.INFERENCE) -> dict[str, object]:
    return {
        row.email.partition("@")[0]: row.after if row.state is State.IN else row.why
        for row in rows
        if row.field.value == kind.value
    }


def test_floors_raise_whoever_may_spend_and_has_less(acme: Acme) -> None:
    paid(acme, a="100K", b="700K")
    plan, rows = made(acme, Action.APPLY_FLOORS, kind=Kind.INFERENCE)
    assert told(rows) == {"a": 500_000}
    done = plans.apply(acme.host, plan, YES)
    assert (acme.allocation("a"), acme.allocation("b"), acme.allocation("c")) == (500_000, 700_000, None)
    assert acme.allocated() == acme.counted() == 1_200_000
    found = batches.list_batches(acme.host, acme.id)[0]
    assert (found.batch, found.action, found.rows) == (done.batch, "distribution apply-floors", 1)
    assert all(report.first_bad is None for report in audit.verify(acme.host))


def test_both_kinds_unless_one_is_said(acme: Acme) -> None:
    paid(acme, a="100K")
    _, rows = made(acme, Action.APPLY_FLOORS)
    assert (told(rows), told(rows, Kind.EMBEDDING)) == ({"a": 500_000}, {"a": 500_000})


def test_whose_floor_it_is_stands_in_every_row(acme: Acme) -> None:
    paid(acme, a="1K", b="1K", c="1K")
    overrides.put(acme.host, SetOverride("b@acme.example", inference_floor=700_000))
    overrides.put(acme.host, SetOverride("c@acme.example", inference_floor=800_000, pinned=True))
    _, rows = made(acme, Action.APPLY_FLOORS, kind=Kind.INFERENCE)
    assert [(row.email[0], row.after, words(row.rule)) for row in rows] == [
        ("a", 500_000, "floor of the policy"), ("b", 700_000, "their own floor"), ("c", 1_000, "their own floor"),
    ]  # fmt: skip


def test_floors_go_as_far_as_the_cap(acme: Acme) -> None:
    paid(acme, a="100K", b="100K", c="9.3M")
    _, rows = made(acme, Action.APPLY_FLOORS, kind=Kind.INFERENCE)
    assert told(rows) == {"a": 500_000, "b": "pool_too_small"}


def test_shares_sum_to_what_is_unallocated(acme: Acme) -> None:
    paid(acme, a="1M", b="1M", c="1M")
    plan, rows = made(acme, Action.SHARE_EVENLY, kind=Kind.INFERENCE)
    assert told(rows) == {"a": 3_333_334, "b": 3_333_333, "c": 3_333_333}
    plans.apply(acme.host, plan, YES)
    assert acme.allocated() == 10_000_000
    assert made(acme, Action.SHARE_EVENLY, kind=Kind.INFERENCE)[1] == ()


def test_by_use_weighs_the_last_thirty_days(acme: Acme) -> None:
    paid(acme, a="1M", b="1M", c="1M")
    used(acme, "a", 300, 3)
    used(acme, "b", 100, 29)
    used(acme, "c", 10_000, 30)
    _, rows = made(acme, Action.SHARE_BY_USE, kind=Kind.INFERENCE, amount=4_000)
    assert told(rows) == {"a": 1_003_000, "b": 1_001_000}
    assert next(words(row.rule) for row in rows) == "shared out by use: 300 tokens in the last 30 days"


def test_an_amount_goes_with_a_kind_and_with_sharing(acme: Acme) -> None:
    for command in (
        Distribute(Action.SHARE_EVENLY, acme.id, None, 5), Distribute(Action.RECLAIM, acme.id, Kind.INFERENCE, 5),
        Distribute(Action.SHARE_EVENLY, acme.id, Kind.INFERENCE, 0),
    ):  # fmt: skip
        with pytest.raises(WrongUse):
            plans.make(acme.host, command)


def test_reclaim_takes_what_is_idle_and_undo_gives_it_back(acme: Acme) -> None:
    acme.world.clock.move(seconds=40 * 86_400)
    paid(acme, a="2M", b="2M", c="2M")
    used(acme, "a", 30, 20)
    used(acme, "b", 1_000_000, 1)
    acme.world.change('INSERT INTO "override" (organization_id, user_id, no_reclaim) VALUES (:org, :who, TRUE)',
                      org=acme.id, who=acme.number("c"))  # fmt: skip
    plan, rows = made(acme, Action.RECLAIM, kind=Kind.INFERENCE)
    assert told(rows) == {"a": 500_000, "c": "exempt"}
    (lowered, _) = rows
    assert words(lowered.rule) == "idle for 20 days; down to the floor"
    done = plans.apply(acme.host, plan, YES)
    assert acme.allocated() == acme.counted() == 4_500_000
    assert made(acme, Action.RECLAIM, kind=Kind.INFERENCE)[1][0].state is State.SKIPPED
    batches.undo(acme.host, done.batch or 0, YES)
    assert acme.allocation("a") == 2_000_000


def test_a_row_taken_out_stays_as_it_is(acme: Acme) -> None:
    acme.world.clock.move(seconds=40 * 86_400)
    paid(acme, a="2M", b="3M")
    plan, rows = made(acme, Action.RECLAIM, kind=Kind.INFERENCE)
    assert told(rows) == {"a": 500_000, "b": 500_000}
    plans.choose(acme.host, plan, Choice(False, (acme.number("a"), "inference")))
    plans.apply(acme.host, plan, YES)
    assert (acme.allocation("a"), acme.allocation("b")) == (2_000_000, 500_000)


def test_what_changed_since_the_plan_is_left_and_named(acme: Acme) -> None:
    """Set by hand, used, pinned: each is left with its reason, the rest is done."""
    acme.world.clock.move(seconds=40 * 86_400)
    for name in ("d", "e"):
        acme.world.person(f"{name}@acme.example", acme.id)
    paid(acme, a="1M", b="1M", c="1M", d="1M", e="1M")
    acme.world.clock.move(seconds=20 * 86_400)
    plan, rows = made(acme, Action.RECLAIM, kind=Kind.INFERENCE)
    assert set(told(rows).values()) == {500_000}
    acme.set("a", inference="900K")
    used(acme, "b", 600_000)
    acme.world.change('INSERT INTO "override" (organization_id, user_id, pinned) VALUES (:org, :who, TRUE)',
                      org=acme.id, who=acme.number("c"))  # fmt: skip
    acme.world.change('INSERT INTO "override" (organization_id, user_id, pinned, until) VALUES (:org, :who, TRUE, 5)',
                      org=acme.id, who=acme.number("d"))  # fmt: skip
    done = plans.apply(acme.host, plan, YES)
    assert {one.email.partition("@")[0]: one.why for one in done.left} == {"a": "moved", "b": "used", "c": "pinned"}
    assert [acme.allocation(name) for name in "abcde"] == [900_000, 1_000_000, 1_000_000, 500_000, 500_000]
    assert acme.allocated() == acme.counted()


def test_nobody_who_stopped_paying_is_given_anything(acme: Acme) -> None:
    paid(acme, a="100K", b="100K")
    plan, _ = made(acme, Action.APPLY_FLOORS, kind=Kind.INFERENCE)
    acme.set("a", paid=False)
    done = plans.apply(acme.host, plan, YES)
    assert [(one.email, one.why) for one in done.left] == [("a@acme.example", "no_spend")]
    assert acme.allocation("b") == 500_000


def test_a_plan_that_the_pool_no_longer_has_room_for_is_refused(acme: Acme) -> None:
    paid(acme, a="100K", b="1M")
    plan, _ = made(acme, Action.SHARE_EVENLY, kind=Kind.INFERENCE)
    acme.set("c", inference="5M")
    with pytest.raises(PoolTooSmall):
        plans.apply(acme.host, plan, YES)
    assert acme.allocation("a") == 100_000


def test_nobody_raises_themselves_by_a_plan(acme: Acme) -> None:
    console = acme.world.admin(ADMIN)
    acme.set("admin", paid=True)
    acme.set("admin", inference="10K")
    summary = plans.make(console, Distribute(Action.APPLY_FLOORS, kind=Kind.INFERENCE))
    rows, _ = plans.rows(console, summary.id)
    assert told(rows) == {"admin": "self_raise"}


def test_rebalance_moves_what_is_idle_to_those_who_use_it(acme: Acme) -> None:
    acme.world.clock.move(seconds=40 * 86_400)
    paid(acme, a="2M", b="2M", c="1M")
    used(acme, "b", 900_000)
    used(acme, "c", 300_000)
    plan, rows = made(acme, Action.REBALANCE, kind=Kind.INFERENCE)
    assert told(rows) == {"a": 500_000, "b": 3_125_000, "c": 1_375_000}
    plans.apply(acme.host, plan, YES)
    assert acme.allocated() == acme.counted() == 5_000_000
    assert made(acme, Action.REBALANCE, kind=Kind.INFERENCE)[1] == ()


def test_a_department_s_policy_goes_before_the_organization_s(acme: Acme) -> None:
    paid(acme, a="10K", b="10K")
    acme.set("a", department="research")
    policies.put(acme.host, SetPolicy(acme.id, preset="aggressive", department="research"))
    _, rows = made(acme, Action.APPLY_FLOORS, kind=Kind.INFERENCE)
    assert told(rows) == {"a": 1_000_000, "b": 500_000}
    policies.put(acme.host, SetPolicy(acme.id, preset="none", department="research"))
    _, rows = made(acme, Action.APPLY_FLOORS, kind=Kind.INFERENCE)
    assert told(rows) == {"a": 500_000, "b": 500_000}


def test_of_another_organization_nothing_is_distributed(acme: Acme) -> None:
    other = acme.world.organization("Other", 5_000_000)
    with pytest.raises(NotFound):
        plans.make(acme.world.admin(ADMIN), Distribute(Action.RECLAIM, other))


def test_what_an_action_would_do_is_what_its_plan_does(acme: Acme) -> None:
    acme.world.clock.move(seconds=40 * 86_400)
    paid(acme, a="2M", b="100K", c="1M")
    used(acme, "c", 900_000)
    for action in Action:
        summary = plans.make(acme.host, Distribute(action, acme.id))
        found = outlook.outlook(acme.host, action, acme.id)
        assert (sum(found.rows.values()), found.skipped + found.no_room) == (summary.changes, summary.skipped)
        assert found.people == summary.people
        assert found.change == {kind: one.after - one.before for kind, one in summary.pool.items()}


def test_a_policy_is_looked_at_before_it_is_saved(acme: Acme) -> None:
    paid(acme, a="300K", b="5M", c="1M")
    found = outlook.of_policy(acme.host, SetPolicy(acme.id, preset="conservative"))
    assert [(one.name, one.before, one.after) for one in found.differences][:3] == [
        ("inference_floor", "500,000", "200,000"), ("embedding_floor", "500,000", "200,000"),
        ("ceiling", "5,000,000", "1,000,000"),
    ]  # fmt: skip
    assert [one.action for one in found.outlooks] == [Action.APPLY_FLOORS, Action.RECLAIM]
    assert policies.get(acme.host, acme.id).version == 0
    glance = outlook.overview(acme.host, acme.id)
    assert (glance.held.version, glance.pools[Kind.INFERENCE].allocated, glance.cap[Kind.INFERENCE]) == (
        0, 6_300_000, 10_000_000,
    )  # fmt: skip


def test_floors_and_ceilings_that_hold_now_leave_what_passes_them(acme: Acme) -> None:
    """Own ones, and the policy's, changed since the plan was made."""
    acme.world.clock.move(seconds=40 * 86_400)
    paid(acme, a="2M", b="2M", c="100K")
    acme.world.clock.move(seconds=20 * 86_400)
    plan, rows = made(acme, Action.RECLAIM, kind=Kind.INFERENCE)
    assert told(rows) == {"a": 500_000, "b": 500_000}
    overrides.put(acme.host, SetOverride("a@acme.example", inference_floor=600_000))
    done = plans.apply(acme.host, plan, YES)
    assert [(one.email[0], one.why) for one in done.left] == [("a", "floor")]
    assert [acme.allocation(name) for name in "ab"] == [2_000_000, 500_000]
    plan, rows = made(acme, Action.SHARE_EVENLY, kind=Kind.INFERENCE, amount=3_000_000)
    assert told(rows) == {"a": 3_000_000, "b": 1_500_000, "c": 1_100_000}
    policies.put(acme.host, SetPolicy(acme.id, fields=(("ceiling", "2M"),)))
    overrides.put(acme.host, SetOverride("a@acme.example", inference_ceiling=4_000_000))
    acme.set("b", department="legal")
    policies.put(acme.host, SetPolicy(acme.id, fields=(("ceiling", "1M"),), department="legal"))
    done = plans.apply(acme.host, plan, YES)
    assert [(one.email[0], one.why) for one in done.left] == [("b", "ceiling")]
    assert [acme.allocation(name) for name in "abc"] == [3_000_000, 500_000, 1_100_000]


def test_what_was_idle_in_another_month_is_looked_at_anew(acme: Acme) -> None:
    acme.world.clock.move(seconds=40 * 86_400)
    paid(acme, a="2M")
    acme.world.clock.move(seconds=20 * 86_400)
    plan, _ = made(acme, Action.RECLAIM, kind=Kind.INFERENCE)
    file = list(plan_files.lines(acme.host, plan))
    assert plan_files.apply(acme.host.dry(), file, YES).changes == 1
    acme.world.clock.move(seconds=20 * 86_400)
    with pytest.raises(Conflict):
        plan_files.apply(acme.host, file, YES)
    assert acme.allocation("a") == 2_000_000


def test_the_schedule_reclaims_from_those_whose_policy_does(acme: Acme) -> None:
    policies.put(acme.host, SetPolicy(acme.id, fields=(("schedule", "daily 02:00"), ("month_start", "stay"))))
    policies.put(acme.host, SetPolicy(acme.id, fields=(("reclamation", "on"),), department="legal"))
    paid(acme, a="2M", b="2M")
    acme.set("b", department="legal")
    acme.world.clock.move(seconds=20 * 86_400)
    rebalancing.run_due(acme.host, acme.id)
    assert [acme.allocation(name) for name in "ab"] == [2_000_000, 500_000]


def test_a_department_has_no_pool_of_its_own(acme: Acme) -> None:
    for field, text in (("schedule", "daily 02:00"), ("cap_percent", "50"), ("month_start", "stay")):
        with pytest.raises(WrongUse):
            policies.put(acme.host, SetPolicy(acme.id, fields=((field, text),), department="legal"))
