"""What falls back by itself, once: a month's start, raises at their end; the schedule; why a limit is what it is."""

import pytest

from sage_tui.clock import to_micros
from sage_tui.domain import progress
from sage_tui.domain.acts import Offboard
from sage_tui.domain.distributing import Action
from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.errors import PoolTooSmall, Refused, WrongUse
from sage_tui.domain.overrides import GrantRaise, SetOverride
from sage_tui.domain.plan_commands import Bulk, Distribute, Selection
from sage_tui.domain.requests import Approve, Ask, Lasts
from sage_tui.domain.units import Kind
from sage_tui.services import (
    audit,
    batches,
    home,
    overrides,
    plans,
    policies,
    raises,
    rebalancing,
    requests,
    requests_decide,
    users,
)
from sage_tui.services.why import why
from tests.services.editing import ADMIN, YES, Acme, acme_of
from tests.support.world import World

DAY = 86_400


@pytest.fixture
def acme(everywhere: World) -> Acme:
    made = acme_of(everywhere)
    for name in "abc":
        made.set(name, paid=True)
    rebalancing.run_due(made.host, made.id)
    return made


def email(name: str) -> str:
    return f"{name}@acme.example"


def use(acme: Acme, name: str, tokens: int, number: int = 0) -> None:
    usage = acme.world.usage(f"{name}{number}-{acme.world.clock.now()}", email(name), tokens)
    acme.world.record(usage, organization_id=acme.id)


def grant(acme: Acme, name: str, amount: int, days: int, kind: Kind = Kind.INFERENCE) -> None:
    raises.grant(acme.host, GrantRaise(email(name), kind, amount, acme.world.clock.now() + days * DAY * 1_000_000))


def due(acme: Acme) -> list[tuple[str, int]]:
    return [(run.what, run.rows) for run in rebalancing.run_due(acme.host, acme.id)]


def adds_up(acme: Acme) -> bool:
    assert acme.allocated() == acme.counted()
    assert all(report.first_bad is None for report in audit.verify(acme.host))
    return all(limit.adds_up for name in "abc" for limit in why(acme.host, email(name)).limits.values())


class TestMonthStart:
    def test_bumps_fall_back_and_what_was_set_by_hand_stays(self, acme: Acme) -> None:
        use(acme, "a", 400_000)
        use(acme, "b", 400_000)
        assert acme.allocation("a") == acme.allocation("b") == 625_000
        acme.set("b", inference="700K")
        acme.world.clock.move(seconds=10 * DAY)
        assert due(acme) == [("month_start", 1)]
        assert [acme.allocation(name) for name in "abc"] == [500_000, 700_000, 500_000]
        assert due(acme) == []
        assert adds_up(acme)
        (run,) = rebalancing.runs(acme.host, acme.id).past
        assert (run.what, run.rows, f"{run.due_at:%Y-%m-%d %H:%M}") == ("month_start", 1, "2026-12-01 00:00")
        assert batches.list_batches(acme.host, acme.id)[0].actor == "schedule"

    def test_the_first_act_sees_to_it(self, acme: Acme) -> None:
        use(acme, "a", 400_000)
        acme.world.clock.move(seconds=10 * DAY)
        acme.set("c", department="research")
        assert acme.allocation("a") == 500_000
        assert due(acme) == []

    def test_recording_sees_to_it_before_it_raises(self, acme: Acme) -> None:
        use(acme, "a", 400_000)
        acme.world.clock.move(seconds=10 * DAY)
        use(acme, "a", 450_000)
        assert acme.allocation("a") == 625_000
        assert adds_up(acme)

    def test_all_stays_where_the_policy_says_so(self, acme: Acme) -> None:
        policies.put(acme.host, SetPolicy(acme.id, fields=(("month_start", "stay"),)))
        use(acme, "a", 400_000)
        acme.world.clock.move(seconds=10 * DAY)
        assert [(run.what, run.note) for run in rebalancing.run_due(acme.host, acme.id)] == [("month_start", "stays")]
        assert acme.allocation("a") == 625_000

    def test_a_grant_for_the_month_ends_one_for_good_stays(self, acme: Acme) -> None:
        for name, lasts in (("a", Lasts.MONTH), ("b", Lasts.GOOD)):
            asked = requests.create(acme.world.sign_in(email(name)), Ask(Kind.INFERENCE, 300_000, "more"))
            requests_decide.approve(acme.host, Approve((asked.id,), lasts=lasts))
        assert [acme.allocation(name) for name in "ab"] == [800_000, 800_000]
        acme.world.clock.move(seconds=10 * DAY)
        due(acme)
        assert [acme.allocation(name) for name in "ab"] == [500_000, 800_000]
        assert adds_up(acme)

    def test_what_was_reclaimed_comes_back_as_far_as_the_cap(self, acme: Acme) -> None:
        policies.put(acme.host, SetPolicy(acme.id, preset="conservative"))
        acme.world.clock.move(seconds=3 * DAY)
        for name in "abc":
            acme.set(name, inference="3M")
        acme.world.clock.move(seconds=40 * DAY)
        plan = plans.make(acme.host, Distribute(Action.RECLAIM, acme.id, Kind.INFERENCE))
        plans.apply(acme.host, plan.id, YES)
        assert [acme.allocation(name) for name in "abc"] == [200_000] * 3
        acme.world.person("d@acme.example", acme.id)
        acme.set("d", inference="5M")
        acme.world.clock.move(seconds=31 * DAY)
        (run,) = rebalancing.run_due(acme.host, acme.id)
        assert (run.rows, run.rows_left) == (1, 2)
        assert [acme.allocation(name) for name in "abc"] == [3_000_000, 200_000, 200_000]
        assert adds_up(acme)


