"""doctor: what differs, the likely cause, and the repair."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.fixture
def broken(cli: Cli, house: Path) -> Path:
    """A call was recorded, and somebody changed a total by hand."""
    call = ["--user", "ada@acme.example", "--model", "m", "--prompt", "12", "--completion", "3", "--id", "x1"]
    assert cli("usage", "record", *call).code == 0
    with closing(sqlite3.connect(next(house.rglob("sage-tui.db")))) as store:
        store.execute("UPDATE usage_daily SET charge = charge + 1")
        store.commit()
    return house


def test_a_difference_is_listed_with_its_likely_cause(cli: Cli, broken: Path) -> None:
    said = cli("doctor", "--json")
    assert (said.code, said.json["ok"]) == (1, False)
    found = {check["name"]: check for check in said.json["checks"]}
    assert found["daily totals"]["found"].startswith("1 difference: events or totals were changed by something else")
    assert found["daily totals"]["differences"][0]["charge"] == 1
    assert found["member counters"]["ok"]


def test_a_repair_mends_and_is_audited(cli: Cli, broken: Path) -> None:
    tried = cli("doctor", "--repair", "--dry-run")
    assert tried.code == 1
    assert "daily totals: 1 row would be set right" in tried.err
    done = cli("doctor", "--repair", "--reason", "changed by hand on Monday")
    assert done.code == 0, done.out
    assert "daily totals: 1 row set right" in done.err
    (entry,) = [one for one in cli("audit", "list", "--json").json["entries"] if one["action"] == "doctor repair"]
    assert entry["reason"] == "changed by hand on Monday"
    assert cli("doctor", "--repair").code == 0
    assert cli("audit", "verify").code == 0


def test_members_and_administrators_may_not(cli: Cli, house: Path) -> None:
    assert cli("--as", "ada@acme.example", "doctor", "--repair").code == 5
