"""Today, doctor, views, settings, preferences, setup, activity and audit windows."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from sage_tui.clock import FixedClock
from sage_tui.domain.errors import FieldError, NotFound, QueryError, Refused
from sage_tui.domain.months import month_of, month_start
from sage_tui.domain.paging import After, Around, Ask, At, Before, End, Place, Sort, Start
from sage_tui.domain.secret import Secret
from sage_tui.domain.units import Micros, Role
from sage_tui.domain.users import AddUsers, View
from sage_tui.services import (
    activity,
    audit,
    doctor,
    identity,
    policies,
    preferences,
    setup,
    today,
    users,
    users_add,
    views,
    ways_back,
)
from sage_tui.services.policies import SetPolicy
from sage_tui.services.setup import Initialise
from tests.support import NOW
from tests.support.world import CHEAP, HERE, World

ADMIN = "admin@acme.example"


def differences(world: World) -> dict[str, int]:
    return {
        check.name: len(check.differences)
        for check in doctor.doctor(world.host)
        if not check.ok and check.name != "role"
    }


class TestToday:
    def test_it_counts_who_is_stopped_near_idle_and_what_belongs_to_nobody(self, everywhere: World) -> None:
        acme = everywhere.organization("Acme", 10_000_000, 10_000_000)
        names = tuple(f"p{n}@acme.example" for n in range(5))
        users_add.add(everywhere.host, AddUsers(names, acme, paid=True))
        policies.put(everywhere.host, SetPolicy(acme, "", (("tiers", "off"),)))
        everywhere.record(
            everywhere.usage("a", names[0], 460_000),
            everywhere.usage("b", names[1], 500_000),
            everywhere.usage("c", names[2], 100_000),
            everywhere.usage("d", "stranger", 5_000),
            organization_id=acme,
        )
        everywhere.change(
            "UPDATE membership SET inference_stopped_at = :at, inference_refused = 4 WHERE user_id = 2", at=NOW
        )
        found = {item.code: item for item in today.today(everywhere.host, acme).items}
        assert found["stopped"].text == "1 person is stopped at their limit"
        assert found["near"].count == 2
        assert (found["idle"].count, found["idle"].tokens) == (2, 1_000_000)
        assert (found["unassigned"].count, found["unassigned"].tokens) == (1, 5_000)
        for code in ("stopped", "near", "idle"):  # the line leads to exactly the people it counts
            assert users.count(everywhere.host, found[code].query, acme).number == found[code].count
        everyone = today.today(everywhere.host)
        assert [i.text for i in everyone.items if i.code == "organization"] == ["Acme"]

    def test_next_month_s_pool_is_told_from_the_fifteenth(self, lone: World) -> None:
        acme = lone.organization("Acme", 1_000_000)
        users_add.add(lone.host, AddUsers(("p@acme.example",), acme, paid=True))
        lone.change("UPDATE purchase SET last_month = :m", m=month_of(NOW))
        assert today.today(lone.host, acme).sentences == (
            "December 2026: the inference pool is 0, 500K below what is allocated.",
        )
        lone.clock.at = Micros(month_start(month_of(NOW)))
        assert today.today(lone.host, acme).sentences == ()

    def test_nothing_waits_in_an_empty_organization(self, lone: World) -> None:
        assert today.today(lone.host, lone.organization("Acme")).items == ()


class TestDoctor:
    def test_all_is_well_and_the_time_is_kept(self, everywhere: World) -> None:
        acme = everywhere.organization("Acme", 5_000_000)
        users_add.add(everywhere.host, AddUsers(("p@acme.example",), acme, paid=True))
        everywhere.record(everywhere.usage("1", "p@acme.example", 5), everywhere.usage("2", "x", 6))
        assert differences(everywhere) == {}
        assert today.today(everywhere.host).checked_at is not None

    @pytest.mark.parametrize(
        ("planted", "check"),
        [
            ("UPDATE usage_daily SET charge = charge + 1", "daily totals"),
            ("DELETE FROM usage_organization_daily", "organization days"),
            ("UPDATE usage_month SET charge = charge - 1", "months"),
            ("UPDATE membership SET inference_used = inference_used + 1 WHERE user_id = 1", "member counters"),
            ("UPDATE pool SET allocated = allocated + 1 WHERE organization_id = 1 AND kind = 0", "pool counters"),
            ("UPDATE organization SET members = 9 WHERE id = 1", "members"),
            ('UPDATE "user" SET organization_id = 0 WHERE id = 1', "people"),
            ("UPDATE membership SET last_used_day = last_used_day - 1 WHERE user_id = 1", "last use"),
        ],
    )
    def test_a_planted_difference_is_found(self, everywhere: World, planted: str, check: str) -> None:
        acme = everywhere.organization("Acme", 5_000_000)
        users_add.add(everywhere.host, AddUsers(("p@acme.example",), acme, paid=True))
        everywhere.record(everywhere.usage("1", "p@acme.example", 5))
        everywhere.change(planted)
        assert differences(everywhere)[check] == 1

    @pytest.mark.parametrize(
        "planted",
        [
            ("UPDATE usage_daily SET charge = charge + 1", "DELETE FROM usage_month"),
            (
                "DELETE FROM usage_daily",
                "DELETE FROM usage_organization_daily",
                "UPDATE pool SET used = 77, lifetime = 1",
            ),
            ("UPDATE membership SET inference_used = 9, inference_lifetime = 3, inference_reserved = 4",),
            ("UPDATE pool SET allocated = allocated + 1", "UPDATE organization SET members = 9 WHERE id = 1"),
            ("UPDATE membership SET last_used_day = NULL", "UPDATE usage_month SET corrected = 5"),
        ],
    )
    def test_what_differs_is_mended_in_one_act_from_the_events(
        self, everywhere: World, planted: tuple[str, ...]
    ) -> None:
        acme = everywhere.organization("Acme", 5_000_000)
        users_add.add(everywhere.host, AddUsers(("p@acme.example",), acme, paid=True))
        calls = [everywhere.usage(str(n), "p@acme.example", 5 * n, status="failure") for n in range(1, 9)]
        everywhere.record(*calls, everywhere.usage("held", "x", 6))
        tables = ("usage_daily", "usage_organization_daily", "usage_month", "pool", "membership")
        right = {table: everywhere.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables}
        for sql in planted:
            everywhere.change(sql)
        before = everywhere.value("SELECT count(*) FROM audit_entry")
        doctor.repair(everywhere.host.dry())
        assert differences(everywhere) != {}
        done = doctor.repair(everywhere.host)
        assert sum(one.rows for one in done) > 0
        assert differences(everywhere) == {}
        assert {table: everywhere.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables} == right
        assert everywhere.value("SELECT count(*) FROM audit_entry") == before + 1
        assert doctor.repair(everywhere.host) == ()
        assert everywhere.value("SELECT count(*) FROM audit_entry") == before + 1

    def test_a_missing_trigger_and_a_too_mighty_role_are_noticed(self, everywhere: World) -> None:
        lite = everywhere.host.database.sqlite
        sql = "DROP TRIGGER audit_no_delete" if lite else "DROP TRIGGER audit_no_truncate ON audit_entry"
        with everywhere.host.database.writing() as connection:
            connection.exec_driver_sql(sql)
        found = {check.name: check.ok for check in doctor.doctor(everywhere.host)}
        assert not found["triggers"]
        assert found["role"] is lite  # the tests' own PostgreSQL role is a superuser

    def test_a_wrong_key_and_a_clock_that_went_back_are_noticed(self, lone: World) -> None:
        lone.change("UPDATE schema_version SET key_check = :c", c=f"{lone.host.keys.current}:00".encode())
        lone.organization("Acme")
        lone.clock.at -= 3_600_000_000
        assert {"key", "clock"} <= set(differences(lone)) | {c.name for c in doctor.doctor(lone.host) if not c.ok}


class TestViewsAndPreferences:
    def test_own_and_shared(self, lone: World) -> None:
        acme, other = lone.organization("Acme"), lone.organization("Other")
        for email, organization in ((ADMIN, acme), ("bo@acme.example", acme), ("cy@other.example", other)):
            lone.person(email, organization, Role.ADMIN)
        mine = lone.admin(ADMIN)
        views.save(mine, "users", View("near", "used>90%", "used:desc", True, True, ""))
        views.save(mine, "users", View("own", "paid:no", "", False, True, ""))
        assert [v.name for v in views.list_views(mine)] == ["near", "own"]
        assert [(v.name, v.mine, v.owner) for v in views.list_views(lone.admin("bo@acme.example"))] == [
            ("near", False, ADMIN)
        ]
        assert views.list_views(lone.admin("cy@other.example")) == ()
        with pytest.raises(NotFound):
            views.delete(lone.admin("bo@acme.example"), "users", "near")
        views.delete(mine, "users", "near")
        assert [v.name for v in views.list_views(mine)] == ["own"]

    def test_a_filter_that_makes_no_sense_is_not_saved(self, lone: World) -> None:
        with pytest.raises(QueryError, match="column"):
            views.save(lone.host, "users", View("bad", "used>>90%", "", False, True, ""))
        with pytest.raises(FieldError, match="name"):
            views.save(lone.host, "users", View("b\x1bd", "", "", False, True, ""))

    def test_columns_are_remembered_per_person(self, lone: World) -> None:
        lone.person(ADMIN, lone.organization("Acme"), Role.ADMIN)
        console = lone.sign_in(ADMIN)
        preferences.put(console, "users.columns", '["email"]')
        preferences.put(console, "users.columns", '["email","state"]')
        assert preferences.get(lone.sign_in(ADMIN), "users.columns") == '["email","state"]'
        assert preferences.get(lone.host, "users.columns") is None


class TestSetup:
    def command(self, folder: Path, **more: str) -> Initialise:
        return Initialise(
            str(folder / "sage.db"), str(folder / "sage.db.key"), more.pop("email", "root@sage.example"), **more
        )

    def test_the_first_operator_signs_in_with_the_one_time_password(self, tmp_path: Path, clock: FixedClock) -> None:
        from sage_tui.domain.actors import NoProof
        from sage_tui.services.context import open_context

        told = setup.initialise(
            self.command(tmp_path, admin_name="Ro Ot", organization="Acme"), HERE, "me", clock=clock, hash_with=CHEAP
        )
        ctx = open_context(told.database, str(tmp_path / "sage.db.key"), NoProof(), HERE, clock=clock, hashing=CHEAP)
        session = identity.sign_in(ctx, "root@sage.example", told.one_time_password)
        assert (session.role, session.name, session.must_change_password) == (Role.SUPER_ADMIN, "Ro Ot", True)
        assert all(oct(os.stat(tmp_path / name).st_mode)[-3:] == "600" for name in ("sage.db", "sage.db.key"))

    def test_a_bad_address_leaves_no_file(self, tmp_path: Path, clock: FixedClock) -> None:
        with pytest.raises(FieldError, match="admin-email"):
            setup.initialise(self.command(tmp_path, email="nobody"), HERE, "me", clock=clock, hash_with=CHEAP)
        assert os.listdir(tmp_path) == []

    def test_an_existing_database_or_key_is_refused_and_left(self, tmp_path: Path, clock: FixedClock) -> None:
        (tmp_path / "sage.db").write_text("precious")
        with pytest.raises(Refused):
            setup.initialise(self.command(tmp_path), HERE, "me", clock=clock, hash_with=CHEAP)
        assert (tmp_path / "sage.db").read_text() == "precious"
        assert not (tmp_path / "sage.db.key").exists()


class TestWindows:
    def made(self, world: World) -> None:
        acme = world.organization("Acme")
        world.person("ada@acme.example", acme)
        events = [
            world.usage(
                str(n),
                ("ada@acme.example", "svc")[n % 2],
                n,
                Micros(NOW - (n // 3) * 1_000_000),
                model=f"m{n % 3}",
                status=("success", "failure")[n % 5 == 0],
                latency_ms=None if n % 4 else n,
            )
            for n in range(40)
        ]
        world.record(*events, organization_id=acme)

    def all_ids(self, world: World, query: str = "") -> list[str]:
        return [row.id for row in activity.window(world.host, Ask(1, query, Sort("at", True), Start(), 1000)).rows]

    def test_pages_have_no_gap_and_no_repeat_whichever_way_amid_ties(self, everywhere: World) -> None:
        self.made(everywhere)
        for descending in (True, False):
            sort = Sort("at", descending)
            whole = activity.window(everywhere.host, Ask(1, "", sort, Start(), 1000))
            place: Place = Start()
            seen: list[str] = []
            while True:
                page = activity.window(everywhere.host, Ask(1, "", sort, place, 7))
                seen += [row.id for row in page.rows]
                if not page.more_after:
                    break
                place = After(page.keys[-1])
            assert seen == [row.id for row in whole.rows]
            place, back = End(), []
            while True:
                page = activity.window(everywhere.host, Ask(1, "", sort, place, 7))
                back = [row.id for row in page.rows] + back
                if not page.more_before:
                    break
                place = Before(page.keys[0])
            assert back == seen
            assert [r.id for r in activity.window(everywhere.host, Ask(1, "", sort, At(5), 7)).rows] == seen[5:12]

    @pytest.mark.parametrize(
        ("query", "holds"),
        [
            ("user:ada", lambda n: n % 2 == 0),
            ("user:SVC", lambda n: n % 2 == 1),
            ("model:m1", lambda n: n % 3 == 1),
            ("status:failure", lambda n: n % 5 == 0),
            ("charge>30", lambda n: n > 30),
            ("-model:m1 tokens<=9", lambda n: n % 3 != 1 and n <= 9),
            ("latency>=20", lambda n: n % 4 == 0 and n >= 20),
            ("-latency>=20", lambda n: not (n % 4 == 0 and n >= 20)),
            ("kind:embedding", lambda n: False),
            ("source:test", lambda n: True),
            ("at:2026-11-24..", lambda n: False),
            ("svc", lambda n: n % 2 == 1),
            ("org:acme", lambda n: True),
            ("dept:none", lambda n: False),
        ],
    )
    def test_filters_find_what_they_say(self, everywhere: World, query: str, holds) -> None:
        self.made(everywhere)
        rows = activity.window(everywhere.host, Ask(1, query, Sort("at", True), Start(), 1000)).rows
        assert sorted(row.charge for row in rows) == [n for n in range(40) if holds(n)]
        assert activity.count(everywhere.host, query).number == len(rows)

    def test_the_audit_is_found_by_who_what_and_whom(self, everywhere: World) -> None:
        acme = everywhere.organization("Acme")
        everywhere.person(ADMIN, acme, Role.ADMIN)
        everywhere.person("ada@acme.example", acme)
        console = replace(everywhere.stepped_up(ADMIN), reason="lost her phone")
        everywhere.enrol(everywhere.sign_in("ada@acme.example"), "ada@acme.example")
        assert ways_back.reset_mfa(console, "ada@acme.example").changed
        assert not ways_back.reset_mfa(console, "ada@acme.example").changed  # already so: nothing done or audited
        views.save(console, "users", View("near", "used>90%", "", False, True, ""))
        for query, count in (
            ("actor:admin action:reset", 1),
            ("target:ada action:reset", 1),
            ("phone", 2),
            ("action:views", 1),
            ("actor:nobody", 0),
            ("origin:10.0.0.7 action:reset", 1),
            ("at:2026-11-23.. action:reset", 1),
            ('org:acme action="users reset-mfa"', 1),
            ("-action:reset action:users", 0),
        ):
            found = audit.window(everywhere.host, Ask(1, query, Sort("at", True))).rows
            assert (query, len(found)) == (query, count)
            assert audit.count(everywhere.host, query).number == count

    def test_around_falls_back_to_the_first_rows(self, lone: World) -> None:
        self.made(lone)
        page = activity.window(lone.host, Ask(1, "", Sort("at", True), Around(1), 5))
        assert [row.id for row in page.rows] == self.all_ids(lone)[:5]


def test_secrets_stay_out_of_everything_that_is_kept(lone: World) -> None:
    """Canary: a password, a code's secret and recovery codes are in no table in clear."""
    lone.person(ADMIN, lone.organization("Acme"), Role.ADMIN)
    console = lone.sign_in(ADMIN)
    codes = lone.enrol(console, ADMIN)
    canary = Secret("a yellow canary that sings at noon")
    identity.change_password(console, Secret("a password that nobody guesses"), canary)
    ((_, one_time),) = ways_back.reset_password(lone.host, ADMIN)
    lone.host.database.close()
    raw = Path(lone.host.database.path).read_bytes()
    for secret in (canary, one_time, lone.secrets[ADMIN], *codes, console.proof.token):
        assert secret.reveal().encode() not in raw
        assert secret.reveal() not in repr(secret) + str(secret) + f"{secret}"
