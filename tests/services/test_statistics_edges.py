"""Token Statistics where it is easily wrong: who moved or left, closed and empty organizations, short months, ties."""

from datetime import UTC, datetime

import pytest

from sage_tui.clock import to_micros
from sage_tui.domain.acts import Move
from sage_tui.domain.corrections import Recharge, Reverse
from sage_tui.domain.errors import NotFound
from sage_tui.domain.months import DAY, day_of, month_of, month_start, parse_day
from sage_tui.domain.plan_commands import Bulk, Selection
from sage_tui.domain.spans import Range, Span, named
from sage_tui.domain.statistics import EMPTY, Question, Slice, View
from sage_tui.domain.units import Day, Kind, Micros, Role
from sage_tui.services import corrections, forecasts, identities, organizations, plans, statistics
from tests.services.editing import YES, Acme, acme_of
from tests.support import NOW
from tests.support.world import World

A, B = "a@acme.example", "b@acme.example"
TODAY = day_of(NOW)
MONTH = named(Range.THIS_MONTH, TODAY)
SUMMED = [view for view in View if view is not View.ALLOCATIONS]


def charges(acme: Acme, view: View, asked: Slice, top: int | None = None) -> dict[str, int]:
    found = statistics.look(acme.host, Question(view, asked, top))
    return {line.title: line.sums.charge for line in found.lines}


@pytest.fixture
def acme(everywhere: World) -> Acme:
    return acme_of(everywhere)


class TestWhoMoved:
    @pytest.fixture
    def beta(self, acme: Acme) -> int:
        """Used 100 in research of Acme, then moved to Beta, and used 30 in its sales."""
        acme.set("a", department="research")
        acme.world.record(acme.world.usage("1", A, 100))
        beta = acme.world.organization("Beta", 1_000)
        plans.act(acme.host, Bulk(Move(beta), Selection(emails=(A,))), YES)
        acme.set("a", department="sales")
        acme.world.record(acme.world.usage("2", A, 30))
        return beta

    def test_each_organization_keeps_what_was_used_in_it(self, acme: Acme, beta: int) -> None:
        assert charges(acme, View.USERS, Slice(MONTH, acme.id)) == {A: 100}
        assert charges(acme, View.USERS, Slice(MONTH, beta)) == {A: 30}
        assert charges(acme, View.USERS, Slice(MONTH)) == {A: 130}

    def test_who_has_left_stands_with_the_department_they_had(self, acme: Acme, beta: int) -> None:
        assert charges(acme, View.DEPARTMENTS, Slice(MONTH, acme.id)) == {"research": 100}
        assert charges(acme, View.DEPARTMENTS, Slice(MONTH)) == {"research": 100, "sales": 30}
        assert charges(acme, View.MONTHS, Slice(MONTH, department="research")) == {"2026-11": 100}

    def test_beside_the_allocations_stands_what_they_had_used(self, acme: Acme, beta: int) -> None:
        found = statistics.allocations(acme.host, acme.id)
        assert (found.total.used, found.gone, found.unassigned) == (0, 100, 0)

    def test_administrators_see_their_own_whatever_they_ask(self, acme: Acme, beta: int) -> None:
        acme.world.person("head@beta.example", beta, Role.ADMIN)
        console = acme.world.admin("head@beta.example")
        for asked, whole in ((Slice(MONTH), 30), (Slice(MONTH, beta), 30), (Slice(MONTH, acme.id), 0)):
            found = statistics.look(console, Question(View.USERS, asked))
            assert (found.total.charge, sum(line.sums.charge for line in found.lines)) == (whole, whole)
            proof = statistics.prove(console, asked)
            assert (proof.equal, proof.counted) == (True, int(whole > 0))


class TestWhoCameLater:
    def test_usage_before_they_came_is_beside_the_bands_of_that_month(self, acme: Acme) -> None:
        """An identity's calls of October are given to somebody who came in November."""
        world = acme.world
        world.record(world.usage("1", "robot", 50, Micros(month_start(month_of(NOW)) - DAY)), organization_id=acme.id)
        identities.assign(acme.host, "robot", A)
        found = statistics.allocations(acme.host, acme.id, month=month_of(NOW) - 1)
        assert (found.total.people, found.total.used, found.unassigned, found.gone) == (0, 0, 0, 50)


