"""A plan's rows in a file, as they are looked at before they count."""

from typing import Any

from sage_tui.domain import rules, shapes
from sage_tui.domain.exports import Exported, first_line
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plans import WHY, PlanRow, PlanSummary, State
from sage_tui.domain.progress import Progress, nothing, told
from sage_tui.domain.text import clean
from sage_tui.services import exports, plan_rows, plans
from sage_tui.services.context import Context
from sage_tui.services.export_files import FileSink, Sink
from sage_tui.store import audit
from sage_tui.store.transaction import chunks

COLUMNS = ("email", "field", "before", "after", "change", "state", "why")
STATES = {
    State.IN: "in", State.OUT: "out", State.CHANGED: "to decide", State.SKIPPED: "skipped", State.LEFT: "left",
}  # fmt: skip


def to_file(
    ctx: Context, plan_id: int, text: str = "", format_name: str = "csv", progress: Progress = nothing
) -> Exported:  # fmt: skip
    """Write the rows that a text keeps (all, without one), in the order in which they are shown; audited.

    Into a dated file of mode 0600. Raises NotFound (the plan is gone, or another's), Refused, StoreUnavailable,
    Interrupted (then nothing is left of the file).
    """
    plan = plans.look(ctx, plan_id)
    rows = 0
    with FileSink(exports.dated(ctx, "plan", format_name)) as sink:
        with ctx.read(Verb.EXPORT_USERS) as tx:
            found = (_shape(row) for row in plan_rows.walk(tx, plan.organization_id, plan_id, text))
            for part in chunks(told(found, progress), exports.PAGE):
                sink.write(exports.written(part, format_name, header=rows == 0))
                rows += len(part)
        if rows == 0 and format_name == "csv":
            sink.write(first_line(COLUMNS))
        _note(ctx, plan, sink, rows)
        if not ctx.dry_run:
            sink.publish()
        return Exported(sink.path, rows, sink.count, sink.sha256)


def _shape(row: PlanRow) -> dict[str, Any]:
    """A row: values as everywhere in JSON, tokens whole; why it is so in words."""
    why = WHY.get(row.why, row.why) or rules.words(row.rule)
    return {**shapes.change(row), "change": row.change, "state": STATES[row.state], "why": why}


def _note(ctx: Context, plan: PlanSummary, sink: Sink, rows: int) -> None:
    """The entry stands in the audit before the file stands in its place."""
    with ctx.write(Verb.EXPORT_USERS) as tx:
        audit.append(
            tx, organization_id=plan.organization_id, target=f"file {ascii(clean(sink.path))[1:-1]}",
            changes=[("plan", None, plan.action)], rows=rows, digest=sink.sha256,
        )  # fmt: skip
