"""Every naughty string as identity, model, name and reason; then the bytes that a terminal gets."""

import csv
import json
import os
import pty
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from sage_tui.cli import main
from tests.hostile.strings import naughty

STRINGS = naughty()
ALLOWED = {"\n", "\r"}


def run(*argv: str | Path) -> int:
    return main.run([str(word) for word in argv])


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A database whose identities, models and names are the strings; the environment that finds it."""
    home = tmp_path_factory.mktemp("naughty")
    found = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "STATE")}
    calls, people = home / "calls.jsonl", home / "people.csv"
    with calls.open("w") as file:
        for number, string in enumerate(STRINGS):
            row = {
                "at": "2026-11-20",
                "user": string,
                "model": string,
                "id": f"i{number}",
                "prompt_tokens": 1,
                "completion_tokens": 1,
            }
            file.write(json.dumps(row) + "\n")
    with people.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        out = csv.writer(file)
        out.writerow(["email", "last_name", "company"])
        for number, string in enumerate(STRINGS):
            if accepted(string):
                out.writerow([f"p{number}@acme.example", string, string])
    with pytest.MonkeyPatch.context() as patch:
        for name, value in found.items():
            patch.setenv(name, value)
        patch.delenv("SAGE_TUI_DATABASE", raising=False)
        assert run("init", "--admin-email", "root@sage.example", "--org", "Acme", "--quiet", "--json") == 0
        assert run("import", "usage", calls, "--format", "jsonl", "--org", "acme", "--quiet", "--json") == 0
        assert run("import", "users", people, "--org", "acme", "--quiet", "--json") == 0
        for number, string in enumerate(STRINGS[:60]):
            run("users", "unlock", "root@sage.example", "--reason", string or "-", "--quiet", "--json")
            run("views", "save", string or f"v{number}", "--query", "paid:yes", "--quiet")
    return found


def accepted(string: str) -> bool:
    return len(string) <= 100 and not any(unicodedata.category(ch) in ("Cc", "Cs") for ch in string)


def on_a_terminal(environment: dict[str, str], *argv: str) -> str:
    """What a real process writes to a real pseudo-terminal, both streams."""
    master, slave = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "sage_tui", *argv],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, **environment},
    )
    os.close(slave)
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(master, 65_536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    os.close(master)
    assert child.wait(60) == 0
    return b"".join(parts).decode("utf-8")


def unsafe(shown: str) -> set[str]:
    """Characters that no cleaned text holds."""
    return {
        ch
        for ch in shown
        if ch not in ALLOWED and unicodedata.category(ch) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    }


LISTS = (
    "identities list",
    "users list --limit 1000",
    "activity list --limit 1000",
    "audit list --limit 1000",
    "views list",
)


@pytest.mark.pty
@pytest.mark.parametrize(
    ("command", "form"),
    [
        *((command, form) for command in LISTS for form in ("", "--json", "--csv")),
        *(("export users --full --output -", form) for form in ("", "--json")),  # CSV is what it writes unasked
    ],
)
def test_a_terminal_gets_no_control_direction_or_invisible_sign(
    environment: dict[str, str], command: str, form: str
) -> None:
    shown = on_a_terminal(environment, *command.split(), *([form] if form else []))
    assert unsafe(shown) == set()
    assert len(shown.splitlines()) >= (1 if form == "--json" else 20)
    if form == "--json" and not command.startswith("export"):
        assert shown.isascii()


def test_every_identity_was_kept_and_can_be_assigned_as_it_is_listed(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    run("identities", "list", "--json")
    listed = json.loads(capsys.readouterr().out)["identities"]
    assert len(listed) == len(STRINGS)
    assert sum(each["charge"] for each in listed) == 2 * len(STRINGS)
    assert run("users", "add", "heir@acme.example", "--org", "acme", "--quiet") == 0
    chosen = [each["identity"] for each in listed if "\\" in each["identity"] or each["identity"][:1] in "=-@"][:12]
    for identity in chosen:
        assert run("identities", "assign", "--json", "--", identity, "heir@acme.example") == 0
    capsys.readouterr()
    run("users", "show", "heir@acme.example", "--json")
    assert json.loads(capsys.readouterr().out)["inference"]["lifetime"] == 2 * len(chosen) == 24
    assert run("doctor", "--quiet", "--json") == 0
