"""Offboarding's other half: what hangs on people ends with them and comes back with an undo (product.md)."""

import pytest

from sage_tui.domain.acts import Move, Offboard
from sage_tui.domain.plan_commands import Bulk, Choice, Selection
from sage_tui.domain.plans import Done, Field
from sage_tui.domain.users import View
from sage_tui.services import audit, batches, plans, views
from sage_tui.services.context import Context
from tests.services.editing import ADMIN, YES, Acme, acme_of
from tests.support.world import World

OVERRIDE = {"inference_ceiling": 3_000_000, "pinned": True, "note": "pilot"}


@pytest.fixture
def acme(everywhere: World) -> Acme:
    return laden(acme_of(everywhere))


@pytest.fixture
def lite(lone: World) -> Acme:
    return laden(acme_of(lone))


def laden(acme: Acme) -> Acme:
    """Grace (an administrator) and a have all that can hang on somebody; b has a request."""
    acme.set("grace", "a", "b", inference="1M", paid=True)
    for number, name, status in (
        (1, "grace", "pending"),
        (2, "a", "pending"),
        (3, "a", "approved"),
        (4, "b", "pending"),
    ):
        acme.world.change(
            "INSERT INTO request (organization_id, id, user_id, kind, amount, reason, status, for_good, note,"
            " created_at) VALUES (:org, :id, :user, 0, 100, 'more', :status, FALSE, '', 1)",
            org=acme.id, id=number, user=acme.number(name), status=status,
        )  # fmt: skip
    for number, name, revoked in ((1, "grace", None), (2, "a", None), (3, "a", 7)):
        acme.world.change(
            "INSERT INTO api_key (id, organization_id, user_id, name, digest, shown, service, created_at, revoked_at)"
            " VALUES (:id, :org, :user, 'ci', :digest, 'sk-…', FALSE, 1, CAST(:revoked AS BIGINT))",
            org=acme.id, id=number, user=acme.number(name), digest=bytes([number]), revoked=revoked,
        )  # fmt: skip
    for name in ("grace", "a"):
        override(acme, name)
    grace, admin = acme.world.admin("grace@acme.example"), acme.world.admin(ADMIN)
    views.save(grace, "users", View("near", "used>90%", "", True, True, ""))
    views.save(grace, "users", View("mine", "used>50%", "", False, True, ""))
    views.save(admin, "users", View("near", "used>80%", "", False, True, ""))
    return acme


def override(acme: Acme, name: str, **more: object) -> None:
    values = {"no_reclaim": False, "no_auto_increase": False, **OVERRIDE, **more}
    names = ", ".join(values)
    marks = ", ".join(f":{key}" for key in values)
    acme.world.change(
        f'INSERT INTO "override" (organization_id, user_id, {names}) VALUES (:org, :user, {marks})',
        org=acme.id, user=acme.number(name), **values,
    )  # fmt: skip


def offboard(acme: Acme, *names: str, ctx: Context | None = None) -> Done:
    emails = tuple(f"{name}@acme.example" for name in names)
    return plans.act(ctx or acme.host, Bulk(Offboard(), Selection(emails=emails)), YES)


def hanging(acme: Acme) -> list[object]:
    """All that may hang on somebody."""
    return [
        acme.world.rows(f"SELECT * FROM {table} ORDER BY {order}")
        for table, order in (
            ("request", "id"), ("api_key", "id"), ('"override"', "user_id"), ("saved_view", "owner_id, page, name"),
        )
    ]  # fmt: skip


def statuses(acme: Acme) -> dict[int, tuple[str, str, object]]:
    rows = acme.world.rows("SELECT id, status, note, decided_by, batch FROM request ORDER BY id")
    return {int(row["id"]): (row["status"], row["note"], row["batch"]) for row in rows}


