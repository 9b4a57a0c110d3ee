"""Administrative acts of some days, counted by action; the batches that they made."""

from sage_tui.domain.months import DAY
from sage_tui.domain.spans import Span
from sage_tui.store.transaction import Tx

_REFUSED = """CASE WHEN a.body LIKE '%"outcome":"refused"%' THEN 1 ELSE 0 END"""
"""Inside of a text of the body the quotes would stand escaped."""


def counted(tx: Tx, organization_id: int, span: Span) -> dict[str, tuple[int, int]]:
    """How often each action was done, and how often refused, within the reach."""
    where, values = tx.within("a", organization_id)
    rows = tx.rows(
        f"SELECT a.action, count(*) AS number, sum({_REFUSED}) AS refused FROM audit_entry a"
        f" WHERE {where} AND a.at >= :first AND a.at < :last GROUP BY a.action",
        first=span.first * DAY, last=(span.last + 1) * DAY, **values,
    )  # fmt: skip
    return {str(row["action"]): (int(row["number"]) - int(row["refused"]), int(row["refused"])) for row in rows}


def batches(tx: Tx, organization_id: int, span: Span) -> dict[str, list[tuple[int, int]]]:
    """The batches made in these days by action: number and rows, in their order."""
    where, values = tx.within("b", organization_id)
    rows = tx.rows(
        f"SELECT b.id, b.action, b.rows FROM batch b WHERE {where} AND b.at >= :first AND b.at < :last ORDER BY b.id",
        first=span.first * DAY, last=(span.last + 1) * DAY, **values,
    )  # fmt: skip
    found: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        found.setdefault(str(row["action"]), []).append((int(row["id"]), int(row["rows"])))
    return found
