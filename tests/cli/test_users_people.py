"""users role|move|email|payer|reset-cac: their answers, their exit codes, their way back."""

import itertools
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

ADA, BO, CY = "ada@acme.example", "bo@acme.example", "cy@acme.example"
DEE, ROOT = "dee@beta.example", "root@sage.example"


def test_a_role_is_given_and_taken_back(cli: Cli, house: Path) -> None:
    said = cli("users", "role", ADA, "admin", "--read-only", "--reason", "auditor", "--json")
    assert (said.code, {(c["field"], c["before"], c["after"]) for c in said.json["changed"]}) == (
        0, {("role", "user", "admin"), ("read_only", False, True)},
    )  # fmt: skip
    assert cli("--as", ADA, "users", "set", BO, "--no-paid").code == 5
    assert cli("--read-only", "users", "role", ADA, "user").code == 5
    assert cli("undo", said.json["batch"], "--json").json["left"] == []
    assert cli("users", "show", ADA, "--json").json["type"] == "user"


def test_an_operator_comes_from_an_organization_and_goes_to_one(cli: Cli, house: Path) -> None:
    assert f"{ADA}  organization  Acme → –" in cli("users", "role", ADA, "super_admin").out
    assert cli("users", "show", ADA, "--json").json["organization"] is None
    assert cli("users", "role", ADA, "admin").code == 2
    said = cli("users", "role", ADA, "admin", "--org", "beta")
    assert (said.code, cli("users", "show", ADA, "--json").json["organization"]) == (0, "Beta")
    last = cli("users", "role", ROOT, "user", "--org", "acme")
    assert (last.code, "last platform operator" in last.err) == (1, True)


def test_people_move_by_name_and_by_filter(cli: Cli, house: Path) -> None:
    dry = cli("users", "move", ADA, BO, "--org", "beta", "--dry-run", "--json")
    assert (dry.code, dry.json["batch"], dry.json["pool"]["inference"]) == (
        0, None, {"before": 1_000_000, "after": 0},
    )  # fmt: skip
    said = cli("users", "move", "--query", "dept:research", "--org", "beta", "--json")
    moved = {(c["email"], c["before"], c["after"]) for c in said.json["changed"] if c["field"] == "organization"}
    assert moved == {(ADA, "Acme", "Beta"), (BO, "Acme", "Beta")}
    listed = cli("users", "list", "--org", "beta", "--json").json["users"]
    assert [(u["email"], u["paid"], u["inference"]["allocation"]) for u in listed] == [
        (ADA, False, None), (BO, False, None), (DEE, False, None),
    ]  # fmt: skip
    assert cli("undo", said.json["batch"]).code == 0
    assert cli("users", "move", CY, "--no-org").code == 0
    assert cli("users", "show", CY, "--json").json["organization"] is None
    assert cli("doctor").code == 0


def test_an_email_changes_and_a_taken_one_is_refused(cli: Cli, house: Path) -> None:
    said = cli("users", "email", ADA, "ada.lovelace@acme.example")
    assert (said.code, f"email  {ADA} → ada.lovelace@acme.example" in said.out) == (0, True)
    assert cli("users", "show", ADA).code == 3
    taken = cli("users", "email", "ada.lovelace@acme.example", BO.upper(), "--json")
    assert (taken.code, '"taken"' in taken.err) == (1, True)


def test_a_payer_is_named_and_forgotten(cli: Cli, house: Path) -> None:
    said = cli("users", "payer", BO, ADA, "--json")
    assert said.json["changed"] == [{"email": BO, "field": "payer", "before": None, "after": ADA}]
    assert f"payer  {ADA} → –" in cli("users", "payer", BO, "--none").out
    assert cli("users", "payer", BO, DEE).code == 1


def test_roles_are_given_to_all_whom_a_filter_finds(cli: Cli, house: Path) -> None:
    said = cli("users", "role", "--query", "dept:research", "--org", "acme", "admin", "--json")
    assert (said.code, [(c["email"], c["field"], c["after"]) for c in said.json["changed"]]) == (
        0, [(ADA, "role", "admin"), (BO, "role", "admin")],
    )  # fmt: skip
    assert cli("users", "role", "--query", "type:admin", "user").code == 2  # whose people?
    assert cli("users", "role", ADA, "--query", "type:admin", "--org", "acme", "user").code == 2
    assert cli("users", "role", "--query", "type:admin", "--org", "acme", "user", "--read-only").code == 2
    assert len(cli("users", "role", ADA, BO, "user", "--json").json["changed"]) == 2
    operators = cli("users", "role", "--query", f"email:{CY}", "--org", "acme", "super_admin")
    assert (operators.code, cli("users", "show", CY, "--json").json["organization"]) == (0, None)
    assert cli("users", "role", ROOT, CY, "user").code == 2  # where do they belong then?