class TestAtOnce:
    def test_all_that_hangs_on_them_ends_in_one_batch_with_one_entry(self, acme: Acme) -> None:
        console = acme.world.stepped_up(ADMIN)
        before = int(str(acme.world.value("SELECT count(*) FROM audit_entry")))
        done = offboard(acme, "grace", "a", ctx=console)
        assert statuses(acme) == {
            1: ("denied", "offboarded", done.batch), 2: ("denied", "offboarded", done.batch),
            3: ("approved", "", None), 4: ("pending", "", None),
        }  # fmt: skip
        keys = acme.world.rows("SELECT id, revoked_at FROM api_key ORDER BY id")
        assert [row["revoked_at"] == 7 for row in keys] == [False, False, True]
        assert None not in [row["revoked_at"] for row in keys]
        assert acme.world.value('SELECT count(*) FROM "override"') == 0
        owned = acme.world.rows("SELECT owner_id, name, query, shared FROM saved_view ORDER BY query DESC")
        assert [(row["owner_id"], row["name"], row["query"], bool(row["shared"])) for row in owned] == [
            (acme.number("admin"), "near (2)", "used>90%", True),
            (acme.number("admin"), "near", "used>80%", False),
            (acme.number("grace"), "mine", "used>50%", False),
        ]  # fmt: skip
        shown = {(row.email[0], row.name, row.before, row.after) for row in done.rows if row.field is not Field.BANNED}
        assert {
            ("a", "request 2", "pending", "denied"), ("a", "key 2", "active", "revoked"),
            ("a", "override", 'inference ceiling 3,000,000, pinned, note "pilot"', None),
            ("g", "view users near", "grace@acme.example", ADMIN),
        } < shown  # fmt: skip
        assert acme.world.value("SELECT count(*) FROM audit_entry") == before + 1
        assert (
            acme.world.value("SELECT rows FROM batch WHERE id = :id", id=done.batch) == done.changes == len(done.rows)
        )
        assert (acme.allocated(), acme.counted()) == (1_000_000, 1_000_000)

    def test_undo_brings_everything_back_and_can_be_undone(self, acme: Acme) -> None:
        before = hanging(acme)
        done = offboard(acme, "grace", "a")
        after = hanging(acme)
        back = batches.undo(acme.host, done.batch, YES)
        assert back.left == ()
        assert hanging(acme) == before
        assert (acme.allocation("a"), acme.row("a").banned, acme.row("a").paid) == (1_000_000, False, True)
        again = batches.undo(acme.host, back.batch, YES)
        assert again.left == ()
        third = hanging(acme)
        assert [row["status"] for row in third[0]] == [row["status"] for row in after[0]]  # type: ignore[index, union-attr]
        assert third[1:] == after[1:]
        assert all(report.first_bad is None for report in audit.verify(acme.host))

    def test_undo_leaves_what_changed_since_and_names_it(self, acme: Acme) -> None:
        done = offboard(acme, "grace", "a")
        override(acme, "a", note="new")
        acme.world.change("UPDATE request SET note = 'looked at again' WHERE id = 1")
        acme.world.change("DELETE FROM saved_view WHERE name = 'near (2)' OR query = 'used>90%'")
        acme.world.change("UPDATE api_key SET revoked_at = NULL WHERE id = 2")
        back = batches.undo(acme.host, done.batch, YES)
        assert {(s.email[0], s.field, s.why) for s in back.left} == {
            ("a", "override", "moved"), ("g", "request 1", "moved"), ("g", "view users near", "gone"),
            ("a", "key 2", "moved"),
        }  # fmt: skip
        assert statuses(acme)[2][0] == "pending"
        assert acme.world.value('SELECT note FROM "override" WHERE user_id = :id', id=acme.number("a")) == "new"

    def test_undo_gives_nothing_back_to_who_moved_away_since(self, acme: Acme) -> None:
        done = offboard(acme, "a")
        after = hanging(acme)
        act = Bulk(Move(acme.world.organization("Beta")), Selection(emails=("a@acme.example",)))
        plans.act(acme.host, act, YES)
        back = batches.undo(acme.host, done.batch, YES)
        assert {(s.field, s.why) for s in back.left} > {("request 2", "ended"), ("key 2", "ended"), ("banned", "moved")}
        assert (back.changes, back.batch, hanging(acme)) == (0, None, after)

    def test_a_dry_run_shows_it_and_does_nothing(self, acme: Acme) -> None:
        before = hanging(acme)
        done = offboard(acme, "a", ctx=acme.host.dry())
        assert {"request 2", "key 2", "override"} < {row.name for row in done.rows}
        assert hanging(acme) == before


