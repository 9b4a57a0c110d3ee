"""Recording usage: once, exactly, wherever it belongs (security.md, bar 31; house.md, "Months")."""

import random
import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.clock import FixedClock
from sage_tui.domain.months import day_of, first_day, month_of, month_start
from sage_tui.domain.permissions import Verb
from sage_tui.domain.units import Kind, Micros
from sage_tui.domain.usage import UsageRecord
from sage_tui.services import doctor, identities, metering, users
from sage_tui.services.home import balance
from sage_tui.store.recording import rolled, rolling
from tests.support import NOW
from tests.support.world import World

ADA = "ada@acme.example"


def all_well(world: World) -> bool:
    return all(check.ok for check in doctor.doctor(world.host) if check.name not in ("role", "key"))


class TestOnce:
    def test_a_replay_is_known_and_charges_nothing(self, everywhere: World) -> None:
        everywhere.person(ADA, everywhere.organization("Acme"))
        events = [everywhere.usage(f"id{n}", ADA, 100 + n, completion_tokens=n) for n in range(50)]
        first = everywhere.record(*events)
        again = everywhere.record(*events)
        assert (first.recorded, first.already, first.charge) == (50, 0, sum(100 + 2 * n for n in range(50)))
        assert (again.recorded, again.already, again.charge) == (0, 50, 0)
        assert users.show(everywhere.host, email=ADA).user.usage == first.charge
        assert all_well(everywhere)

    def test_the_same_id_with_other_content_is_refused_by_row_and_never_charged(self, everywhere: World) -> None:
        everywhere.person(ADA, everywhere.organization("Acme"))
        one = everywhere.usage("id", ADA, 100)
        everywhere.record(one)
        told = everywhere.record(replace(one, prompt_tokens=101, row=7))
        assert [(r.row, r.field, r.why) for r in told.refused] == [(7, "id", "was recorded before with other content")]
        assert users.show(everywhere.host, email=ADA).user.usage == 100

    def test_an_id_twice_in_one_batch_counts_once(self, lone: World) -> None:
        lone.person(ADA)
        one = lone.usage("id", ADA, 100)
        told = lone.record(one, one, replace(one, prompt_tokens=5))
        assert (told.recorded, told.already, len(told.refused)) == (1, 1, 1)

    def test_a_replay_that_was_stamped_a_day_later_is_known(self, lone: World) -> None:
        lone.person(ADA)
        at = Micros(NOW - 3 * 86_400 * 1_000_000)
        lone.record(replace(lone.usage("id", ADA, 100, at), at_given=False))
        later = replace(lone.usage("id", ADA, 100, Micros(at + 86_400 * 1_000_000)), at_given=False)
        assert lone.record(later).already == 1

    def test_the_same_id_of_another_source_is_another_event(self, lone: World) -> None:
        lone.person(ADA)
        lone.record(lone.usage("id", ADA, 100), source="one")
        assert lone.record(lone.usage("id", ADA, 100), source="two").recorded == 1

    def test_four_at_once_send_the_same_hundred_and_each_counts_once(self, everywhere: World) -> None:
        everywhere.person(ADA, everywhere.organization("Acme"))
        events = [everywhere.usage(f"id{n}", ADA, 7) for n in range(100)]
        faults: list[BaseException] = []

        def send(seed: int) -> None:
            mine = events[:]
            random.Random(seed).shuffle(mine)
            try:
                for start in range(0, 100, 20):
                    sent = sorted(mine[start : start + 20], key=lambda e: e.external_id)
                    everywhere_record(everywhere, sent)
            except BaseException as fault:
                faults.append(fault)

        threads = [threading.Thread(target=send, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert faults == []
        assert everywhere.value("SELECT count(*) FROM usage_event") == 100
        assert users.show(everywhere.host, email=ADA).user.inference.used == 700
        assert all_well(everywhere)


def everywhere_record(world: World, events: list[UsageRecord]) -> None:
    """As the import does: a batch that met another's rows at the same moment is sent again."""
    from sage_tui.services.context import retried

    retried(lambda: world.record(*events))()


class TestBounds:
    @pytest.mark.parametrize("tokens", [-1, 1.5, "5", True, 2**63, 10**12 + 1])
    def test_what_is_no_count_of_tokens_is_refused_by_row(self, lone: World, tokens: object) -> None:
        told = lone.record(replace(lone.usage("id", ADA, 0), prompt_tokens=tokens, row=3))
        assert [(r.row, r.field) for r in told.refused] == [(3, "prompt_tokens")]
        assert lone.value("SELECT count(*) FROM usage_event") == 0

    def test_cached_tokens_are_part_of_the_prompt(self, lone: World) -> None:
        told = lone.record(lone.usage("id", ADA, 10, cached_tokens=11))
        assert told.refused[0].field == "cached_tokens"

    def test_the_future_is_refused_and_a_fast_clock_counts_as_now(self, lone: World) -> None:
        lone.person(ADA)
        minute = 60 * 1_000_000
        told = lone.record(
            lone.usage("a", ADA, 1, Micros(NOW + 11 * minute)), lone.usage("b", ADA, 1, Micros(NOW + 9 * minute))
        )
        assert [(r.field, r.why) for r in told.refused] == [("at", "lies in the future")]
        assert lone.value("SELECT max(at) FROM usage_event") == NOW

    def test_2_to_the_31_is_counted_exactly(self, everywhere: World) -> None:
        everywhere.person(ADA)
        everywhere.record(everywhere.usage("id", ADA, 2**31))
        assert users.show(everywhere.host, email=ADA).user.inference.used == 2**31


class TestWhose:
    def test_by_e_mail_without_case_then_gateway_id_then_held(self, everywhere: World) -> None:
        acme = everywhere.organization("Acme")
        everywhere.person(ADA, acme, gateway_id="u-1007")
        told = everywhere.record(
            everywhere.usage("1", "ADA@acme.Example", 1),
            everywhere.usage("2", "u-1007", 2),
            everywhere.usage("3", "stranger", 4),
            everywhere.usage("4", "", 8),
            organization_id=acme,
        )
        assert users.show(everywhere.host, email=ADA).user.inference.used == 3
        assert [(u.identity, u.charge) for u in told.unassigned] == [("(none)", 8), ("stranger", 4)]
        assert users.summary(everywhere.host, acme).inference.used == 15
        assert users.summary(everywhere.host, acme).unassigned_charge == 12

    def test_an_administrator_s_import_does_not_reach_another_organization(self, lone: World) -> None:
        acme, other = lone.organization("Acme"), lone.organization("Other")
        lone.person("bo@other.example", other)
        with lone.host.write(Verb.IMPORT_USAGE) as tx:
            recorder = metering.Recorder("file", acme, only_within=acme)
            told = metering.record(tx, recorder, [lone.usage("1", "bo@other.example", 5)])
        assert [u.identity for u in told.unassigned] == ["bo@other.example"]
        assert users.show(lone.host, email="bo@other.example").user.usage == 0

    def test_assigning_moves_every_token_and_a_replay_stays_known(self, everywhere: World) -> None:
        acme = everywhere.organization("Acme")
        everywhere.person(ADA, acme)
        months = [NOW, month_start(month_of(NOW) - 1), month_start(month_of(NOW) - 4)]
        events = [everywhere.usage(f"id{n}", "svc", 100, Micros(at)) for n, at in enumerate(months)]
        everywhere.record(*events)
        everywhere.record(everywhere.usage("own", ADA, 1))
        answer = identities.assign(everywhere.host, "svc", ADA)
        assert (answer.events, answer.charge) == (3, 300)
        shown = users.show(everywhere.host, email=ADA).user.inference
        assert (shown.used, shown.previous, shown.lifetime) == (101, 100, 301)
        assert all_well(everywhere)
        assert everywhere.record(*events, organization_id=acme).already == 3
        assert everywhere.record(everywhere.usage("new", "svc", 50)).unassigned == ()
        assert users.show(everywhere.host, email=ADA).user.inference.used == 151
        assert identities.list_identities(everywhere.host) == ()
        assert all_well(everywhere)

    def test_an_unknown_model_has_weight_one_and_is_reported_and_weights_are_exact(self, lone: World) -> None:
        lone.person(ADA)
        lone.change(
            "INSERT INTO model (id, key, prompt_weight, cached_weight, completion_weight, created_at)"
            " VALUES (900, 'dear', 1500000, 150000, 6000000, 0)"
        )
        told = lone.record(
            lone.usage("1", ADA, 1001, cached_tokens=1000, completion_tokens=3, model="dear"),
            lone.usage("2", ADA, 10, model="new one"),
        )
        assert told.unknown_models == ("new one",)
        assert told.charge == -(-(1 * 1_500_000 + 1000 * 150_000 + 3 * 6_000_000) // 1_000_000) + 10

    def test_hostile_identities_and_models_are_kept_escaped(self, everywhere: World) -> None:
        everywhere.record(everywhere.usage("1", "\x1b[31mred\x1b[0m\x00", 5, model="m\x00\x1b]52;c;x\x07"))
        (held,) = identities.list_identities(everywhere.host)
        assert held.identity == "\\x1b[31mred\\x1b[0m\\x00"
        assert everywhere.record(everywhere.usage("2", "\x1b[31mred\x1b[0m\x00", 5)).unassigned[0].events == 1
        assert len(identities.list_identities(everywhere.host)) == 1


class TestMonths:
    def test_the_row_rolls_over_and_late_records_go_where_they_belong(self, everywhere: World) -> None:
        everywhere.person(ADA, everywhere.organization("Acme"))
        clock: FixedClock = everywhere.clock
        everywhere.record(everywhere.usage("nov", ADA, 100))
        clock.move(days=10)  # 3 December
        assert users.show(everywhere.host, email=ADA).user.inference.used == 0
        assert users.show(everywhere.host, email=ADA).user.inference.previous == 100
        everywhere.record(everywhere.usage("dec", ADA, 7))
        everywhere.record(everywhere.usage("late", ADA, 20, NOW))
        shown = users.show(everywhere.host, email=ADA).user.inference
        assert (shown.used, shown.previous, shown.lifetime) == (7, 120, 127)
        clock.move(days=40)  # January
        shown = users.show(everywhere.host, email=ADA).user.inference
        assert (shown.used, shown.previous) == (0, 7)
        clock.move(days=31)  # February
        assert users.show(everywhere.host, email=ADA).user.inference.previous == 0
        assert all_well(everywhere)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1000)), max_size=12), st.integers(0, 6))
