"""The command line run in this process, on a house that was made once and is copied for each test."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sage_tui.cli import main, world
from sage_tui.clock import FixedClock
from tests.support import NOW


@dataclass(frozen=True)
class Said:
    """What a call answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The object on standard output."""
        return json.loads(self.out)  # type: ignore[no-any-return]


Cli = Callable[..., Said]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home: configuration, data and state lie in it; the time is the tests' time."""
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    for name in ("SAGE_TUI_DATABASE", "SSH_CONNECTION", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(world, "CLOCK", FixedClock(NOW))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cli(home: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run one call; a broken rule of the output (controls, a traceback) fails at once."""

    def call(*argv: str | Path) -> Said:
        capsys.readouterr()
        code = main.run([str(word) for word in argv])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Said(code, out, err)

    return call


@pytest.fixture(scope="session")
def house_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with an operator, Acme (pool 5M / 1M) and Beta, and four people."""
    made = tmp_path_factory.mktemp("house")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "DATA", "STATE"):
            patch.setenv(f"XDG_{name}_HOME", str(made / name.lower()))
        patch.delenv("SAGE_TUI_DATABASE", raising=False)
        patch.setattr(world, "CLOCK", FixedClock(NOW))
        for line in (
            "init --admin-email root@sage.example",
            "orgs add Acme --inference 5M --embedding 1M",
            "orgs add Beta --inference 1M",
            "users add ada@acme.example bo@acme.example --org acme --paid --department Research",
            "users add cy@acme.example --org acme",
            "users add dee@beta.example --org beta",
        ):
            assert main.run([*line.split(), "--quiet", "--json"]) == 0
    return made


@pytest.fixture
def house(home: Path, house_template: Path) -> Path:
    """The house, one's own."""
    shutil.copytree(house_template, home, dirs_exist_ok=True)
    return home
