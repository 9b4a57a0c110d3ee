"""users, views, mfa, settings, orgs, audit: what they say and do."""

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

KEYS = {
    "id", "email", "first_name", "last_name", "organization", "department", "company", "type", "plan", "paid", "banned",
    "stopped", "verified", "mfa", "cac", "inference", "embedding", "last_sign_in_at", "created_at",
}  # fmt: skip


def test_init_makes_database_key_and_operator(cli: Cli, home: Path) -> None:
    said = cli("init", "--admin-email", "Root@Sage.example", "--admin-name", "Ruth Root", "--org", "Acme", "--json")
    assert said.code == 0
    assert set(said.json) == {"database", "admin_email", "one_time_password"}
    assert len(said.json["one_time_password"]) == 20
    database = Path(said.json["database"])
    for file in (database, Path(f"{database}.key")):
        assert file.stat().st_mode & 0o777 == 0o600
    assert database.parent.stat().st_mode & 0o777 == 0o700
    operator = cli("users", "show", "root@sage.example", "--json").json
    assert (operator["type"], operator["first_name"], operator["organization"]) == ("super_admin", "Ruth", None)
    assert [org["name"] for org in cli("orgs", "list", "--json").json["organizations"]] == ["Acme"]
    assert cli("migrate", "--json").json == {"schema": "0001", "before": "0001", "changed": False}


def test_a_dry_migration_says_its_steps_and_does_none(cli: Cli, house: Path) -> None:
    path = Path(cli("status", "--json").json["database"])
    assert cli("migrate", "--dry-run").out == "schema 0001: nothing to do\n"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript("UPDATE schema_version SET version = '0000'; DELETE FROM alembic_version;")
        before = list(connection.iterdump())
    said = cli("migrate", "--dry-run", "--json").json
    assert (said["before"], said["schema"], said["changed"], said["dry_run"]) == ("0000", "0001", True, True)
    backup, apply, mark = said["steps"]
    assert backup == f"back up to {path}.schema-0000"
    assert apply.startswith("apply 0001: The house")
    assert mark == "set the schema to 0001"
    assert cli("migrate", "--dry-run").out.splitlines() == [f"would {step}" for step in said["steps"]]
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert list(connection.iterdump()) == before
    assert not Path(f"{path}.schema-0000").exists()


def test_a_dry_init_makes_nothing(cli: Cli, home: Path) -> None:
    said = cli("init", "--admin-email", "root@sage.example", "--dry-run", "--json")
    assert (said.code, said.json["one_time_password"]) == (0, None)
    assert list(home.iterdir()) == []
    assert cli("init", "--admin-email", "nobody", "--dry-run").code == 2


def test_status(cli: Cli, house: Path) -> None:
    found = cli("status", "--json").json
    assert (found["organizations"], found["users"], found["events"], found["last_event_at"]) == (2, 5, 0, None)
    assert found["schema"] == "0001"


def test_users_list_is_as_the_interfaces_say(cli: Cli, house: Path) -> None:
    found = cli("users", "list", "--org", "acme", "--json").json
    assert [user["email"] for user in found["users"]] == ["ada@acme.example", "bo@acme.example", "cy@acme.example"]
    ada = found["users"][0]
    assert set(ada) == KEYS
    assert ada["inference"] == {"allocation": 500_000, "used": 0, "previous": 0, "lifetime": 0, "remaining": 500_000}
    assert ada["created_at"] == "2026-11-23T12:00:00Z"
    assert found["users"][2]["inference"]["allocation"] is None


def test_pages_of_a_list_join_without_gap_or_double(cli: Cli, house: Path) -> None:
    seen: list[str] = []
    cursor: list[str] = []
    for _ in range(5):
        found = cli("users", "list", "--limit", "2", "--sort", "created:desc", *cursor, "--json").json
        assert found["total"] == 5
        seen += [user["email"] for user in found["users"]]
        if found["next"] is None:
            break
        cursor = ["--cursor", found["next"]]
    assert len(seen) == len(set(seen)) == 5


def test_filters_sort_and_views(cli: Cli, house: Path) -> None:
    assert cli("views", "save", "set", "--query", "-unset:yes paid:yes", "--sort", "email:desc", "--json").code == 0
    found = cli("users", "list", "--view", "set", "--json").json["users"]
    assert [user["email"] for user in found] == ["dee@beta.example", "bo@acme.example", "ada@acme.example"][
        -len(found) :
    ]
    assert [u["email"] for u in cli("users", "list", "--view", "set", "--query", "ada", "--json").json["users"]] == [
        "ada@acme.example"
    ]
    assert cli("views", "list", "--json").json["views"][0]["query"] == "-unset:yes paid:yes"
    assert cli("views", "delete", "set").code == 0
    assert cli("views", "delete", "set").code == 3


