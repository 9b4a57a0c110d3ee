"""Bars 28, 30, 32 and 33 with real processes on both databases: several people edit one organization at once."""

from collections.abc import Callable, Iterator
from itertools import groupby

import pytest

from sage_tui.domain.plan_commands import Bulk, Selection
from sage_tui.domain.units import Kind
from sage_tui.services import audit, batches, plans
from sage_tui.services.context import Context
from tests.services.editing import ADMIN, SECOND, YES, Acme, acme_of
from tests.support.editors import Editor, Json, at_once, editor
from tests.support.world import World

CAP = {Kind.INFERENCE: 10_000_000, Kind.EMBEDDING: 1_000_000}
Hire = Callable[..., Editor]


@pytest.fixture
def acme(everywhere: World) -> Acme:
    return acme_of(everywhere, "abcdefgh")


@pytest.fixture
def hire(everywhere: World) -> Iterator[Hire]:
    """Start editors on this world; they are gone after the test."""
    hired: list[Editor] = []

    def start(console: Context | None = None) -> Editor:
        hired.append(editor(everywhere, console))
        return hired[-1]

    yield start
    for one in hired:
        one.end()


def entries(acme: Acme) -> int:
    return int(str(acme.world.value("SELECT count(*) FROM audit_entry WHERE organization_id = :org", org=acme.id)))


def counters_are_exact_and_never_passed_the_cap(acme: Acme) -> None:
    """The pool's counter is the sum; replayed from the history, no batch ever took the sum above the cap."""
    for kind, cap in CAP.items():
        assert acme.allocated(kind) == acme.counted(kind)
        total = 0
        steps = acme.world.rows(
            "SELECT batch, coalesce(after, 0) - coalesce(before, 0) AS change FROM allocation_change"
            " WHERE organization_id = :org AND field = :field ORDER BY id", org=acme.id, field=kind.value,
        )  # fmt: skip
        for _, batch in groupby(steps, key=lambda row: row["batch"]):
            total += sum(int(row["change"]) for row in batch)
            assert total <= cap
        assert total == acme.allocated(kind)
    assert all(report.first_bad is None for report in audit.verify(acme.host))


@pytest.mark.slow
def test_raises_from_every_path_by_four_processes_never_pass_the_cap(acme: Acme, hire: Hire) -> None:
    acme.set("a", "b", "c", "d", inference="2M")
    lowered = [acme.set(name, inference="-800K").batch for name in "abcd"]
    four = [hire() for _ in range(4)]

    def acts(number: int) -> Json:
        """Five ways to raise, from another one on for each, twice; together far more than there is room for."""
        who, other = acme.number("abcd"[number]), acme.number("abcd"[number - 1])
        found: list[Json] = []
        for turn in range(2):
            line = {"email": f"new{number}{turn}@acme.example", "inference": "300K", "paid": "yes"}
            ways: list[Json] = [
                {"act": "set", "who": [other], "amount": "+250K"},
                {"act": "planned", "who": [who], "amount": "+350K"},
                {"act": "set", "who": [acme.number("efgh"[(number + turn) % 4])], "paid": True},
                {"act": "undo", "batch": lowered[(number + turn) % 4]},
                {"act": "import", "org": acme.id, "line": line},
            ]
            found += ways[number:] + ways[:number]
        return {"act": "many", "acts": found}

    before = entries(acme)
    heard = [answer for all_ in at_once(four, [acts(n) for n in range(4)]) for answer in all_["answers"]]
    assert len(heard) == 40
    assert {answer["error"] for answer in heard if "error" in answer} <= {"pool_too_small", "moved", "undone"}
    done = [answer for answer in heard if answer.get("batch") is not None]
    assert entries(acme) == before + len(done)
    counters_are_exact_and_never_passed_the_cap(acme)
    room = CAP[Kind.INFERENCE] - acme.allocated()
    assert 0 <= room < 800_000  # as good as full: they did compete


@pytest.mark.slow
def test_plans_that_fit_alone_and_not_together_are_applied_by_one(acme: Acme, hire: Hire) -> None:
    acme.set("h", inference="9M")
    four = [hire() for _ in range(4)]
    for _ in range(4):
        ready = [
            plans.make(acme.host, Bulk(acme.fields(inference="600K"), Selection(numbers=(acme.number(name),)))).id
            for name in "abcd"
        ]
        heard = at_once(four, [{"act": "apply", "plan": plan} for plan in ready])
        (batch,) = [answer["batch"] for answer in heard if "batch" in answer]
        assert [answer["error"] for answer in heard if "error" in answer] == ["pool_too_small"] * 3
        assert acme.allocated() == acme.counted() == 9_600_000
        batches.undo(acme.host, batch, YES)
    counters_are_exact_and_never_passed_the_cap(acme)


