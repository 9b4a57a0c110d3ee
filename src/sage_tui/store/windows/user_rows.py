"""Users as rows: what is selected, and how it becomes a `UserRow`. Another month's counters read as used 0."""

from collections.abc import Callable
from typing import Any

from sage_tui.clock import to_datetime
from sage_tui.domain.units import NO_ORGANIZATION, Kind, Role
from sage_tui.domain.users import Balance, UserRow

RAISED = (
    "(SELECT min(t.until) FROM token_raise t WHERE t.organization_id = m.organization_id AND t.user_id = m.user_id"
    " AND t.ended_at IS NULL)"
)
"""When the next raise with an end falls back."""

FIELDS = (
    "u.id", "u.email", "u.first_name", "u.last_name", "m.organization_id", "o.name", "m.department", "u.company",
    "m.type", "m.plan", "m.paid", "u.banned", "m.inference_stopped_at", "m.embedding_stopped_at",
    "u.verified", "u.mfa", "u.cac",
    *(
        f"m.{kind}_{part}"
        for kind in Kind
        for part in ("allocation", "month", "used", "previous", "lifetime", "reserved")
    ),
    "u.last_sign_in_at", "u.created_at", RAISED,
)  # fmt: skip
SELECTED = ", ".join(FIELDS)
_FIRST = FIELDS.index("m.inference_allocation")
_EACH = 6


def maker(month: int) -> Callable[[tuple[Any, ...]], UserRow]:
    """Makes rows, as they read in this month."""

    def make(row: tuple[Any, ...]) -> UserRow:
        seen, created, raised = row[len(FIELDS) - 3 : len(FIELDS)]
        return UserRow(
            row[0], row[1], row[2], row[3], row[4], None if row[4] == NO_ORGANIZATION else row[5], row[6], row[7],
            Role(row[8]), row[9], bool(row[10]), bool(row[11]), row[12] is not None or row[13] is not None,
            bool(row[14]), bool(row[15]), bool(row[16]),
            balance(month, *row[_FIRST : _FIRST + _EACH]), balance(month, *row[_FIRST + _EACH : _FIRST + 2 * _EACH]),
            None if seen is None else to_datetime(seen), to_datetime(created),
            None if raised is None else to_datetime(raised),
        )  # fmt: skip

    return make


def balance(
    now: int, allocation: int | None, month: int, used: int, previous: int, lifetime: int, reserved: int
) -> Balance:
    """Counters as they read in the month `now` (house.md, "Months")."""
    if month == now:
        return Balance(allocation, used, previous, lifetime, reserved)
    return Balance(allocation, 0, used if month == now - 1 else 0, lifetime)
