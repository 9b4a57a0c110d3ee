"""A small demo, built once, its environment, and the codes of its accounts."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from sage_tui.cli import main, world
from sage_tui.clock import FixedClock
from sage_tui.domain import totp
from sage_tui.domain.demo import totp_secret
from tests.support import NOW, terminal
from tests.support.terminal import ENTER, Terminal

PASSWORD = "correct horse battery staple"
ADMIN, ROOT, MEMBER = "admin@acme.example", "root@sage.example", "member@acme.example"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a small demo."""
    home = tmp_path_factory.mktemp("journeys")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "DATA", "STATE"):
            patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
        patch.setattr(world, "CLOCK", FixedClock(NOW))
        size = ["--users", "300", "--events", "3000", "--now", "2026-11-23T12:00Z"]
        assert main.run(["demo", *size, "--no-open", "--quiet"]) == 0
    return home


@dataclass(frozen=True)
class House:
    """Where a demo lies, and the environment that finds it."""

    home: Path
    env: dict[str, str]

    @property
    def database(self) -> Path:
        """The demo's file."""
        return self.home / "data" / "sage-tui" / "demo.db"

    @property
    def log(self) -> Path:
        """The log file."""
        return self.home / "state" / "sage-tui" / "sage-tui.log"

    def console(self, *words: str, now: int = NOW, **named: object) -> Terminal:
        """The demo's console in a terminal."""
        return terminal.console(self.env, now, *(words or ("demo",)), **named)


@pytest.fixture
def demo(tmp_path: Path, built: Path) -> House:
    """The demo, one's own."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SAGE_TUI_", "XDG_", "LC_"))}
    kept.pop("NO_COLOR", None)
    found = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "STATE")}
    return House(tmp_path, {**kept, **found, "TERM": "xterm-256color", "LANG": "C.UTF-8"})


def code(email: str = ADMIN, now: int = NOW) -> str:
    """The code of a demo account's authenticator."""
    return totp.code(totp_secret(email), totp.step_of(now))


def sign_in(screen: Terminal, email: str = ADMIN) -> None:
    """From the first screen to the member home."""
    screen.see("E-mail")
    screen.send(email, ENTER)
    screen.settle(0.2)
    screen.send(PASSWORD, ENTER)
    screen.gone("Signing in")
    screen.see("admin panel")


def enter_panel(screen: Terminal, page: str = "Today", email: str = ADMIN) -> None:
    """From the member home to the panel."""
    screen.send("a")
    screen.see("Enter admin mode")
    screen.send(code(email), ENTER)
    screen.see(page)
    screen.gone("Enter admin mode")