@pytest.mark.slow
def test_two_administrators_save_one_cell_and_one_is_told_both_values(acme: Acme, hire: Hire) -> None:
    two = [hire(acme.world.admin(ADMIN)), hire(acme.world.admin(SECOND))]
    for turn, name in enumerate("abcd"):
        who, mine = acme.number(name), [600_000 + turn, 700_000 + turn]
        edits = [[[who, "inference", None, value]] for value in mine]
        made = at_once(two, [{"act": "make", "edits": edit} for edit in edits])
        heard = at_once(two, [{"act": "apply", "plan": one["plan"]} for one in made])
        assert [answer.get("error") for answer in sorted(heard, key=lambda a: "error" in a)] == [None, "moved"]
        loser = 0 if "error" in heard[0] else 1
        assert heard[loser]["message"] == "Somebody changed it meanwhile: nothing was saved."
        again = two[loser].ask("make", edits=edits[loser])
        assert again["rows"] == [
            {
                "seen": None, "before": mine[1 - loser], "after": mine[loser], "by": [SECOND, ADMIN][loser],
                "state": "CHANGED",
            }
        ]  # fmt: skip
        assert two[loser].ask("apply", plan=again["plan"])["error"] == "undecided"
        assert acme.allocation(name) == mine[1 - loser]
        two[loser].ask("use mine", plan=again["plan"])
        assert two[loser].ask("apply", plan=again["plan"])["batch"]
        assert acme.allocation(name) == mine[loser]
    counters_are_exact_and_never_passed_the_cap(acme)


@pytest.mark.slow
def test_one_plan_is_applied_by_one_and_one_batch_is_undone_by_one(acme: Acme, hire: Hire) -> None:
    two = [hire(), hire()]
    for amount in ("100K", "200K", "300K"):
        plan = plans.make(acme.host, Bulk(acme.fields(inference=amount), Selection(numbers=(acme.number("a"),)))).id
        before = entries(acme)
        heard = at_once(two, [{"act": "apply", "plan": plan}] * 2)
        (batch,) = [answer["batch"] for answer in heard if "batch" in answer]
        assert [answer["error"] for answer in heard if "error" in answer] == ["plan_gone"]
        assert entries(acme) == before + 1
        heard = at_once(two, [{"act": "undo", "batch": batch}] * 2)
        assert len([answer for answer in heard if answer.get("batch")]) == 1
        (told,) = [answer for answer in heard if not answer.get("batch")]
        assert told.get("error") == "undone" or told["left"] == ["moved"]
        assert entries(acme) == before + 2
        assert acme.allocation("a") is None
    counters_are_exact_and_never_passed_the_cap(acme)


@pytest.mark.slow
def test_relative_raises_of_one_person_at_once_are_all_counted_or_told(acme: Acme, hire: Hire) -> None:
    two = [hire(), hire()]
    raises = {"act": "many", "acts": [{"act": "set", "who": [acme.number("a")], "amount": "+1"}] * 15}
    heard = [answer for all_ in at_once(two, [raises] * 2) for answer in all_["answers"]]
    done = [answer for answer in heard if answer.get("batch") is not None]
    assert {answer["error"] for answer in heard if answer not in done} <= {"moved"}
    assert acme.allocation("a") == len(done) > 0


@pytest.mark.slow
def test_kill_nine_while_a_plan_of_many_is_applied_leaves_all_or_nothing(acme: Acme, hire: Hire) -> None:
    acme.crowd(2_000)
    plan = plans.make(acme.host, Bulk(acme.fields(inference="1K", department="x"), Selection(query=""), acme.id))
    before = entries(acme)
    for text in ("INSERT INTO allocation_change", "INSERT INTO command"):
        one = hire()
        one.ask("stop at", text=text)
        one.tell("apply", plan=plan.id)
        assert one.hear() == {"at": text}  # the members are written, in a transaction that is open
        one.end()
        assert (acme.counted(), acme.allocated(), entries(acme)) == (0, 0, before)
        assert acme.set("a", verified=False).changes == 1  # the next writer goes on at once
        batches.undo(acme.host, batches.list_batches(acme.host)[0].batch, YES)
        before = entries(acme)
    done = hire().ask("apply", plan=plan.id)
    assert done["batch"]
    assert acme.counted() == acme.allocated() == 2_010 * 1_000
    assert entries(acme) == before + 1
    counters_are_exact_and_never_passed_the_cap(acme)
