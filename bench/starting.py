"""Start-up (speed.md, "Starting"): first frame, rows of the first page, help. Fresh terminals, 120×40.

Rows, like with like: the floor starts, imports Textual and SQLModel, and draws rows. Ours starts and draws the door;
then comes what the floor has nothing of (a person types e-mail, password and code; they are proved); then the key of
the page and its rows. Start to door and key to rows are counted. What is between is not, and the imports that go on
meanwhile are therefore free: a line of its own counts all of it, with keys that come as fast as the screens do.
"""

import subprocess
import sys

import pyotp

from bench.measure import Line, compared, interleaved, milliseconds, seconds
from bench.terminal import Terminal
from bench.world import ADMIN, Demo
from sage_tui.domain.demo import PASSWORD, totp_secret

MINIMAL = """
from textual.app import App
from textual.widgets import Static
class Minimal(App):
    def compose(self):
        yield Static("first frame")
Minimal().run()
"""
EAGER = """
import sqlite3, sys
import sqlmodel
from textual.app import App
from textual.widgets import DataTable
class Eager(App):
    def compose(self):
        yield DataTable()
    def on_mount(self):
        table = self.query_one(DataTable)
        table.add_columns("e-mail", "used", "allocation")
        rows = sqlite3.connect(sys.argv[1]).execute('''SELECT email, inference_used, inference_allocation
            FROM membership JOIN "user" ON id = user_id WHERE membership.organization_id = 1 ORDER BY email LIMIT 40''')
        for row in rows:
            table.add_row(*map(str, row))
Eager().run()
"""
TYPER = """
import typer
app = typer.Typer()
@app.command()
def one(name: str = typer.Argument(help="a name"), loud: bool = typer.Option(False, help="loudly")) -> None:
    '''Say hello.'''
@app.command()
def two() -> None:
    '''Say goodbye.'''
app()
"""


def _frame(command: list[str], text: str, demo: Demo) -> float:
    terminal = Terminal(command, demo.env)
    try:
        return terminal.wait_for(text)
    finally:
        terminal.close()


def lines(demo: Demo, quick: bool) -> list[Line]:
    """First frame and help against their floors."""
    times = 5 if quick else 9
    python = sys.executable
    ours = list(demo.command)
    frame = interleaved(
        lambda: _frame([python, "-c", MINIMAL], "first frame", demo), lambda: _frame(ours, "Password", demo), times
    )
    helped = interleaved(
        lambda: _run([python, "-c", TYPER, "--help"], demo), lambda: _run([*demo.command, "--help"], demo), times
    )
    eager = [python, "-c", EAGER, str(demo.path)]
    few = 3 if quick else 5
    rows = interleaved(lambda: _frame(eager, "acme.example", demo), lambda: _rows(demo), few)
    whole = interleaved(lambda: _frame(eager, "acme.example", demo), lambda: _whole(demo), few)
    return [
        compared("first frame, against a minimal Textual app", *frame, 1.2),
        compared("rows (start to door + page key to rows), against eager Textual + SQLModel", *rows, 0.8),
        _told("the same with sign-in, argon2 and code between, typed without a pause", *whole),
        compared("--help, against a minimal Typer program", *helped, 1.3),
    ]


def _told(name: str, floor: float, ours: float) -> Line:
    return Line(name, milliseconds(floor), milliseconds(ours), f"{ours / floor:.2f}", "–", None)


def _run(command: list[str], demo: Demo) -> float:
    return seconds(
        lambda: subprocess.run(command, env=demo.env, capture_output=True, check=True, stdin=subprocess.DEVNULL)
    )


def _rows(demo: Demo) -> float:
    """From asking for the page to its rows, the person's own time at the door left out."""
    terminal = Terminal(demo.command, demo.env)
    try:
        started = terminal.wait_for("Password")
        demo.sign_in(terminal)
        terminal.forget()
        return started + seconds(lambda: (terminal.type("2", settle=False), terminal.wait_for("acme.example")))
    finally:
        terminal.close()


def _whole(demo: Demo) -> float:
    """From the start to the same rows through the door, each key as soon as its screen is there."""
    demo.forget_codes()
    terminal = Terminal(demo.command, demo.env)
    try:
        for text, keys in (
            ("Password", f"{ADMIN}\r{PASSWORD}\r"),
            ("admin panel", "a"),
            ("authenticator app", pyotp.TOTP(totp_secret(ADMIN).reveal()).now() + "\r"),
            ("Today", "2"),
        ):
            terminal.wait_for(text)
            terminal.forget()
            terminal.type(keys, settle=False)
        return terminal.wait_for("acme.example")
    finally:
        terminal.close()
