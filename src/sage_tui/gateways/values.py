"""Single values of foreign records, read by grammars of our own. All raise FieldError naming field and reason."""

import re
from decimal import Decimal

from sage_tui.domain import amounts, months
from sage_tui.domain.errors import FieldError, WrongUse
from sage_tui.domain.text import clean
from sage_tui.domain.units import MAX_TOKENS, Kind, Micros

KINDS = {"inference": Kind.INFERENCE, "embedding": Kind.EMBEDDING, "training": Kind.EMBEDDING}
STATUSES = {
    "success": "success", "failure": "failure", "refused": "refused", "unknown": "unknown",
    "ok": "success", "succeeded": "success", "error": "failure", "failed": "failure",
}  # fmt: skip
_UNIX = re.compile(r"[0-9]{10,13}(?:\.[0-9]{1,12})?")
_DECIMAL = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,20})?")


def shown(value: object) -> str:
    """A foreign value as it may stand in a message."""
    return clean(value if isinstance(value, str) else repr(value), limit=40)


def is_empty(value: object) -> bool:
    """Nothing was said: absent, null or an empty cell."""
    return value is None or value == ""


def tokens(field: str, value: object) -> int:
    """A count of tokens: whole, not negative, at most 2**53 - 1; a JSON integer or plain digits."""
    number = value if isinstance(value, int) and not isinstance(value, bool) else None
    if isinstance(value, str):
        number = amounts.whole(value.removeprefix("-"))
        number = -number if number and value.startswith("-") else number
    if number is None:
        raise FieldError(field, f"{shown(value) or 'nothing'} is not a whole number")
    if number < 0:
        raise FieldError(field, f"{shown(value)} is negative")
    if number > MAX_TOKENS:
        raise FieldError(field, f"{shown(value)} is more than {MAX_TOKENS:,}")
    return number


def time(field: str, value: object) -> Micros:
    """An instant: ISO 8601 (UTC without a zone), or Unix time in seconds or (13 digits) milliseconds."""
    if is_empty(value):
        raise FieldError(field, "is missing")
    try:
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            return _unix(field, value)
        if isinstance(value, str):
            return _unix(field, Decimal(value)) if _UNIX.fullmatch(value) else months.parse_exact(value)
    except WrongUse as error:
        raise FieldError(field, error.message.removeprefix("time: ").removeprefix(f"{field}: ")) from error
    raise FieldError(field, f"{shown(value)} is not a time")


def _unix(field: str, value: int | Decimal) -> Micros:
    """Seconds from 2001 to 5138, or milliseconds: no number is both. A date like 20261123 is neither."""
    if isinstance(value, Decimal) and not value.is_finite():
        raise FieldError(field, "is not a time")
    for least, scale in ((10**9, 1_000_000), (10**12, 1_000)):
        if least <= value < least * 100:
            at = int(value * scale)
            if at <= months.LAST:
                return Micros(at)
    raise FieldError(field, f"{shown(str(value))} is neither Unix seconds nor milliseconds")


def kind(field: str, value: object) -> Kind:
    """`inference` or `embedding` (also `training`); nothing means inference."""
    if is_empty(value):
        return Kind.INFERENCE
    found = KINDS.get(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise FieldError(field, f"{shown(value)} is neither inference nor embedding")
    return found


def status(field: str, value: object) -> str:
    """What became of the call; nothing means success."""
    if is_empty(value):
        return "success"
    found = STATUSES.get(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise FieldError(field, f"{shown(value)} is none of success, failure, refused, unknown")
    return found


def latency(field: str, value: object) -> int | None:
    """Milliseconds, parts of one cut off; None where nothing was said."""
    if is_empty(value):
        return None
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        value = Decimal(value)
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and 0 <= value <= MAX_TOKENS:
        return int(value)
    raise FieldError(field, f"{shown(value)} is not a number of milliseconds")


def text(value: object) -> str:
    """Machine text as it came: an identity, model key or id; numbers as their digits, nothing as empty."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return str(value) if isinstance(value, (int, Decimal)) else shown(value)
