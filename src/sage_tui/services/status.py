"""The state of the database in one look (interfaces.md, `status`)."""

from dataclasses import dataclass
from datetime import datetime

from sage_tui import __version__
from sage_tui.clock import to_datetime
from sage_tui.domain.permissions import Verb
from sage_tui.services.context import Context


@dataclass(frozen=True, slots=True)
class Status:
    """Versions, sizes, last event. `last_rebalance_at` is None until there is a schedule."""

    version: str
    schema: str
    database: str
    organizations: int
    users: int
    events: int
    last_event_at: datetime | None
    last_rebalance_at: datetime | None


def status(ctx: Context) -> Status:
    """What `sage-tui status` prints. Events are counted from the totals, not one by one."""
    with ctx.read(Verb.STATUS) as tx:
        last = tx.value("SELECT max(at) FROM usage_event")
        ran = tx.value("SELECT max(at) FROM distribution_run WHERE what = 'schedule'")
        return Status(
            __version__,
            str(tx.value("SELECT version FROM schema_version WHERE id = 1")),
            ctx.database.path or ctx.database.url.set(drivername="postgresql").render_as_string(hide_password=True),
            int(tx.value("SELECT count(*) FROM organization WHERE id <> 0 AND closed_at IS NULL")),
            int(tx.value('SELECT count(*) FROM "user"')),
            int(tx.value("SELECT sum(events) FROM usage_organization_daily") or 0),
            None if last is None else to_datetime(int(last)),
            None if ran is None else to_datetime(int(ran)),
        )
