"""Model interactions, as Activity Logs shows them."""

from sage_tui.domain.activity import ActivityRow
from sage_tui.domain.paging import Ask, Count, Window
from sage_tui.domain.permissions import Verb
from sage_tui.domain.queries_fields import ACTIVITY
from sage_tui.domain.queries_parse import parse
from sage_tui.services.context import Context
from sage_tui.store.windows import activity


def window(ctx: Context, ask: Ask, organization_id: int | None = None) -> Window[ActivityRow]:
    """One window, newest first with `Sort("at", True)`. Raises QueryError."""
    query = parse(ask.query, ACTIVITY)
    with ctx.read(Verb.ACTIVITY_LIST) as tx:
        return activity.window(tx, query, ask, organization_id)


def count(ctx: Context, query: str, organization_id: int | None = None, *, exact: bool = False) -> Count:
    """How many match; cut at ten thousand unless `exact`. Raises QueryError."""
    parsed = parse(query, ACTIVITY)
    with ctx.read(Verb.ACTIVITY_LIST) as tx:
        return activity.count(tx, parsed, organization_id, exact=exact)
