"""The demo databases that are measured, in a folder of their own that goes when the run ends."""

import os
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyotp

from bench.terminal import Terminal
from sage_tui import demo
from sage_tui.clock import SystemClock
from sage_tui.domain.demo import PASSWORD, totp_secret
from sage_tui.domain.months import HOUR

ADMIN = "admin@acme.example"


@dataclass(frozen=True)
class Demo:
    """A demo of some size, and how the program is run on it."""

    path: Path
    users: int
    env: dict[str, str]
    command: tuple[str, ...] = (sys.executable, "-m", "sage_tui")

    def sign_in(self, terminal: Terminal) -> None:
        """Through the door and the challenge, to Today."""
        self.forget_codes()
        terminal.settle()
        for words in (f"{ADMIN}\r", f"{PASSWORD}\r"):
            terminal.type(words)
        terminal.wait_for("admin panel")
        terminal.settle()
        terminal.type("a")
        terminal.wait_for("authenticator app")
        terminal.forget()
        terminal.type(pyotp.TOTP(totp_secret(ADMIN).reveal()).now() + "\r")
        terminal.wait_for("Today")
        terminal.settle()

    def forget_codes(self) -> None:
        """A code serves once: that it was used is forgotten, for the next sign-in in the same half minute."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute("UPDATE mfa SET last_step = 0")


def build(folder: Path, users: int, events: int) -> Demo:
    """A demo of this size, anchored at this hour."""
    path = folder / f"demo-{users}.db"
    print(f"building a demo with {users:,} users and {events:,} events", file=sys.stderr)
    demo.build(str(path), users, events, now=SystemClock().now() // HOUR * HOUR)
    home = {f"XDG_{name}_HOME": str(folder) for name in ("DATA", "STATE", "CONFIG")}
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return Demo(path, users, {**kept, "HOME": str(folder), "SAGE_TUI_DATABASE": str(path), **home})
