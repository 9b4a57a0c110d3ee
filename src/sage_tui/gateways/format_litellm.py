"""LiteLLM: its standard logging payload, one JSON object a line, and its table SpendLogs in CSV (gateway.md §4).

A call that failed and was tried again shares its call id with the success that follows: the id is the call's,
the answer's and the status together. `total_tokens` is not the sum of its parts: the parts are recorded.
"""

from collections.abc import Iterator
from decimal import Decimal

from sage_tui.domain.usage import RefusedRow, UsageRecord
from sage_tui.gateways.files import Input
from sage_tui.gateways.mapping import FieldMap
from sage_tui.gateways.records import derive, record
from sage_tui.gateways.rows import CsvRow, CsvTable, JsonRow, dig, json_rows
from sage_tui.gateways.values import is_empty, text

_USERS = (
    "metadata.user_api_key_user_id",
    "metadata.user_api_key_alias",
    "end_user",
    "metadata.user_api_key_end_user_id",
)
_CACHED = "metadata.usage_object.prompt_tokens_details.cached_tokens"


def read(source: Input, name: str, fields: FieldMap) -> Iterator[UsageRecord | RefusedRow]:
    """Records of a file of payloads or of SpendLogs. Mapped fields and constants go before the format's own."""
    if source.peek() not in ("{", "["):
        yield from _spend_logs(source, name, fields)
        return
    for row in json_rows(source):
        yield row if isinstance(row, RefusedRow) else _record(row, name, fields)


def _record(row: JsonRow, name: str, fields: FieldMap) -> UsageRecord | RefusedRow:
    def get(field: str) -> object:
        if field in fields.constants:
            return fields.constants[field]
        if field in fields.columns:
            return dig(row.value, fields.columns[field])
        return _own(row.value, field)

    return record(row.line, get, lambda: derive(name, row.raw, row.number))


def _spend_logs(source: Input, name: str, fields: FieldMap) -> Iterator[UsageRecord | RefusedRow]:
    """Rows of SpendLogs. Its `api_key` is a hash and never an identity; a column that is not there is passed over."""
    table = CsvTable(source)
    table.need(
        ["startTime", "prompt_tokens", "completion_tokens"], [name for names in _SPEND.values() for name in names]
    )
    for row in table.rows():
        yield row if isinstance(row, RefusedRow) else _spent(table, row, name, fields)


_SPEND = {
    "id": ("request_id",),
    "at": ("startTime",),
    "user": ("user", "end_user"),
    "model": ("model_group", "model"),
    "kind": ("call_type",),
    "prompt_tokens": ("prompt_tokens",),
    "completion_tokens": ("completion_tokens",),
    "status": ("status",),
}


def _spent(table: CsvTable, row: CsvRow, name: str, fields: FieldMap) -> UsageRecord | RefusedRow:
    def cell(column: str) -> str:
        place = table.places.get(column)
        return "" if place is None else row.cells[place]

    def get(field: str) -> object:
        if field in fields.constants:
            return fields.constants[field]
        if field in fields.columns:
            return cell(fields.columns[field])
        found = next((value for column in _SPEND.get(field, ()) if (value := cell(column))), None)
        return ("embedding" if found and "embedding" in found else "inference") if field == "kind" else found

    return record(row.line, get, lambda: derive(name, "\x1f".join(row.cells).encode(), row.number))


def _own(payload: dict[str, object], field: str) -> object:
    match field:
        case "id":
            return _id(payload)
        case "at":
            return payload.get("startTime")
        case "user":
            return _first(payload, _USERS)
        case "model":
            return _first(payload, ("model_group", "model"))
        case "kind":
            return "embedding" if "embedding" in text(payload.get("call_type")) else "inference"
        case "cached_tokens":
            return dig(payload, _CACHED)
        case "latency_ms":
            seconds = payload.get("response_time")
            good = isinstance(seconds, (int, Decimal)) and 0 <= seconds < 10**9
            return int(seconds * 1000) if good and isinstance(seconds, (int, Decimal)) else None
        case _:
            return payload.get(field)


def _id(payload: dict[str, object]) -> str:
    call, answer, status = (text(payload.get(key)) for key in ("litellm_call_id", "id", "status"))
    return f"{call}|{answer}|{status}" if call or answer else ""


def _first(payload: dict[str, object], paths: tuple[str, ...]) -> object:
    """The first of the paths that says something."""
    return next((found for path in paths if not is_empty(found := dig(payload, path))), None)
