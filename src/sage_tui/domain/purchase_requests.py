"""An administrator's ask for a larger pool."""

from dataclasses import dataclass
from datetime import datetime

from sage_tui.domain.errors import Refused
from sage_tui.domain.units import Month

MOST_PENDING = 5
"""Asks of one organization that may wait at once."""


@dataclass(frozen=True, slots=True)
class AskOperator:
    """So many tokens a month more, from a month on, and why."""

    inference: int
    embedding: int
    from_month: Month
    reason: str
    organization_id: int | None = None


@dataclass(frozen=True, slots=True)
class PurchaseRequest:
    """An ask as the queue shows it. `asked_by` is empty where the host's own account asked."""

    id: int
    organization_id: int
    organization: str
    inference: int
    embedding: int
    from_month: Month
    reason: str
    status: str
    created_at: datetime
    asked_by: str


def check_pending(pending: int) -> None:
    """Raises Refused where too many wait already."""
    if pending >= MOST_PENDING:
        raise Refused(
            f"{pending} of your organization's asks wait already, and no more than {MOST_PENDING} may.",
            "Wait for the operator's answer.",
            code="too_many_requests",
        )
