"""distribution plan and apply: a plan goes through a file, is reviewed, and is refused when somebody changed it."""

import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

PLAN = ("distribution", "plan", "--org", "acme", "--action")


@pytest.fixture
def planned(cli: Cli, house: Path, tmp_path: Path) -> Path:
    """A file that shares 1,000 tokens among the members who may spend."""
    file = tmp_path / "plan.json"
    cli("users", "set", "--query", "paid:no", "--org", "acme", "--paid", "--yes")
    assert cli(*PLAN, "share-evenly", "--kind", "inference", "--amount", "1K", "--output", file).code == 0
    return file


def test_a_plan_is_as_the_interfaces_say(cli: Cli, house: Path, planned: Path) -> None:
    found = cli(*PLAN, "share-evenly", "--kind", "inference", "--amount", "1K", "--json").json
    assert {"plan", "version", "digest", "organization", "action", "made_at", "rows", "totals", "pool"} <= set(found)
    assert (found["version"], found["organization"], found["action"]) == (1, "Acme", "share-evenly")
    assert set(found["rows"][0]) == {"email", "kind", "before", "after", "rule", "reason"}
    assert sum(row["after"] - row["before"] for row in found["rows"]) == 1_000 == found["totals"]["inference"]
    assert found["pool"]["inference"]["after"] - found["pool"]["inference"]["before"] == 1_000
    assert planned.stat().st_mode & 0o777 == 0o600
    assert json.loads(planned.read_text())["rows"] == found["rows"]
    assert "Nothing was done." in cli(*PLAN, "reclaim").out


def test_a_file_that_exists_is_replaced_with_force_alone(cli: Cli, house: Path, planned: Path) -> None:
    before = planned.read_text()
    words = (*PLAN, "share-evenly", "--kind", "inference", "--amount", "2K", "--output", planned)
    said = cli(*words)
    assert (said.code, "--force" in said.err, planned.read_text()) == (1, True, before)
    assert cli(*words, "--force").code == 0
    assert json.loads(planned.read_text())["totals"]["inference"] == 2_000


def test_more_to_share_out_than_there_is_is_told(cli: Cli, house: Path, planned: Path) -> None:
    said = cli(*PLAN, "share-evenly", "--kind", "inference", "--amount", "900M")
    assert "--amount: of 900,000,000 to be shared out 3,500,000 are: unallocated" in said.err
    assert "--amount" not in cli(*PLAN, "share-evenly", "--kind", "inference", "--amount", "1K").err


def test_it_is_applied_once_and_taken_back(cli: Cli, house: Path, planned: Path) -> None:
    dry = cli("distribution", "apply", planned, "--dry-run", "--json")
    assert (dry.code, dry.json["batch"], dry.json["left"]) == (0, None, [])
    done = cli("distribution", "apply", planned, "--reason", "reviewed by grace", "--json").json
    rows = json.loads(planned.read_text())["rows"]
    assert (done["applied"], done["left"]) == (len(rows), [])
    shown = cli("users", "show", rows[0]["email"], "--json").json
    assert shown["inference"]["allocation"] == rows[0]["after"]
    again = cli("distribution", "apply", planned, "--json")
    assert (again.code, again.json["applied"]) == (4, 0)
    assert {one["why"] for one in again.json["left"]} == {"moved"}
    assert cli("undo", str(done["batch"])).code == 0
    assert cli("users", "show", rows[0]["email"], "--json").json["inference"]["allocation"] == rows[0]["before"]


@pytest.mark.parametrize(
    ("old", "new"),
    [('"after": ', '"after": 1'), ('"plan": ', '"plan": 1'), ("share-evenly", "reclaim"), ("acme.example", "x.example"),
     ('"version": 1', '"version": 2'), ("]", ""), ('"digest": "', '"digest": "0'), ("}", ""), ('"rows"', '"row"'),
     ('"digest": "', '"digest": "é'), ('"kind": "inference"', '"kind": ["inference"]'),
     ('"action": "share-evenly"', '"action": ["x"]')],
)  # fmt: skip
def test_a_changed_file_is_refused_and_changes_nothing(
    cli: Cli, house: Path, planned: Path, old: str, new: str
) -> None:
    planned.write_text(planned.read_text().replace(old, new, 1))
    said = cli("distribution", "apply", planned)
    assert said.code == 2
    assert "error:" in said.err
    assert cli("batches", "list", "--org", "acme", "--json").json["batches"][0]["action"] == "users set"


def test_a_row_taken_out_by_hand_is_a_change_too(cli: Cli, house: Path, planned: Path) -> None:
    lines = planned.read_text().splitlines()
    planned.write_text("\n".join([lines[0], *lines[2:]]))
    assert cli("distribution", "apply", planned).code == 2


def test_a_row_that_stands_twice_is_a_change_too(cli: Cli, house: Path, planned: Path) -> None:
    lines = planned.read_text().splitlines()
    first = lines[1].removesuffix(",")
    planned.write_text("\n".join([lines[0], f"{first},", *lines[1:]]))
    assert cli("distribution", "apply", planned).code == 2


def test_a_department_without_a_name_is_no_organization(cli: Cli, house: Path) -> None:
    words = ("distribution", "policy", "set", "--org", "acme", "--department", "", "--preset", "conservative")
    assert cli(*words).code == 2
    assert cli("distribution", "policy", "get", "--org", "acme", "--json").json["preset"] == "standard"


def test_reformatted_is_not_changed(cli: Cli, house: Path, planned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretty = json.dumps(json.loads(planned.read_text()), indent=2, sort_keys=True)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(pretty.encode())))
    assert cli("distribution", "apply", "-", "--dry-run").code == 0


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "nonsense", '{"version": 1}', '{"version": 1, "rows": [\n7\n], "x": 1}']
)
def test_what_is_no_plan_is_refused(cli: Cli, house: Path, tmp_path: Path, text: str) -> None:
    file = tmp_path / "no.json"
    file.write_text(text)
    said = cli("distribution", "apply", file)
    assert said.code == 2
    assert "plan" in said.err


def test_whoever_left_is_named(cli: Cli, house: Path, planned: Path) -> None:
    email = json.loads(planned.read_text())["rows"][0]["email"]
    cli("users", "move", email, "--no-org")
    said = cli("distribution", "apply", planned, "--json")
    assert said.code == 4
    assert {"email": email, "kind": "inference", "why": "ended"} in said.json["left"]


@pytest.mark.parametrize("words", [["lavish"], [""], ["reclaim", "--kind", "tokens"], ["reclaim", "--amount", "5"]])
def test_wrong_use_of_a_plan(cli: Cli, house: Path, words: list[str]) -> None:
    assert cli(*PLAN, *words).code == 2


def test_a_department_has_its_own_policy(cli: Cli, house: Path) -> None:
    made = cli("distribution", "policy", "set", "--org", "acme", "--department", "research", "--preset", "aggressive")
    assert made.code == 0
    get = ("distribution", "policy", "get", "--org", "acme", "--json")
    assert cli(*get, "--department", "research").json["preset"] == "aggressive"
    assert cli(*get).json["preset"] == "standard"
    end = ("distribution", "policy", "set", "--org", "acme", "--department", "research", "--preset", "none")
    assert cli(*end).code == 0
    assert cli(*get, "--department", "research").json["preset"] == "standard"
    assert cli(*end).code == 2
