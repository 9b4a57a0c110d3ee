"""backup and restore: the database file as a whole, on the host."""

import os
from typing import Annotated, Any

import typer

from sage_tui.cli.options import DryRun, Reason
from sage_tui.cli.output import answer, say
from sage_tui.cli.world import check_files, clock, config, context, origin, os_user
from sage_tui.domain.text import counted

File = Annotated[str, typer.Argument(metavar="FILE", help="the backup")]


def backup(
    file: File,
    force: Annotated[bool, typer.Option("--force", help="replace a file that exists")] = False,
    dry_run: DryRun = False,
    reason: Reason = "",
) -> int | None:
    """Copy the database into a file while it is used; the copy is proved before it counts. The key is never in it.

    On PostgreSQL the `pg_dump` line is printed instead.

    Example: sage-tui backup /var/backups/sage-2026-11-23.db
    """
    from sage_tui.services import backups

    ctx = context(dry_run=dry_run, reason=reason)
    if not ctx.database.sqlite:
        line = backups.dump_line(ctx.database.url, file)
        answer({"command": line}, line)
        say("PostgreSQL has its own backup: run this line. The key file is not in it: keep a copy elsewhere.")
        return None
    _tell(backups.backup(ctx, os.path.abspath(file), replace=force), dry_run=dry_run)
    say(f"The key is not in it: keep a copy of {config().key_file} elsewhere.")
    return None


def restore(file: File) -> None:
    """Make the configured database of a backup; it must not be there yet. Put the key file in its place first.

    Example: sage-tui restore /var/backups/sage-2026-11-23.db --database /srv/sage/sage-tui.db
    """
    from sage_tui.services import backups, restoring

    found = config()
    if not found.is_file:
        line = backups.restore_line(found.database, file)
        answer({"command": line}, line)
        return
    check_files(found)
    _tell(restoring.restore(file, found.database, found.key_file, os_user(), origin(), clock()), dry_run=False)


def _tell(done: Any, *, dry_run: bool) -> None:
    result = {
        "path": done.path, "bytes": done.bytes, "sha256": done.sha256, "schema": done.schema, "events": done.events,
        "audit_entries": done.entries,
    }  # fmt: skip
    chains = "verified with their seals" if done.sealed else "verified, the seals not: there is no key"
    answer(
        result,
        f"{'would be ' if dry_run else ''}{done.path}: {done.bytes:,} bytes, schema {done.schema},"
        f" {counted(done.events, 'event')}, {counted(done.entries, 'audit entry', 'audit entries')} {chains}",
        f"SHA-256 {done.sha256}",
    )


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.command()(backup)
    app.command()(restore)
