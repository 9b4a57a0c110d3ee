"""users set|disable|offboard, batches, undo: their answers, their exit codes, their batches."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

ADA, BO, CY = "ada@acme.example", "bo@acme.example", "cy@acme.example"


def allocation(cli: Cli, email: str, kind: str = "inference") -> int | None:
    return cli("users", "show", email, "--json").json[kind]["allocation"]  # type: ignore[no-any-return]


def test_set_answers_as_the_interfaces_say(cli: Cli, house: Path) -> None:
    said = cli("users", "set", ADA, CY, "--inference", "+500K", "--paid", "--json", "--reason", "eval week")
    assert said.code == 0
    assert set(said.json) == {"batch", "changed", "skipped", "left", "pool", "dry_run"}
    assert {(c["email"], c["field"], c["before"], c["after"]) for c in said.json["changed"]} == {
        (ADA, "inference", 500_000, 1_000_000),
        (CY, "inference", None, 500_000),
        (CY, "paid", False, True),
    }
    assert [(s["email"], s["field"], s["why"]) for s in said.json["skipped"]] == [
        (ADA, "paid", "already so"),
        (CY, "embedding", "the pool has no room for it"),
    ]
    assert said.json["pool"]["inference"] == {"before": 1_000_000, "after": 2_000_000}
    listed = cli("batches", "list", "--org", "acme", "--json").json["batches"][0]
    assert (listed["batch"], listed["action"], listed["rows"], listed["reason"], listed["undone_by"]) == (
        said.json["batch"], "users set", 3, "eval week", None,
    )  # fmt: skip


def test_in_words_each_change_the_pool_and_the_way_back(cli: Cli, house: Path) -> None:
    said = cli("users", "set", ADA, "--inference", "2M", "--department", "")
    assert f"{ADA}  inference  500,000 → 2,000,000  +1,500,000" in said.out
    assert f"{ADA}  department  Research → –" in said.out
    assert "inference: 1,000,000 → 2,500,000 allocated, 2,500,000 unallocated then" in said.out
    assert "2 changes as batch" in said.out


def test_a_filter_in_place_of_emails(cli: Cli, house: Path) -> None:
    said = cli("users", "set", "--query", "dept:research", "--org", "acme", "--no-paid", "--json")
    assert [c["email"] for c in said.json["changed"]] == [ADA, BO]
    assert cli("users", "set", "--query", "paid:yes", "--paid").code == 2
    assert cli("users", "set", ADA, "--query", "paid:yes", "--paid").code == 2
    assert cli("users", "set", ADA).code == 2


def test_a_dry_run_prints_the_plan_and_does_nothing(cli: Cli, house: Path) -> None:
    said = cli("users", "set", ADA, "--inference", "2M", "--dry-run", "--json")
    assert (said.code, said.json["batch"], said.json["dry_run"], len(said.json["changed"])) == (0, None, True, 1)
    assert allocation(cli, ADA) == 500_000


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["nobody@acme.example", "--paid"], 3, "There is no user"),
        ([ADA, "--inference", "1.2345K"], 2, "--inference: amount: '1.2345K' does not come out whole"),
        ([ADA, "--inference", "-600K"], 2, "inference: amount: -100,000 is outside"),
        ([ADA, "--inference", "+5M"], 1, "The inference pool is too small: 1,000,000 tokens are missing."),
        ([ADA, "dee@beta.example", "--paid"], 2, "several organizations"),
        ([ADA, "--department", "a\x1bb"], 2, "department"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(
    cli: Cli, house: Path, words: list[str], code: int, says: str
) -> None:
    before = cli("users", "list", "--json").out
    said = cli("users", "set", *words)
    assert said.code == code
    assert says in said.err
    assert cli("users", "list", "--json").out == before


def test_undo_takes_back_leaves_what_changed_since_and_says_so_by_its_exit_code(cli: Cli, house: Path) -> None:
    batch = cli("users", "set", ADA, BO, "--inference", "1M", "--json").json["batch"]
    cli("users", "set", ADA, "--inference", "2M")
    dry = cli("undo", batch, "--dry-run", "--json")
    assert (dry.code, len(dry.json["undone"]), dry.json["batch"]) == (4, 1, None)
    said = cli("undo", batch, "--json")
    assert said.code == 4
    assert [(u["email"], u["before"], u["after"]) for u in said.json["undone"]] == [(BO, 1_000_000, 500_000)]
    assert [(left["email"], left["field"], left["why"]) for left in said.json["left"]] == [
        (ADA, "inference", "changed meanwhile")
    ]
    again = cli("undo", said.json["batch"], "--json")
    assert (again.code, allocation(cli, BO)) == (0, 1_000_000)
    assert cli("undo", "999").code == 3
    assert cli("undo", "x").code == 2


def test_disable_and_offboard(cli: Cli, house: Path) -> None:
    assert cli("users", "disable", ADA).code == 0
    assert (allocation(cli, ADA), cli("users", "show", ADA, "--json").json["paid"]) == (1_000, False)
    said = cli("users", "offboard", BO, "--reason", "left", "--json")
    row = cli("users", "show", BO, "--json").json
    assert (row["banned"], row["paid"], row["inference"]["allocation"], row["embedding"]["allocation"]) == (
        True, False, 0, 0,
    )  # fmt: skip
    assert cli("undo", said.json["batch"]).code == 0
    assert cli("users", "show", BO, "--json").json["banned"] is False
    assert allocation(cli, BO) == 500_000


def test_as_an_administrator_it_is_their_organization_only(cli: Cli, house: Path) -> None:
    assert cli("users", "set", ADA, "--paid", "--as", CY).code == 5
    assert cli("--read-only", "users", "set", ADA, "--no-paid").code == 5