class TestOrganizations:
    def test_a_closed_one_keeps_its_past(self, acme: Acme) -> None:
        acme.world.record(acme.world.usage("1", A, 100))
        acme.world.change("UPDATE organization SET closed_at = :now WHERE id = :org", now=NOW, org=acme.id)
        assert charges(acme, View.USERS, Slice(MONTH, acme.id)) == {A: 100}
        assert charges(acme, View.MODELS, Slice(MONTH)) == {"gpt": 100}

    def test_an_empty_one_has_days_and_nothing_else(self, acme: Acme) -> None:
        acme.world.record(acme.world.usage("1", A, 100))
        empty = organizations.add(acme.host, organizations.AddOrganization("Empty"))
        for view in SUMMED:
            found = statistics.look(acme.host, Question(view, Slice(MONTH, empty), 5))
            assert (found.total, found.before, found.rest, found.others) == (EMPTY, EMPTY, EMPTY, 0)
            assert {line.sums for line in found.lines} <= {EMPTY}
            assert bool(found.lines) is (view in (View.DAYS, View.MONTHS, View.YEARS))
        told = statistics.allocations(acme.host, empty)
        assert (told.total.people, told.total.used, told.unassigned, told.gone) == (0, 0, 0, 0)
        assert forecasts.forecast(acme.host, empty).organization[Kind.INFERENCE].lasting is None
        proof = statistics.prove(acme.host, Slice(MONTH, empty))
        assert (proof.equal, proof.counted) == (True, 0)

    def test_a_model_that_nobody_used_has_no_row_and_can_be_asked_for(self, acme: Acme) -> None:
        acme.world.record(
            acme.world.usage("1", A, 100), acme.world.usage("2", A, 9, Micros(NOW - 60 * DAY), model="old")
        )
        assert charges(acme, View.MODELS, Slice(MONTH, acme.id)) == {"gpt": 100}
        assert set(charges(acme, View.DAYS, Slice(MONTH, acme.id, model="old")).values()) == {0}

    def test_what_was_given_to_another_organization_leaves_no_row(self, acme: Acme) -> None:
        """Held by no organization; then it is a person's."""
        acme.world.record(acme.world.usage("1", "robot", 50, model="rare"))
        assert charges(acme, View.MODELS, Slice(MONTH, 0)) == {"rare": 50}
        identities.assign(acme.host, "robot", A)
        assert charges(acme, View.MODELS, Slice(MONTH, 0)) == {}
        assert charges(acme, View.MODELS, Slice(MONTH, acme.id)) == {"rare": 50}


class TestDays:
    def test_a_day_may_stand_below_nothing(self, acme: Acme) -> None:
        """A credit of today is for calls of the days before."""
        acme.world.record(acme.world.usage("1", A, 100, Micros(NOW - 3 * DAY)))
        corrections.credit(acme.host.because("kindness"), A, Kind.INFERENCE, 40)
        found = charges(acme, View.DAYS, Slice(MONTH, acme.id))
        assert (found["2026-11-20"], found["2026-11-23"], sum(found.values())) == (100, -40, 60)
        assert charges(acme, View.MODELS, Slice(MONTH, acme.id)) == {"gpt": 100, "(credit)": -40}
        total = statistics.look(acme.host, Question(View.DAYS, Slice(MONTH, acme.id))).total.inference
        assert (total.calls, total.corrected) == (1, -40)

    @pytest.mark.parametrize(
        ("today", "compared"),
        [("2026-02-28", ("2026-01-01", "2026-01-31")), ("2026-02-27", ("2026-01-01", "2026-01-27")),
         ("2026-03-30", ("2026-02-01", "2026-02-28")), ("2028-03-30", ("2028-02-01", "2028-02-29")),
         ("2026-05-31", ("2026-04-01", "2026-04-30")), ("2026-12-30", ("2026-11-01", "2026-11-30")),
         ("2026-01-01", ("2025-12-01", "2025-12-01"))],
    )  # fmt: skip
    def test_months_of_different_lengths(self, lone: World, today: str, compared: tuple[str, str]) -> None:
        """On each day of the months around it 1 is used: what a month is compared with is what those days sum up to."""
        lone.clock.at = to_micros(datetime.fromisoformat(today).replace(hour=12, tzinfo=UTC))
        now = day_of(lone.clock.now())
        made = acme_of(lone)
        lone.record(*(lone.usage(f"{back}", A, 1, Micros(lone.clock.now() - back * DAY)) for back in range(100)))
        found = statistics.look(made.host, Question(View.DAYS, Slice(named(Range.THIS_MONTH, now), made.id)))
        first, last = (parse_day(day, lone.clock.now(), last=False) for day in compared)
        assert found.compared == Span(first, last)
        assert found.before.charge == last - first + 1
        assert found.total.charge == len(found.lines) == int(today[-2:])

    def test_a_month_that_is_to_come_has_no_bands(self, acme: Acme) -> None:
        with pytest.raises(NotFound, match="still to come"):
            statistics.allocations(acme.host, acme.id, month=month_of(NOW) + 1)


class TestRanking:
    @pytest.mark.parametrize("span", [MONTH, Span(TODAY - 5, TODAY)])
    def test_equals_stand_in_one_order_however_many_are_shown(self, acme: Acme, span: Span) -> None:
        """Ties by number: held identities (negative) first; credits and what is taken back move people down."""
        world = acme.world
        names = (A, B, "c@acme.example", "robot", "svc")
        world.record(*(world.usage(name, name, 100) for name in names), organization_id=acme.id)
        corrections.reverse(acme.host.because("twice"), Reverse(external_id=B, source="test"))
        every = list(charges(acme, View.USERS, Slice(span, acme.id)).items())
        assert every == [("svc", 100), ("robot", 100), (A, 100), ("c@acme.example", 100), (B, 0)]
        for count in range(1, 7):
            found = statistics.look(acme.host, Question(View.USERS, Slice(span, acme.id), count))
            assert [(line.title, line.sums.charge) for line in found.lines] == every[:count]
            assert (found.others, found.rest.charge) == (max(5 - count, 0), sum(n for _, n in every[count:]))

    def test_counted_stands_beside_charged_after_a_recharge(self, acme: Acme) -> None:
        acme.world.record(acme.world.usage("1", A, 100, completion_tokens=10))
        acme.world.change("UPDATE model SET prompt_weight = 3000000 WHERE key = 'gpt'")
        corrections.recharge(acme.host.because("a weight"), Recharge("gpt", Day(TODAY), Day(TODAY)))
        found = statistics.look(acme.host, Question(View.USERS, Slice(MONTH, acme.id)))
        total = found.total.inference
        assert (total.charge, total.counted, total.corrected, found.weighted) == (310, 110, 200, True)