class TestRaises:
    def test_a_raise_falls_back_to_what_it_would_have_been(self, acme: Acme) -> None:
        grant(acme, "a", 300_000, 3)
        assert acme.allocation("a") == 800_000
        acme.world.clock.move(seconds=2 * DAY)
        assert due(acme) == []
        use(acme, "a", 700_000)
        assert acme.allocation("a") == 1_000_000
        acme.world.clock.move(seconds=2 * DAY)
        assert due(acme) == [("raises_end", 2)]
        assert acme.allocation("a") == 700_000
        (run,) = rebalancing.runs(acme.host, acme.id).past
        assert to_micros(run.at) - to_micros(run.due_at) == DAY * 1_000_000
        assert raises.list_raises(acme.host, acme.id) == ()
        assert due(acme) == []
        assert adds_up(acme)

    def test_a_limit_set_by_hand_since_stays(self, acme: Acme) -> None:
        grant(acme, "a", 300_000, 3)
        acme.set("a", inference="650K")
        acme.world.clock.move(seconds=4 * DAY)
        due(acme)
        assert acme.allocation("a") == 650_000

    def test_over_a_month_s_start(self, acme: Acme) -> None:
        """The bump falls back with the month, the raise at its end."""
        grant(acme, "a", 300_000, 12)
        use(acme, "a", 700_000)
        assert acme.allocation("a") == 1_000_000
        acme.world.clock.move(seconds=9 * DAY)
        assert due(acme) == [("month_start", 1)]
        assert acme.allocation("a") == 800_000
        acme.world.clock.move(seconds=9 * DAY)
        assert due(acme) == [("raises_end", 2)]
        assert acme.allocation("a") == 500_000
        assert adds_up(acme)

    def test_both_at_once_after_a_long_silence(self, acme: Acme) -> None:
        grant(acme, "a", 300_000, 3)
        use(acme, "a", 700_000)
        acme.world.clock.move(seconds=70 * DAY)
        assert due(acme) == [("raises_end", 2), ("month_start", 1)]
        assert acme.allocation("a") == 500_000

    def test_two_raises_end_each_at_its_time(self, acme: Acme) -> None:
        grant(acme, "a", 100_000, 2)
        grant(acme, "a", 10_000, 4)
        acme.world.clock.move(seconds=3 * DAY)
        due(acme)
        assert acme.allocation("a") == 510_000
        acme.world.clock.move(seconds=3 * DAY)
        due(acme)
        assert acme.allocation("a") == 500_000
        assert adds_up(acme)

    def test_ends_made_up_for_at_once_were_due_since_the_first_and_undone_they_end_anew(self, acme: Acme) -> None:
        began = acme.world.clock.now()
        grant(acme, "a", 100_000, 2)
        grant(acme, "b", 10_000, 4)
        acme.world.clock.move(seconds=5 * DAY)
        (run,) = rebalancing.run_due(acme.host, acme.id)
        assert run.due_at == began + 2 * DAY * 1_000_000
        batches.undo(acme.host, run.batch or 0, YES)
        acme.world.clock.move(seconds=1)
        due(acme)
        told = rebalancing.runs(acme.host, acme.id).past
        assert run.batch in [one.batch for one in told]
        assert adds_up(acme)

    def test_without_a_limit_before_there_is_none_after(self, acme: Acme) -> None:
        acme.set("a", inference="unset")
        grant(acme, "a", 100_000, 2)
        acme.world.clock.move(seconds=3 * DAY)
        due(acme)
        assert acme.allocation("a") is None

    def test_undone_it_is_over(self, acme: Acme) -> None:
        done = raises.grant(
            acme.host, GrantRaise(email("a"), Kind.INFERENCE, 5, acme.world.clock.now() + DAY * 1_000_000)
        )
        batches.undo(acme.host, done.batch or 0, YES)
        assert raises.list_raises(acme.host, acme.id) == ()
        acme.world.clock.move(seconds=3 * DAY)
        assert due(acme) == []
        assert acme.allocation("a") == 500_000

    def test_offboarding_ends_it(self, acme: Acme) -> None:
        grant(acme, "a", 100_000, 2)
        plans.act(acme.host, Bulk(Offboard(), Selection(emails=(email("a"),))), YES)
        assert raises.list_raises(acme.host, acme.id) == ()
        acme.world.clock.move(seconds=3 * DAY)
        assert due(acme) == []
        assert acme.allocation("a") == 0

    def test_what_makes_no_sense_is_refused(self, acme: Acme) -> None:
        now = acme.world.clock.now()
        for amount, until in ((0, now + 5), (-5, now + 5), (5, now), (2**53, now + 5)):
            with pytest.raises((WrongUse, PoolTooSmall)):
                raises.grant(acme.host, GrantRaise(email("a"), Kind.INFERENCE, amount, until))
        with pytest.raises(PoolTooSmall):
            grant(acme, "a", 50_000_000, 3)
        with pytest.raises(Refused):
            raises.grant(acme.world.admin(ADMIN), GrantRaise(ADMIN, Kind.INFERENCE, 5, now + 10**12))
        assert raises.list_raises(acme.host, acme.id) == ()