def test_a_payer_of_many_is_named_and_forgotten(cli: Cli, house: Path) -> None:
    said = cli("users", "payer", "--query", "dept:research", "--org", "acme", CY, "--json")
    assert [(c["email"], c["after"]) for c in said.json["changed"]] == [(ADA, CY), (BO, CY)]
    assert cli("users", "payer", "--query", "type:user", "--org", "acme", CY).code == 2  # their own payer
    assert cli("users", "payer", "--query", "type:user", "--org", "acme", DEE).code == 1
    assert len(cli("users", "payer", "--query", "type:user", "--org", "acme", "--none", "--json").json["changed"]) == 2
    assert len(cli("users", "payer", ADA, BO, CY, "--json").json["changed"]) == 2
    assert len(cli("users", "payer", ADA, BO, "--none", "--yes", "--json").json["changed"]) == 2


def test_many_need_a_yes(cli: Cli, house: Path) -> None:
    assert cli("users", "add", *[f"u{n}@acme.example" for n in range(25)], "--org", "acme").code == 0
    for words in (("role", "--query", "email:u", "admin"), ("payer", "--query", "email:u", CY)):
        refused = cli("users", *words, "--org", "acme")
        assert (refused.code, "--yes" in refused.err) == (2, True)
        assert cli("users", *words, "--org", "acme", "--dry-run").code == 0
        assert len(cli("users", *words, "--org", "acme", "--yes", "--json").json["changed"]) == 25


def test_an_address_is_one_person_s(cli: Cli, house: Path) -> None:
    said = cli("users", "email", "--query", "dept:research", "--org", "acme")
    assert said.code == 2
    said = cli("users", "email", "--query", "dept:research")
    assert (said.code, "one person's: --query finds many" in said.err) == (2, True)
    assert "users email OLD NEW" in cli("users", "email", ADA).err


def test_a_card_is_reset(cli: Cli, house: Path) -> None:
    said = cli("users", "reset-cac", ADA, "--json")
    assert (said.code, said.json["changed"], said.json["skipped"]) == (0, [], [{"email": ADA, "why": "already so"}])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("role", ADA, "king"), 2),
        (("role", ADA, "user", "--read-only"), 2),
        (("role", "nobody@acme.example", "admin"), 3),
        (("move", ADA), 2),
        (("move", ADA, "--org", "beta", "--no-org"), 2),
        (("move", ADA, "--org", "nowhere"), 3),
        (("move", ADA, DEE, "--no-org"), 2),
        (("move", "--org", "beta"), 2),
        (("email", ADA, "nobody"), 2),
        (("payer", ADA), 2),
        (("payer", ADA, BO, "--none"), 2),
        (("role", BO, "admin", "--as", ADA), 5),
        (("move", BO, "--no-org", "--as", ADA), 5),
    ],
)
def test_what_is_refused_says_so_by_its_exit_code_and_changes_nothing(
    cli: Cli, house: Path, words: tuple[str, ...], code: int
) -> None:
    before = cli("users", "list", "--json").out
    assert cli("users", *words).code == code
    assert cli("users", "list", "--json").out == before


def test_people_are_invited_into_a_file_and_no_password_is_shown(cli: Cli, house: Path) -> None:
    words = ("users", "invite", "--org", "acme", "--query", "type:user", "--output", "invited.csv")
    dry = cli(*words, "--dry-run", "--json")
    assert (dry.code, dry.json["rows"], Path("invited.csv").exists()) == (0, 3, False)
    said = cli(*words)
    lines = Path("invited.csv").read_text().splitlines()
    assert (said.code, lines[0], [line.partition(",")[0] for line in lines[1:]]) == (
        0, "email,one_time_password", [ADA, BO, CY],
    )  # fmt: skip
    assert not any(line.partition(",")[2] in said.out + said.err for line in lines[1:])
    assert (cli(*words).code, cli("users", "invite", "--org", "acme").code) == (1, 2)
    assert Path("invited.csv").read_text().splitlines() == lines


def test_what_somebody_else_took_this_moment_ends_with_exit_code_4(
    cli: Cli, house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sage_tui.store import plan_people

    real, asked = plan_people.taken, itertools.count(1)
    monkeypatch.setattr(plan_people, "taken", lambda *of: next(asked) > 2 and real(*of))
    assert cli("users", "email", ADA, BO).code == 4
    assert cli("users", "show", ADA).code == 0
