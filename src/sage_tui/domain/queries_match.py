"""A filter held against a user in memory: what the store's SQL must agree with."""

from collections.abc import Callable
from datetime import UTC, datetime

from sage_tui.domain.forecast import Forecast
from sage_tui.domain.queries import Compare, Flag, Has, Measure, Number, Query, Range, Term, Word, fold
from sage_tui.domain.users import Balance, UserRow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_FLAGS: dict[str, Callable[[UserRow], bool]] = {
    "paid": lambda row: row.paid,
    "banned": lambda row: row.banned,
    "verified": lambda row: row.verified,
    "mfa": lambda row: row.mfa,
    "stopped": lambda row: row.stopped,
    "unset": lambda row: row.inference.allocation is None,
}
_TEXTS: dict[str, Callable[[UserRow], str]] = {
    "type": lambda row: row.type.value,
    "org": lambda row: row.organization or "",
    "plan": lambda row: row.plan,
    "dept": lambda row: row.department,
    "email": lambda row: row.email,
    "name": lambda row: row.name,
    "company": lambda row: row.company,
}


BEYOND = 1_000_000
"""Days that tokens last which are not used up before the month's end."""


def matches(
    query: Query, row: UserRow, today: int, last_used: int | None = None, forecast: Forecast | None = None
) -> bool:
    """Do all terms hold for the user? `today` and `last_used` (None: never) are UTC days; `forecast` is of the
    inference tokens (None: there is none)."""
    lasts = days_left(forecast)
    return all(_holds(term, row, today, last_used, lasts) is not term.negated for term in query.terms)


def days_left(forecast: Forecast | None) -> int | None:
    """What `lasts` compares: days from today on; None where it is not known."""
    if forecast is None or forecast.lasting is None:
        return None
    return BEYOND if forecast.lasting.median is None else forecast.lasting.median


def _holds(term: Term, row: UserRow, today: int, last_used: int | None, lasts: int | None) -> bool:
    match term:
        case Word():
            word = fold(term.text)
            return any(word in fold(text) for text in (row.email, row.name))
        case Has():
            return _has(fold(_TEXTS[term.field](row)), fold(term.value), term.exact)
        case Flag():
            return _FLAGS[term.field](row) is term.yes
        case Number():
            return row.id == term.value
        case Range():
            return _within(term, _day(row.created_at), today)
        case Compare():
            value = lasts if term.field == "lasts" else _compared(term, row, today, last_used)
            return value is not None and term.op.holds(value, term.value)


def _has(text: str, part: str, exact: bool) -> bool:
    return text == part if exact else part in text


def _within(term: Range, day: int, today: int) -> bool:
    first, last = term.days(today)
    return (first is None or first <= day) and (last is None or day <= last)


def _compared(term: Compare, row: UserRow, today: int, last_used: int | None) -> int | None:
    if term.field == "idle":
        return today - (_day(row.created_at) if last_used is None else last_used)
    balance: Balance = row.embedding if term.field.startswith("emb.") else row.inference
    if term.field.endswith("max"):
        return balance.allocation
    return balance.share if term.measure is Measure.PER_MILLE else balance.used


def _day(at: datetime) -> int:
    return (at - _EPOCH).days
