"""export of statistics and lists, report, and reading our own files back, on the command line."""

import csv
import json
from pathlib import Path

import pytest

from sage_tui.cli import report_words
from sage_tui.cli.output import cells
from sage_tui.domain.cells import unguard
from tests.cli.conftest import Cli

CALLS = """at,user,model,kind,prompt_tokens,completion_tokens,status
2026-11-16T09:00:00Z,ada@acme.example,gpt,inference,900000,100000,success
2026-11-18T09:00:00Z,bo@acme.example,=cmd,inference,20,5,failure
2026-11-09T09:00:00Z,ada@acme.example,gpt,inference,400000,100000,success
2026-10-12T09:00:00Z,svc-robot,gpt,inference,7,0,success
2026-11-20T09:00:00Z,bo@acme.example,embed,embedding,50,0,success
"""
WORDS = ("monthly", "models", "departments", "statistics", "requests", "activity", "batches", "report")


@pytest.fixture
def used(cli: Cli, house: Path) -> Path:
    """The house with some calls, a limit that is reached, and a request that waits."""
    (house / "calls.csv").write_text(CALLS)
    assert cli("import", "usage", "calls.csv", "--org", "acme").code == 0
    assert cli("users", "set", "ada@acme.example", "--inference", "1.5M").code == 0
    asked = cli("--as", "bo@acme.example", "requests", "create", "--amount", "5K", "--reason", "=more")
    assert asked.code == 0, asked.err
    return house


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("word", WORDS)
def test_each_writes_a_private_file_once_and_says_where(cli: Cli, used: Path, word: str) -> None:
    said = cli("export", word, "--org", "acme", "--output", "out.csv", "--json")
    assert said.code == 0, said.err
    path = used / "out.csv"
    assert set(said.json) == {"path", "rows", "bytes", "sha256"}
    assert (said.json["path"], said.json["bytes"]) == (str(path), path.stat().st_size)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(rows(path)) == said.json["rows"] > 0
    assert {row["as_of"] for row in rows(path)} == {"2026-11-23T12:00:00Z"}
    assert cli("export", word, "--org", "acme", "--output", "out.csv").code == 1
    assert cli("export", word, "--org", "acme", "--output", "out.csv", "--force").code == 0
    lines = cli("export", word, "--org", "acme", "--output", "-", "--format", "jsonl").out.splitlines()
    assert [list(json.loads(line)) for line in lines[:1]] == [list(rows(path)[0])]
    dry = cli("export", word, "--org", "acme", "--output", "dry.csv", "--dry-run")
    assert (dry.code, dry.out[:9]) == (0, "Dry run: ")
    assert not (used / "dry.csv").exists()
    audited = cli("audit", "list", "--query", f'action="export {word}"', "--json").json
    assert audited["total"] == 3


def test_a_file_without_a_name_says_organization_days_and_time(
    cli: Cli, used: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (used / "exports").mkdir()
    monkeypatch.setenv("SAGE_TUI_EXPORT_DIR", str(used / "exports"))
    said = cli("export", "models", "--org", "acme", "--from", "2026-10", "--to", "2026-10", "--json").json
    assert Path(said["path"]).name == "models-acme-2026-10-20261123-120000.csv"
    assert Path(said["path"]).parent == used / "exports"


def test_what_is_narrowed_is_what_stats_says(cli: Cli, used: Path) -> None:
    for options in ((), ("--kind", "inference"), ("--model", "=cmd"), ("--department", "Research"),
                    ("--user", "ada@acme.example")):  # fmt: skip
        days = ("--org", "acme", "--from", "2026-10-01", "--to", "2026-11-23", *options)
        stats = cli("stats", "month", *days, "--counts", "--json").json
        cli("export", "monthly", *days, "--output", "m.csv", "--force")
        found = rows(used / "m.csv")
        assert [{key: row[key] for key in stats["rows"][0]} for row in found] == [
            {key: str(value) for key, value in row.items()} for row in stats["rows"]
        ]
        assert {kind: sum(int(row[kind]) for row in found) for kind in ("inference", "embedding")} == {
            kind: stats["total"][kind] for kind in ("inference", "embedding")
        }
    said = cli("export", "activity", "--org", "acme", "--from", "2026-11-16", "--to", "2026-11-18", "--model", "=cmd",
               "--query", "status:failure", "--output", "-").out  # fmt: skip
    assert [row["model"] for row in csv.DictReader(said.splitlines())] == ["'=cmd"]
    by_name = cli("export", "statistics", "--view", "users", "--sort", "name", "--org", "acme", "--output", "-").out
    assert [row["email"] for row in csv.DictReader(by_name.splitlines())] == ["ada@acme.example", "bo@acme.example"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("statistics", "--view", "planets"), "there is no view planets"),
        (("statistics", "--sort", "weight"), "there is no column weight"),
        (("models", "--from", "soon"), "is not a time"),
        (("activity", "--from", "2026-11-09", "--to", "2026-11-02"), "is before"),
        (("activity", "--format", "xlsx"), "there is no format xlsx"),
        (("requests", "--status", "lost"), "there is no status lost"),
        (("monthly", "--query", "used>5"), "used"),
        (("report", "--period", "daily"), "daily"),
        (("users", "--sort", "weight"), "there is no column weight"),
    ],
)
def test_what_makes_no_sense_is_exit_2_and_writes_nothing(
    cli: Cli, used: Path, words: tuple[str, ...], said: str
) -> None:
    found = cli("export", *words, "--org", "acme", "--output", "out.csv")
    assert (found.code, said in found.err) == (2, True), found.err
    assert not (used / "out.csv").exists()


