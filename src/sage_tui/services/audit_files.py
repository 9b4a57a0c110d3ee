"""The audit chains as a file that anybody can verify without the database (security.md, section 7)."""

from collections.abc import Iterator

from sage_tui.domain import audit_chain
from sage_tui.domain.exports import Exported
from sage_tui.domain.months import time_text
from sage_tui.domain.permissions import Verb
from sage_tui.domain.progress import Progress, nothing
from sage_tui.services import export_files, exports
from sage_tui.services.context import Context
from sage_tui.services.export_files import Sink
from sage_tui.store import audit
from sage_tui.store.transaction import Tx, chunks

_LINES = 500
"""Lines that are written at once."""


def export(ctx: Context, sink: Sink, organization_id: int | None = None, progress: Progress = nothing) -> Exported:
    """Write whole chains, an organization's or all within the reach, as JSON lines under a line with their heads.

    Audited, after what is in the file. Raises StepUpNeeded, StoreUnavailable, Interrupted.
    """
    rows = 0
    if sink.path == "-":
        exports.note(ctx, Verb.EXPORT_AUDIT, organization_id, sink, None, [], "")
    with ctx.read(Verb.EXPORT_AUDIT) as tx:
        exports.demand_step_up(tx, organization_id)
        sink.write(audit_chain.heading(time_text(tx.now), audit.anchors(tx, organization_id)).encode())
        for part in chunks(_lines(tx, organization_id), _LINES):
            sink.write("".join(part).encode())
            rows += len(part)
            progress(rows)
    if sink.path != "-":
        exports.note(ctx, Verb.EXPORT_AUDIT, organization_id, sink, rows, [], "")
        if not ctx.dry_run:
            sink.publish()
    return Exported(sink.path, rows, sink.count, sink.sha256)


def to_file(
    ctx: Context,
    organization_id: int | None = None,
    progress: Progress = nothing,
    path: str = "",
    *,
    replace: bool = False,
) -> Exported:
    """The same into a file: as named, else one in the export directory."""
    with export_files.FileSink(path or _name(ctx, organization_id), replace=replace) as sink:
        return export(ctx, sink, organization_id, progress)


def _name(ctx: Context, organization_id: int | None) -> str:
    with ctx.read(Verb.EXPORT_AUDIT) as tx:
        whose = exports.whose(tx, organization_id)
    return exports.named(ctx, "audit", whose, None, "jsonl")


def _lines(tx: Tx, organization_id: int | None) -> Iterator[str]:
    for number, chain in audit.chains(tx, organization_id):
        for seq, body, entry_hash, details in audit.entries(tx, number):
            yield audit_chain.line(chain, seq, body, entry_hash, details)
