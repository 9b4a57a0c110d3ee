"""distribution: the pools, and the policy that distributes them."""

import shlex
from typing import Annotated, Any

import typer

from sage_tui.cli import distribution_plans, rebalance, what_if
from sage_tui.cli.common import group
from sage_tui.cli.options import DryRun, Org, Reason
from sage_tui.cli.output import answer
from sage_tui.cli.world import context, organization_id
from sage_tui.domain import months, shapes
from sage_tui.domain.distribution import SetPolicy
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.policy_fields import FIELDS, values
from sage_tui.domain.text import clean

noun = group("The pools, the policy that distributes them, and what it would do.")
policy = group("The distribution policy: what holds, and its versions.")
noun.add_typer(policy, name="policy")


Department = Annotated[str | None, typer.Option("--department", metavar="D", help="of one department: overrides")]


@noun.command()
def status(org: Org = "") -> None:
    """Both pools of this month: purchased, allocated, used, unallocated; and the preset.

    Example: sage-tui distribution status --org acme --json
    """
    from sage_tui.services import policies

    ctx = context()
    found = policies.status(ctx, organization_id(ctx, org))
    pools = {kind.value: shapes.pool(pool) for kind, pool in found.pools.items()}
    lines = [f"{'':<10}{'PURCHASED':>16}{'ALLOCATED':>16}{'USED':>16}{'UNALLOCATED':>16}"]
    for kind, pool in found.pools.items():
        lines.append(
            f"{kind.value:<10}{pool.purchased:>16,}{pool.allocated:>16,}{pool.used:>16,}{pool.unallocated:>16,}"
        )
    lines.append(f"policy {found.preset.value}, version {found.version}")
    answer({**pools, "preset": found.preset.value, "next_run_at": months.iso(found.next_run_at)}, *lines)


@policy.command("get")
def get_(
    org: Org = "",
    department: Department = None,
    history: Annotated[bool, typer.Option("--history", help="every version, the newest first")] = False,
) -> None:
    """The policy that holds, field by field.

    Example: sage-tui distribution policy get --org acme --json
    """
    from sage_tui.services import policies

    ctx = context()
    organization = organization_id(ctx, org)
    if history:
        found = policies.versions(ctx, organization, _named(department))
        listed = [_version(one) | {"at": months.iso(one.at), "actor": one.actor} for one in found]
        lines = [f"{one['version']:>4}  {one['at'] or '–':<28}  {one['preset']:<13} {one['actor']}" for one in listed]
        answer({"versions": listed, "total": len(listed), "next": None}, *lines)
        return
    held = policies.get(ctx, organization, _named(department))
    answer(_version(held), *_lines(held))


def _named(department: str | None) -> str:
    """A department's name. Raises WrongUse where it was given and is empty: it would be the organization's policy."""
    if department is not None and not department.strip():
        raise WrongUse("--department is empty", "Name one, or leave it out for the organization's own.")
    return department or ""


def _version(held: Any) -> dict[str, Any]:
    return shapes.policy(held.policy.preset.value, held.version, values(held.policy))


def _lines(held: Any) -> list[str]:
    told = [f"{held.policy.preset.value}, version {held.version}"]
    shown = {
        name: "unlimited" if name == "ceiling" and value is None else value
        for name, value in values(held.policy).items()
    }
    return [*told, *(f"  {name:<16} {shapes.plain(value):<22} {FIELDS[name].meaning}" for name, value in shown.items())]


@policy.command("set")
def set_(
    org: Org = "",
    department: Department = None,
    preset: Annotated[
        str, typer.Option("--preset", metavar="P", help="a preset, custom, or none: a department follows again")
    ] = "",
    set__: Annotated[list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="one field; again")] = None,
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", min=0, help="an earlier version again")
    ] = None,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Make a new version of the policy; limits stay as they are until it acts. --version goes back, undo does not.

    Example: sage-tui distribution policy set --org acme --preset dynamic --set cap_percent=120%
    """
    from sage_tui.services import policies

    fields = []
    for pair in set__ or []:
        name, equals, text = pair.partition("=")
        if not equals:
            raise WrongUse("--set: write FIELD=VALUE", f"Fields: {', '.join(FIELDS)}.")
        fields.append((name, text))
    if not preset and not fields and version is None:
        raise WrongUse("Nothing is to be changed", "Give --preset, --set or --version.")
    ctx = context(dry_run=dry_run, reason=reason)
    made = policies.put(ctx, SetPolicy(organization_id(ctx, org), preset, tuple(fields), version, _named(department)))
    back = None if dry_run else made.back
    told = _version(made) | {"warnings": list(made.warnings), "batch": None, "back": back, "dry_run": dry_run}
    where = f" --department {shlex.quote(clean(department))}" if department else ""
    end = f"`sage-tui distribution policy set {back}{where}` takes it back." if back else "Dry run: nothing was done."
    answer(told, *_lines(made), *(f"warning: {said}" for said in made.warnings), end)


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    distribution_plans.hang(noun)
    noun.command("runs")(rebalance.runs)
    noun.command("what-if")(what_if.what_if)
    app.add_typer(noun, name="distribution")
