"""The list of commands by name, and a group that imports a command when it is called: help stays quick."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "open": ("console", "Open the console at a page, after sign-in."),
    "today": ("today", "Say what needs attention."),
    "users": ("users", "People: lists, changes, adding, leaving, ways back in."),
    "views": ("views", "Saved filters of the users' list."),
    "batches": ("batches", "Acts that were done as one and can be undone."),
    "undo": ("batches", "Undo a batch."),
    "distribution": ("distribution", "The pools, the policy that distributes them, and what it would do."),
    "rebalance": ("rebalance", "Do what is due: for cron or a timer."),
    "overrides": ("exceptions", "Exceptions to the policy, person by person."),
    "raise": ("exceptions", "Raise a limit until a date."),
    "why": ("exceptions", "Why somebody has the limits they have."),
    "requests": ("requests", "Requests for more tokens, and their answers."),
    "auto-approval": ("auto_approval", "The rule that grants small requests at once."),
    "purchases": ("purchases", "Ask the operator for a larger pool."),
    "check": ("check", "Say whether a person may spend."),
    "usage": ("usage", "Single calls: recorded, reserved, settled, released."),
    "identities": ("identities", "Gateway identities that belong to nobody yet."),
    "stats": ("stats", "Token statistics: one source for every number."),
    "report": ("report", "What a week or a month was, as text for a mail."),
    "activity": ("activity", "Model interactions."),
    "audit": ("audit", "Administrative acts, and the proof that none was changed."),
    "orgs": ("orgs", "Organizations."),
    "import": ("importing", "Usage and people from files."),
    "export": ("exports", "Lists into files."),
    "settings": ("settings", "Every setting in one place."),
    "init": ("setup", "Make database, key file and first operator."),
    "migrate": ("setup", "Bring the database to this program's schema."),
    "status": ("setup", "The state of the database in one look."),
    "doctor": ("setup", "Check that numbers, audit, key and files are right."),
    "metrics": ("metrics", "Numbers for monitoring, as OpenMetrics text."),
    "backup": ("backup", "Copy the database into a file, proved before it counts."),
    "restore": ("backup", "Make the database of a backup."),
    "mfa": ("mfa", "Authenticators, for the owner of the host."),
    "demo": ("demo", "The demo data: build it, open it, its codes."),
}
"""Name → module in this package, and the line that help shows."""


def load(name: str) -> Any:
    """The command or group of a name, from its module."""
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(lambda: None)
    import_module(f"sage_tui.cli.{COMMANDS[name][0]}").add(app)
    return typer.main.get_group(app).commands[name]


class Tree(TyperGroup):
    """The root: knows its commands by name and imports the one that is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, in the order of the list."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A stand-in with its line of help, for lists."""
        if cmd_name not in COMMANDS:
            return None
        return TyperCommand(cmd_name, help=COMMANDS[cmd_name][1], short_help=COMMANDS[cmd_name][1])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called, imported now."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None else load(name), rest
