"""check and usage record|reserve|settle|release: their answers and exit codes (interfaces.md)."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

ADA = "ada@acme.example"
CALL = ("--user", ADA, "--model", "gpt-5")


def test_check_answers_yes_and_no_with_the_reason(cli: Cli, house: Path) -> None:
    said = cli("check", ADA, "--model", "gpt-5", "--tokens", "500K", "--json")
    assert said.code == 0
    assert said.json == {"allowed": True, "reason": None, "remaining": 500_000, "pool_remaining": 5_000_000}
    said = cli("check", ADA, "--model", "gpt-5", "--tokens", "500001", "--json")
    assert said.code == 1
    assert said.json["reason"] == (
        "insufficient_quota: 0 used and 0 reserved of 500,000; this call would take 500,001"
    )  # fmt: skip
    assert "refused: insufficient_quota: 0 used" in cli("check", ADA, "--model", "m", "--tokens", "1M").out
    assert cli("check", "who@acme.example", "--model", "m", "--tokens", "1").code == 3
    assert cli("check", "dee@beta.example", "--model", "m", "--tokens", "1").code == 1


def test_record_answers_once_with_what_it_charged(cli: Cli, house: Path) -> None:
    line = ("usage", "record", *CALL, "--prompt", "900", "--completion", "99", "--id", "c-1", "--json")
    said = cli(*line)
    assert said.json == {"recorded": 1, "already": 0, "charge": 999, "remaining": 499_001, "bumped": None}
    again = cli(*line)
    assert (again.code, again.json) == (0, {**said.json, "recorded": 0, "already": 1, "charge": 0})
    other = cli(*line, "--cached", "5")
    assert (other.code, json.loads(other.err.splitlines()[-1])["error"]["code"]) == (4, "key_taken")


def test_a_time_is_part_of_the_content_only_where_it_was_given(cli: Cli, house: Path) -> None:
    line = ("usage", "record", *CALL, "--prompt", "9", "--completion", "0", "--id", "c-1", "--json", "--at")
    assert cli(*line, "2026-11-02").json["recorded"] == 1
    assert cli(*line, "2026-11-02").json["already"] == 1
    assert cli(*line, "2026-11-02T01:00Z").code == 4
    assert cli(*line, "2027-01-01").code == 2


def test_a_raise_is_told(cli: Cli, house: Path) -> None:
    said = cli("usage", "record", *CALL, "--prompt", "400K", "--completion", "0", "--id", "c-1", "--json")
    assert (said.json["bumped"], said.json["remaining"]) == ({"before": 500_000, "after": 625_000}, 225_000)
    words = cli("usage", "record", *CALL, "--prompt", "200K", "--completion", "0", "--id", "c-2").out
    assert "the limit rose from 625,000 to 937,500" in words


def test_an_identity_that_is_nobody_s_is_held(cli: Cli, house: Path) -> None:
    said = cli("usage", "record", "--user", "svc", "--model", "m", "--prompt", "9", "--completion", "0", "--id", "c-1",
               "--org", "acme", "--json")  # fmt: skip
    assert (said.json["recorded"], said.json["remaining"]) == (1, None)
    assert cli("identities", "list", "--org", "acme", "--json").json["identities"][0]["charge"] == 9


def test_reserve_settle_release(cli: Cli, house: Path) -> None:
    said = cli("usage", "reserve", *CALL, "--tokens", "4096", "--id", "k", "--json")
    assert said.code == 0
    held = said.json
    assert len(held.pop("reservation")) == 32
    assert held == {
        "allowed": True, "reason": None, "charge": 4_096, "remaining": 495_904, "expires_at": "2026-11-23T12:10:00Z",
    }  # fmt: skip
    assert cli("usage", "reserve", *CALL, "--tokens", "4096", "--id", "k", "--json").json == said.json
    assert cli("usage", "reserve", *CALL, "--tokens", "4097", "--id", "k").code == 4
    done = cli("usage", "settle", said.json["reservation"], "--prompt", "900", "--completion", "99", "--json")
    assert done.json == {"recorded": 1, "already": 0, "charge": 999, "remaining": 499_001, "bumped": None}
    assert cli("usage", "settle", "k", "--prompt", "5", "--completion", "5", "--json").json["already"] == 1
    other = cli("usage", "reserve", *CALL, "--tokens", "10", "--json").json["reservation"]
    gone = cli("usage", "release", other, "--reason", "provider error", "--json")
    assert (gone.code, gone.json["recorded"], gone.json["charge"], gone.json["remaining"]) == (0, 1, 0, 499_001)
    assert cli("usage", "settle", "unknown", "--prompt", "1", "--completion", "1").code == 3


def test_a_refusal_exits_with_1_and_says_why(cli: Cli, house: Path) -> None:
    said = cli("usage", "reserve", *CALL, "--tokens", "1M", "--json")
    assert (said.code, said.json["allowed"], said.json["reservation"]) == (1, False, None)
    assert said.json["reason"].startswith("insufficient_quota: ")
    assert cli("users", "show", ADA, "--json").json["stopped"] is True


@pytest.mark.parametrize("tokens", ["-5", "0", "abc", "1.5", "10000000000000", "1e9", ""])
def test_what_is_no_count_of_tokens_is_wrong_use(cli: Cli, house: Path, tokens: str) -> None:
    assert cli("usage", "reserve", *CALL, "--tokens", tokens).code == 2
    assert cli("check", ADA, "--model", "m", "--tokens", tokens).code == 2


def test_kinds_and_a_dry_run(cli: Cli, house: Path) -> None:
    assert cli("usage", "reserve", *CALL, "--tokens", "5", "--kind", "shoes").code == 2
    dry = cli("usage", "reserve", *CALL, "--tokens", "5", "--kind", "embedding", "--dry-run", "--json")
    assert dry.json["allowed"] is True
    assert cli("usage", "settle", dry.json["reservation"], "--prompt", "1", "--completion", "1").code == 3


def test_corrections_want_a_reason_and_happen_once(cli: Cli, house: Path) -> None:
    call = ("usage", "record", "--user", ADA, "--model", "m", "--completion", "0", "--prompt")
    for n in range(2):
        assert cli(*call, "1000", "--id", f"c-{n}").code == 0
    dry = cli("usage", "reverse", "--id", "c-1", "--dry-run", "--json")
    assert dry.json == {
        "entries": 1, "already": 0, "people": 1, "prompt_tokens": -1_000, "completion_tokens": 0, "charge": -1_000,
        "batch": None, "dry_run": True,
    }  # fmt: skip
    assert cli("usage", "reverse", "--id", "c-1").code == 2
    assert cli("usage", "reverse").code == 2
    said = cli("usage", "reverse", "--id", "c-1", "--reason", "sent twice")
    assert (said.code, "wrote 1 counter-entry for 1 holder: -1,000 tokens charged" in said.out) == (0, True)
    assert cli("usage", "reverse", "--id", "c-1", "--reason", "sent twice").code == 1
    assert cli("usage", "reverse", "--import", "9", "--reason", "x").code == 3
    assert cli("usage", "credit", ADA, "--kind", "inference", "--amount", "400", "--reason", "x", "--json").json[
        "charge"
    ] == -400  # fmt: skip
    done = cli("usage", "recharge", "--model", "m", "--from", "2026-11", "--to", "2026-11", "--reason", "x", "--json")
    assert (done.json["entries"], done.json["already"]) == (0, 2)
    assert cli("users", "show", ADA, "--json").json["inference"]["used"] == 600
