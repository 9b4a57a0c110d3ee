"""import, identities, export: files in and out."""

import csv
import json
from pathlib import Path

import pytest

from sage_tui.domain.cells import guard
from tests.cli.conftest import Cli
from tests.gateways.samples import write_payloads, write_trace

TRACE = [
    "--map", "at=TIMESTAMP,prompt_tokens=ContextTokens,completion_tokens=GeneratedTokens",
    "--set", "user=ada@acme.example,model=azure-code",
]  # fmt: skip
REAL = Path(__file__).parents[3] / "shared" / "data"
ANSWER = {
    "recorded", "already", "refused", "prompt_tokens", "completion_tokens", "charge", "first_at", "last_at", "users",
    "unassigned", "unknown_models",
}  # fmt: skip


@pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not beside the project")
def test_the_real_trace_agrees_wherever_it_is_shown(cli: Cli, house: Path) -> None:
    said = cli("import", "usage", REAL / "azure_llm_trace_code.csv", *TRACE, "--json")
    assert said.code == 0
    found = said.json
    assert found.keys() >= ANSWER
    assert (found["recorded"], found["prompt_tokens"], found["completion_tokens"]) == (8_819, 18_059_974, 245_896)
    assert (found["charge"], found["first_at"]) == (18_305_870, "2023-11-16T18:17:03.97996Z")
    assert cli("users", "show", "ada@acme.example", "--json").json["inference"]["lifetime"] == 18_305_870
    cli("export", "users", "--output", "people.csv")
    rows = {row["email"]: row for row in csv.DictReader(Path("people.csv").read_text().splitlines())}
    assert rows["ada@acme.example"]["inference_lifetime"] == "18305870"
    again = cli("import", "usage", REAL / "azure_llm_trace_code.csv", *TRACE, "--org", "beta", "--json")
    assert (again.json["recorded"], again.json["already"], again.json["charge"]) == (0, 8_819, 0)


def test_import_usage_of_payloads_holds_and_assigns(cli: Cli, house: Path) -> None:
    path = write_payloads(house / "calls.jsonl")
    first = cli("import", "usage", path, "--org", "acme", "--json").json
    assert (first["recorded"], first["users"]) == (40, 1)
    held = cli("identities", "list", "--json").json["identities"]
    assert {each["identity"] for each in held} == {each["identity"] for each in first["unassigned"]}
    assert {each["organization"] for each in held} == {"Acme"}
    red = next(each for each in held if "red" in each["identity"])
    assert red["identity"] == "\\x1b[31mred\\x1b[0m"
    moved = cli("identities", "assign", red["identity"], "bo@acme.example", "--json").json
    assert (moved["events"], moved["charge"]) == (red["events"], red["charge"])
    assert cli("users", "show", "bo@acme.example", "--json").json["inference"]["lifetime"] > 0
    for extra in ((), ("--org", "beta")):
        again = cli("import", "usage", path, *extra, "--json").json
        assert (again["recorded"], again["already"]) == (0, 40)
    assert cli("doctor").code == 0


def test_a_refused_row_is_exit_1_and_strict_is_all_or_nothing(cli: Cli, house: Path) -> None:
    path = write_payloads(house / "calls.jsonl", 5)
    path.write_text(path.read_text() + "{\n")
    strict = cli("import", "usage", path, "--strict")
    assert (strict.code, strict.out) == (1, "")
    assert "line 6" in strict.err
    told = cli("import", "usage", path, "--strict", "--json").json
    assert (told["recorded"], [row["row"] for row in told["refused"]]) == (0, [6])
    assert cli("status", "--json").json["events"] == 0
    said = cli("import", "usage", path, "--json")
    assert said.code == 1
    assert said.json["refused"] == [{"row": 6, "field": "line", "why": "is not JSON from character 2 on"}]
    assert said.json["recorded"] == 5
    assert "refused row 6, line:" in cli("import", "usage", path).out


def test_dry_run_and_text_of_an_import(cli: Cli, house: Path) -> None:
    path = write_trace(house / "trace.csv")
    dry = cli("import", "usage", path, *TRACE, "--dry-run")
    assert dry.out.startswith("would record 50 rows")
    assert cli("status", "--json").json["events"] == 0
    real = cli("import", "usage", path, *TRACE)
    assert real.out == dry.out.replace("would record", "recorded")
    assert "imported before, as import 1" in cli("import", "usage", path, *TRACE).err


