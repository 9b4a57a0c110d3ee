"""export audit and audit verify FILE: a chain that is proved without a database, and every tampering that is found."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

Lines = list[dict]


@pytest.fixture
def chain(cli: Cli, house: Path) -> Path:
    """All chains in a file: the platform's, Acme's, Beta's."""
    target = house / "audit.jsonl"
    assert cli("users", "set", "ada@acme.example", "--department", "Lab", "--reason", "moved").code == 0
    assert cli("export", "audit", "--output", target).code == 0
    return target


@pytest.fixture
def alone(cli: Cli, chain: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file on a host that has no database, no key and no configuration."""
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(chain.parent / "elsewhere" / name.lower()))
    assert cli("users", "list").code == 6
    return chain


def change(path: Path, what: Callable[[Lines], Lines | None]) -> None:
    """Tamper with the file."""
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines = what(lines) or lines
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def of(lines: Lines, chain: str) -> Lines:
    return [line for line in lines if line.get("chain") == chain]


def test_the_whole_chain_is_proved_without_a_database(cli: Cli, alone: Path) -> None:
    said = cli("audit", "verify", alone, "--json")
    assert said.code == 0, said.err
    found = {one["chain"]: one for one in said.json["chains"]}
    assert set(found) == {"platform", "org-1", "org-2"}
    assert all(one["entries"] > 0 and one["first_bad"] is None for one in found.values())
    assert alone.stat().st_mode & 0o777 == 0o600
    assert "ok " in cli("audit", "verify", alone).out


def _swap(lines: Lines) -> None:
    one, other = of(lines, "org-1")[:2]
    one["body"], other["body"] = other["body"], one["body"]


def _reason(lines: Lines) -> None:
    entry = next(line for line in of(lines, "org-1") if any(detail[1] == "reason" for detail in line["details"]))
    entry["details"] = [[p, f, s, "something else" if f == "reason" else v] for p, f, s, v in entry["details"]]


@pytest.mark.parametrize(
    ("tamper", "why"),
    [
        (lambda lines: of(lines, "org-1")[0].update(body=of(lines, "org-1")[0]["body"].replace("os:", "ox:")),
         "does not match its hash"),
        (lambda lines: [line for line in lines if line is not of(lines, "org-1")[1]], "entry 2 is missing"),
        (lambda lines: lines[: -1] if lines[-1]["chain"] == "org-2" else lines, "the tail was cut"),
        (_swap, "does not match its hash"),
        (_reason, "a personal detail was changed"),
        (lambda lines: [line for line in lines if line.get("chain") != "org-1"], "the tail was cut"),
        (lambda lines: of(lines, "org-1")[-1].update(chain="org-2"), "entry"),
    ],
)  # fmt: skip
def test_each_tampering_is_found(cli: Cli, alone: Path, tamper: Callable[[Lines], Lines | None], why: str) -> None:
    change(alone, tamper)
    said = cli("audit", "verify", alone, "--json")
    assert said.code == 1
    assert [one["chain"] for one in said.json["chains"] if one["first_bad"] is not None] != []
    assert why in " ".join(one["why"] for one in said.json["chains"] if one["first_bad"] is not None)


def test_a_detail_that_was_erased_leaves_the_chain_valid(cli: Cli, alone: Path) -> None:
    change(alone, lambda lines: [line.update(details=[]) for line in lines if "details" in line] and None)
    assert cli("audit", "verify", alone).code == 0


def test_an_anchor_kept_elsewhere_finds_a_file_that_was_cut_with_its_head(cli: Cli, chain: Path) -> None:
    anchors = cli("audit", "anchor", "--json").json["anchors"]
    mine = next(one for one in anchors if one.startswith("org-2"))
    assert cli("audit", "verify", chain, "--anchor", mine).code == 0
    change(chain, lambda lines: [lines[0] | {"heads": [h for h in lines[0]["heads"] if not h.startswith("org-2")]}]
           + [line for line in lines[1:] if line["chain"] != "org-2"])  # fmt: skip
    assert cli("audit", "verify", chain).code == 0
    said = cli("audit", "verify", chain, "--anchor", mine)
    assert (said.code, "the tail was cut" in said.out) == (1, True)


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        ("", 2, "line 1: this is no exported audit chain"),
        ("hello\n", 2, "line 1"),
        ('{"format":"sage-audit/1","heads":[]}\n{"chain":"org-1"}\n', 2, "line 2: this is no entry"),
        ("é\n", 2, "no exported audit chain"),
    ],
)
def test_what_is_no_chain_is_named_by_line(cli: Cli, home: Path, content: str, code: int, says: str) -> None:
    path = home / "x.jsonl"
    path.write_text(content)
    said = cli("audit", "verify", path)
    assert (said.code, says in said.err) == (code, True), said.err


def test_a_file_that_is_not_there_and_an_anchor_that_is_none(cli: Cli, home: Path, chain: Path) -> None:
    assert cli("audit", "verify", home / "gone.jsonl").code == 3
    assert cli("audit", "verify", chain, "--anchor", "x").code == 2


def test_administrators_write_their_own_chain_and_members_none(cli: Cli, chain: Path, house: Path) -> None:
    assert cli("users", "role", "ada@acme.example", "admin").code == 0
    mine = house / "mine.jsonl"
    assert cli("--as", "ada@acme.example", "export", "audit", "--output", mine).code == 0
    names = {json.loads(line).get("chain") for line in mine.read_text().splitlines()[1:]}
    assert names == {"org-1"}
    assert cli("--as", "bo@acme.example", "export", "audit").code == 5
    entries = cli("audit", "list", "--json").json["entries"]
    assert [one["action"] for one in entries].count("export audit") == 2