def test_a_table_for_people_and_csv_for_programs(cli: Cli, house: Path) -> None:
    lines = cli("users", "list", "--org", "acme").out.splitlines()
    assert lines[0].split() == ["EMAIL", "STATE", "USED", "MAX", "%", "TOTAL", "DEPARTMENT", "ORGANIZATION"]
    assert lines[1].split()[:4] == ["ada@acme.example", "never", "0", "500,000"]
    rows = cli("users", "list", "--org", "acme", "--csv").out.splitlines()
    assert rows[0].startswith("id,email,first_name")
    assert "inference_allocation" in rows[0]
    assert ",500000," in rows[1]


def test_acting_for_somebody_narrows(cli: Cli, house: Path) -> None:
    assert cli("users", "reset-password", "ada@acme.example", "--json").code == 0
    mine = cli("--as", "root@sage.example", "users", "list", "--json").json
    assert mine["total"] == 5
    refused = cli("--as", "bo@acme.example", "users", "show", "dee@beta.example", "--json")
    assert refused.code == 5
    entry = cli("audit", "list", "--query", "action:reset-password", "--json").json["entries"][0]
    assert (entry["action"], entry["outcome"]) == ("users reset-password", "done")
    assert "command line" in entry["origin"]


def test_users_add_answers_each(cli: Cli, house: Path) -> None:
    said = cli(
        "users",
        "add",
        "new@acme.example",
        "ada@acme.example",
        "dee@beta.example",
        "--org",
        "acme",
        "--password",
        "--json",
    )
    found = said.json
    assert said.code == 1
    assert (found["added"], found["already"]) == (["new@acme.example"], ["ada@acme.example"])
    assert found["refused"][0]["email"] == "dee@beta.example"
    assert [len(each["password"]) for each in found["one_time_passwords"]] == [20]
    assert isinstance(found["batch"], int)
    assert cli("users", "add", "no-address", "--org", "acme").code == 2


def test_a_dry_run_says_it_and_does_nothing(cli: Cli, house: Path) -> None:
    said = cli("users", "add", "new@acme.example", "--org", "acme", "--password", "--dry-run", "--json").json
    assert said["added"] == ["new@acme.example"]
    assert said["batch"] is None
    assert said["one_time_passwords"] == [{"email": "new@acme.example", "password": None}]
    assert cli("users", "show", "new@acme.example").code == 3
    assert cli("orgs", "add", "Gamma", "--dry-run", "--json").json["dry_run"] is True
    assert len(cli("orgs", "list", "--json").json["organizations"]) == 2
    assert cli("settings", "set", "pool_warning_day", "20", "--dry-run").code == 0
    assert cli("settings", "get", "pool_warning_day").out == "15\n"


def test_ways_back_in(cli: Cli, house: Path) -> None:
    one = cli("users", "reset-password", "ada@acme.example", "--json").json
    assert set(one) == {"email", "one_time_password"}
    assert cli("users", "reset-password", "--query", "dept:research", "--json").code == 2
    many = cli("users", "reset-password", "--query", "dept:research", "--yes", "--json").json
    assert [each["email"] for each in many["users"]] == ["ada@acme.example", "bo@acme.example"]
    for verb in ("unlock", "reset-mfa"):
        said = cli("users", verb, "ada@acme.example", "bo@acme.example", "--reason", "called", "--json")
        answered = "skipped" if verb == "reset-mfa" else "changed"  # nobody here has an authenticator
        assert [each["email"] for each in said.json[answered]] == ["ada@acme.example", "bo@acme.example"]
        entries = cli("audit", "list", "--query", f"action:{verb}", "--json").json["total"]
        assert cli("users", verb, "ada@acme.example", "nobody@acme.example").code == 3
        assert cli("audit", "list", "--query", f"action:{verb}", "--json").json["total"] == entries
    assert cli("users", "unlock").code == 2
    assert cli("users", "unlock", "--query", "nobody-like-this").code == 2
    said = cli("mfa", "reset", "ada@acme.example")
    assert (said.code, said.out) == (0, "ada@acme.example had no authenticator: nothing was changed\n")
    assert cli("mfa", "reset", "--all", "--yes", "--json").json["reset"] == 0
    reasons = {entry["reason"] for entry in cli("audit", "list", "--json").json["entries"]}
    assert "called" in reasons


def test_settings(cli: Cli, house: Path) -> None:
    assert cli("settings", "set", "pool_warning_day", "20", "--json").json["value"] == "20"
    assert cli("settings", "get", "pool_warning_day", "--json").json["source"] == "set"
    assert cli("settings", "set", "pool_warning_day").code == 0
    assert cli("settings", "get", "pool_warning_day").out == "15\n"