@pytest.mark.parametrize("format_name", ["csv", "jsonl"])
def test_our_activity_is_read_back_and_known(cli: Cli, used: Path, format_name: str) -> None:
    cli("export", "activity", "--output", "mine", "--format", format_name)
    said = cli("import", "usage", "mine", "--format", format_name, "--json")
    assert (said.code, said.json["recorded"], said.json["already"]) == (0, 0, 5), said.out
    other = used / "other.db"
    assert cli("init", "--database", other, "--admin-email", "root@sage.example").code == 0
    said = cli("--database", other, "import", "usage", "mine", "--format", format_name, "--json")
    assert (said.code, said.json["recorded"], said.json["charge"]) == (0, 5, 1_500_082), said.out


def test_our_people_are_read_back_short_and_full(cli: Cli, used: Path) -> None:
    amounts = ("--inference", "600K", "--embedding", "100K")
    assert cli("users", "set", "ada@acme.example", "bo@acme.example", *amounts).code == 0
    for extra in ((), ("--full",)):
        cli("export", "users", "--query", "acme.example", "--output", "people.csv", "--force", *extra)
        text = (used / "people.csv").read_text()
        said = cli("import", "users", "people.csv", "--json")
        assert (said.code, said.json["added"], said.json["already"]) == (0, 0, 3), said.out
        place = f"new{len(extra)}.example"
        (used / "people.csv").write_text(text.replace("acme.example", place))
        said = cli("import", "users", "people.csv", "--json")
        assert (said.code, said.json["added"]) == (0, 3), said.out
        new = cli("users", "show", f"ada@{place}", "--json").json
        assert (new["inference"]["allocation"], new["embedding"]["allocation"]) == (600_000, 100_000), new
        assert (new["department"], new["paid"], new["organization"]) == ("Research", True, "Acme")


def test_people_are_written_in_the_order_that_the_list_has(cli: Cli, used: Path) -> None:
    orders = []
    for sort in ("", "used", "used:desc"):
        said = cli("export", "users", "--org", "acme", "--sort", sort, "--output", "-").out
        orders.append([row["email"] for row in csv.DictReader(said.splitlines())])
        listed = cli("users", "list", "--org", "acme", "--sort", sort, "--json").json["users"]
        assert orders[-1] == [person["email"] for person in listed]
    assert orders[2][0] == "ada@acme.example" != orders[1][0]


def test_the_report_of_a_week_is_a_mail_of_78_columns(cli: Cli, used: Path) -> None:
    said = cli("report", "weekly", "--org", "acme")
    assert said.code == 0, said.err
    text = said.out
    assert max(cells(line) for line in text.splitlines()) <= report_words.WIDTH
    for words in (
        "Acme: week 2026-11-16 to 2026-11-22",
        "As of 2026-11-23T12:00:00Z",
        "inference         1,000,025   +100.0%  2 calls, 1 failed",
        "The change is against 2026-11-09 to 2026-11-15:",
        "gpt                                      1,000,000               0",
        "Research",
        "ada@acme.example                 at limit 1,500,000 of 1,500,000",
        "1 request waits, for 5,000 inference.",
        "Stranded, November 2026",
    ):
        assert words in text, text
    told = cli("report", "weekly", "--org", "acme", "--json").json
    assert (told["from"], told["to"], told["total"]["inference"]) == ("2026-11-16", "2026-11-22", 1_000_025)
    assert told["before"]["inference"] == 500_000
    assert [row["model"] for row in told["models"]["rows"]] == ["gpt", "embed", "=cmd"]
    assert told["people"]["named"][0]["email"] == "ada@acme.example"
    assert told["requests"] == {"waiting": 1, "inference": 5_000, "embedding": 0}


def test_a_report_is_of_the_last_whole_month_or_of_the_one_that_is_named(cli: Cli, used: Path) -> None:
    assert cli("report", "monthly", "--org", "acme", "--json").json["from"] == "2026-10-01"
    now = cli("report", "monthly", "--org", "acme", "--from", "2026-11", "--json").json
    assert (now["from"], now["to"], now["before"]["to"]) == ("2026-11-01", "2026-11-30", "2026-10-23")
    acts = {act["action"]: act for act in now["acts"]}
    assert acts["users set"]["count"] == len(acts["users set"]["batches"])
    assert "requests create" not in acts
    assert cli("report", "weekly", "--org", "acme", "--from", "2026-11-11", "--json").json["from"] == "2026-11-09"
    assert cli("report", "weekly").code == 2
    assert cli("--as", "cy@acme.example", "report", "weekly", "--org", "acme").code == 5
    empty = cli("report", "weekly", "--org", "beta")
    assert (empty.code, "Nothing was used." in empty.out) == (0, True)


def test_an_exported_report_has_the_same_numbers(cli: Cli, used: Path) -> None:
    told = cli("report", "weekly", "--org", "acme", "--json").json
    cli("export", "report", "--period", "weekly", "--org", "acme", "--output", "r.csv")
    found = rows(used / "r.csv")
    total = next(row for row in found if row["section"] == "total")
    assert {key: int(total[key]) for key in told["total"]} == told["total"]
    models = [row for row in found if row["section"] == "models"]
    assert [(unguard(row["name"]), int(row["inference"])) for row in models] == [
        (row["model"], row["inference"]) for row in told["models"]["rows"]
    ]
    book = cli("export", "report", "--period", "weekly", "--org", "acme", "--output", "r.xlsx", "--format", "xlsx")
    assert book.code == 0, book.err
    assert (used / "r.xlsx").read_bytes()[:2] == b"PK"
