"""Usage is corrected, never changed: counter-entries, every total after them, and never twice."""

import threading

import pytest

from sage_tui.domain.corrections import Corrected, Recharge, Reverse
from sage_tui.domain.errors import Forbidden, NotFound, Refused, WrongUse
from sage_tui.domain.months import DAY, day_of
from sage_tui.domain.paging import Ask as Asked
from sage_tui.domain.paging import Sort
from sage_tui.domain.permissions import Verb
from sage_tui.domain.spending import Ask, Certainty, Settlement
from sage_tui.domain.units import Day, Kind, Micros
from sage_tui.services import activity, corrections, metering, usage
from sage_tui.services.context import Context
from tests.services.editing import Acme, acme_of
from tests.services.test_metering import all_well
from tests.support.world import World

A, B = "a@acme.example", "b@acme.example"
MONTH = 31 * DAY


@pytest.fixture
def acme(everywhere: World) -> Acme:
    return ready(everywhere)


@pytest.fixture
def solo(lone: World) -> Acme:
    return ready(lone)


def ready(world: World) -> Acme:
    made = acme_of(world)
    made.set("a", "b", inference="1M", embedding="100K", paid=True)
    return made


def because(acme: Acme) -> Context:
    return acme.host.because("a wrong file")


def imported(acme: Acme, number: int = 7) -> None:
    """An import: two calls of a this month, one of b last month, one of nobody."""
    world, now = acme.world, acme.world.clock.now()
    calls = (
        world.usage("i1", A, 100, completion_tokens=5),
        world.usage("i2", A, 50, kind=Kind.EMBEDDING),
        world.usage("i3", B, 30, Micros(now - MONTH), cached_tokens=3),
        world.usage("i4", "svc", 7),
    )
    with world.host.write(Verb.IMPORT_USAGE) as tx:
        metering.record(tx, metering.Recorder("file", acme.id, import_id=number), calls)
        tx.run("INSERT INTO usage_import (organization_id, id, source_id, name, started_at) VALUES (:o, :n, 1, 'f', 1)",
               o=acme.id, n=number)  # fmt: skip


def lines(acme: Acme) -> dict[int, int]:
    """Charge by entry, summed over the daily totals."""
    rows = acme.world.rows("SELECT entry, sum(charge) AS charge FROM usage_daily GROUP BY entry ORDER BY entry")
    return {int(row["entry"]): int(row["charge"]) for row in rows}


def used(acme: Acme, name: str, kind: str = "inference") -> int:
    row = acme.world.rows("SELECT * FROM membership WHERE user_id = :u", u=acme.number(name))[0]
    return int(row[f"{kind}_used"])


class TestReverse:
    def test_an_import_is_taken_back_in_every_total_of_its_months(self, acme: Acme) -> None:
        acme.world.record(acme.world.usage("mine", A, 1_000))
        imported(acme)
        done = corrections.reverse(because(acme), Reverse(7))
        assert done == Corrected(4, 0, 3, -187, -5, -192)
        assert (used(acme, "a"), used(acme, "a", "embedding"), used(acme, "b")) == (1_000, 0, 0)
        assert lines(acme) == {0: 1_192, 1: -192}
        assert acme.world.value("SELECT sum(corrected) FROM usage_month") == -192
        assert acme.world.value("SELECT used FROM pool WHERE organization_id = :o AND kind = 0", o=acme.id) == 1_000
        assert all_well(acme.world)
        told = acme.world.rows("SELECT body FROM audit_entry WHERE action = 'usage reverse'")
        assert len(told) == 1
        assert '"target":"import 7"' in str(told[0]["body"])

    def test_twice_is_refused_and_the_file_stays_known(self, acme: Acme) -> None:
        imported(acme)
        corrections.reverse(because(acme), Reverse(external_id="i1"))
        done = corrections.reverse(because(acme), Reverse(7))
        assert (done.entries, done.already) == (3, 1)
        for what in (Reverse(7), Reverse(external_id="i1")):
            with pytest.raises(Refused, match="was reversed already"):
                corrections.reverse(because(acme), what)
        assert acme.world.record(acme.world.usage("i1", A, 100, completion_tokens=5), source="file").already == 1
        assert lines(acme)[1] == -192

    def test_two_at_once_take_it_back_once(self, acme: Acme) -> None:
        imported(acme)
        outcomes: list[object] = []

        def run() -> None:
            try:
                outcomes.append(corrections.reverse(because(acme), Reverse(7)).entries)
            except Exception as refusal:
                outcomes.append(type(refusal))

        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(outcomes, key=str) == [4, Refused, Refused]
        assert all_well(acme.world)

    def test_an_id_of_several_sources_must_be_said_of_which(self, solo: Acme) -> None:
        for source in ("one", "two"):
            solo.world.record(solo.world.usage("same", A, 5), source=source)
        with pytest.raises(WrongUse, match="one, two"):
            corrections.reverse(because(solo), Reverse(external_id="same"))
        assert corrections.reverse(because(solo), Reverse(external_id="same", source="two")).entries == 1

    def test_a_reservation_by_its_key_or_number(self, solo: Acme) -> None:
        for n, handle in enumerate(("key", None)):
            held = usage.reserve(solo.host, Ask(A, Kind.INFERENCE, "gpt", completion=9, key="key" if handle else ""))
            usage.settle(solo.host, held.reservation or "", Settlement(5, 5, certainty=Certainty.REPORTED))
            assert (
                corrections.reverse(because(solo), Reverse(external_id=handle or held.reservation or "")).charge == -10
            )
            done = usage.settle(solo.host, held.reservation or "", Settlement(50, 5))
            assert (done.already, used(solo, "a"), n in (0, 1)) == (1, 0, True)
        assert all_well(solo.world)

    def test_what_is_unknown_is_not_found_and_a_reason_is_asked_for(self, solo: Acme) -> None:
        for what in (Reverse(99), Reverse(external_id="nothing"), Reverse(external_id="0" * 32), Reverse()):
            with pytest.raises(NotFound):
                corrections.reverse(because(solo), what)
        with pytest.raises(WrongUse, match="reason"):
            corrections.reverse(solo.host, Reverse(7))

    def test_a_dry_run_says_it_and_leaves_nothing(self, solo: Acme) -> None:
        imported(solo)
        assert corrections.reverse(solo.host.dry(), Reverse(7)).entries == 4
        assert lines(solo) == {0: 192}

    def test_only_operators_correct(self, solo: Acme) -> None:
        console = solo.world.admin("admin@acme.example")
        with pytest.raises(Forbidden):
            corrections.reverse(console.because("mine"), Reverse(7))


