"""Until when pools and allocations last: one rule for the page, the filter, the command and Today."""

import pytest
from hypothesis import strategies as st

from sage_tui.domain.forecast import HISTORY
from sage_tui.domain.months import DAY, day_of, day_text, month_of
from sage_tui.domain.paging import Ask, Sort, Start
from sage_tui.domain.permissions import Verb
from sage_tui.domain.queries import Op
from sage_tui.domain.queries_match import days_left
from sage_tui.domain.units import Kind, Micros
from sage_tui.services import forecasts, today, users
from sage_tui.store.windows import lasting
from tests.services.editing import Acme, acme_of
from tests.support import NOW
from tests.support.properties import for_all
from tests.support.world import World

TODAY = day_of(NOW)
USED = st.lists(st.tuples(st.integers(0, 33), st.integers(-9, 90)), max_size=14)
WHO = "abc"


def steady(acme: Acme, who: str = "a", *, tokens: int = 100, days: int = 40) -> None:
    """The same every day, yesterday the last one."""
    world = acme.world
    calls = [
        world.usage(f"{who}{ago}", f"{who}@acme.example", tokens, Micros(NOW - ago * DAY)) for ago in range(1, days + 1)
    ]
    world.record(*calls, organization_id=acme.id)


@pytest.fixture
def acme(everywhere: World) -> Acme:
    made = acme_of(everywhere)
    made.set(*WHO, inference="3000", paid=True)
    return made


class TestPeople:
    def test_a_steady_pace(self, acme: Acme) -> None:
        """100 a day since October, 2,200 of 2,700 used before the 23rd: 500 last five days, today with them."""
        steady(acme)
        acme.set("a", inference="2700")
        found = forecasts.of_members(acme.host, [acme.number("a")])[acme.number("a")][Kind.INFERENCE]
        assert (found.remaining, found.used, found.history) == (500, 2_200, HISTORY)
        assert day_text(found.day or 0) == "2026-11-27"

    def test_with_less_than_four_weeks_there_is_not_enough_data(self, acme: Acme) -> None:
        steady(acme, days=20)
        found = forecasts.of_members(acme.host, [acme.number("a"), acme.number("b")])
        assert (found[acme.number("a")][Kind.INFERENCE].lasting, found[acme.number("a")][Kind.INFERENCE].history) == (
            None, 20,
        )  # fmt: skip
        assert found[acme.number("b")][Kind.INFERENCE].history == 0

    def test_without_an_allocation_nothing_lasts(self, acme: Acme) -> None:
        acme.set("a", embedding="0")
        acme.set("b", inference="unset")
        found = forecasts.of_members(acme.host, [acme.number("a"), acme.number("b")])
        assert Kind.EMBEDDING not in found[acme.number("a")]
        assert Kind.INFERENCE not in found[acme.number("b")]


class TestOrganizations:
    def test_the_pool_and_the_departments(self, acme: Acme) -> None:
        steady(acme)
        acme.set("a", department="research", inference="3000")
        found = forecasts.forecast(acme.host, acme.id)
        pool = found.organization[Kind.INFERENCE]
        assert (pool.remaining, pool.lasting and pool.lasting.a_week, pool.day) == (10_000_000 - 2_200, 700, None)
        research = found.departments["research"][Kind.INFERENCE]
        assert (research.remaining, day_text(research.day or 0)) == (800, "2026-11-30")


class TestToday:
    def test_who_will_be_stopped_and_until_when_the_pool_lasts(self, acme: Acme) -> None:
        steady(acme)
        acme.set("a", inference="2700")
        found = today.today(acme.host, acme.id)
        item = next(one for one in found.items if one.code == "will_be_stopped")
        assert (item.count, item.text, item.more) == (
            1, "1 person will be stopped before 1 December", "at the pace of their last 28 days",
        )  # fmt: skip
        rows = users.window(acme.host, Ask(1, item.query, Sort("id"), Start(), 50), acme.id).rows
        assert [row.email for row in rows] == ["a@acme.example"]
        assert "The inference pool lasts beyond the month." in found.sentences
        acme.world.change("UPDATE purchase SET inference = 2500")
        found = today.today(acme.host, acme.id)
        assert "The inference pool lasts until Wednesday 25 November." in found.sentences
        acme.world.change("UPDATE purchase SET inference = 2000")
        assert "The inference pool is used up." in today.today(acme.host, acme.id).sentences


