"""overrides, raise, why, rebalance, distribution runs: their answers and exit codes."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

ADA = "ada@acme.example"


@pytest.fixture
def ada(cli: Cli, house: Path) -> Cli:
    """The command line of a house in which Ada may spend 600,000."""
    found = cli("users", "show", ADA, "--json")
    if found.code:
        cli("users", "add", ADA, "--org", "acme")
    cli("users", "set", ADA, "--paid", "--inference", "600K")
    return cli


def test_an_exception_is_made_listed_and_ended(ada: Cli) -> None:
    dry = ada("overrides", "set", ADA, "--ceiling", "8M", "--dry-run", "--json")
    assert (dry.code, dry.json["batch"]) == (0, None)
    made = ada("overrides", "set", ADA, "--ceiling", "8M", "--no-reclaim", "--note", "pilot", "--json")
    assert (made.code, made.json["changed"][0]["after"]) == (
        0, 'inference ceiling 8,000,000, never reclaimed, note "pilot"',
    )  # fmt: skip
    (row,) = ada("overrides", "list", "--org", "acme", "--json").json["overrides"]
    assert (row["email"], row["inference"], row["no_reclaim"], row["until"], row["note"]) == (
        ADA, {"floor": None, "ceiling": 8_000_000}, True, None, "pilot",
    )  # fmt: skip
    assert "never reclaimed" in ada("overrides", "list", "--org", "acme").out
    assert ada("overrides", "clear", ADA).code == 0
    assert ada("overrides", "clear", ADA).code == 3
    assert ada("undo", str(made.json["batch"])).code == 4


def test_one_amount_or_the_end_is_taken_back_alone(ada: Cli) -> None:
    ada("overrides", "set", ADA, "--floor", "5K", "--ceiling", "8M", "--until", "2026-12-31", "--pinned")
    made = ada("overrides", "set", ADA, "--drop", "inference-floor", "--drop", "until", "--json")
    assert (made.code, made.json["changed"][0]["before"], made.json["changed"][0]["after"]) == (
        0, "inference floor 5,000, inference ceiling 8,000,000, pinned, until 2026-12-31",
        "inference ceiling 8,000,000, pinned",
    )  # fmt: skip
    (row,) = ada("overrides", "list", "--org", "acme", "--json").json["overrides"]
    assert (row["inference"], row["until"]) == ({"floor": None, "ceiling": 8_000_000}, None)
    assert ada("overrides", "set", ADA, "--drop", "inference-floor").code == 2
    both = ada("overrides", "set", ADA, "--drop", "inference-ceiling", "--ceiling", "5M")
    assert (both.code, "given and dropped at once" in both.err) == (2, True)
    wrong = ada("overrides", "set", ADA, "--drop", "pinned")
    assert (wrong.code, "inference-floor, inference-ceiling" in wrong.err) == (2, True)


def test_another_end_or_note_alone_is_seen_as_a_change(ada: Cli) -> None:
    ada("overrides", "set", ADA, "--pinned", "--until", "2026-12-31")
    said = ada("overrides", "set", ADA, "--until", "2027-01-31T18:30:00Z").out
    assert "pinned, until 2026-12-31 → pinned, until 2027-01-31T18:30:00Z" in said
    assert 'T18:30:00Z, note "pilot"' in ada("overrides", "set", ADA, "--note", "pilot").out


def test_a_raise_until_a_date_and_why(ada: Cli) -> None:
    words = ("raise", ADA, "--kind", "inference", "--amount", "250K", "--until", "2026-12-15", "--reason", "eval run")
    assert ada(*words, "--dry-run").code == 0
    made = ada(*words, "--json").json
    (listed,) = ada("overrides", "list", "--org", "acme", "--json").json["raises"]
    assert (listed["amount"], listed["until"]) == (250_000, "2026-12-15T00:00:00Z")
    told = ada("why", ADA, "--json").json["inference"]
    assert told["allocation"] == 850_000
    assert set(told["steps"][0]) == {"at", "rule", "before", "after", "actor", "reason", "batch"}
    now = None
    for step in told["steps"]:
        assert step["before"] == now
        now = step["after"]
    assert (now, told["steps"][-1]["batch"], told["steps"][-1]["reason"]) == (850_000, made["batch"], "eval run")
    assert "raised until 2026-12-15, by" in ada("why", ADA).out


def test_a_request_until_a_date_says_the_date_too(ada: Cli) -> None:
    ada("--as", ADA, "requests", "create", "--amount", "5K", "--reason", "x")
    ada("requests", "approve", "1", "--until", "2026-12-24")
    assert "request 1, until 2026-12-24, by" in ada("why", ADA).out


@pytest.mark.parametrize(
    "words",
    [("raise", ADA), ("raise", ADA, "--kind", "x", "--amount", "5", "--until", "7d"), ("overrides", "set", ADA),
     ("overrides", "set", ADA, "--floor", "5", "--ceiling", "4"), ("rebalance",),
     ("overrides", "set", ADA, "--pinned", "--until", "yesterday")],
)  # fmt: skip
def test_wrong_use_says_what_is_meant(ada: Cli, words: tuple[str, ...]) -> None:
    said = ada(*words)
    assert said.code == 2
    assert "error:" in said.err


def test_of_nobody_there_is_nothing_to_say(ada: Cli) -> None:
    assert ada("why", "nobody@acme.example").code == 3
    assert ada("overrides", "set", "nobody@acme.example", "--pinned").code == 3


def test_what_is_due_is_done_once(ada: Cli) -> None:
    assert ada("distribution", "policy", "set", "--org", "acme", "--set", "schedule=weekly sun 02:00").code == 0
    found = ada("distribution", "runs", "--org", "acme", "--json").json
    assert (found["schedule"], found["next"][0], len(found["next"])) == (
        "weekly sun 02:00", "2026-11-29T02:00:00Z", 5,
    )  # fmt: skip
    assert ada("distribution", "status", "--org", "acme", "--json").json["next_run_at"] == "2026-11-29T02:00:00Z"
    assert ada("rebalance", "--due", "--json").json["runs"] == []
    assert "Nothing is due." in ada("rebalance", "--due").out
    assert "Nothing ran yet." in ada("distribution", "runs", "--org", "acme").out


def test_a_pinned_person_is_set_by_hand_and_passed_over_among_many(ada: Cli) -> None:
    ada("overrides", "set", ADA, "--pinned")
    bulk = ada("users", "set", "--query", "ada@acme.example", "--org", "acme", "--inference", "1M", "--json").json
    assert (bulk["changed"], [one["code"] for one in bulk["skipped"]]) == ([], ["pinned"])
    assert "(users set EMAIL)" in bulk["skipped"][0]["why"]
    (alone,) = ada("users", "set", ADA, "--inference", "1M", "--json").json["changed"]
    assert (alone["before"], alone["after"]) == (600_000, 1_000_000)


def test_an_own_ceiling_may_be_unlimited(ada: Cli) -> None:
    made = ada("overrides", "set", ADA, "--ceiling", "unlimited", "--json").json
    assert made["changed"][0]["after"] == "inference ceiling unlimited"
    (row,) = ada("overrides", "list", "--org", "acme", "--json").json["overrides"]
    assert row["inference"] == {"floor": None, "ceiling": "unlimited"}
    floor = ada("overrides", "set", ADA, "--floor", "unlimited")
    assert (floor.code, "inference floor: 'unlimited' is not an amount" in floor.err) == (2, True)


def test_an_end_in_days_is_so_many_from_now(ada: Cli) -> None:
    assert ada("raise", ADA, "--kind", "inference", "--amount", "5K", "--until", "7d").code == 0
    assert ada("overrides", "set", ADA, "--pinned", "--until", "30d").code == 0
    ada("--as", ADA, "requests", "create", "--amount", "5K", "--reason", "x")
    assert ada("requests", "approve", "1", "--until", "7d").code == 0
    (listed, granted) = ada("overrides", "list", "--org", "acme", "--json").json["raises"]
    assert listed["until"][:10] == granted["until"][:10]
