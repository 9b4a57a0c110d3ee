"""Lists of people in CSV: columns named as our fields, or mapped."""

from sage_tui.domain.cells import unguard
from sage_tui.domain.usage import RefusedRow
from sage_tui.gateways.files import Input
from sage_tui.gateways.mapping import USER_FIELDS, FieldMap
from sage_tui.gateways.ours import PEOPLE
from sage_tui.gateways.rows import CsvTable

Line = tuple[int, dict[str, str]]


def read(source: Input, fields: FieldMap) -> list[Line | RefusedRow]:
    """All lines with their cells by field. Raises WrongUse for a missing or repeated column."""
    table = CsvTable(source)
    columns = [fields.column(field) for field in USER_FIELDS if field not in fields.constants]
    needed = [] if "email" in fields.constants else [fields.column("email")]
    table.need([*needed, *fields.columns.values()], columns)
    places = {
        field: table.places[fields.column(field)] for field in USER_FIELDS if fields.column(field) in table.places
    }
    for field, column in PEOPLE.items():  # as our own export calls them
        if field not in places and field not in fields.constants and column in table.places:
            places[field] = table.places[column]
    lines: list[Line | RefusedRow] = []
    for row in table.rows():
        if isinstance(row, RefusedRow):
            lines.append(row)
        else:
            cells = {field: unguard(row.cells[place]) for field, place in places.items()}
            lines.append((row.line, cells | dict(fields.constants)))
    return lines
