"""Backup of a database file while it is used, proved before it counts; and the way back (security.md, section 9)."""

import os
from dataclasses import dataclass

from sqlalchemy.engine import URL, make_url

from sage_tui.domain.actors import Actor
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.permissions import Verb
from sage_tui.services.context import Context
from sage_tui.services.export_files import FileSink
from sage_tui.store import audit, copying


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What was written: how much it holds, and that its audit chains were verified (`sealed`: with the key)."""

    path: str
    bytes: int
    sha256: str
    schema: str
    events: int
    entries: int
    sealed: bool


def backup(ctx: Context, path: str, *, replace: bool = False) -> BackedUp:
    """Copy the database into a file of mode 0600 that stands in its place only when it was proved sound.

    The key is never in it. Raises Refused (a file is there), WrongUse (PostgreSQL; the directory), StoreUnavailable.
    """
    if not ctx.database.sqlite:
        raise WrongUse("PostgreSQL has its own backup.", dump_line(ctx.database.url, path), code="postgresql")
    with FileSink(path, replace=replace) as sink:
        with ctx.write(Verb.BACKUP) as tx:
            audit.append(tx, organization_id=0, target=f"file {os.path.basename(sink.path)}")
            actor = tx.actor
        copying.copy(ctx.database.path, sink.unfinished)
        found = copying.look(sink.unfinished, ctx.clock.now(), ctx.keys.audit_key(), actor)
        copying.settle(sink.unfinished)
        sink.measure()
        if not ctx.dry_run:
            sink.publish()
    return BackedUp(
        sink.path, sink.count, sink.sha256, str(found["schema"]), found["events"], found["entries"], found["sealed"]
    )


def restored(ctx: Context, source: str) -> Actor:
    """Say in the audit of a database that it was made of a backup (`services/restoring` has made it). Who did it."""
    with ctx.write(Verb.RESTORE) as tx:
        audit.append(tx, organization_id=0, target=f"file {os.path.basename(source)}")
        return tx.actor


def dump_line(url: URL, path: str) -> str:
    """The command that backs a PostgreSQL database up; without a password."""
    shown = url.set(drivername="postgresql", password=None).render_as_string()
    return f"pg_dump --format=custom --no-owner --file={path} '{shown}'"


def restore_line(database: str, path: str) -> str:
    """The command that restores one into an empty database, by its URL."""
    shown = make_url(database).set(drivername="postgresql", password=None).render_as_string()
    return f"pg_restore --no-owner --exit-on-error --dbname='{shown}' {path}"
