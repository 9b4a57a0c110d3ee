"""activity list, identities and today as scripts and people meet them: rows, filters, cursors, exit codes."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sage_tui.cli import main, world
from sage_tui.clock import FixedClock
from tests.cli.conftest import Cli
from tests.support import NOW

FIELDS = {
    "id", "at", "email", "organization", "model", "kind", "prompt_tokens", "completion_tokens", "charge", "status",
    "latency_ms", "source",
}  # fmt: skip
MAP = ["--map", "at=at,user=user,model=model,prompt_tokens=in,completion_tokens=out,status=status,id=id"]


def calls(path: Path, rows: list[tuple[str, str, str, int, int, str]]) -> Path:
    """A file of calls: hour of the day, user, model, tokens in and out, status."""
    lines = [
        f"2026-11-22T{hour}:00:00Z,{user},{model},{put},{out},{status},{path.stem}-{number}"
        for number, (hour, user, model, put, out, status) in enumerate(rows)
    ]
    path.write_text("\n".join(["at,user,model,in,out,status,id", *lines]) + "\n")
    return path


@pytest.fixture
def used(cli: Cli, house: Path) -> Path:
    """Acme's calls in one file, Beta's in another."""
    acme = [
        ("08", "ada@acme.example", "gpt-4o", 100, 20, "success"),
        ("09", "bo@acme.example", "gpt-4o", 300, 0, "failure"),
        ("10", "ada@acme.example", "text-embedding-3-large", 50, 0, "success"),
        ("11", "svc-nobody", "gpt-4o", 7, 3, "success"),
    ]
    assert cli("import", "usage", calls(house / "a.csv", acme), *MAP, "--org", "acme").code == 0
    beta = [("12", "dee@beta.example", "gpt-4o", 40, 2, "success"), ("13", "svc-nobody", "gpt-4o", 1, 1, "success")]
    assert cli("import", "usage", calls(house / "b.csv", beta), *MAP, "--org", "beta").code == 0
    return house


class TestActivity:
    def test_the_newest_call_is_first_and_every_field_is_there(self, cli: Cli, used: Path) -> None:
        said = cli("activity", "list", "--json").json
        assert (said["total"], said["next"]) == (6, None)
        assert {frozenset(row) for row in said["activity"]} == {frozenset(FIELDS)}
        assert [row["at"][11:13] for row in said["activity"]] == ["13", "12", "11", "10", "09", "08"]
        first = said["activity"][-1]
        assert (first["email"], first["organization"], first["model"]) == ("ada@acme.example", "Acme", "gpt-4o")
        assert (first["prompt_tokens"], first["completion_tokens"], first["charge"]) == (100, 20, 120)
        assert (first["kind"], first["status"], first["at"]) == ("inference", "success", "2026-11-22T08:00:00Z")

    @pytest.mark.parametrize(
        ("query", "hours"),
        [
            ("user:ada", ["10", "08"]),
            ("status:failure", ["09"]),
            ("model:embedding", ["10"]),
            ("tokens>100 -status:failure", ["08"]),
            ("org:beta", ["13", "12"]),
            ("at:2026-11-23..", []),
        ],
    )
    def test_filters(self, cli: Cli, used: Path, query: str, hours: list[str]) -> None:
        said = cli("activity", "list", "--query", query, "--json").json
        assert [row["at"][11:13] for row in said["activity"]] == hours
        assert said["total"] == len(hours)

    def test_of_one_organization_and_with_somebody_s_rights(self, cli: Cli, used: Path) -> None:
        for who in (["--org", "beta"], ["--org", "beta", "--as", "root@sage.example"]):
            said = cli("activity", "list", *who, "--json").json
            assert {row["organization"] for row in said["activity"]} == {"Beta"}
        assert cli("activity", "list", "--as", "ada@acme.example").code == 5

    def test_the_cursor_goes_on_where_the_answer_ended(self, cli: Cli, used: Path) -> None:
        hours: list[str] = []
        more: list[str] = []
        for _ in range(3):
            said = cli("activity", "list", "--limit", "2", *more, "--json").json
            hours += [row["at"][11:13] for row in said["activity"]]
            assert said["total"] == 6
            more = ["--cursor", said["next"]] if said["next"] else []
        assert hours == ["13", "12", "11", "10", "09", "08"]
        assert more == []
        for bad in ("nonsense", "W10", "e30"):
            refused = cli("activity", "list", "--cursor", bad)
            assert (refused.code, "not one of ours" in refused.err) == (2, True)

    def test_csv_has_the_names_of_the_json(self, cli: Cli, used: Path) -> None:
        lines = cli("activity", "list", "--csv").out.splitlines()
        assert set(lines[0].split(",")) == FIELDS
        assert len(lines) == 7

    def test_a_filter_that_makes_no_sense_says_where(self, cli: Cli, used: Path) -> None:
        said = cli("activity", "list", "--query", "user:ada used>5", "--json")
        assert said.code == 2
        assert said.out == ""
        assert json.loads(said.err.splitlines()[-1])["error"]["code"]


class TestIdentities:
    def test_one_name_in_two_organizations_is_asked_for(self, cli: Cli, used: Path) -> None:
        said = cli("identities", "assign", "svc-nobody", "ada@acme.example")
        assert said.code == 2
        assert "in Acme" in said.err
        assert "in Beta" in said.err
        done = cli("identities", "assign", "svc-nobody", "ada@acme.example", "--org", "acme", "--json").json
        assert (done["events"], done["charge"], done["email"]) == (1, 10, "ada@acme.example")
        left = cli("identities", "list", "--json").json
        assert [(each["organization"], each["charge"]) for each in left["identities"]] == [("Beta", 2)]

    def test_another_organization_s_person_is_refused_and_it_stays_held(self, cli: Cli, used: Path) -> None:
        said = cli("identities", "assign", "svc-nobody", "dee@beta.example", "--org", "acme")
        assert (said.code, "another organization" in said.err) == (1, True)
        assert cli("identities", "list", "--org", "acme", "--json").json["total"] == 1

    def test_a_dry_run_assigns_nothing(self, cli: Cli, used: Path) -> None:
        said = cli("identities", "assign", "svc-nobody", "ada@acme.example", "--org", "acme", "--dry-run")
        assert said.out.startswith("would assign svc-nobody to ada@acme.example: 1 event,")
        assert cli("identities", "list", "--json").json["total"] == 2


class TestToday:
    def test_it_says_who_is_at_the_limit_and_how_to_see_them(
        self, cli: Cli, house: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        many = [("08", "ada@acme.example", "gpt-4o", 490_000, 0, "success")]
        assert cli("distribution", "policy", "set", "--org", "acme", "--set", "tiers=off").code == 0
        assert cli("import", "usage", calls(house / "n.csv", many), *MAP, "--org", "acme").code == 0
        said = cli("today", "--org", "acme", "--json")
        near = next(item for item in said.json["items"] if item["code"] == "near")
        found = cli("users", "list", "--org", "acme", "--query", near["query"], "--json").json
        assert [row["email"] for row in found["users"]] == ["ada@acme.example"]
        assert near["count"] == found["total"]
        assert said.json["gateway_last_heard_at"] == "2026-11-22T08:00:00Z"
        monkeypatch.setattr(world, "CLOCK", FixedClock(NOW + 30 * 86_400 * 1_000_000))
        assert "near" not in {item["code"] for item in cli("today", "--json").json["items"]}  # another month

    def test_it_exits_1_while_somebody_is_stopped(self, cli: Cli, house: Path) -> None:
        path = cli("status", "--json").json["database"]
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(
                "UPDATE membership SET inference_stopped_at = ?, inference_refused = 3"
                " WHERE user_id = (SELECT id FROM user WHERE email_key = 'ada@acme.example')",
                (NOW,),
            )
            connection.commit()
        said = cli("today", "--org", "acme", "--json")
        (stopped,) = [item for item in said.json["items"] if item["code"] == "stopped"]
        assert (said.code, stopped["count"], stopped["page"]) == (1, 1, "users")
        assert cli("today", "--org", "beta").code == 0
        assert main.run(["today", "--quiet"]) == 1
