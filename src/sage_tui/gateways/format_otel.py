"""OpenTelemetry GenAI spans: OTLP in JSON (an export a line), or a span an object and line.

A call makes several spans: those with `gen_ai.usage.*` are its usage, the others are passed over. Traces are
sampled, so this is no account: use it where the gateway gives nothing better.
"""

from collections.abc import Iterator
from decimal import Decimal

from sage_tui.domain.usage import RefusedRow, UsageRecord
from sage_tui.gateways.files import Input
from sage_tui.gateways.mapping import FieldMap
from sage_tui.gateways.records import record
from sage_tui.gateways.rows import JsonRow, json_rows
from sage_tui.gateways.values import is_empty, text

_NAMES = {
    "user": ("litellm.metadata.user_api_key_user_id", "enduser.id", "user.id"),
    "model": ("gen_ai.response.model", "gen_ai.request.model"),
    "prompt_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    "completion_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    "cached_tokens": ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cached_tokens"),
}


def read(source: Input, name: str, fields: FieldMap) -> Iterator[UsageRecord | RefusedRow]:
    """Records of the spans that carry usage."""
    for row in json_rows(source):
        if isinstance(row, RefusedRow):
            yield row
            continue
        for span in _spans(row):
            attributes = _attributes(span)
            if any(key.startswith("gen_ai.usage.") for key in attributes):
                yield _record(row.line, span, attributes, fields)


def _spans(row: JsonRow) -> Iterator[dict[str, object]]:
    if "resourceSpans" not in row.value:
        yield row.value
        return
    for resource in _dicts(row.value["resourceSpans"]):
        for scope in _dicts(resource.get("scopeSpans")):
            yield from _dicts(scope.get("spans"))


def _dicts(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _attributes(span: dict[str, object]) -> dict[str, object]:
    found = span.get("attributes")
    if isinstance(found, dict):
        return found
    plain: dict[str, object] = {}
    for item in _dicts(found):
        value = item.get("value")
        if isinstance(value, dict) and value:
            plain[text(item.get("key"))] = next(iter(value.values()))
    return plain


def _record(
    line: int, span: dict[str, object], attributes: dict[str, object], fields: FieldMap
) -> UsageRecord | RefusedRow:
    def get(field: str) -> object:
        if field in fields.constants:
            return fields.constants[field]
        if field in fields.columns:
            return attributes.get(fields.columns[field], span.get(fields.columns[field]))
        if field in _NAMES:
            found = (attributes.get(key) for key in _NAMES[field])
            return next((value for value in found if not is_empty(value)), 0 if field == "completion_tokens" else None)
        if field == "at":
            return _nanoseconds(span.get("startTimeUnixNano")) or span.get("start_time")
        if field == "id":
            return f"{text(span.get('traceId'))}|{text(span.get('spanId') or span.get('span_id'))}"
        if field == "kind":
            return "embedding" if "embedding" in text(attributes.get("gen_ai.operation.name")) else "inference"
        if field == "status":
            status = span.get("status")
            return (
                "failure" if isinstance(status, dict) and status.get("code") in (2, "STATUS_CODE_ERROR") else "success"
            )
        return None

    return record(line, get, lambda: "")


def _nanoseconds(value: object) -> Decimal | None:
    """Unix nanoseconds (a number, or digits as OTLP writes them) as seconds."""
    digits = text(value)
    return Decimal(digits) / 10**9 if len(digits) == 19 and digits.isascii() and digits.isdigit() else None
