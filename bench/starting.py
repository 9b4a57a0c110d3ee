"""Start-up (speed.md, "Starting"): first frame, rows of the first page, help. Fresh terminals, 120×40."""

import subprocess
import sys

from bench.measure import Line, compared, interleaved, seconds
from bench.terminal import Terminal
from bench.world import Demo

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
    rows = interleaved(lambda: _frame(eager, "acme.example", demo), lambda: _rows(demo), 3 if quick else 5)
    return [
        compared("first frame, against a minimal Textual app", *frame, 1.2),
        compared("first page's rows after signing in, against eager Textual + SQLModel", *rows, 0.8),
        compared("--help, against a minimal Typer program", *helped, 1.3),
    ]


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
