"""distribution status, policy get and set: their answers and exit codes."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def test_status_is_as_the_interfaces_say(cli: Cli, house: Path) -> None:
    found = cli("distribution", "status", "--org", "acme", "--json").json
    assert found == {
        "inference": {"purchased": 5_000_000, "allocated": 1_000_000, "used": 0, "unallocated": 4_000_000},
        "embedding": {"purchased": 1_000_000, "allocated": 1_000_000, "used": 0, "unallocated": 0},
        "preset": "standard",
        "next_run_at": None,
    }
    assert "policy standard, version 0" in cli("distribution", "status", "--org", "acme").out


def test_a_policy_is_set_seen_and_taken_back(cli: Cli, house: Path) -> None:
    dry = cli("distribution", "policy", "set", "--org", "acme", "--preset", "dynamic", "--dry-run", "--json")
    assert (dry.code, dry.json["preset"], dry.json["dry_run"]) == (0, "dynamic", True)
    assert cli("distribution", "policy", "get", "--org", "acme", "--json").json["version"] == 0
    made = cli("distribution", "policy", "set", "--org", "acme", "--set", "ceiling=unlimited", "--set", "cooldown=2h")
    assert made.code == 0
    held = cli("distribution", "policy", "get", "--org", "acme", "--json").json
    assert (held["preset"], held["version"], held["fields"]["ceiling"], held["fields"]["cooldown"]) == (
        "custom", 1, None, "2h",
    )  # fmt: skip
    assert "`sage-tui distribution policy set --version 0` takes it back." in made.out
    back = cli("distribution", "policy", "set", "--org", "acme", "--version", "0", "--json").json
    assert (back["batch"], back["back"]) == (None, "--version 1")
    listed = cli("distribution", "policy", "get", "--org", "acme", "--history", "--json").json["versions"]
    assert [(one["version"], one["preset"]) for one in listed] == [(2, "standard"), (1, "custom"), (0, "standard")]


def test_what_is_allowed_and_may_surprise_is_told(cli: Cli, house: Path) -> None:
    put = ("distribution", "policy", "set", "--org", "acme")
    empty = cli(*put, "--department", "Reserch", "--preset", "dynamic", "--json")
    assert (empty.code, empty.json["warnings"]) == (
        0, ["Nobody is in the department Reserch: the policy holds for nobody yet."],
    )  # fmt: skip
    cli("users", "set", "ada@acme.example", "--department", "research")
    own = cli(*put, "--department", "research", "--preset", "dynamic", "--json").json
    assert (own["warnings"], own["back"]) == ([], "--preset none")
    ended = cli(*put, "--department", "research", *own["back"].split(), "--json").json
    again = cli(*put, "--department", "research", *ended["back"].split(), "--json").json
    assert (ended["back"], again["preset"], again["back"]) == ("--version 1", "dynamic", "--preset none")
    low = cli(*put, "--set", "cap_percent=10")
    assert (low.code, "warning: The inference cap is 500K then, 500K below what is allocated" in low.out) == (0, True)
    refused = cli(*put, "--set", "cooldown=99999d")
    assert (refused.code, "from 1m to 31d" in refused.err) == (2, True)


@pytest.mark.parametrize(
    "words", [["--set", "ceiling"], ["--set", "nothing=1"], ["--preset", "lavish"], [], ["--set", "tiers=80:lots"]]
)
def test_wrong_use_says_what_is_meant(cli: Cli, house: Path, words: list[str]) -> None:
    said = cli("distribution", "policy", "set", "--org", "acme", *words)
    assert said.code == 2
    assert "error:" in said.err


def test_the_schedule_runs_in_the_time_zone_that_an_organization_is_given(cli: Cli, house: Path) -> None:
    cli("distribution", "policy", "set", "--org", "acme", "--set", "schedule=daily 02:00")
    before = cli("distribution", "status", "--org", "acme", "--json").json["next_run_at"]
    dry = cli("orgs", "set", "acme", "--time-zone", "Asia/Tokyo", "--dry-run", "--json").json
    assert (dry["before"], dry["dry_run"]) == ("UTC", True)
    made = cli("orgs", "set", "acme", "--time-zone", "Asia/Tokyo")
    assert (made.code, "time zone is Asia/Tokyo (before: UTC)" in made.out) == (0, True)
    after = cli("distribution", "status", "--org", "acme", "--json").json["next_run_at"]
    assert (before[11:16], after[11:16]) == ("02:00", "17:00")
    assert cli("orgs", "set", "acme", "--time-zone", "Asia/Tokyo").code == 2
    assert cli("orgs", "set", "acme", "--time-zone", "Mars").code == 2
    assert cli("orgs", "set", "acme").code == 2
    (entry,) = [one for one in cli("audit", "list", "--json").json["entries"] if one["action"] == "orgs set"]
    assert (entry["changes"][0]["before"], entry["changes"][0]["after"]) == ("UTC", "Asia/Tokyo")
