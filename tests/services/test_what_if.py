"""What-if over a real store: last month under every preset, as it comes out by hand."""

import pytest

from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.errors import Interrupted, WrongUse
from sage_tui.domain.hindsight import Outcome, Scenario, StoppedPerson, WhatIf
from sage_tui.domain.months import DAY, first_day, month_of, month_start
from sage_tui.domain.overrides import SetOverride
from sage_tui.domain.permissions import Verb
from sage_tui.domain.policies import Preset
from sage_tui.domain.units import Kind, Micros
from sage_tui.services import overrides, policies, what_if
from tests.services.editing import Acme, acme_of
from tests.support.world import World


@pytest.fixture
def acme(everywhere: World) -> Acme:
    """On 3 December, with limits that were set in November: 10M and 1M tokens in the pools, 1.5M allocated."""
    made = acme_of(everywhere)
    for name, amount in (("a", "1M"), ("b", "500K")):
        made.set(name, paid=True)
        made.set(name, inference=amount, embedding="unset")
    everywhere.clock.move(days=10)
    return made


def month(acme: Acme) -> int:
    return month_of(acme.world.clock.now())


def use(acme: Acme, name: str, day: int, tokens: int) -> None:
    """Recorded as ever, on a day of this month, from 0 on."""
    at = Micros(month_start(month(acme)) + day * DAY + 3_600_000_000)
    record = acme.world.usage(f"{name}-{at}", f"{name}@acme.example", tokens, at)
    acme.world.record(record, organization_id=acme.id)


def later(acme: Acme) -> None:
    """A month on."""
    acme.world.clock.move(days=31)


def of(found: WhatIf, preset: Preset) -> Scenario:
    (one,) = [one for one in found.scenarios if one.preset is preset]
    return one


def recorded_behind(acme: Acme, *rows: tuple[str, int, int]) -> None:
    """Use of this month as (who, day, tokens), without what recording it would have bumped."""
    acme.world.change("DELETE FROM usage_daily WHERE organization_id = :org", org=acme.id)
    first = first_day(month(acme))
    with acme.host.write(Verb.ORGS_ADD) as tx:
        tx.many(
            "INSERT INTO usage_daily (organization_id, day, user_id, model_id, kind, entry, events, failures,"
            " prompt_tokens, cached_tokens, completion_tokens, charge) VALUES (?, ?, ?, 1, 0, 0, 1, 0, ?, 0, 0, ?)",
            [(acme.id, first + day, acme.number(who), tokens, tokens) for who, day, tokens in rows],
        )


def test_as_it_comes_out_by_hand(acme: Acme) -> None:
    """a begins with 1M of which 900K are used on 29 December and 500K on the 30th; b uses nothing of 500K.

    Conservative: at 90% +25%, but its ceiling is 1M already: stopped on 30 December with 400K of 500K not served,
    which is 19.2 hours, and all of the 31st. Standard: 1M → 1.25M at 800K; the next day → 1.5625M at 1M; all is served.
    Aggressive: +500K at 750K, and at 1.125M again. Dynamic: a quarter of 8.5M at 750K.
    """
    recorded_behind(acme, ("a", 28, 900_000), ("a", 29, 500_000))
    later(acme)
    found = what_if.replay(acme.host, acme.id)
    assert found.month == month(acme) - 1
    assert of(found, Preset.CONSERVATIVE).outcome == Outcome(1, 44, 0, 500_000, 9_500_000)
    assert of(found, Preset.STANDARD).outcome == Outcome(0, 0, 2, 162_500 + 500_000, 9_500_000 - 562_500)
    assert of(found, Preset.AGGRESSIVE).outcome == Outcome(0, 0, 2, 600_000 + 500_000, 8_500_000)
    assert of(found, Preset.DYNAMIC).outcome == Outcome(0, 0, 1, 1_725_000 + 500_000, 9_500_000 - 2_125_000)
    assert [(one.preset.value, one.holds) for one in found.scenarios] == [
        ("conservative", False), ("standard", True), ("aggressive", False), ("dynamic", False),
    ]  # fmt: skip
    assert found.best == of(found, Preset.STANDARD)
    (who,) = of(found, Preset.CONSERVATIVE).people
    first = first_day(found.month)
    assert who == (StoppedPerson(acme.number("a"), "a@acme.example", Kind.INFERENCE, first + 29, 400_000, 44))


