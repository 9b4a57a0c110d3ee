"""What the users' table may be sorted by: every column, with the index that answers it where there is one."""

from collections.abc import Callable
from dataclasses import dataclass

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.paging import Sort
from sage_tui.domain.queries_fields import USERS, sort_names
from sage_tui.domain.users import NEAR, State
from sage_tui.store.tables.organizations import SHARE
from sage_tui.store.windows.seek import Order, Segment


@dataclass(frozen=True, slots=True)
class UserOrder:
    """An order, and the one table (`user` or `membership`) whose index walks it; none: it is sorted each time."""

    order: Order
    index_of: str = ""


def order_of(sort: Sort, month: int) -> UserOrder:
    """The order of a sort. Takes column keys and the filter's names. Raises WrongUse."""
    column = sort_names(USERS).get(sort.column, sort.column)
    if column in _INDEXED:
        return _INDEXED[column](month)
    if column in _SORTED:
        return UserOrder(Order((Segment(expr=_SORTED[column](month)),), "m.user_id"))
    if column in _TEXTS:
        return UserOrder(Order((Segment(expr=_TEXTS[column]),), "m.user_id", takes=str))
    raise WrongUse(f"sort: there is no column {sort.column!r}", f"Use one of: {', '.join(sorted(COLUMNS))}.")


def _plain(side: str, expr: str, takes: type = int) -> Callable[[int], UserOrder]:
    table, row_id = ("user", "u.id") if side == "u" else ("membership", "m.user_id")
    return lambda month: UserOrder(Order((Segment(expr=expr),), row_id, takes), table)


def _nullable(side: str, expr: str) -> Callable[[int], UserOrder]:
    """What is not there stands before the smallest, on both engines."""
    table, row_id = ("user", "u.id") if side == "u" else ("membership", "m.user_id")
    segments = (Segment(f"{expr} IS NULL"), Segment(f"{expr} IS NOT NULL", expr=expr))
    return lambda month: UserOrder(Order(segments, row_id), table)


def _used(month: int) -> UserOrder:
    """Two seeks: those who used nothing this month by number, then this month's rows (house.md, "Months")."""
    this = "m.inference_month = ? AND m.inference_used > 0"
    return UserOrder(
        Order(
            (
                Segment(f"NOT ({this})", (month,), constant=0),
                Segment("m.inference_month = ?", (month,), expr="m.inference_used", bound="m.inference_used > 0"),
            ),
            "m.user_id",
        ),
        "membership",
    )


def _share(month: int) -> UserOrder:
    """Neither used nor allocated; nothing used of an allocation; the rest by share."""
    unset = "coalesce(m.inference_allocation, 0) = 0"
    return UserOrder(
        Order(
            (
                Segment(f"{unset} AND (m.inference_month <> ? OR m.inference_share IS NULL)", (month,)),
                Segment(f"NOT ({unset}) AND (m.inference_month <> ? OR m.inference_share = 0)", (month,), constant=0),
                Segment("m.inference_month = ?", (month,), expr="m.inference_share", bound="m.inference_share > 0"),
            ),
            "m.user_id",
        ),
        "membership",
    )


def used(kind: str, month: int) -> str:
    """SQL of what was used this month."""
    return f"(CASE WHEN m.{kind}_month = {month} THEN m.{kind}_used ELSE 0 END)"


def share(kind: str, month: int) -> str:
    """SQL of the share per mille, as `domain.users.share` counts it."""
    stored = "m.inference_share" if kind == "inference" else SHARE.format(kind="m.embedding")
    unused = f"CASE WHEN coalesce(m.{kind}_allocation, 0) > 0 THEN 0 END"
    return f"(CASE WHEN m.{kind}_month = {month} THEN {stored} ELSE {unused} END)"


def _previous(month: int) -> str:
    return (
        f"(CASE m.inference_month WHEN {month} THEN m.inference_previous"
        f" WHEN {month - 1} THEN m.inference_used ELSE 0 END)"
    )


def _state(month: int) -> str:
    """The state's place in `State`: what `UserRow.state` says, in SQL."""
    now, limit = used("inference", month), "m.inference_allocation"
    cases = (
        ("u.banned", State.BANNED),
        ("NOT m.paid", State.UNPAID),
        ("m.inference_stopped_at IS NOT NULL OR m.embedding_stopped_at IS NOT NULL", State.STOPPED),
        (f"{limit} IS NULL", State.UNSET),
        (f"{now} >= {limit} AND ({now} > 0 OR {limit} = 0)", State.AT_LIMIT),
        (f"{share('inference', month)} >= {NEAR}", State.NEAR),
        ("m.inference_lifetime + m.embedding_lifetime = 0", State.NEVER),
    )
    places = list(State)
    whens = " ".join(f"WHEN {when} THEN {places.index(state)}" for when, state in cases)
    return f"(CASE {whens} ELSE {places.index(State.OK)} END)"


def _flag(column: str) -> Callable[[int], str]:
    return lambda month: f"(CASE WHEN {column} THEN 1 ELSE 0 END)"


def _embedding_allocation(month: int) -> UserOrder:
    expr = "m.embedding_allocation"
    segments = (Segment(f"{expr} IS NULL"), Segment(f"{expr} IS NOT NULL", expr=expr))
    return UserOrder(Order(segments, "m.user_id"))


_INDEXED: dict[str, Callable[[int], UserOrder]] = {
    "id": lambda month: UserOrder(Order((Segment(),), "u.id", valued=False), "user"),
    "email": _plain("u", "u.email_key", str),
    "name": _plain("u", "u.name_key", str),
    "created_at": _plain("u", "u.created_at"),
    "last_sign_in_at": _nullable("u", "u.last_sign_in_at"),
    "inference_allocation": _nullable("m", "m.inference_allocation"),
    "inference_used": _used,
    "share": _share,
    "embedding_allocation": _embedding_allocation,
}

_SORTED: dict[str, Callable[[int], str]] = {
    "embedding_used": lambda month: used("embedding", month),
    "inference_previous": _previous,
    "usage": lambda month: "(m.inference_lifetime + m.embedding_lifetime)",
    "state": _state,
    "paid": _flag("m.paid"),
    "banned": _flag("u.banned"),
    "verified": _flag("u.verified"),
    "mfa": _flag("u.mfa"),
    "cac": _flag("u.cac"),
}
"""No index: sorted each time, in a worker (speed.md, row 14)."""

_TEXTS = {
    "department": "lower(m.department)",
    "plan": "lower(m.plan)",
    "type": "m.type",
    "first_name": "lower(u.first_name)",
    "last_name": "lower(u.last_name)",
    "company": "lower(u.company)",
    "organization": "(SELECT w.name_key FROM organization w WHERE w.id = m.organization_id)",
}
"""Text without an index; `lower` changes A to Z alone on both engines."""

COLUMNS = frozenset(_INDEXED) | frozenset(_SORTED) | frozenset(_TEXTS)