class TestOverrides:
    def test_set_changed_listed_cleared_and_undone(self, acme: Acme) -> None:
        first = overrides.put(acme.host, SetOverride(email("a"), inference_ceiling=600_000, note="pilot"))
        overrides.put(acme.host, SetOverride(email("a"), no_reclaim=True))
        held = overrides.get(acme.host, email("a"))
        assert held is not None
        assert (held.inference_ceiling, held.no_reclaim, held.note) == (600_000, True, "pilot")
        use(acme, "a", 490_000)
        assert acme.allocation("a") == 600_000
        done = overrides.clear(acme.host, email("a"))
        assert overrides.get(acme.host, email("a")) is None
        batches.undo(acme.host, done.batch or 0, YES)
        assert overrides.get(acme.host, email("a")) == held
        assert batches.undo(acme.host, first.batch or 0, YES).left != ()
        assert adds_up(acme)

    def test_those_that_end_first_come_first(self, acme: Acme) -> None:
        now = acme.world.clock.now()
        overrides.put(acme.host, SetOverride(email("a"), pinned=True))
        overrides.put(acme.host, SetOverride(email("b"), pinned=True, until=now + 50))
        overrides.put(acme.host, SetOverride(email("c"), pinned=True, until=now + 5))
        assert [row.email[0] for row in overrides.list_overrides(acme.host, acme.id)] == ["c", "b", "a"]
        acme.world.clock.move(seconds=1)
        assert [row.ended for row in overrides.list_overrides(acme.host, acme.id)] == [True, True, False]

    def test_what_makes_no_sense_is_refused(self, acme: Acme) -> None:
        for more in (
            {}, {"inference_floor": 5, "inference_ceiling": 4}, {"pinned": True, "until": 5}, {"inference_floor": -1},
            {"note": "only a note"},
        ):  # fmt: skip
            with pytest.raises(WrongUse):
                overrides.put(acme.host, SetOverride(email("a"), **more))
        with pytest.raises(Refused):
            overrides.put(acme.world.admin(ADMIN), SetOverride(ADMIN, inference_ceiling=5))
        assert overrides.list_overrides(acme.host, acme.id) == ()


