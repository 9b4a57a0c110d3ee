"""Token Statistics: every view of every slice is the plain sum over the events, on both databases."""

import random
from collections import defaultdict
from dataclasses import replace

import pytest

from sage_tui.domain.corrections import Reverse
from sage_tui.domain.errors import NotFound
from sage_tui.domain.months import DAY, day_of, day_text, month_of, month_of_day, month_text
from sage_tui.domain.spans import Range, Span, named
from sage_tui.domain.statistics import EMPTY, Band, Question, Slice, Statistics, View, band
from sage_tui.domain.units import Kind, Micros
from sage_tui.services import corrections, statistics
from tests.services.editing import Acme, acme_of
from tests.support import NOW
from tests.support.world import World

TODAY = day_of(NOW)
MODELS = ("gpt", "claude", "embed-3")


def filled(world: World) -> Acme:
    """120 calls over three months by three members and a held identity, of three models, with corrections."""
    acme = acme_of(world)
    acme.set("a", "b", inference="1M", embedding="100K", paid=True)
    acme.set("a", department="research")
    rng = random.Random(6)
    calls = []
    for number in range(120):
        kind = Kind.EMBEDDING if rng.random() < 0.2 else Kind.INFERENCE
        who = rng.choice(("a@acme.example", "b@acme.example", "c@acme.example", "svc-robot"))
        at = Micros(NOW - rng.randrange(80) * DAY)
        more = {"kind": kind, "model": rng.choice(MODELS), "completion_tokens": rng.randrange(300)}
        status = rng.choice(("success", "failure"))
        more = {"kind": kind, "model": rng.choice(MODELS), "completion_tokens": rng.randrange(300)}
        status = rng.choice(("success", "failure"))
        calls.append(world.usage(f"s{number}", who, rng.randrange(500), at, status=status, **more))
    world.record(*calls, organization_id=acme.id)
    ctx = acme.host.because("a test")
    for number in (3, 40, 77):
        corrections.reverse(ctx, Reverse(external_id=f"s{number}"))
    return acme


def plain(world: World, asked: Slice, key: str) -> dict[object, tuple[int, int]]:
    """Charges of both kinds by a key, added up one event at a time."""
    found: dict[object, list[int]] = defaultdict(lambda: [0, 0])
    rows = world.rows(
        "SELECT e.day, e.user_id, e.kind, e.charge, o.key AS model, coalesce(m.department, '') AS department"
        " FROM usage_event e JOIN model o ON o.id = e.model_id LEFT JOIN membership m"
        " ON m.organization_id = e.organization_id AND m.user_id = e.user_id WHERE e.organization_id = :org",
        org=asked.organization_id,
    )
    for row in rows:
        kind = list(Kind)[row["kind"]]
        wanted = (
            asked.span.first <= row["day"] <= asked.span.last
            and asked.kind in (None, kind)
            and asked.model in (None, row["model"])
            and asked.user in (None, row["user_id"])
            and (asked.department is None or (row["user_id"] > 0 and row["department"] == asked.department))
        )
        if wanted:
            row["department"] = row["department"] if row["user_id"] > 0 else statistics.NOBODY
            row["month"], row["year"] = month_of_day(row["day"]), month_of_day(row["day"]) // 12
            found[row[key] if key else ""][row["kind"]] += row["charge"]
    return {name: (pair[0], pair[1]) for name, pair in found.items()}


KEYS = {View.DAYS: "day", View.MONTHS: "month", View.YEARS: "year", View.MODELS: "model",
        View.DEPARTMENTS: "department", View.USERS: "user_id"}  # fmt: skip


def charges(found: Statistics) -> dict[object, tuple[int, int]]:
    """A view's lines as (inference, embedding), without those of nothing."""
    pairs = {line.key: (line.sums.inference.charge, line.sums.embedding.charge) for line in found.lines}
    return {key: pair for key, pair in pairs.items() if pair != (0, 0)}


