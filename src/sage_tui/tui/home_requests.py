"""The own requests on the member home, in words. Values in, lines out."""

from datetime import datetime

from sage_tui.domain.amounts import full, short
from sage_tui.domain.request_shapes import lasting
from sage_tui.domain.requests import MyRequests, Status, TokenRequest
from sage_tui.domain.units import Kind
from sage_tui.tui import times
from sage_tui.tui.text import Line

SHOWN = 3
"""Requests that the home shows; what waits comes first."""


def lines(mine: MyRequests, now: datetime, zone: str) -> list[Line]:
    """`Your requests`, each with its answer; nothing was asked: one line."""
    if not mine.requests:
        return [(("Your requests", "bold"), "   you asked for nothing yet")]
    waiting = [row for row in mine.requests if row.status is Status.PENDING]
    others = [row for row in mine.requests if row.status is not Status.PENDING]
    found: list[Line] = [(("Your requests", "bold"),)]
    for row in [*waiting, *others][:SHOWN]:
        found += _request(row, now, zone)
    return found


def _request(row: TokenRequest, now: datetime, zone: str) -> list[Line]:
    """`+500K   approved 300K for this month   14 Nov`, and what was said with the answer."""
    kind = "" if row.kind is Kind.INFERENCE else f" {row.kind.value}"
    asked = f"  +{short(row.amount)}{kind}"
    day = times.day(row.decided_at or row.created_at, now, zone)
    match row.status:
        case Status.PENDING:
            return [(asked, "   ", ("waits", "$near"), f" since {day}", (f'   "{row.reason}"', "$quiet"))]
        case Status.APPROVED:
            head: Line = (asked, "   ", ("approved", "$good"), f" {short(row.approved)} {lasting(row)}   {day}")
        case Status.DENIED:
            head = (asked, "   ", ("denied", "$bad"), f"   {day}")
        case Status.WITHDRAWN:
            return [(asked, f"   withdrawn   {day}")]
    if not row.note or row.automatic:
        return [head]
    return [head, (f'      {row.decided_by.split("@")[0]}: "{row.note}"',)]


def would(mine: MyRequests, kind: Kind, amount: int | None) -> str:
    """`you have 750,000; this would make it 1,250,000`"""
    has = mine.allocation.get(kind)
    have = f"You have {full(has)}" if has is not None else "You have no limit set"
    if amount is None:
        return f"{have} {kind.value} tokens a month."
    return f"{have}; this would make it {full((has or 0) + amount)} {kind.value} tokens."