def test_import_usage_refuses_strangers_with_fail(cli: Cli, house: Path) -> None:
    said = cli("import", "usage", write_payloads(house / "calls.jsonl"), "--unknown-users", "fail")
    assert (said.code, cli("status", "--json").json["events"]) == (1, 0)
    assert "belong to nobody" in said.err
    made = cli("import", "usage", house / "calls.jsonl", "--unknown-users", "create", "--org", "acme", "--json").json
    assert made["users"] == 2
    assert cli("users", "show", "محمد@alnoor.example", "--json").json["organization"] == "Acme"


PEOPLE = """email,first_name,last_name,department,organization,inference,embedding,paid,gateway_id
eve@acme.example,Eve,=SUM(A1),Research,,1M,unset,yes,u-77
finn@beta.example,Finn,"O'Neill, Jr",Sales,beta,,,no,
ada@acme.example,,,,,,,,
"""


def test_import_users(cli: Cli, house: Path) -> None:
    path = house / "people.csv"
    path.write_text(PEOPLE)
    dry = cli("import", "users", path, "--org", "acme", "--dry-run", "--json").json
    assert (dry["added"], dry["batch"]) == (2, None)
    assert cli("users", "show", "eve@acme.example").code == 3
    said = cli("import", "users", path, "--org", "acme", "--json")
    assert said.code == 0
    assert (said.json["added"], said.json["already"], said.json["refused"]) == (2, 1, [])
    eve = cli("users", "show", "eve@acme.example", "--json").json
    assert (eve["last_name"], eve["paid"], eve["department"]) == ("=SUM(A1)", True, "Research")
    assert (eve["inference"]["allocation"], eve["embedding"]["allocation"]) == (1_000_000, None)
    assert [step["rule"] for step in eve["history"]] == ["import"]
    assert cli("users", "show", "finn@beta.example", "--json").json["organization"] == "Beta"
    assert cli("import", "users", path, "--org", "acme", "--json").json["added"] == 0
    assert cli("doctor").code == 0


@pytest.mark.parametrize(
    ("line", "field", "why"),
    [
        ("no-address,,,,,,,,", "email", "no @"),
        ("dee@beta.example,,,,,,,,", "email", "another organization"),
        ("eve@acme.example,\x1b[31m,,,,,,,", "first_name", "escape"),
        ("eve@acme.example,,,,mars,,,,", "organization", "no such"),
        ("eve@acme.example,,,,,1.5,,,", "inference", "whole"),
        ("eve@acme.example,,,,,-5,,,", "inference", "not an amount"),
        ("eve@acme.example,,,,,900M,,,", "inference", "the pool lacks"),
        ("eve@acme.example,,,,,,,maybe,", "paid", "neither yes nor no"),
        ("GOOD@acme.example,,,,,,,,", "email", "stands in row 2 already"),
        ("eve@acme.example,,,,,,,,u-1", "gateway_id", "stands in row 2 already"),
        ("eve@acme.example,,,", "line", "4 cells"),
        ("eve@acme.example," + "x" * 101 + ",,,,,,,", "first_name", "at most 100"),
    ],
)
def test_one_refused_row_and_nobody_is_added(cli: Cli, house: Path, line: str, field: str, why: str) -> None:
    path = house / "people.csv"
    path.write_text(PEOPLE.splitlines()[0] + "\ngood@acme.example,,,,,,,,u-1\n" + line + "\n")
    said = cli("import", "users", path, "--org", "acme", "--json")
    assert (said.code, said.json["added"], said.json["batch"]) == (1, 0, None)
    assert [(row["row"], row["field"]) for row in said.json["refused"]] == [(3, field)]
    assert why in said.json["refused"][0]["why"]
    assert cli("users", "show", "good@acme.example").code == 3
    assert "Nobody was added" in cli("import", "users", path, "--org", "acme").out


def test_an_administrator_imports_into_their_own_organization_only(cli: Cli, house: Path) -> None:
    path = house / "people.csv"
    path.write_text("email,organization\neve@acme.example,\n")
    said = cli("import", "users", path, "--json")
    assert said.json["refused"] == [{"row": 2, "field": "organization", "why": "is missing: name one, or give --org"}]
    assert cli("--as", "cy@acme.example", "import", "users", path).code == 5


