"""The first acts: umask, environment, what a start loads; and real processes that behave."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sage_tui import start

# pydantic is not here: Typer itself loads it as soon as it reads a value.
HEAVY = (
    "textual",
    "sqlmodel",
    "sqlalchemy",
    "alembic",
    "rich",
    "argon2",
    "cryptography",
    "openpyxl",
    "plotext",
    "segno",
    "pyotp",
)


def process(*argv: str, env: dict[str, str] | None = None, **more: object) -> subprocess.CompletedProcess[str]:
    """A real process; its streams as text."""
    return subprocess.run(
        [sys.executable, "-m", "sage_tui", *argv],
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=60,
        **more,
    )  # type: ignore[call-overload]


def loaded(code: str) -> set[str]:
    """Which of the heavy packages a piece of program has loaded at its end."""
    script = f"import sys\n{code}\nprint('LOADED', *[m for m in {HEAVY!r} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    return set(said.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    "argv",
    [
        ["--help"],
        ["users", "list", "--help"],
        ["--version"],
        ["demo", "-h"],
        ["users", "lst"],
        ["import", "usage", "-h"],
    ],
)
def test_help_loads_neither_textual_nor_sqlmodel(argv: list[str]) -> None:
    assert loaded(f"from sage_tui.cli import main\nmain.run({argv!r})") == set()


def test_the_entry_loads_nothing_that_is_not_ours_before_the_environment_is_clean() -> None:
    script = "import sys; before = set(sys.modules); import sage_tui.cli.main; print(*(set(sys.modules) - before))"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert {name.partition(".")[0] for name in said.stdout.split()} - set(sys.stdlib_module_names) == {"sage_tui"}


def test_commands_load_no_textual_and_no_alembic(tmp_path: Path) -> None:
    argv = ["--database", str(tmp_path / "absent.db"), "users", "list"]
    assert (
        loaded(f"from sage_tui.cli import main\nmain.run({argv!r})") & {"textual", "alembic", "plotext", "openpyxl"}
        == set()
    )


def test_an_open_database_loads_no_alembic(database_url: str) -> None:
    key = Path(f"{database_url}.key")
    key.write_text("k1 " + "A" * 43 + "=\n")
    key.chmod(0o600)
    argv = ["--database", database_url, "users", "list", "--json"]
    found = loaded(f"from sage_tui.cli import main\nassert main.run({argv!r}) == 0")
    assert "sqlalchemy" in found
    assert found & {"textual", "alembic", "plotext", "openpyxl", "rich"} == set()


HOSTILE = {
    "TEXTUAL_DRIVER": "os:system", "TEXTUAL": "debug", "TEXTUAL_LOG": "/tmp/x", "PYTHONINSPECT": "1",
    "COLUMNS": "30000", "LINES": "2",
    "PGOPTIONS": "-c session_replication_role=replica", "PGHOST": "evil", "PGSERVICE": "x",
}  # fmt: skip
KEPT = {"TERM": "xterm", "LANG": "C", "LC_ALL": "C", "SSH_CONNECTION": "192.0.2.1 1 2 3"}


def test_the_environment_is_scrubbed() -> None:
    found = {**HOSTILE, **KEPT, "PGPASSFILE": "p", "PGSSLROOTCERT": "r", "SAGE_TUI_DATABASE": "d", "HOME": "/h"}
    start.scrub(found, restricted=False)
    assert found == {**KEPT, "PGPASSFILE": "p", "PGSSLROOTCERT": "r", "SAGE_TUI_DATABASE": "d", "HOME": "/h"}


def test_a_restricted_login_keeps_a_short_list() -> None:
    found = {
        **HOSTILE,
        **KEPT,
        "SAGE_TUI_DATABASE": "d",
        "HOME": "/h",
        "BROWSER": "x",
        "PYTHONPATH": ".",
        "SHELL": "sh",
        "LS_COLORS": "",
    }
    start.scrub(found, restricted=True)
    assert found == KEPT


def test_hostile_variables_change_nothing(tmp_path: Path) -> None:
    env = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "DATA", "STATE")}
    log = tmp_path / "textual.log"
    hostile = {**HOSTILE, "TEXTUAL_LOG": str(log), "PYTHONINSPECT": ""}
    plain, spoilt = process("--help", env=env), process("--help", env={**env, **hostile})
    assert (plain.stdout, plain.returncode) == (spoilt.stdout, spoilt.returncode)
    assert not log.exists()


def test_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    env = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "DATA", "STATE")}
    said = process("init", "--admin-email", "root@sage.example", "--json", env=env, preexec_fn=lambda: os.umask(0))
    assert said.returncode == 0
    for path in (tmp_path / "DATA").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert json.loads(process("status", "--json", env=env).stdout)["users"] == 1


def test_a_broken_pipe_ends_quietly(tmp_path: Path) -> None:
    env = {**os.environ, **{f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "DATA", "STATE")}}
    read, write = os.pipe()
    os.close(read)
    child = subprocess.Popen(
        [sys.executable, "-m", "sage_tui", "users", "--help"], env=env, stdout=write, stderr=subprocess.PIPE
    )
    os.close(write)
    _, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (0, b"")


def test_no_prompt_and_no_console_without_a_terminal(tmp_path: Path) -> None:
    env = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "DATA", "STATE")}
    for argv in ([], ["open"], ["mfa", "reset", "--all"]):
        said = process(*argv, env=env, stdin=subprocess.DEVNULL)
        assert said.returncode == 2
        assert "hint:" in said.stderr