def test_what_was_really_recorded_comes_out_as_it_really_went(acme: Acme) -> None:
    """A tier a day: under the policy that held, replaying gives the limit that recording gave."""
    for day, tokens in ((0, 700_000), (1, 150_000), (4, 300_000), (5, 200_000)):
        acme.world.clock.at = Micros(month_start(month(acme)) + day * DAY + 7_200_000_000)
        use(acme, "a", day, tokens)
    limit = acme.allocation("a")
    assert limit == 1_953_125
    later(acme)
    found = of(what_if.replay(acme.host, acme.id), Preset.STANDARD).outcome
    assert found == Outcome(0, 0, 3, limit - 1_350_000 + 500_000, 11_000_000 - limit - 500_000)


def test_limits_are_those_of_the_months_beginning(acme: Acme) -> None:
    """Set by hand in the month, set after it, joined after it: none of it is the limit with which the month began."""
    recorded_behind(acme, ("a", 3, 10))
    acme.set("a", inference="3M")
    later(acme)
    acme.set("b", inference="4M")
    acme.world.person("d@acme.example", acme.id)
    acme.set("d", paid=True)
    found = of(what_if.replay(acme.host, acme.id), Preset.STANDARD).outcome
    assert found == Outcome(0, 0, 0, 1_500_000 - 10, 9_500_000)


def test_what_fell_back_at_the_months_start_was_before_its_beginning(acme: Acme) -> None:
    use(acme, "a", 0, 850_000)
    assert acme.allocation("a") == 1_250_000
    later(acme)
    use(acme, "b", 0, 10)
    assert acme.allocation("a") == 1_000_000
    later(acme)
    found = of(what_if.replay(acme.host, acme.id), Preset.STANDARD).outcome
    assert found == Outcome(0, 0, 0, 1_500_000 - 10, 9_500_000)


def test_who_had_no_limit_begins_with_the_floor_of_the_policy(acme: Acme) -> None:
    recorded_behind(acme, ("c", 3, 150_000))
    later(acme)
    found = what_if.replay(acme.host, acme.id)
    assert of(found, Preset.CONSERVATIVE).outcome.pool_left == 9_500_000 - 200_000
    assert of(found, Preset.AGGRESSIVE).outcome.pool_left == 9_500_000 - 1_000_000


def test_exceptions_hold_and_departments_have_their_own_policy(acme: Acme) -> None:
    recorded_behind(acme, ("a", 0, 1_000_000), ("b", 0, 500_000))
    policies.put(acme.host, SetPolicy(acme.id, preset="aggressive", department="research"))
    acme.set("b", department="research")
    overrides.put(acme.host, SetOverride("a@acme.example", no_auto_increase=True))
    later(acme)
    found = what_if.replay(acme.host, acme.id)
    for preset in (Preset.CONSERVATIVE, Preset.STANDARD):  # whatever the organization's is, b goes by its department's
        assert of(found, preset).outcome == Outcome(0, 0, 1, 500_000, 9_000_000)


