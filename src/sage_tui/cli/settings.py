"""settings: every setting in one place."""

from typing import Annotated, Any

import typer

from sage_tui.cli.common import group
from sage_tui.cli.options import DryRun, Org, Reason
from sage_tui.cli.output import Col, answer, listing
from sage_tui.cli.world import context, organization_id
from sage_tui.domain import settings

noun = group("Every setting in one place.")

COLUMNS = (Col("KEY", "key"), Col("VALUE", "value"), Col("FROM", "source"), Col("MEANING", "meaning"))


@noun.command("list")
def list_(org: Org = "") -> None:
    """List every setting with its value, where it comes from and what it means; of an organization, those that it may
    have for itself.

    Example: sage-tui settings list --json
    """
    rows = _rows(org)
    listing("settings", rows, COLUMNS, total=len(rows), next=None)


@noun.command()
def get(key: Annotated[str, typer.Argument(metavar="KEY")], org: Org = "") -> None:
    """Print one setting: the platform's, or the one that holds for an organization.

    Example: sage-tui settings get pool_warning_day --org acme
    """
    settings.find(key, per_organization=bool(org))
    found = next(row for row in _rows(org) if row["key"] == key)
    answer(found, str(found["value"]))


@noun.command("set")
def set_(
    key: Annotated[str, typer.Argument(metavar="KEY")],
    value: Annotated[str | None, typer.Argument(metavar="[VALUE]", help="without it: back to the default")] = None,
    org: Org = "",
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Change a setting, or without a value set it back to its default; an organization's to the platform's.

    Example: sage-tui settings set pool_warning_day 20 --org acme
    """
    from sage_tui.services import settings as service

    ctx = context(dry_run=dry_run, reason=reason)
    found = service.put(ctx, key, value, organization_id(ctx, org))
    result = _shape(found) | {"batch": None, "dry_run": dry_run}
    answer(result, f"{key} {'would be' if dry_run else 'is'} {found.value or 'empty'} ({found.source})")


def _rows(org: str) -> list[dict[str, Any]]:
    from sage_tui.services import settings as service

    ctx = context()
    return [_shape(found) for found in service.list_settings(ctx, organization_id(ctx, org))]


def _shape(found: Any) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ("key", "value", "default", "source", "meaning")}


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="settings")