class TestReview:
    def test_it_is_seen_before_and_what_comes_in_between_ends_too(self, acme: Acme) -> None:
        made = plans.make(acme.host, Bulk(Offboard(), Selection(emails=("a@acme.example",))))
        assert {row.name for row in plans.rows(acme.host, made.id)[0]} >= {"request 2", "key 2", "override"}
        acme.world.change("UPDATE request SET user_id = :a WHERE id = 4", a=acme.number("a"))
        acme.world.change("UPDATE request SET status = 'withdrawn' WHERE id = 2")
        plans.apply(acme.host, made.id, YES)
        assert [statuses(acme)[number][0] for number in (2, 4)] == ["withdrawn", "denied"]

    def test_what_is_taken_out_stays(self, lite: Acme) -> None:
        made = plans.make(lite.host, Bulk(Offboard(), Selection(emails=("a@acme.example", "b@acme.example"))))
        plans.choose(lite.host, made.id, Choice(False, (lite.number("a"), "request")))
        plans.choose(lite.host, made.id, Choice(False, (lite.number("a"), "override")))
        plans.choose(lite.host, made.id, Choice(False, text="b@acme"))
        plans.apply(lite.host, made.id, YES)
        assert [statuses(lite)[number][0] for number in (2, 4)] == ["pending", "pending"]
        assert lite.world.value('SELECT count(*) FROM "override"') == 2
        assert lite.world.value("SELECT revoked_at FROM api_key WHERE id = 2") is not None
        assert (lite.row("a").banned, lite.row("b").banned) == (True, False)


class TestWho:
    def test_somebody_banned_and_stripped_already_still_loses_what_hangs_on_them(self, lite: Acme) -> None:
        lite.set("b", banned=True, paid=False, inference="0", embedding="0")
        done = offboard(lite, "b")
        assert [(row.name, row.after) for row in done.rows] == [("request 4", "denied")]
        assert [s.why for s in done.skipped] == ["already"]
        batches.undo(lite.host, done.batch, YES)
        assert statuses(lite)[4][0] == "pending"
        assert lite.row("b").banned

    def test_oneself_is_skipped_whole(self, lite: Acme) -> None:
        grace = lite.world.stepped_up("grace@acme.example")
        done = offboard(lite, "grace", "b", ctx=grace)
        assert [(s.email, s.why) for s in done.skipped] == [("grace@acme.example", "self_ban")]
        assert [statuses(lite)[number][0] for number in (1, 4)] == ["pending", "denied"]

    def test_from_the_host_views_go_to_the_first_administrator_who_stays(self, lite: Acme) -> None:
        offboard(lite, "grace")
        assert lite.world.value("SELECT owner_id FROM saved_view WHERE query = 'used>90%'") == lite.number("admin")

    def test_nobody_to_hand_over_to_and_the_host_has_them(self, lite: Acme) -> None:
        done = offboard(lite, "grace", "admin")
        assert lite.world.value("SELECT owner_id FROM saved_view WHERE query = 'used>90%'") == 0
        assert ("host") in {row.after for row in done.rows if row.field is Field.VIEW}
        assert batches.undo(lite.host, done.batch, YES).left == ()

    def test_many_by_filter(self, lite: Acme) -> None:
        done = plans.act(lite.host, Bulk(Offboard(), Selection(query="paid:yes type:user"), lite.id), YES)
        assert {row.email[0] for row in done.rows} == {"a", "b"}
        assert [statuses(lite)[number][0] for number in (1, 2, 4)] == ["pending", "denied", "denied"]
