"""OpenAI's usage API: pages of buckets, as JSON (one page, a list of buckets, or a bucket a line).

These are sums by bucket and grouping, not calls: charge them only where nothing better is there. The id is
the bucket and its grouping, so that the same bucket read again with other sums is told, not charged.
"""

from collections.abc import Iterator

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.usage import RefusedRow, UsageRecord
from sage_tui.gateways.files import Input
from sage_tui.gateways.mapping import FieldMap
from sage_tui.gateways.records import record
from sage_tui.gateways.rows import parse_json
from sage_tui.gateways.values import is_empty, text

_GROUPING = ("project_id", "user_id", "api_key_id", "model", "batch")
_NAMES = {
    "prompt_tokens": "input_tokens",
    "completion_tokens": "output_tokens",
    "cached_tokens": "input_cached_tokens",
    "model": "model",
}


def read(source: Input, name: str, fields: FieldMap) -> Iterator[UsageRecord | RefusedRow]:
    """Records of a usage report, numbered by bucket result. Raises WrongUse where it is none."""
    number = 0
    for bucket in _buckets(source):
        results = bucket.get("results")
        for result in results if isinstance(results, list) else [bucket]:
            number += 1
            if not isinstance(result, dict):
                yield RefusedRow(number, "line", "is not a result of a bucket")
            elif not is_empty(result.get("input_tokens")) or not is_empty(result.get("output_tokens")):
                yield _record(number, bucket, result, fields)


def _buckets(source: Input) -> Iterator[dict[str, object]]:
    data = source.whole()
    try:
        found = parse_json(data)
    except WrongUse:
        found = [_line(source.name, at, line) for at, line in enumerate(data.splitlines(), 1) if line.strip()]
    if isinstance(found, dict):
        found = found.get("data", [found])
    if not isinstance(found, list) or not all(isinstance(bucket, dict) for bucket in found):
        raise WrongUse(f"{source.name} is not a usage report", "Give the answer of OpenAI's usage API as it came.")
    yield from found


def _line(name: str, at: int, line: bytes) -> object:
    try:
        return parse_json(line)
    except WrongUse as error:
        raise WrongUse(
            f"{name}: line {at} {error.message}", "Give the answer of OpenAI's usage API as it came."
        ) from error


def _record(
    number: int, bucket: dict[str, object], result: dict[str, object], fields: FieldMap
) -> UsageRecord | RefusedRow:
    def get(field: str) -> object:
        if field in fields.constants:
            return fields.constants[field]
        if field in fields.columns:
            return result.get(fields.columns[field])
        if field == "at":
            return bucket.get("start_time")
        if field == "user":
            return next((result[key] for key in ("user_id", "api_key_id", "project_id") if result.get(key)), None)
        if field == "kind":
            return "embedding" if "embedding" in text(result.get("object")) else "inference"
        if field == "completion_tokens":
            return result.get("output_tokens") or 0
        if field == "id":
            parts = [text(bucket.get("start_time")), *(f"{key}={text(result.get(key))}" for key in _GROUPING)]
            return "|".join((text(result.get("object")), *parts))
        return result.get(_NAMES[field]) if field in _NAMES else None

    return record(number, get, lambda: "")
