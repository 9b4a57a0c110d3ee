"""distribution plan and apply: what an action would do, as a file that somebody else may review and apply."""

import json
from collections.abc import Iterable
from typing import Annotated

import typer

from sage_tui.cli.common import amount as tokens
from sage_tui.cli.options import DryRun, Org, Reason, Yes
from sage_tui.cli.output import answer, say, write
from sage_tui.cli.progress import Progress
from sage_tui.cli.state import current
from sage_tui.cli.world import context, organization_id
from sage_tui.domain import shapes
from sage_tui.domain.distributing import Action
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.plans import Done
from sage_tui.domain.text import clean, counted
from sage_tui.domain.units import Kind

SHOWN = 40
"""Rows that people are shown; --json and FILE have all."""


def plan(
    org: Org = "",
    action: Annotated[str, typer.Option("--action", metavar="A", help=", ".join(Action))] = "",
    kind: Annotated[str, typer.Option("--kind", metavar="K", help="inference or embedding; else both")] = "",
    amount: Annotated[str, typer.Option("--amount", metavar="A", help="how much to share out; with --kind")] = "",
    output: Annotated[str, typer.Option("--output", metavar="FILE", help="the plan, for `distribution apply`")] = "",
    force: Annotated[bool, typer.Option("--force", help="replace a file that exists")] = False,
) -> None:
    """What an action would do now, user by user. Nothing of it counts until it is applied.

    Example: sage-tui distribution plan --org acme --action reclaim --output reclaim.json
    """
    from sage_tui.domain.plan_commands import Distribute
    from sage_tui.services import plan_files, plans
    from sage_tui.services.export_files import FileSink

    if action not in set(Action):
        raise WrongUse(f"--action: there is no action {clean(action, limit=40)!r}", f"Actions: {', '.join(Action)}.")
    if kind and kind not in set(Kind):
        raise WrongUse(f"--kind: there is no kind {clean(kind, limit=40)!r}", f"Kinds: {', '.join(Kind)}.")
    ctx = context()
    wanted = tokens(amount, "--amount") if amount else None
    command = Distribute(Action(action), organization_id(ctx, org), Kind(kind) if kind else None, wanted)
    with Progress("rows planned") as progress:
        made = plans.make(ctx, command, progress.at)
    try:
        if output:
            with FileSink(output, replace=force) as sink:
                for line in plan_files.lines(ctx, made.id):
                    sink.write(line.encode("ascii") + b"\n")
                sink.publish()
            say(f"{sink.path}: {counted(made.changes, 'row')}; apply it: sage-tui distribution apply {output}")
        _show(plan_files.lines(ctx, made.id), whole=current().json)
        if wanted is not None and (given := made.pool[Kind(kind)].after - made.pool[Kind(kind)].before) < wanted:
            say(f"--amount: of {wanted:,} to be shared out {given:,} are: unallocated, cap and ceilings leave no more")
    finally:
        plans.discard(ctx, made.id)


def _show(lines: Iterable[str], *, whole: bool) -> None:
    """The plan on standard output: all of it as JSON, else its first rows in words."""
    source = iter(lines)
    if whole:
        for line in source:
            write(line)
        return
    head = json.loads(next(source).removesuffix(', "rows": [') + "}")
    rest = 0
    for number, line in enumerate(source):
        if line.startswith("]"):
            break
        if number >= SHOWN:
            rest += 1
            continue
        row = json.loads(line.removesuffix(","))
        before, after = ("unset" if row[side] is None else f"{row[side]:,}" for side in ("before", "after"))
        change = (row["after"] or 0) - (row["before"] or 0)
        write(clean(f"{row['email']}  {row['kind']}  {before} → {after}  {change:+,}  {row['reason']}"))
    if rest:
        write(f"… and {rest:,} more: --json or --output FILE has all")
    totals = head["totals"]
    grown = ", ".join(f"{kind.value} {totals[kind.value]:+,}" for kind in Kind if totals[kind.value])
    write(
        f"{counted(totals['rows'], 'change')} for {counted(totals['people'], 'person', 'people')}"
        f"{': ' + grown if grown else ''}; {totals['skipped']:,} skipped. Nothing was done."
    )


def apply(
    file: Annotated[str, typer.Argument(metavar="FILE", help="a plan; - is standard input")],
    yes: Yes = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int:
    """Apply a plan from its file: what changed since is left and named (exit code 4), the rest is one batch.

    Example: sage-tui distribution apply reclaim.json --reason 'reviewed by grace'
    """
    from sage_tui.domain.plan_commands import Consent
    from sage_tui.gateways.files import open_input
    from sage_tui.services import plan_files

    ctx = context(dry_run=dry_run, reason=reason)
    with Progress("rows read") as progress, open_input(file) as opened:
        source = ((line.data or b"").decode("utf-8", "replace").rstrip("\r") for line in opened.lines())
        done = plan_files.apply(ctx, source, Consent(yes=yes or dry_run), progress.at)
    _tell(done, dry_run)
    return 4 if done.left else 0


def _tell(done: Done, dry_run: bool) -> None:
    left = [{"email": one.email, "kind": one.field, "why": one.why} for one in done.left]
    result = {"batch": done.batch, "applied": done.changes, "left": left, "dry_run": dry_run}
    from sage_tui.cli.users_set import lines

    answer(result | {"pool": shapes.done(done)["pool"]}, *lines(done, dry_run))


def hang(noun: typer.Typer) -> None:
    """Hang the commands under `distribution`."""
    noun.command("plan")(plan)
    noun.command("apply")(apply)
