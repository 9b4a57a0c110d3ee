"""export: lists into files."""

import os
import sys
from typing import Annotated, Any

import typer

from sage_tui.cli.common import group
from sage_tui.cli.options import DryRun, Org, Query, Reason
from sage_tui.cli.output import answer, dumped, say
from sage_tui.cli.progress import Progress
from sage_tui.cli.state import current
from sage_tui.cli.world import clock, config, context, organization_id
from sage_tui.domain import months
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import clean, counted

noun = group("Lists into files: CSV or JSON lines.")


@noun.command()
def users(
    query: Query = "",
    org: Org = "",
    full: Annotated[bool, typer.Option("--full", help="every field")] = False,
    output: Annotated[
        str, typer.Option("--output", metavar="FILE|-", help="else a dated name in the export directory")
    ] = "",
    format_: Annotated[str, typer.Option("--format", metavar="csv|jsonl")] = "csv",
    force: Annotated[bool, typer.Option("--force", help="replace a file that exists")] = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> None:
    """Write people with their balances into a file.

    Example: sage-tui export users --org acme --query 'used>90%' --full --output near.csv
    """
    from sage_tui.domain.exports import ExportUsers
    from sage_tui.services import exports
    from sage_tui.services.export_files import FileSink, StreamSink

    if format_ not in exports.FORMATS:
        raise WrongUse(
            f"--format: there is no format {clean(format_, limit=20)} here", f"Formats: {', '.join(exports.FORMATS)}."
        )
    ctx = context(dry_run=dry_run, reason=reason)
    command = ExportUsers(query, organization_id(ctx, org), full, format_)
    if output == "-":
        sys.stdout.flush()
        stream = StreamSink(_nothing if dry_run else sys.stdout.buffer.write)
        _tell(exports.users(ctx, command, stream), dry_run, stream=True)
        return
    with FileSink(output or _dated("users", format_), replace=force) as sink, Progress("rows written") as progress:
        done = exports.users(ctx, command, sink, progress.at)
    _tell(done, dry_run, stream=False)


def _nothing(data: bytes) -> int:
    return len(data)


def _dated(noun_: str, format_: str) -> str:
    name = f"{noun_}-{months.day_text(months.day_of(clock().now()))}.{format_}"
    return os.path.join(config().export_dir or os.getcwd(), name)


def _tell(done: Any, dry_run: bool, *, stream: bool) -> None:
    result = {"path": done.path, "rows": done.rows, "bytes": done.bytes, "sha256": done.sha256} | (
        {"dry_run": True} if dry_run else {}
    )
    rows = counted(done.rows, "row")
    if stream and current().json:
        print(dumped(result), file=sys.stderr)
    elif stream:
        say(f"Dry run: {rows} would be written; nothing was." if dry_run else f"{rows}, SHA-256 {done.sha256}")
    elif dry_run:
        answer(result, f"Dry run: {done.path} would get {rows}, {done.bytes:,} bytes; nothing was written.")
    else:
        answer(result, f"{done.path}: {rows}, {done.bytes:,} bytes, SHA-256 {done.sha256}")


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.add_typer(noun, name="export")
