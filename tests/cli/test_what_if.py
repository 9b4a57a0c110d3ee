"""distribution what-if: its answer and exit codes."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

KEYS = ["preset", "stopped_users", "stopped_hours", "bumps", "stranded", "pool_left", "inference", "embedding"]


def test_it_is_as_the_interfaces_say(cli: Cli, house: Path) -> None:
    """In the month before everything was made there was no pool, and nobody."""
    found = cli("distribution", "what-if", "--org", "acme", "--json").json
    assert list(found) == ["presets"]
    assert [one["preset"] for one in found["presets"]] == ["conservative", "standard", "aggressive", "dynamic"]
    assert [list(one) for one in found["presets"]] == [KEYS] * 4
    assert {tuple(one.values())[1:6] for one in found["presets"]} == {(0, 0, 0, 0, 0)}
    assert [one["inference"] for one in found["presets"]] == [{"stranded": 0, "pool_left": 0}] * 4


def test_a_policy_that_is_no_preset_stands_beside_them(cli: Cli, house: Path) -> None:
    cli("distribution", "policy", "set", "--org", "acme", "--set", "cooldown=2h")
    said = cli("distribution", "what-if", "--org", "acme", "--month", "2026-10")
    lines = said.out.splitlines()
    assert lines[0].split() == ["PRESET", "STOPPED", "HOURS", "BUMPS", "STRANDED", "EMB.", "POOL", "LEFT", "EMB."]
    assert lines[-1].split()[0] == "custom"
    assert "October 2026, inference and embedding (EMB.); custom holds now; nothing was used in it" in said.err


@pytest.mark.parametrize("month", ["2026-11", "2026-13", "october"])
def test_a_month_that_has_not_ended_or_is_none_is_refused(cli: Cli, house: Path, month: str) -> None:
    said = cli("distribution", "what-if", "--org", "acme", "--month", month)
    assert said.code == 2
    assert "error:" in said.err
