"""Any CSV with a header line: columns named as our fields, or mapped."""

from collections.abc import Iterator

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.usage import RefusedRow, UsageRecord
from sage_tui.gateways import ours
from sage_tui.gateways.files import Input
from sage_tui.gateways.mapping import USAGE_FIELDS, FieldMap
from sage_tui.gateways.records import derive, record
from sage_tui.gateways.rows import CsvRow, CsvTable


def read(source: Input, name: str, fields: FieldMap) -> Iterator[UsageRecord | RefusedRow]:
    """Records of a CSV file, also of our own export. `name` is the source's name.

    Raises WrongUse for a missing or repeated column.
    """
    table = CsvTable(source)
    if ours.is_ours(table.places, fields):
        table.need([], table.header)
        for row in table.rows():
            yield row if isinstance(row, RefusedRow) else _ours(row, table.places)
        return
    columns = [fields.column(field) for field in USAGE_FIELDS if field not in fields.constants]
    table.need(list(fields.columns.values()), columns)
    _need_fields(table, fields)
    places = {field: table.places.get(fields.column(field)) for field in USAGE_FIELDS}
    for row in table.rows():
        yield row if isinstance(row, RefusedRow) else _record(row, name, places, fields)


def _ours(row: CsvRow, places: dict[str, int]) -> UsageRecord | RefusedRow:
    def get(column: str) -> object:
        return row.cells[places[column]] if column in places else None

    return ours.usage(row.line, get, guarded=True)


def _need_fields(table: CsvTable, fields: FieldMap) -> None:
    """The time and one of the token counts must come from somewhere."""
    given = {field for field in USAGE_FIELDS if field in fields.constants or fields.column(field) in table.places}
    if "at" not in given:
        table.need([fields.column("at")], [])
    if not given & {"prompt_tokens", "completion_tokens"}:
        raise WrongUse(
            "no column gives prompt_tokens or completion_tokens",
            "Map them: --map prompt_tokens=COLUMN,completion_tokens=COLUMN.",
        )


def _record(row: CsvRow, name: str, places: dict[str, int | None], fields: FieldMap) -> UsageRecord | RefusedRow:
    def get(field: str) -> object:
        if field in fields.constants:
            return fields.constants[field]
        place = places[field]
        if place is None:
            return "0" if field.endswith("_tokens") else None
        return row.cells[place]

    def derived() -> str:
        return derive(name, "\x1f".join(row.cells).encode(), row.number)

    return record(row.line, get, derived)
