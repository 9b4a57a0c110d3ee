"""Batches in a window: all of them, filtered, with what each changed; within the reach."""

import pytest

from sage_tui.domain.errors import NotFound, QueryError
from sage_tui.domain.paging import After, Ask, At, Before, End, Sort, Start
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Consent
from sage_tui.domain.plans import BatchRow, Field
from sage_tui.domain.units import Role
from sage_tui.services import batches
from sage_tui.services.context import Context
from tests.services.editing import ADMIN, SECOND, YES, Acme, acme_of
from tests.support.world import World

NEWEST = Sort("at", True)


def many(acme: Acme, number: int) -> None:
    """So many batches, behind the services' back."""
    with acme.host.write(Verb.ORGS_ADD) as tx:
        first = tx.numbers("batch", number)
        tx.many(
            "INSERT INTO batch (organization_id, id, at, actor, action, rows, reason) VALUES (?, ?, ?, '', ?, 1, '')",
            [(acme.id, first + n, tx.now + n, "users set") for n in range(number)],
        )


def numbers(ctx: Context, query: str = "", organization_id: int | None = None) -> list[int]:
    return [row.batch for row in batches.window(ctx, Ask(0, query, NEWEST), organization_id).rows]


def test_more_than_two_hundred_are_paged_in_both_directions(acme: Acme) -> None:
    many(acme, 450)
    console = acme.world.admin(ADMIN)
    seen: list[int] = []
    place: Start | After = Start()
    while True:
        window = batches.window(console, Ask(0, "", NEWEST, place, 100))
        seen += [row.batch for row in window.rows]
        if not window.more_after:
            break
        place = After(window.keys[-1])
    assert seen == list(range(450, 0, -1))
    assert batches.count(console, "").number == 450
    last = batches.window(console, Ask(0, "", NEWEST, End(), 100))
    assert [row.batch for row in last.rows] == list(range(100, 0, -1))
    before = batches.window(console, Ask(0, "", NEWEST, Before(last.keys[0]), 100))
    assert [row.batch for row in before.rows] == list(range(200, 100, -1))
    assert batches.window(console, Ask(0, "", NEWEST, At(300), 1)).rows[0].batch == 150


def test_the_filter_finds_by_who_what_why_when_and_whether_it_was_undone(acme: Acme) -> None:
    console, grace = acme.world.admin(ADMIN), acme.world.admin(SECOND)
    acme.set("a", "b", ctx=console.because("End of Quarter"), inference="1M", paid=True)
    acme.set("a", ctx=grace, inference="2M")
    undone = batches.undo(console, 2, Consent())
    assert undone.batch == 3
    for query, found in {
        "actor:grace": [2], "mine:yes": [3, 1], "-mine:yes": [2], "reason:quarter": [1], "quarter": [1],
        "action:undo": [3], "undone:yes": [2], "undone:no": [3, 1], "rows>2": [1], "batch:2": [2],
        "at:2026-11": [3, 2, 1], "at:..2020-01-01": [], "org:acme": [3, 2, 1], "org:globex": [], "grace": [2],
    }.items():  # fmt: skip
        assert numbers(console, query) == found, query
        assert batches.count(console, query).number == len(found), query
    with pytest.raises(QueryError):
        batches.window(console, Ask(0, "colour:red", NEWEST))
    shown = batches.show(console, 2)
    assert (shown.actor, shown.undone_by, shown.organization, shown.mine) == (SECOND, 3, "Acme", False)


def test_the_rows_are_what_it_changed_before_and_after(acme: Acme) -> None:
    acme.set("a", inference="1M")
    done = acme.set("a", "b", inference="2M", department="research")
    assert done.batch == 2
    rows, total = batches.rows(acme.world.admin(ADMIN), 2)
    assert [(r.email[0], r.field, r.before, r.after, r.change) for r in rows] == [
        ("a", Field.DEPARTMENT, "", "research", 0),
        ("a", Field.INFERENCE, 1_000_000, 2_000_000, 1_000_000),
        ("b", Field.DEPARTMENT, "", "research", 0),
        ("b", Field.INFERENCE, None, 2_000_000, 2_000_000),
    ]
    assert total == 4
    assert batches.rows(acme.host, 2, 1, 2)[0] == rows[1:3]
    assert batches.rows(acme.host, 2, 0, 0, "B@ACME")[1] == 2
    assert [r.email[0] for r in batches.rows(acme.host, 2, text="infer")[0]] == ["a", "b"]


def test_another_organization_s_batches_are_unknown(lite: Acme) -> None:
    lite.set("a", inference="1M")
    other = lite.world.organization("Globex", 10_000_000)
    lite.world.person("bo@globex.example", other, Role.ADMIN)
    console = lite.world.admin("bo@globex.example")
    assert numbers(console) == numbers(console, "", lite.id) == []
    assert batches.count(console, "", lite.id).number == 0
    for call in (batches.show, batches.rows):
        with pytest.raises(NotFound, match="There is no batch 1"):
            call(console, 1)
    assert numbers(lite.host) == [1]
    assert numbers(lite.host, "", other) == []


def test_a_batch_says_its_organization(lone: World) -> None:
    lite = acme_of(lone)
    lite.set("a", inference="1M")
    (row,) = batches.window(lite.host, Ask(0, "", NEWEST)).rows
    assert isinstance(row, BatchRow)
    assert row.organization == "Acme"


def test_a_cell_that_a_batch_changed_twice_goes_back_to_what_it_was_first(acme: Acme) -> None:
    acme.set("a", inference="1M")
    done = acme.set("a", inference="2M")
    acme.world.change(
        "INSERT INTO allocation_change (organization_id, id, user_id, batch, at, field, before, after, rule)"
        " VALUES (:org, 900000, :who, :batch, 5, 'inference', 2000000, 3000000, 'set')",
        org=acme.id, who=acme.number("a"), batch=done.batch,
    )  # fmt: skip
    acme.world.change("UPDATE membership SET inference_allocation = 3000000 WHERE user_id = :who", who=acme.number("a"))
    acme.world.change("UPDATE pool SET allocated = allocated + 1000000 WHERE organization_id = :org AND kind = 0",
                      org=acme.id)  # fmt: skip
    undone = batches.undo(acme.host, done.batch or 0, YES)
    assert (undone.changes, undone.left) == (1, ())
    assert acme.allocation("a") == 1_000_000
    assert acme.allocated() == acme.counted()
