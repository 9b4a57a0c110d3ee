"""A database made of a backup: proved first, and never over one that is there (security.md, section 9)."""

import os

from sage_tui.clock import Clock
from sage_tui.domain.actors import HostProof, Origin
from sage_tui.domain.errors import NotFound, Refused
from sage_tui.services import backups, keys
from sage_tui.services.backups import BackedUp
from sage_tui.services.context import open_context
from sage_tui.services.export_files import FileSink
from sage_tui.store import copying


def restore(source: str, database: str, key_file: str, os_user: str, origin: Origin, clock: Clock) -> BackedUp:
    """Make `database` of a backup. The first entry after it says so. Raises NotFound, Refused (a database is there, the
    key file is another's), StoreUnavailable (the backup is not sound)."""
    if os.path.lexists(database):
        raise Refused(
            f"There is already a database at {database}",
            "A restore never writes over one: move it away first, with its -wal and -shm.",
            code="exists",
        )
    if not os.path.isfile(source):
        raise NotFound(f"There is no backup at {source}.", "Name the file that `sage-tui backup` wrote.")
    given = keys.load(key_file)
    if not given.current:
        raise Refused(
            f"There is no key file at {key_file}.",
            "Put this database's key file there first: without it nothing is audited, and nobody enters admin mode.",
            code="key_missing",
        )
    with FileSink(database) as sink:
        copying.copy(os.path.abspath(source), sink.unfinished)
        ctx = open_context(sink.unfinished, key_file, HostProof(os_user), origin, clock=clock)
        try:
            if not ctx.keys.current:
                raise Refused(
                    f"The key file {key_file} is another database's.",
                    "Put this database's key file there first.",
                    code="key_wrong",
                )
            actor = backups.restored(ctx, source)
            found = copying.look(sink.unfinished, clock.now(), ctx.keys.audit_key(), actor)
        finally:
            ctx.database.close()
        copying.settle(sink.unfinished)
        sink.measure()
        sink.publish()
    return BackedUp(
        sink.path, sink.count, sink.sha256, str(found["schema"]), found["events"], found["entries"], found["sealed"]
    )
