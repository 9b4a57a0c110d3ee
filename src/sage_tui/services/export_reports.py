"""A report into a file: rows in CSV or JSON lines, or a workbook with a sheet for each section."""

import io
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sage_tui.clock import to_datetime
from sage_tui.domain import report_shapes
from sage_tui.domain.cells import cell
from sage_tui.domain.exports import Export
from sage_tui.domain.reports import period_span
from sage_tui.domain.spans import Span
from sage_tui.services import exports, reports
from sage_tui.store.transaction import Tx

Row = dict[str, Any]


def span(tx: Tx, command: Export) -> Span:
    """A step: the days that it is about: the last whole week or month, or the one in which the days begin."""
    return period_span(command.period, tx.now, _first(command))


def _first(command: Export) -> int | None:
    return None if command.span is None else command.span.first


def parts(tx: Tx, command: Export) -> Iterator[tuple[int, bytes]]:
    """A step: all of it at once: a report is a page or two."""
    found = reports.made(tx, command.period, command.organization_id, _first(command))
    rows = list(report_shapes.rows(found))
    if command.format == "xlsx":
        yield len(rows), _workbook(rows, found.as_of)
    else:
        yield len(rows), exports.written(rows, command.format, header=True)


def _workbook(rows: Sequence[Row], as_of: int) -> bytes:
    """One sheet a section, with the columns that it has. Text is guarded as in CSV: no cell is a formula."""
    from openpyxl import Workbook  # a third of a second, for those who want a workbook

    book = Workbook(write_only=True)
    book.properties.created = to_datetime(as_of).replace(tzinfo=None)
    book.properties.creator = "sage-tui"
    for section, some in groupby(rows, lambda row: str(row["section"])):
        held = list(some)
        columns = [name for name in report_shapes.COLUMNS[1:] if any(row[name] is not None for row in held)]
        sheet = book.create_sheet(section)
        sheet.append(columns)
        for row in held:
            sheet.append([cell(row[name]) for name in columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
