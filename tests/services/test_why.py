"""Why a limit is what it is: all that is kept of each step, in words; and what raises it next, or why nothing does."""

from datetime import datetime

import pytest

from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.overrides import UNLIMITED, SetOverride
from sage_tui.domain.requests import Approve, Ask, Lasts
from sage_tui.domain.units import Kind
from sage_tui.domain.why import Never, Next, following, told
from sage_tui.services import overrides, policies, requests, requests_decide, users
from sage_tui.services.why import why
from tests.services.editing import Acme
from tests.services.test_auto_increase import ready, use
from tests.support.world import World

A = "a@acme.example"


@pytest.fixture
def acme(everywhere: World) -> Acme:
    return ready(everywhere)


@pytest.fixture
def solo(lone: World) -> Acme:
    return ready(lone)


def next_of(acme: Acme) -> str:
    """What is said of a's inference limit; a cooldown's end as a time of day."""
    return following(why(acme.host, A).limits[Kind.INFERENCE].next, lambda moment: f"{moment:%H:%M}")


def last_of(acme: Acme) -> str:
    step = why(acme.host, A).limits[Kind.INFERENCE].steps[-1]
    history = users.show(acme.host, email=A).history
    assert told(step) == told([one for one in history if one.kind is Kind.INFERENCE][-1])
    return told(step)


class TestWords:
    def test_a_bump_says_its_trigger_amount_and_policy(self, acme: Acme) -> None:
        policies.put(acme.host, SetPolicy(acme.id, "", (("tiers", "80%:+25%,95%:+50%"), ("cooldown", "2h"))))
        use(acme, 800_000)
        assert last_of(acme) == "80% reached, +25% (policy v1)"
        use(acme, 400_000)
        assert last_of(acme) == "95% reached, +50% (policy v1)"

    @pytest.mark.parametrize(("lasts", "words"), [(Lasts.MONTH, "for the month"), (Lasts.GOOD, "for good")])
    def test_a_granted_request_says_its_number_and_why(self, acme: Acme, lasts: Lasts, words: str) -> None:
        member = acme.world.sign_in(A)
        asked = requests.create(member, Ask(Kind.INFERENCE, 5_000, "eval run"))
        requests_decide.approve(acme.host, Approve((asked.id,), lasts=lasts))
        said = last_of(acme)
        assert said.startswith(f"request {asked.id}, {words}, by ")
        assert said.endswith(': "eval run"')


class TestNext:
    def test_the_first_tier_or_the_one_that_is_passed(self, acme: Acme) -> None:
        assert next_of(acme) == "next: at 80% of it"
        use(acme, 800_000)
        now = why(acme.host, A).limits[Kind.INFERENCE].next
        assert isinstance(now, Next)
        assert (now.at, now.sooner) == (800, 950)
        assert isinstance(now.not_before, datetime)
        acme.world.clock.move(minutes=60)
        assert next_of(acme) == "next: at 80% of it"

    def test_at_the_policys_ceiling_nothing_follows(self, acme: Acme) -> None:
        acme.set("a", inference="2M")
        policies.put(acme.host, SetPolicy(acme.id, "conservative"))
        assert next_of(acme) == "nothing raises it by itself: the policy's ceiling is 1,000,000"
        assert use(acme, 1_900_000).bumped == ()

    def test_an_own_ceiling_goes_before_the_policys(self, solo: Acme) -> None:
        overrides.put(solo.host, SetOverride(A, inference_ceiling=1_000_000))
        assert next_of(solo) == "nothing raises it by itself: their own ceiling is 1,000,000"
        overrides.put(solo.host, SetOverride(A, inference_ceiling=UNLIMITED))
        solo.set("a", inference="6M")
        assert next_of(solo) == "next: at 80% of it"
        assert use(solo, 5_000_000).bumped[0].after == 7_500_000

    @pytest.mark.parametrize(
        ("change", "why_not"),
        [({"pinned": True}, "pinned"), ({"no_auto_increase": True}, "no_auto_increase")],
    )
    def test_an_exception_says_so(self, solo: Acme, change: dict[str, bool], why_not: str) -> None:
        overrides.put(solo.host, SetOverride(A, **change))  # type: ignore[arg-type]
        assert why(solo.host, A).limits[Kind.INFERENCE].next == Never(why_not, 5_000_000)

    @pytest.mark.parametrize(("fields", "why_not"), [({"paid": False}, "unpaid"), ({"banned": True}, "banned")])
    def test_who_may_not_spend_is_not_raised(self, solo: Acme, fields: dict[str, bool], why_not: str) -> None:
        solo.set("a", **fields)
        assert why(solo.host, A).limits[Kind.INFERENCE].next == Never(why_not, 5_000_000)

    def test_a_policy_without_tiers_and_a_pool_without_room(self, solo: Acme) -> None:
        solo.set("b", inference="8M")
        assert next_of(solo) == "nothing raises it by itself now: the pool's cap leaves no room"
        policies.put(solo.host, SetPolicy(solo.id, "", (("tiers", "off"),)))
        assert next_of(solo) == "nothing raises it by itself: the policy has no auto-increase"

    def test_of_a_limit_that_is_unset_nothing_is_said(self, solo: Acme) -> None:
        solo.set("a", inference="unset")
        assert next_of(solo) == ""
