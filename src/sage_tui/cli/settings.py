"""settings: every setting in one place."""

from typing import Annotated, Any

import typer

from sage_tui.cli.common import group
from sage_tui.cli.options import DryRun, Reason
from sage_tui.cli.output import Col, answer, listing
from sage_tui.cli.world import context
from sage_tui.domain.errors import NotFound
from sage_tui.domain.text import clean

noun = group("Every setting in one place.")

COLUMNS = (Col("KEY", "key"), Col("VALUE", "value"), Col("FROM", "source"), Col("MEANING", "meaning"))


@noun.command("list")
def list_() -> None:
    """List every setting with its value, where it comes from and what it means.

    Example: sage-tui settings list --json
    """
    rows = _rows()
    listing("settings", rows, COLUMNS, total=len(rows), next=None)


@noun.command()
def get(key: Annotated[str, typer.Argument(metavar="KEY")]) -> None:
    """Print one setting.

    Example: sage-tui settings get pool_warning_day
    """
    found = next((row for row in _rows() if row["key"] == key), None)
    if found is None:
        raise NotFound(f"There is no setting {clean(key, limit=60)}.", "See `sage-tui settings list`.")
    answer(found, str(found["value"]))


@noun.command("set")
def set_(
    key: Annotated[str, typer.Argument(metavar="KEY")],
    value: Annotated[str | None, typer.Argument(metavar="[VALUE]", help="without it: back to the default")] = None,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Change a setting, or without a value set it back to its default.

    Example: sage-tui settings set pool_warning_day 20
    """
    from sage_tui.services import settings

    found = settings.put(context(dry_run=dry_run, reason=reason), key, value)
    result = _shape(found) | {"batch": None, "dry_run": dry_run}
    answer(result, f"{key} {'would be' if dry_run else 'is'} {found.value or 'empty'} ({found.source})")


def _rows() -> list[dict[str, Any]]:
    from sage_tui.services import settings

    return [_shape(found) for found in settings.list_settings(context())]


def _shape(found: Any) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ("key", "value", "default", "source", "meaning")}


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="settings")