class TestSchedule:
    @pytest.fixture
    def nightly(self, acme: Acme) -> Acme:
        acme.world.change("UPDATE organization SET time_zone = 'Europe/Vienna' WHERE id = :org", org=acme.id)
        fields = (("schedule", "daily 02:00"), ("reclamation", "on"), ("month_start", "stay"))
        policies.put(acme.host, SetPolicy(acme.id, fields=fields))
        return acme

    def test_it_runs_once_a_time_and_missed_ones_are_one(self, nightly: Acme) -> None:
        assert due(nightly) == []
        nightly.set("a", inference="2M")
        nightly.world.clock.move(seconds=5 * DAY)
        assert due(nightly) == [("schedule", 1)]
        assert nightly.allocation("a") == 500_000
        assert due(nightly) == []
        nightly.world.clock.move(seconds=20 * DAY)
        assert due(nightly) == [("month_start", 0), ("schedule", 0)]
        found = rebalancing.runs(nightly.host, nightly.id)
        assert (found.schedule, found.zone, len(found.following)) == ("daily 02:00", "Europe/Vienna", 5)
        assert f"{found.following[0]:%H:%M}" == "01:00"
        assert [run.what for run in found.past] == ["schedule", "month_start", "schedule"]

    def test_reclamation_off_means_never_by_schedule(self, nightly: Acme) -> None:
        policies.put(nightly.host, SetPolicy(nightly.id, fields=(("reclamation", "off"),)))
        nightly.set("a", inference="2M")
        nightly.world.clock.move(seconds=2 * DAY)
        (run,) = rebalancing.run_due(nightly.host, nightly.id)
        assert (run.what, run.note, run.batch) == ("schedule", "reclamation_off", None)
        assert nightly.allocation("a") == 2_000_000

    def test_a_dry_run_takes_nothing(self, nightly: Acme) -> None:
        nightly.world.clock.move(seconds=2 * DAY)
        assert rebalancing.waiting(nightly.host) == (nightly.id,)
        rebalancing.run_due(nightly.host.dry(), nightly.id)
        assert rebalancing.waiting(nightly.host) == (nightly.id,)
        assert due(nightly) == [("schedule", 0)]
        assert rebalancing.waiting(nightly.host) == ()


def test_an_undo_that_leaves_the_limit_leaves_the_raise(acme: Acme) -> None:
    """Somebody moved the limit since: the raise is not ended behind it, and falls back at its end."""
    until = acme.world.clock.now() + 3 * DAY * 1_000_000
    done = raises.grant(acme.host, GrantRaise(email("a"), Kind.INFERENCE, 300_000, until))
    plan = plans.make(acme.host, Distribute(Action.SHARE_EVENLY, acme.id, Kind.INFERENCE, 300_000))
    plans.apply(acme.host, plan.id, YES)
    assert acme.allocation("a") == 900_000
    undone = batches.undo(acme.host, done.batch or 0, YES)
    assert {one.why for one in undone.left} == {"moved"}
    assert len(raises.list_raises(acme.host, acme.id)) == 1
    acme.world.clock.move(seconds=4 * DAY)
    due(acme)
    assert acme.allocation("a") == 600_000


def test_a_raise_is_shown_on_the_row_and_at_home(acme: Acme) -> None:
    assert users.show(acme.host, email=email("a")).user.raised_until is None
    grant(acme, "a", 300_000, 3)
    until = users.show(acme.host, email=email("a")).user.raised_until
    assert until is not None
    shown = home.home(acme.world.sign_in(email("a")))
    assert shown.raised == ((Kind.INFERENCE, 300_000, until),)
    acme.world.clock.move(seconds=4 * DAY)
    assert home.home(acme.world.sign_in(email("a"))).raised == ()


@pytest.mark.parametrize("action", list(Action))
def test_a_first_plan_of_a_month_holds_nobody_up(acme: Acme, monkeypatch: pytest.MonkeyPatch, action: Action) -> None:
    """What falls back is committed before the plan is worked out: no lock on the pools lasts as long as that."""
    for name in "abc":
        acme.set(name, inference="1K", embedding="1K")
    grant(acme, "a", 500, 40)
    acme.world.clock.move(days=45)
    monkeypatch.setattr(progress, "EVERY", 1)
    seen: list[int | None] = []

    def meanwhile(_: int) -> None:
        seen.append(acme.allocation("a"))  # read from another connection: the raise has ended already
        if not acme.world.host.database.sqlite and len(seen) == 1:
            acme.set("c", inference="2K")  # another writer's turn, under the pools' lock

    made = plans.make(acme.host, Distribute(action, acme.id), meanwhile)
    assert set(seen) <= {1_000}
    assert acme.allocation("a") == 1_000
    if action is Action.APPLY_FLOORS:
        assert seen
        assert acme.allocation("c") == (1_000 if acme.world.host.database.sqlite else 2_000)
    plans.discard(acme.host, made.id)
