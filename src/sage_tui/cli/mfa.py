"""mfa: the way back for the owner of the host."""

from typing import Annotated

import typer

from sage_tui.cli.common import group
from sage_tui.cli.options import DryRun, Reason
from sage_tui.cli.output import answer
from sage_tui.cli.world import confirm, context
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import clean, counted

noun = group("Authenticators, for the owner of the host.")


@noun.command()
def reset(
    email: Annotated[str, typer.Argument(metavar="[EMAIL]")] = "",
    everyone: Annotated[bool, typer.Option("--all", help="everyone's: the key file is lost for good")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Remove one person's authenticator, or everyone's: they enrol again.

    Example: sage-tui mfa reset root@example.org
    """
    from sage_tui.services import mfa

    if bool(email) == everyone:
        raise WrongUse("Give one e-mail, or --all", "Example: sage-tui mfa reset root@example.org")
    if everyone and not dry_run:
        confirm("Every authenticator and recovery code is removed.", yes)
    count = mfa.reset(context(dry_run=dry_run, reason=reason), email, everyone=everyone)
    done = f"{'would remove' if dry_run else 'removed'} {counted(count, 'authenticator')}"
    none = "nobody has an authenticator" if everyone else f"{clean(email)} had no authenticator"
    answer({"reset": count, "batch": None, "dry_run": dry_run}, done if count else f"{none}: nothing was changed")


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="mfa")