def test_a_policy_that_is_looked_at_stands_beside_the_one_that_holds(acme: Acme) -> None:
    recorded_behind(acme, ("a", 0, 1_100_000), ("b", 0, 600_000))
    policies.put(acme.host, SetPolicy(acme.id, fields=(("tiers", "off"),)))
    later(acme)
    command = SetPolicy(acme.id, fields=(("tiers", "50%:+10K"),))
    found = what_if.replay(acme.host, acme.id, command=command)
    assert [(one.preset.value, one.holds, one.asked) for one in found.scenarios][4:] == [
        ("custom", True, False), ("custom", False, True),
    ]  # fmt: skip
    assert [one.outcome.bumps for one in found.scenarios][4:] == [0, 2]
    glance = what_if.at_a_glance(acme.host, acme.id, command)
    assert glance is not None
    assert glance.scenarios == found.scenarios[4:]
    own = what_if.at_a_glance(acme.host, acme.id, SetPolicy(acme.id, preset="dynamic", department="research"))
    assert own is not None
    assert own.scenarios[1].outcome == own.scenarios[0].outcome  # nobody is in that department


def test_nobody_works_it_out_unasked_for_many(acme: Acme) -> None:
    assert what_if.at_a_glance(acme.host, acme.id) is not None
    acme.world.change("UPDATE organization SET members = 20001 WHERE id = :org", org=acme.id)
    assert what_if.at_a_glance(acme.host, acme.id) is None


def test_corrections_count_and_who_left_does_not(acme: Acme) -> None:
    recorded_behind(acme, ("a", 0, 1_100_000), ("c", 0, 2_000_000))
    acme.world.change(
        "INSERT INTO usage_daily (organization_id, day, user_id, model_id, kind, entry, events, failures,"
        " prompt_tokens, cached_tokens, completion_tokens, charge) SELECT"
        " organization_id, day, user_id, model_id, kind, 1, 1, 0, -400000, 0, 0, -400000"
        " FROM usage_daily WHERE organization_id = :org AND user_id = :who",
        org=acme.id, who=acme.number("a"),
    )  # fmt: skip
    acme.world.change(
        "UPDATE membership SET ended_at = 5 WHERE organization_id = :org AND user_id = :who",
        org=acme.id, who=acme.number("c"),
    )  # fmt: skip
    later(acme)
    found = of(what_if.replay(acme.host, acme.id), Preset.STANDARD).outcome
    assert found == Outcome(0, 0, 0, 1_500_000 - 700_000, 9_500_000)


def test_the_order_in_which_it_was_recorded_does_not_matter(acme: Acme) -> None:
    rows = [(name, day, 90_000 + day) for name in "abc" for day in range(20)]
    recorded_behind(acme, *rows)
    later(acme)
    first = what_if.replay(acme.host, acme.id)
    acme.world.clock.move(days=-31)
    recorded_behind(acme, *reversed(rows))
    later(acme)
    assert what_if.replay(acme.host, acme.id) == first


def test_another_month_and_one_that_has_not_ended(acme: Acme) -> None:
    recorded_behind(acme, ("a", 0, 10))
    later(acme)
    empty = what_if.replay(acme.host, acme.id, month(acme) - 2)
    assert not empty.used
    assert empty.best is None
    assert what_if.replay(acme.host, acme.id, month(acme) - 1).used
    with pytest.raises(WrongUse, match="has not ended"):
        what_if.replay(acme.host, acme.id, month(acme))


def test_another_organizations_people_are_no_part_of_it(acme: Acme) -> None:
    other = acme.world.organization("Globex", 10_000_000)
    acme.world.person("x@globex.example", other)
    recorded_behind(acme, ("a", 0, 2_000_000))
    later(acme)
    found = what_if.replay(acme.host, other)
    assert not found.used
    assert found.scenarios[0].outcome == Outcome(0, 0, 0, 0, 10_000_000)


def test_it_is_stopped_where_its_progress_says_so(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if, "EVERY", 2)
    recorded_behind(acme, *(("a", day, 10) for day in range(9)))
    later(acme)
    seen: list[int] = []
    what_if.replay(acme.host, acme.id, progress=seen.append)
    assert seen == sorted(seen) == list(range(2, seen[-1] + 1, 2))

    def stop(number: int) -> None:
        if number >= 8:
            raise Interrupted("Stopped.")

    with pytest.raises(Interrupted):
        what_if.replay(acme.host, acme.id, progress=stop)
