"""Requests and what belongs to them as JSON and as lines for people (interfaces.md, "Commands")."""

from typing import Any

from sage_tui.domain import months
from sage_tui.domain.auto_approval import Rule, Verdict, kept
from sage_tui.domain.purchase_requests import PurchaseRequest
from sage_tui.domain.requests import Decided, Lasts, Status, TokenRequest
from sage_tui.domain.shapes import Json, done


def request(row: TokenRequest) -> Json:
    """A request."""
    decided = row.status is Status.APPROVED
    return {
        "id": row.id,
        "email": row.email,
        "organization": row.organization,
        "kind": row.kind.value,
        "amount": row.amount,
        "approved": row.approved,
        "reason": row.reason,
        "current_allocation": row.current_allocation,
        "allocation": row.allocation,
        "status": row.status.value,
        "created_at": months.iso(row.created_at),
        "decided_at": months.iso(row.decided_at),
        "decided_by": row.decided_by or None,
        "note": row.note,
        "lasts": row.lasts.value if decided else None,
        "until": months.iso(row.until),
        "automatic": row.automatic,
        "batch": row.batch,
    }


def decided(what: Decided, asked: int) -> Json:
    """A decision: of one request that request, of several their list; with what the batch did."""
    told = done(what.done)
    more: dict[str, Any] = {name: told[name] for name in ("batch", "skipped", "left", "pool")}
    more["notes"] = list(what.notes)
    if asked == 1 and len(what.requests) == 1:
        return request(what.requests[0]) | more
    return {"requests": [request(row) for row in what.requests], "total": len(what.requests), **more}


def line(row: TokenRequest) -> str:
    """A request in a line for people, as it was answered."""
    head = f"request {row.id}  {row.email}  {row.kind.value} {row.amount:,}  {row.status.value}"
    if row.status is Status.APPROVED:
        part = f" {row.approved:,}" if row.approved != row.amount else ""
        return f"{head}{part} {lasting(row)}"
    return head


def lasting(row: TokenRequest) -> str:
    """How long a grant holds, in words."""
    if row.lasts is Lasts.UNTIL and row.until is not None:
        return f"until {row.until:%Y-%m-%d}"
    return "for good" if row.lasts is Lasts.GOOD else "for this month"


def rule(of: Rule) -> Json:
    """The auto-approval rule."""
    return kept(of)


def rule_line(of: Rule) -> str:
    """The same in words."""
    if not of.on:
        return "Auto-approval is off."
    return f"Auto-approval grants up to {of.largest:,} while at most {of.pool_used}% of the pool is used."


def verdict(amount: int, found: Verdict) -> str:
    """What the rule would say, as a sentence."""
    return f"A request of {amount:,} now would {'be approved' if found.approved else 'wait'}, because {found.why}."


def purchase_request(row: PurchaseRequest) -> Json:
    """An ask for a larger pool."""
    return {
        "id": row.id,
        "organization": row.organization,
        "inference": row.inference,
        "embedding": row.embedding,
        "from": months.month_text(row.from_month),
        "reason": row.reason,
        "status": row.status,
        "created_at": months.iso(row.created_at),
        "asked_by": row.asked_by or None,
    }
