"""requests, auto-approval, purchases: their answers and exit codes."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Said

ADA, BO = ("--as", "ada@acme.example"), ("--as", "bo@acme.example")
KEYS = {
    "id", "email", "kind", "amount", "approved", "reason", "current_allocation", "status", "created_at", "decided_at",
    "decided_by", "note",
}  # fmt: skip


def ask(cli: Cli, who: tuple[str, ...] = ADA, amount: str = "500K", *more: str) -> Said:
    return cli(*who, "requests", "create", "--amount", amount, "--reason", "eval run", "--json", *more)


def test_a_request_is_made_listed_granted_and_taken_back(cli: Cli, house: Path) -> None:
    made = ask(cli)
    assert made.code == 0
    assert set(made.json) >= KEYS
    assert (made.json["id"], made.json["status"], made.json["amount"], made.json["current_allocation"]) == (
        1, "pending", 500_000, 500_000,
    )  # fmt: skip
    listed = cli("requests", "list", "--org", "acme", "--status", "pending", "--json").json
    assert ([row["email"] for row in listed["requests"]], listed["total"], listed["next"]) == (
        ["ada@acme.example"], 1, None,
    )  # fmt: skip
    dry = cli("requests", "approve", "1", "--dry-run", "--json")
    assert (dry.code, dry.json["status"], dry.json["batch"], dry.json["dry_run"]) == (0, "approved", None, True)
    done = cli("requests", "approve", "1", "--amount", "300K", "--note", "rest next month", "--json").json
    assert (done["approved"], done["status"], done["note"], done["lasts"]) == (
        300_000, "approved", "rest next month", "month",
    )  # fmt: skip
    assert done["pool"]["inference"] == {"before": 1_000_000, "after": 1_300_000}
    late = cli("requests", "deny", "1")
    assert (late.code, "already approved" in late.err) == (4, True)
    undone = cli("undo", str(done["batch"]), "--json")
    assert (undone.code, {row["field"] for row in undone.json["undone"]}) == (0, {"inference", "request 1"})
    assert cli("requests", "list", "--json").json["requests"][0]["status"] == "pending"


def test_several_are_the_list_and_words_say_the_pool(cli: Cli, house: Path) -> None:
    ask(cli), ask(cli, BO)
    done = cli("requests", "approve", "1", "2", "--for", "good", "--json", "--yes").json
    assert ([row["lasts"] for row in done["requests"]], done["total"]) == (["good", "good"], 2)
    cli("undo", str(done["batch"]), "--yes")
    said = cli("requests", "deny", "1", "2", "--note", "no", "--yes")
    assert said.out.splitlines()[0] == "request 1  ada@acme.example  inference 500,000  denied"
    assert "`sage-tui undo" in said.out
    ask(cli, ADA, "250K")
    words = cli("requests", "approve", "3", "--until", "2026-12-24").out
    assert "approved until 2026-12-24" in words
    assert "inference: 1,000,000 → 1,250,000 allocated, 3,750,000 unallocated then" in words


def test_all_that_fit(cli: Cli, house: Path) -> None:
    ask(cli, ADA, "3M"), ask(cli, BO, "2M"), ask(cli, ADA, "1M")
    dry = cli("requests", "approve-fitting", "--org", "acme", "--dry-run", "--json").json
    assert ([row["id"] for row in dry["requests"]], dry["skipped"][0]["code"]) == ([1, 3], "pool_too_small")
    done = cli("requests", "approve-fitting", "--org", "acme", "--note", "as agreed", "--yes", "--json")
    assert (done.code, done.json["total"], done.json["pool"]["inference"]["after"]) == (0, 2, 5_000_000)
    short = cli("requests", "approve", "2")
    assert (short.code, "pool is too small: 2,000,000 tokens are missing" in short.err) == (1, True)


def test_more_than_fits_names_what_is_missing_and_what_fits(cli: Cli, house: Path) -> None:
    ask(cli, ADA, "20M"), ask(cli, BO, "500K")
    for words, missing, granted in (
        ("approve 1", 16_000_000, 4_000_000), ("approve 1 --amount 5M", 1_000_000, 4_000_000),
        ("approve 2 --amount 5M", 1_000_000, 500_000),
    ):  # fmt: skip
        said = cli("requests", *words.split(), "--json")
        error = json.loads(said.err.splitlines()[-1])["error"]
        assert (said.code, error["code"], error["kind"]) == (1, "pool_too_small", "inference")
        assert (error["shortfall"], error["fits"]) == (missing, 4_000_000)
        assert f"{missing:,} tokens are missing" in error["message"]
        assert "4,000,000 fit" in error["message"]
        assert f"--amount {granted}`" in error["hint"]
    assert cli("requests", "list", "--status", "pending", "--json").json["total"] == 2


def test_the_list_has_the_limit_of_then_and_of_now(cli: Cli, house: Path) -> None:
    ask(cli)
    cli("users", "set", "ada@acme.example", "--inference", "700K")
    (row,) = cli("requests", "list", "--json").json["requests"]
    assert (row["current_allocation"], row["allocation"]) == (500_000, 700_000)
    assert cli("requests", "list").out.split("\n")[1].split()[3:6] == ["500,000", "500,000", "700,000"]


def test_members_see_and_withdraw_their_own(cli: Cli, house: Path) -> None:
    ask(cli), ask(cli, BO)
    own = cli("--as", "ada@acme.example", "requests", "list", "--json").json
    assert [row["email"] for row in own["requests"]] == ["ada@acme.example"]
    assert cli(*BO, "requests", "withdraw", "1").code == 3
    assert cli(*ADA, "requests", "withdraw", "1", "--json").json["status"] == "withdrawn"
    assert cli(*ADA, "requests", "approve", "2").code == 5
    assert cli(*ADA, "requests", "list", "--query", "user:bo").code == 5


def test_who_may_not_spend_is_told_and_activated(cli: Cli, house: Path) -> None:
    ask(cli, ("--as", "cy@acme.example")), ask(cli, ("--as", "cy@acme.example"), "100K")
    assert "cy@acme.example may not spend" in cli("requests", "approve", "1").out
    cli("requests", "approve", "2", "--activate")
    row = cli("users", "show", "cy@acme.example", "--json").json
    assert (row["paid"], row["inference"]["allocation"]) == (True, 600_000)


def test_the_rule_answers_at_once(cli: Cli, house: Path) -> None:
    assert cli("auto-approval", "get", "--org", "acme", "--json").json == {
        "on": False, "largest": 500_000, "pool_used": 80,
    }  # fmt: skip
    assert "would wait, because the rule is off" in cli("auto-approval", "test", "--org", "acme").out
    said = cli("auto-approval", "set", "--org", "acme", "--on", "--largest", "400K", "--pool-used", "90%", "--json")
    assert said.json == {"on": True, "largest": 400_000, "pool_used": 90, "batch": None, "dry_run": False}
    assert cli("auto-approval", "test", "--org", "acme", "--amount", "400K", "--json").json == {
        "amount": 400_000, "kind": "inference", "approved": True,
        "because": "it is at most 400,000 and 0% of the pool is used, at most 90%",
    }  # fmt: skip
    assert ask(cli, ADA, "400K").json["decided_by"] == "auto-approval"
    assert ask(cli, BO, "500K").json["note"] == "auto-approval: it is more than 400,000"
    log = cli("requests", "list", "--query", "auto:yes", "--json").json
    assert [row["email"] for row in log["requests"]] == ["ada@acme.example"]


def test_the_operator_is_asked_for_more(cli: Cli, house: Path) -> None:
    words = ("--inference", "100M", "--from", "2026-12", "--reason", "launch")
    made = cli("purchases", "request", "--org", "acme", *words, "--json").json
    assert (made["inference"], made["from"], made["status"], made["organization"]) == (
        100_000_000, "2026-12", "pending", "Acme",
    )  # fmt: skip
    assert cli("purchases", "list", "--json").json["total"] == 1
    assert "launch" in cli("purchases", "list", "--org", "acme").out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ("requests approve 99", 3, "no request 99"),
        ("requests approve 0", 2, "greater than"),
        ("requests approve 1 --for ever", 2, "neither month nor good"),
        ("requests approve 1 --for good --until 2027-01-01", 2, "exclude"),
        ("requests approve 1 --until 2026-01-01", 2, "over already"),
        ("requests approve 1 --amount lots", 2, "--amount"),
        ("requests approve 1 --amount 0", 2, "outside 1"),
        ("requests approve 1 --amount 2M", 2, "more than the 500,000"),
        ("requests list --status open", 2, "no status open"),
        ("requests create --amount 5 --reason x", 2, "--as"),
        ("requests create --amount 5", 2, "--reason"),
        ("requests create --amount 5 --reason x --kind tokens", 2, "no kind tokens"),
        ("requests approve-fitting", 2, "which organization"),
        ("requests approve-fitting --org beta", 1, "No requests are waiting"),
        ("requests withdraw 1", 3, "no request 1"),
        ("auto-approval set --org acme", 2, "Nothing is to be changed"),
        ("auto-approval set --org acme --pool-used 101%", 2, "no share"),
        ("auto-approval set --org acme --off", 2, "so already"),
        ("purchases request --org acme --from 2026-12 --reason x", 2, "Nothing is asked for"),
        ("purchases request --org acme --inference 5 --from 2026-10 --reason x", 2, "is over"),
        ("purchases request --org acme --inference 5 --from soon --reason x", 2, "is not a month"),
    ],
)
def test_errors(cli: Cli, house: Path, words: str, code: int, says: str) -> None:
    ask(cli)
    said = cli(*words.split())
    assert (said.code, said.out) == (code, "")
    assert says in said.err
