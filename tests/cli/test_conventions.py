"""What holds for every command: options anywhere, errors, exit codes, help, streams."""

import json
from pathlib import Path

import pytest

from sage_tui.cli import main, tree
from sage_tui.cli.state import split
from sage_tui.domain.errors import WrongUse
from tests.cli.conftest import Cli


def paths(command: object, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command's words."""
    below = getattr(command, "commands", None)
    if below is None:
        return [path]
    own = [path] if getattr(command, "invoke_without_command", False) else []
    return own + [found for name, each in below.items() for found in paths(each, (*path, name))]


ALL = [(name, *rest) for name in tree.COMMANDS for rest in paths(tree.load(name))]


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_has_help_with_an_example(cli: Cli, words: tuple[str, ...]) -> None:
    for flag in ("-h", "--help"):
        said = cli(*words, flag)
        assert said.code == 0
        assert f"Example: sage-tui {' '.join(words)}" in said.out
        assert said.err == ""


def test_the_list_of_commands_and_their_first_lines_agree() -> None:
    for name in tree.COMMANDS:
        assert tree.load(name).name == name


@pytest.mark.parametrize(
    "argv",
    [
        ["--json", "--database", "x.db", "status"],
        ["status", "--json", "--database", "x.db"],
        ["--database=x.db", "status", "--json"],
    ],
)
def test_global_options_stand_anywhere(argv: list[str]) -> None:
    state, rest = split(argv)
    assert (state.json, state.database, rest) == (True, "x.db", ["status"])


def test_what_follows_two_hyphens_is_left_alone() -> None:
    state, rest = split(["views", "save", "--", "--json"])
    assert (state.json, rest) == (False, ["views", "save", "--", "--json"])


def test_words_that_are_not_utf8_are_refused(cli: Cli, house: Path) -> None:
    for argv in (("users", "show", "\udcff@x"), ("--as", "\udcff", "status"), ("users", "list", "--query", "\udcff")):
        said = cli(*argv)
        assert (said.code, "not UTF-8" in said.err) == (2, True)


def test_json_and_csv_exclude_each_other() -> None:
    with pytest.raises(WrongUse):
        split(["--json", "--csv", "status"])
    with pytest.raises(WrongUse):
        split(["status", "--as"])


@pytest.mark.parametrize(
    ("argv", "code", "says"),
    [
        (["users", "lst"], 2, "No such command"),
        (["nothing"], 2, "No such command"),
        (["users", "list", "--limit", "many"], 2, "integer"),
        (["users", "list", "--query", "used>"], 2, "filter, column 6"),
        (["users", "list", "--query", "lasts<7"], 2, "number of days"),
        (["users", "list", "--sort", "shoe"], 2, "no column shoe"),
        (["users", "list", "--cursor", "junk"], 2, "cursor"),
        (["users", "list", "--org", "nowhere"], 3, "no such organization"),
        (["users", "list", "--view", "none"], 3, "no view"),
        (["users", "show", "nobody@acme.example"], 3, "no user"),
        (["users", "show"], 2, "EMAIL"),
        (["--as", "nobody@acme.example", "users", "list"], 3, "--as"),
        (["--as", "cy@acme.example", "users", "list"], 5, "administrators"),
        (["--as", "ada@acme.example", "status"], 5, "operators"),
        (["--database", "absent.db", "status"], 6, "no database"),
        (["init", "--admin-email", "root@sage.example"], 1, "already a database"),
        (["init", "--admin-email", "nobody", "--database", "fresh.db"], 2, "admin-email"),
        (["orgs", "add", "acme"], 1, "already an organization"),
        (["orgs", "add", "Gamma", "--inference", "1.5"], 2, "does not come out whole"),
        (["orgs", "add", "Gamma", "--time-zone", "Mars"], 2, "not a time zone"),
        (["settings", "get", "shoe"], 3, "no setting"),
        (["settings", "set", "pool_warning_day", "99"], 2, "from 1 to 31"),
        (["mfa", "reset"], 2, "Give one e-mail, or --all"),
        (["mfa", "reset", "--all"], 2, "cannot be undone"),
        (["open", "kitchen"], 2, "no page"),
        (["open", "users"], 2, "needs a terminal"),
        ([], 2, "needs a terminal"),
        (["demo", "code", "admin@acme.example"], 3, "no demo database"),
        (["audit", "verify", "--anchor", "junk"], 2, "anchor"),
        (["import", "usage", "absent.jsonl"], 3, "no file"),
        (["import", "usage", "-"], 2, "--source"),
        (["import", "usage", "absent", "--unknown-users", "adopt"], 2, "no choice"),
        (["identities", "assign", "u-1", "ada@acme.example"], 3, "No identity"),
        (["export", "users", "--format", "pdf"], 2, "no format"),
        (["export", "users", "--output", "../.hidden"], 2, "cannot be called"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_errors_have_a_sentence_a_hint_and_their_exit_code(
    cli: Cli, house: Path, argv: list[str], code: int, says: str
) -> None:
    said = cli(*argv)
    assert said.code == code
    assert said.out == ""
    error, *rest = said.err.splitlines()
    assert error.startswith("error: ")
    assert says in error
    assert any(line.startswith("hint: ") for line in rest)
    machine = cli(*argv, "--json")
    told = json.loads(machine.err.splitlines()[-1])["error"]
    assert machine.code == code
    assert f"error: {told['message']}" == error
    assert told["code"]


def test_version(cli: Cli) -> None:
    assert cli("--version").out.startswith("sage-tui 0.")


def test_hostile_words_on_the_command_line_are_shown_clean(cli: Cli, house: Path) -> None:
    evil = "\x1b]52;c;aGk=\x07\u202e"
    for argv in (
        (evil,),
        ("users", "show", evil),
        ("users", "list", "--query", evil),
        ("users", "list", "--sort", evil),
        ("users", "list", "--limit", evil),
        ("users", evil, "--" + evil),
        ("orgs", "add", evil),
        ("--as", evil, "status"),
        ("import", "usage", evil),
        ("status", "--database", evil),
    ):
        said = cli(*argv)
        assert said.code in (2, 3, 6)
        assert not set("\x1b\x07\u202e") & set(said.out + said.err)


def test_a_fault_of_ours_is_logged_and_not_shown(cli: Cli, house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sage_tui.services import status

    def broken(ctx: object) -> object:
        raise RuntimeError("secret 4711")

    monkeypatch.setattr(status, "status", broken)
    said = cli("status")
    assert said.code == 1
    assert "RuntimeError" in said.err
    assert "4711" not in said.err
    log = house / "state" / "sage-tui" / "sage-tui.log"
    assert str(log) in said.err
    text = log.read_text()
    assert "test_conventions.py" in text
    assert "4711" not in text
    assert log.stat().st_mode & 0o777 == 0o600


def test_ctrl_c_is_130(cli: Cli, house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sage_tui.services import status

    def stopped(ctx: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(status, "status", stopped)
    assert cli("status").code == 130


def test_quiet_says_nothing_beside_the_result(cli: Cli, house: Path) -> None:
    assert cli("doctor", "--quiet").err == ""
    assert "checking" in cli("doctor").err


@pytest.mark.parametrize(
    "command", ["users list", "orgs list", "identities list", "views list", "settings list", "activity list"]
)
def test_lists_are_objects_with_their_noun_total_and_next(cli: Cli, house: Path, command: str) -> None:
    found = cli(*command.split(), "--json").json
    noun = {"orgs": "organizations"}.get(command.split()[0], command.split()[0])
    assert isinstance(found[noun], list)
    assert found["total"] == len(found[noun])
    assert found["next"] is None


def test_main_prepares_and_exits(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["sage-tui", "--version"])
    monkeypatch.setattr("sage_tui.start.prepare", lambda argv: None)
    with pytest.raises(SystemExit) as left:
        main.main()
    assert left.value.code == 0
