"""The audit trail: search it, verify it, print its anchors (security.md, section 7)."""

from collections.abc import Sequence

from sage_tui.domain.activity import AuditRow, ChainReport
from sage_tui.domain.audit_chain import ANCHOR
from sage_tui.domain.errors import FieldError
from sage_tui.domain.paging import Ask, Count, Window
from sage_tui.domain.permissions import Verb
from sage_tui.domain.queries_fields import AUDIT
from sage_tui.domain.queries_parse import parse
from sage_tui.services.context import Context
from sage_tui.store import audit
from sage_tui.store.windows import audit as windows


def window(ctx: Context, ask: Ask, organization_id: int | None = None) -> Window[AuditRow]:
    """One window, newest first with `Sort("at", True)`. Raises QueryError."""
    query = parse(ask.query, AUDIT)
    with ctx.read(Verb.AUDIT_LIST) as tx:
        return windows.window(tx, query, ask, organization_id)


def count(ctx: Context, query: str, organization_id: int | None = None, *, exact: bool = False) -> Count:
    """How many entries match; cut at ten thousand unless `exact`. Raises QueryError."""
    parsed = parse(query, AUDIT)
    with ctx.read(Verb.AUDIT_LIST) as tx:
        return windows.count(tx, parsed, organization_id, exact=exact)


def about(ctx: Context, user_id: int) -> tuple[AuditRow, ...]:
    """The last twenty entries about a person."""
    with ctx.read(Verb.AUDIT_LIST) as tx:
        return windows.about(tx, user_id, 20)


def verify(ctx: Context, anchors: Sequence[str] = ()) -> list[ChainReport]:
    """Check every chain, and anchors that were printed earlier. Raises FieldError for what is no anchor.

    Without the database's key file the reports say that the seals could not be checked.
    """
    for anchor in anchors:
        if not ANCHOR.fullmatch(anchor):
            raise FieldError("anchor", "is not CHAIN:SEQ:HASH", "As `sage-tui audit anchor` prints it.")
    with ctx.read(Verb.AUDIT_VERIFY) as tx:
        return audit.verify(tx, anchors)


def anchor(ctx: Context) -> list[str]:
    """`chain:seq:hash` of every chain: keep them on paper or another host."""
    with ctx.read(Verb.AUDIT_ANCHOR) as tx:
        return audit.anchors(tx)