def test_export_is_a_private_file_that_is_never_overwritten(cli: Cli, house: Path) -> None:
    said = cli("export", "users", "--output", "out.csv", "--json")
    target = house / "out.csv"
    assert set(said.json) == {"path", "rows", "bytes", "sha256"}
    assert (said.json["path"], said.json["rows"], said.json["bytes"]) == (str(target), 5, target.stat().st_size)
    assert target.stat().st_mode & 0o777 == 0o600
    assert cli("export", "users", "--output", "out.csv").code == 1
    assert cli("export", "users", "--output", "out.csv", "--force").code == 0
    (house / "link.csv").symlink_to(house / "elsewhere")
    assert cli("export", "users", "--output", "link.csv").code == 1
    (house / "shortcut").symlink_to(house / "data")
    assert cli("export", "users", "--output", "shortcut/x.csv").code == 2
    assert not (house / "elsewhere").exists()
    assert [path.name for path in house.iterdir() if path.is_file()] == ["out.csv"]


def test_a_failed_or_dry_export_leaves_nothing(cli: Cli, house: Path) -> None:
    assert cli("export", "users", "--output", "out.csv", "--query", "used>").code == 2
    dry = cli("export", "users", "--output", "out.csv", "--dry-run")
    assert (dry.code, dry.out.startswith("Dry run: "), "nothing was written." in dry.out) == (0, True, True)
    assert cli("export", "users", "--output", "out.csv", "--dry-run", "--json").json["dry_run"] is True
    stream = cli("export", "users", "--output", "-", "--dry-run")
    assert (stream.out, stream.err) == ("", "Dry run: 5 rows would be written; nothing was.\n")
    assert [path.name for path in house.iterdir() if "out" in path.name] == []


def test_export_to_standard_output_in_both_formats(cli: Cli, house: Path) -> None:
    rows = list(csv.DictReader(cli("export", "users", "--output", "-", "--org", "acme").out.splitlines()))
    assert [row["email"] for row in rows] == ["ada@acme.example", "bo@acme.example", "cy@acme.example"]
    lines = cli("export", "users", "--output", "-", "--format", "jsonl", "--full", "--query", "ada").out.splitlines()
    assert json.loads(lines[0])["embedding_remaining"] == 250_000 or json.loads(lines[0])["email"] == "ada@acme.example"
    assert cli("export", "users", "--output", "-", "--query", "nobody-here").out.count("\n") == 1
    audited = cli("audit", "list", "--query", "action:export", "--json").json
    assert audited["total"] == 3


def test_export_without_a_name_is_dated_and_lies_in_the_export_directory(
    cli: Cli, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (house / "exports").mkdir()
    monkeypatch.setenv("SAGE_TUI_EXPORT_DIR", str(house / "exports"))
    assert cli("export", "users", "--json").json["path"] == str(house / "exports" / "users-all-20261123-120000.csv")


def last_names(cli: Cli, query: str) -> list[str]:
    return [user["last_name"] for user in cli("users", "list", "--query", query, "--json").json["users"]]


def test_formulas_are_neutral_in_the_file_and_come_back_equal(cli: Cli, house: Path) -> None:
    names = ["=1+1", "+1", "-1", "@x", "＝1", "＋2", "－3", "＠4", '"=1', "'=1", "''=x", "plain", "'plain"]
    with (house / "people.csv").open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["email", "last_name", "organization"])
        out.writerows([f"p{number:02d}@first.example", guard(name), "acme"] for number, name in enumerate(names))
    assert cli("import", "users", "people.csv", "--json").json["added"] == len(names)
    assert last_names(cli, "first.example") == names
    cli("export", "users", "--output", "out.csv", "--query", "first.example")
    text = (house / "out.csv").read_text()
    with (house / "out.csv").open(newline="") as file:
        cells = [row["last_name"] for row in csv.DictReader(file)]
    assert [cell[:1] == "'" for cell in cells] == [name[-5:] != "plain" or name[0] == "'" for name in names]
    (house / "copy.csv").write_text(text.replace("first.example", "second.example"))
    assert cli("import", "users", "copy.csv", "--json").json["added"] == len(names)
    assert last_names(cli, "second.example") == names