def test_settings_of_an_organization(cli: Cli, house: Path) -> None:
    said = cli("settings", "set", "pool_warning_day", "3", "--org", "acme", "--json")
    assert (said.json["value"], said.json["source"]) == ("3", "set")
    assert cli("settings", "get", "pool_warning_day", "--org", "acme").out == "3\n"
    assert cli("settings", "get", "pool_warning_day", "--org", "beta", "--json").json["source"] == "default"
    assert cli("settings", "get", "pool_warning_day").out == "15\n"
    listed = cli("settings", "list", "--org", "acme", "--json").json["settings"]
    assert [each["key"] for each in listed] == ["pool_warning_day", "reservation_minutes", "orphans"]
    refused = cli("settings", "set", "sign_in_notice", "x", "--org", "acme")
    assert (refused.code, "whole platform" in refused.err) == (2, True)
    assert cli("settings", "get", "no_such_setting", "--org", "acme").code == 3
    assert cli("settings", "set", "pool_warning_day", "3", "--org", "nowhere").code == 3


def test_today_exits_0_while_nobody_is_stopped(cli: Cli, house: Path) -> None:
    said = cli("today", "--org", "acme", "--json")
    assert said.code == 0
    assert set(said.json) == {"items", "gateway_last_heard_at", "checked_at"}
    assert cli("today").out.endswith("numbers checked never\n")


def test_doctor_finds_nothing_wrong_and_a_file_that_is_open_to_others(cli: Cli, house: Path) -> None:
    said = cli("doctor", "--json")
    assert (said.code, said.json["ok"]) == (0, True)
    assert {"files", "database", "audit"} <= {check["name"] for check in said.json["checks"]}
    log = house / "state" / "sage-tui" / "sage-tui.log"
    log.parent.mkdir(parents=True)
    log.write_text("")
    log.chmod(0o644)
    said = cli("doctor", "--json")
    assert (said.code, said.json["ok"]) == (1, False)
    assert said.json["checks"][0]["differences"][0]["mend"] == f"chmod 600 {log}"


def test_audit_verify_and_anchor(cli: Cli, house: Path) -> None:
    anchors = cli("audit", "anchor", "--json").json["anchors"]
    assert anchors
    good = cli("audit", "verify", *(word for anchor in anchors for word in ("--anchor", anchor)), "--json")
    assert (good.code, good.json["ok"]) == (0, True)
    assert set(good.json["chains"][0]) >= {"chain", "entries", "head", "first_bad"}
    chain, seq, _ = anchors[0].split(":")
    bad = cli("audit", "verify", "--anchor", f"{chain}:{seq}:{'0' * 64}")
    assert bad.code == 1
    assert "BAD" in bad.out


def test_one_wrong_address_is_told_once(cli: Cli, house: Path) -> None:
    said = cli("users", "add", "nonsense", "--org", "acme")
    assert said.code == 2
    assert said.err.count("email 1") == 1


def test_without_its_key_file_a_chain_is_not_checked_and_not_called_broken(cli: Cli, house: Path) -> None:
    (key,) = house.rglob("*.key")
    key.rename(key.with_suffix(".away"))
    said = cli("audit", "verify", "--json")
    assert (said.code, said.json["ok"]) == (1, False)
    assert {(chain["first_bad"], chain["sealed"]) for chain in said.json["chains"]} == {(None, False)}
    shown = cli("audit", "verify").out
    assert "cannot be checked without the key" in shown
    assert "BAD" not in shown
    assert "broken" not in cli("doctor").out


def test_audit_follow_prints_each_entry_once(
    cli: Cli, house: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sage_tui.cli import audit
    from sage_tui.cli.world import context
    from sage_tui.services import audit as service
    from sage_tui.services import settings as service_settings

    cli("--json", "status")
    ctx = context()
    for number in range(14):
        service_settings.put(ctx, "sign_in_notice", f"notice {number}")

    def meanwhile(_: float) -> None:
        """What happens while it waits: more than one page of acts."""
        for number in range(210):
            service_settings.put(ctx, "sign_in_notice", f"later {number}")

    monkeypatch.setattr(audit.time, "sleep", meanwhile)
    audit._follow(lambda ask: service.window(ctx, ask), "", rounds=2)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 10 + 210
    assert len({(line["chain"], line["seq"]) for line in lines}) == 220
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)


def test_a_list_that_goes_on_says_how(cli: Cli, house: Path) -> None:
    said = cli("users", "list", "--limit", "2")
    assert said.err.startswith("2 of 5; go on with --cursor ")
    more = cli("users", "list", "--limit", "9", "--cursor", said.err.split()[-1])
    assert (len(more.out.splitlines()), more.err) == (4, "")