class TestFilter:
    @pytest.mark.parametrize("op", [Op.LESS, Op.AT_MOST, Op.EQUAL, Op.MORE, Op.AT_LEAST])
    def test_the_filter_finds_whom_the_forecast_names(self, acme: Acme, op: Op) -> None:
        """Random use of three people at a month's start, and limits that end on any day: SQL against the plain rule."""
        world = acme.world
        world.clock.move(seconds=9 * 86_400)
        today = TODAY + 9

        def check(used: tuple[list[tuple[int, int]], ...], days: int, limit: int) -> None:
            sums: dict[tuple[int, int], int] = {}
            for who, some in zip(WHO, used, strict=True):
                for ago, tokens in some:
                    sums[acme.number(who), today - ago] = tokens
            put(acme, sums, limit)
            rows = users.window(acme.host, Ask(1, f"lasts{op}{days}d", Sort("id"), Start(), 50), acme.id).rows
            found = forecasts.of_members(acme.host, list(world.people.values()))
            left = {number: days_left(one.get(Kind.INFERENCE)) for number, one in found.items()}
            assert [row.id for row in rows] == sorted(
                number for number, days_ in left.items() if days_ is not None and op.holds(days_, days)
            )

        for_all(
            acme.host.database.sqlite,
            check,
            used=st.tuples(USED, USED, USED),
            days=st.integers(0, 32),
            limit=st.integers(-20, 900),
        )

    def test_very_many_are_asked_for_by_the_rule_itself(self, acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
        """Beyond so many numbers the statement holds the rule, and finds the same people in the same order."""
        steady(acme)
        steady(acme, "b", tokens=50)
        acme.set("a", "b", inference="2700")
        for query in ("lasts<7d", "lasts=4d", "lasts>=4d", "lasts<=31d"):
            found = []
            for known in (10_000, 0):
                monkeypatch.setattr(lasting, "_KNOWN", known)
                ask = Ask(1, query, Sort("inference_used", True), Start(), 50)
                found.append([row.id for row in users.window(acme.host, ask, acme.id).rows])
            assert found[0] == found[1], query
            assert acme.number("a") in found[0] or query == "lasts>=4d"


class TestDepartments:
    def test_a_department_whose_people_began_lately_has_not_enough_data(self, acme: Acme) -> None:
        """Somebody's first use in it is what counts, whoever it was and however long ago."""
        steady(acme, "a", days=10)
        steady(acme, "b", days=40)
        acme.set("a", department="new", inference="3000")
        acme.set("b", department="old", inference="3000")
        acme.set("c", department="none", inference="3000")
        found = forecasts.forecast(acme.host, acme.id).departments
        assert {name: by_kind[Kind.INFERENCE].history for name, by_kind in found.items()} == {
            "new": 10, "old": HISTORY, "none": 0,
        }  # fmt: skip
        assert [name for name, by_kind in found.items() if by_kind[Kind.INFERENCE].lasting] == ["old"]

    def test_one_who_rests_since_has_a_past_all_the_same(self, acme: Acme) -> None:
        acme.world.record(acme.world.usage("1", "a@acme.example", 9, Micros(NOW - 90 * DAY)), organization_id=acme.id)
        acme.set("a", department="old", inference="3000")
        found = forecasts.forecast(acme.host, acme.id).departments["old"][Kind.INFERENCE]
        assert (found.history, found.lasting and found.lasting.median) == (HISTORY, None)
        assert found.lasting is not None


def put(acme: Acme, sums: dict[tuple[int, int], int], limit: int) -> None:
    """These daily totals and no others; everybody may use so much more than what the counters say."""
    with acme.host.write(Verb.ORGS_ADD) as tx:
        tx.run("DELETE FROM usage_daily")
        tx.many(
            "INSERT INTO usage_daily (organization_id, day, user_id, model_id, kind, entry, events, failures,"
            " prompt_tokens, cached_tokens, completion_tokens, charge) VALUES (?, ?, ?, 1, 0, 0, 1, 0, ?, 0, 0, ?)",
            [(acme.id, day, user, tokens, tokens) for (user, day), tokens in sums.items()],
        )
        tx.run("UPDATE membership SET inference_allocation = 500, inference_month = :month, inference_used = :used",
               month=month_of(acme.world.clock.now()), used=max(500 - limit, 0))  # fmt: skip