class TestCredit:
    def test_it_takes_off_what_was_used_as_its_own_line(self, acme: Acme) -> None:
        acme.world.record(acme.world.usage("mine", A, 1_000))
        done = corrections.credit(because(acme), A, Kind.INFERENCE, 400)
        assert done == Corrected(1, 0, 1, 0, 0, -400)
        assert (used(acme, "a"), lines(acme)) == (600, {0: 1_000, 2: -400})
        assert usage.check(acme.host, usage.May(A, "gpt", 1)).remaining == 999_400
        rows = activity.window(acme.host, Asked(1, "", Sort("at", True))).rows
        (row,) = (row for row in rows if row.charge < 0)
        assert (row.status, row.model, row.charge) == ("credit", "(credit)", -400)
        assert activity.count(acme.host, "status:credit").number == 1
        assert activity.count(acme.host, "status:success").number == 1
        assert all_well(acme.world)

    def test_no_more_than_was_charged(self, acme: Acme) -> None:
        acme.world.record(acme.world.usage("mine", A, 1_000))
        for amount in (0, -5, 1_001):
            with pytest.raises(Refused, match="cannot be credited"):
                corrections.credit(because(acme), A, Kind.INFERENCE, amount)
        with pytest.raises(Refused):
            corrections.credit(because(acme), A, Kind.EMBEDDING, 1)
        corrections.credit(because(acme), A, Kind.INFERENCE, 1_000)
        with pytest.raises(Refused):
            corrections.credit(because(acme), A, Kind.INFERENCE, 1)

    def test_what_was_credited_cannot_be_taken_back_as_well(self, acme: Acme) -> None:
        acme.world.record(acme.world.usage("mine", A, 1_000))
        corrections.credit(because(acme), A, Kind.INFERENCE, 1)
        with pytest.raises(Refused, match="credited"):
            corrections.reverse(because(acme), Reverse(external_id="mine"))
        assert lines(acme) == {0: 1_000, 2: -1}


class TestRecharge:
    def days(self, acme: Acme, back: int = 40) -> tuple[Day, Day]:
        today = day_of(acme.world.clock.now())
        return Day(today - back), today

    def test_calls_cost_what_they_cost_at_the_right_weight(self, acme: Acme) -> None:
        imported(acme)
        acme.world.change("UPDATE model SET prompt_weight = 3000000, cached_weight = 0 WHERE key = 'gpt'")
        done = corrections.recharge(because(acme), Recharge("gpt", *self.days(acme)))
        # (300+5) - 105, 150 - 50, 81 - 30, 21 - 7
        assert (done.entries, done.charge, done.prompt_tokens) == (4, 200 + 100 + 51 + 14, 0)
        assert used(acme, "a") == 305
        again = corrections.recharge(because(acme), Recharge("gpt", *self.days(acme)))
        assert (again.entries, again.already) == (0, 4)
        acme.world.change("UPDATE model SET prompt_weight = 1000000, cached_weight = NULL WHERE key = 'gpt'")
        assert corrections.recharge(because(acme), Recharge("gpt", *self.days(acme))).charge == -done.charge
        assert lines(acme) == {0: 192, 3: 0}
        assert all_well(acme.world)

    def test_only_these_days_and_never_what_was_taken_back(self, acme: Acme) -> None:
        imported(acme)
        corrections.reverse(because(acme), Reverse(external_id="i1"))
        acme.world.change("UPDATE model SET prompt_weight = 2000000 WHERE key = 'gpt'")
        assert corrections.recharge(because(acme), Recharge("gpt", *self.days(acme, 0))).charge == 57
        # A reversal afterwards takes back the whole of what a call cost.
        assert corrections.reverse(because(acme), Reverse(external_id="i2")).charge == -100
        assert all_well(acme.world)

    def test_unknown_models_and_days_the_wrong_way_round(self, solo: Acme) -> None:
        with pytest.raises(NotFound):
            corrections.recharge(because(solo), Recharge("shoes", Day(0), Day(1)))
        with pytest.raises(WrongUse):
            corrections.recharge(because(solo), Recharge("gpt", Day(1), Day(0)))

    def test_more_calls_than_a_block(self, solo: Acme) -> None:
        calls = [solo.world.usage(f"n{n}", A, 10, Micros(solo.world.clock.now() - n % 3)) for n in range(5_100)]
        solo.world.record(*calls)
        solo.world.change("UPDATE model SET prompt_weight = 2000000 WHERE key = 'gpt'")
        done = corrections.recharge(because(solo), Recharge("gpt", *self.days(solo, 1)))
        assert (done.entries, done.charge, used(solo, "a")) == (5_100, 51_000, 102_000)