def test_the_counter_rule_equals_a_plain_sum_by_month(records: list[tuple[int, int]], now: int) -> None:
    """`rolled` in an engine, against sums: for any order of records of any months up to now."""
    import sqlite3

    base = 24_000
    with sqlite3.connect(":memory:") as db:
        db.execute("CREATE TABLE t (month INT, used INT, reserved INT, previous INT, lifetime INT)")
        db.execute("INSERT INTO t VALUES (?, 0, 0, 0, 0)", (base,))
        seen = [(min(month, now), charge) for month, charge in records]
        for month, charge in seen:
            db.execute(f"UPDATE t SET {rolled('')}", rolling(base + month, charge))
        month, used, _, previous, lifetime = db.execute("SELECT * FROM t").fetchone()
    row = {
        f"inference_{name}": value
        for name, value in (
            ("month", month),
            ("used", used),
            ("previous", previous),
            ("lifetime", lifetime),
            ("reserved", 0),
            ("allocation", None),
        )
    }
    told = balance(row, Kind.INFERENCE, base + now)
    assert told.lifetime == sum(charge for _, charge in seen)
    assert told.used == sum(charge for month, charge in seen if month == now)
    newest = max((m for m, _ in seen), default=0)
    if newest >= now - 1:  # the row remembers the month before as long as it was touched in or after it
        assert told.previous == sum(charge for month, charge in seen if month == now - 1)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 90), st.integers(0, 10**9), st.booleans()), max_size=25))
