"""From a foreign row's values to a usage record, or to the reason why not."""

import hashlib
from collections.abc import Callable

from sage_tui.domain.errors import FieldError
from sage_tui.domain.units import Kind
from sage_tui.domain.usage import RefusedRow, UsageRecord
from sage_tui.gateways import values

Get = Callable[[str], object]
"""A row's value for one of our fields; None where it has none."""


def record(line: int, get: Get, derived: Callable[[], str]) -> UsageRecord | RefusedRow:
    """A usage record of a row whose values `get` gives by field; `derived` makes an id where the row has none."""
    try:
        return _record(line, get, derived)
    except FieldError as error:
        return RefusedRow(line, error.field, error.why)


def _record(line: int, get: Get, derived: Callable[[], str]) -> UsageRecord:
    kind = values.kind("kind", get("kind"))
    status = values.status("status", get("status"))
    answered = status == "success"
    prompt = _tokens("prompt_tokens", get, needed=answered)
    completion = _tokens("completion_tokens", get, needed=answered and kind is Kind.INFERENCE)
    cached = _tokens("cached_tokens", get, needed=False)
    if cached > prompt:
        raise FieldError("cached_tokens", f"{cached} is more than the prompt's {prompt}")
    return UsageRecord(
        row=line,
        external_id=values.text(get("id")) or derived(),
        at=values.time("at", get("at")),
        user=values.text(get("user")),
        model=values.text(get("model")),
        kind=kind,
        prompt_tokens=prompt,
        cached_tokens=cached,
        completion_tokens=completion,
        status=status,
        latency_ms=values.latency("latency_ms", get("latency_ms")),
    )


def _tokens(field: str, get: Get, *, needed: bool) -> int:
    value = get(field)
    if values.is_empty(value):
        if needed:
            raise FieldError(field, "is missing")
        return 0
    return values.tokens(field, value)


def derive(source: str, content: bytes, number: int) -> str:
    """A stable id for a row without one: the same source, content and place give the same id.

    The place is counted in records, so that a file which grew at its end keeps the ids of its rows.
    """
    digest = hashlib.sha256(b"\0".join((source.encode("utf-8", "surrogatepass"), content, str(number).encode())))
    return f"row-{digest.hexdigest()[:32]}"