class TestSlices:
    def test_every_view_of_every_slice_is_the_sum_of_its_events(self, everywhere: World) -> None:
        acme = filled(everywhere)
        held = -int(str(everywhere.value("SELECT id FROM identity")))
        spans = [named(Range.THIS_MONTH, TODAY), named(Range.LAST_90, TODAY), Span(TODAY - 40, TODAY - 9)]
        slices = [Slice(span, acme.id) for span in spans]
        more = [{"kind": Kind.EMBEDDING}, {"model": "claude"}, {"department": "research"}, {"department": ""},
                {"user": acme.number("a")}, {"user": held}, {"model": "gpt", "department": "research"}]  # fmt: skip
        slices += [replace(one, **narrower) for one in slices for narrower in more]
        for asked in slices:
            for view, key in KEYS.items():
                found = statistics.look(acme.host, Question(view, asked))
                expected = {name: pair for name, pair in plain(everywhere, asked, key).items() if pair != (0, 0)}
                assert charges(found) == expected, (view, asked)
                whole = plain(everywhere, asked, "").get("", (0, 0))
                assert (found.total.inference.charge, found.total.embedding.charge) == whole
                assert found.rest == EMPTY
            proof = statistics.prove(acme.host, asked)
            assert proof.equal
            assert proof.total == found.total

    def test_the_top_and_the_rest_make_up_the_total(self, everywhere: World) -> None:
        acme = filled(everywhere)
        for span in (named(Range.LAST_MONTH, TODAY), named(Range.LAST_90, TODAY)):
            for view in (View.USERS, View.MODELS, View.DEPARTMENTS):
                every = statistics.look(acme.host, Question(view, Slice(span, acme.id)))
                top = statistics.look(acme.host, Question(view, Slice(span, acme.id), top=2))
                assert top.lines == every.lines[:2]
                assert top.others == len(every.lines) - 2
                assert sum((line.sums for line in top.lines), top.rest) == top.total == every.total

    def test_days_without_usage_stand_there_and_days_to_come_do_not(self, lone: World) -> None:
        acme = acme_of(lone)
        found = statistics.look(acme.host, Question(View.DAYS, Slice(named(Range.THIS_MONTH, TODAY), acme.id)))
        assert found.lines[0].title == f"{month_text(month_of(NOW))}-01"
        assert found.lines[-1].title == day_text(TODAY)
        assert {line.sums for line in found.lines} == {EMPTY}

    def test_a_model_that_is_not_there_is_named(self, lone: World) -> None:
        acme = acme_of(lone)
        with pytest.raises(NotFound, match="gpt-9"):
            statistics.look(acme.host, Question(View.DAYS, Slice(named(Range.YEAR, TODAY), acme.id, model="gpt-9")))


class TestAllocations:
    def test_everybody_is_in_one_band(self, everywhere: World) -> None:
        acme = filled(everywhere)
        found = statistics.allocations(acme.host, acme.id)
        assert found.total.people == everywhere.value(
            "SELECT count(*) FROM membership WHERE organization_id = :org AND ended_at IS NULL", org=acme.id
        )
        assert found.total.allocated == acme.allocated()
        span = named(Range.THIS_MONTH, TODAY)
        whole = statistics.look(acme.host, Question(View.USERS, Slice(span, acme.id))).total.inference.charge
        assert found.total.used + found.unassigned + found.gone == whole
        assert sum(line.people for line in found.lines) == found.total.people

    def test_a_month_that_is_over_stands_as_at_its_end(self, everywhere: World) -> None:
        acme = acme_of(everywhere)
        acme.set("a", inference="1M", paid=True)
        month = month_of(everywhere.clock.now())
        everywhere.record(everywhere.usage("x", "a@acme.example", 400_000))
        everywhere.clock.move(seconds=20 * 86_400)
        acme.set("a", inference="2M")
        found = statistics.allocations(acme.host, acme.id, month=month)
        half = next(line for line in found.lines if line.band is Band.HALF)
        assert (half.people, half.allocated, half.used, half.stranded) == (1, 1_000_000, 400_000, 600_000)
        now = statistics.allocations(acme.host, acme.id)
        assert next(line for line in now.lines if line.band is Band.NEVER).allocated == 2_000_000

    @pytest.mark.parametrize(
        ("used", "allocation", "expected"),
        [(0, None, Band.UNSET), (9, None, Band.UNSET), (0, 0, Band.NEVER), (99, 1000, Band.TENTH),
         (100, 1000, Band.HALF), (500, 1000, Band.MOST), (899, 1000, Band.MOST), (900, 1000, Band.NEAR),
         (1000, 1000, Band.FULL), (1, 0, Band.FULL), (-5, 10, Band.NEVER)],
    )  # fmt: skip
    def test_bands(self, used: int, allocation: int | None, expected: Band) -> None:
        assert band(used, allocation) is expected