def test_every_total_equals_a_plain_sum_over_the_events(tmp_path_factory: pytest.TempPathFactory, drawn: list) -> None:
    """Random events of four people over ninety days, through the recorder in random batches, against dictionaries."""
    world = _fresh(tmp_path_factory)
    people = [f"p{n}@acme.example" for n in range(3)] + ["held"]
    organization = world.organization("Acme")
    for email in people[:3]:
        world.person(email, organization)
    events = [
        world.usage(
            str(n),
            people[who],
            tokens,
            Micros(NOW - days * 86_400 * 1_000_000),
            kind=Kind.EMBEDDING if other else Kind.INFERENCE,
        )
        for n, (who, days, tokens, other) in enumerate(drawn)
    ]
    for start in range(0, len(events), 7):
        world.record(*events[start : start + 9], organization_id=organization)  # batches overlap: two of each are known
    month = month_of(NOW)
    for who, email in enumerate(people[:3]):
        shown = users.show(world.host, email=email).user
        for kind, told in ((Kind.INFERENCE, shown.inference), (Kind.EMBEDDING, shown.embedding)):
            mine = [e for e, (w, *_) in zip(events, drawn, strict=True) if w == who and e.kind is kind]
            assert told.lifetime == sum(e.prompt_tokens for e in mine)
            assert told.used == sum(e.prompt_tokens for e in mine if month_of(e.at) == month)
        days = users.show(world.host, email=email).days
        own = [e for e, (w, *_) in zip(events, drawn, strict=True) if w == who]
        assert sum(days) == sum(e.prompt_tokens for e in own if day_of(e.at) > day_of(NOW) - 30)
    pool = users.summary(world.host, organization)
    assert pool.inference.used == sum(
        e.prompt_tokens for e in events if e.kind is Kind.INFERENCE and e.at >= first_day(month) * 86_400 * 1_000_000
    )
    assert all_well(world)
    world.host.database.close()


def _fresh(tmp_path_factory: pytest.TempPathFactory) -> World:
    from sage_tui.store import migrate
    from tests.support import world

    directory = tmp_path_factory.mktemp("world")
    path = str(directory / "sage.db")
    migrate.create(path, NOW).close()
    return world.make(path, directory, FixedClock(NOW))
