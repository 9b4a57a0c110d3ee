"""Any JSON lines: keys named as our fields, or mapped (paths with dots)."""

from collections.abc import Iterator

from sage_tui.domain.usage import RefusedRow, UsageRecord
from sage_tui.gateways import ours
from sage_tui.gateways.files import Input
from sage_tui.gateways.mapping import FieldMap
from sage_tui.gateways.records import derive, record
from sage_tui.gateways.rows import JsonRow, dig, json_rows


def read(source: Input, name: str, fields: FieldMap) -> Iterator[UsageRecord | RefusedRow]:
    """Records of a file with one JSON object a line. `name` is the source's name."""
    for row in json_rows(source):
        yield row if isinstance(row, RefusedRow) else _record(row, name, fields)


def _record(row: JsonRow, name: str, fields: FieldMap) -> UsageRecord | RefusedRow:
    if ours.is_ours(row.value, fields):
        return ours.usage(row.line, row.value.get, guarded=False)

    def get(field: str) -> object:
        if field in fields.constants:
            return fields.constants[field]
        return dig(row.value, fields.column(field))

    return record(row.line, get, lambda: derive(name, row.raw, row.number))
