"""Foreign files as rows: CSV and JSON lines, streamed, every bad row told and none of the others lost."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.text import clean, half
from sage_tui.domain.usage import RefusedRow
from sage_tui.gateways.files import LINE_LIMIT, Input

TOO_LONG = f"is longer than {LINE_LIMIT // (1024 * 1024)} MiB"
NOT_UTF8 = "is not UTF-8"


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One record: the line it begins at, its number among the records (from 1), and its cells."""

    line: int
    number: int
    cells: Sequence[str]


class CsvTable:
    """A CSV file with a header line. Raises WrongUse where there is none, or a needed column is there twice."""

    def __init__(self, source: Input) -> None:
        self._source = source
        self._refused: list[RefusedRow] = []
        self._reader = csv.reader(self._texts(), strict=True)
        self.header = self._read_header()
        self.places = {name: place for place, name in enumerate(self.header)}

    def _texts(self) -> Iterator[str]:
        """Lines for the csv reader. What is not UTF-8 goes in as half characters and is found in its record."""
        for line in self._source.lines():
            if line.data is None:
                self._refused.append(RefusedRow(line.number, "line", TOO_LONG))
                yield "\n"
            else:
                yield line.data.decode("utf-8", "surrogateescape") + "\n"

    def _read_header(self) -> list[str]:
        try:
            header = [cell.strip() for cell in next(self._reader, [])]
        except csv.Error as error:
            raise WrongUse(f"{self._source.name}: line 1 is no header: {_csv_why(error)}") from error
        if not any(header):
            raise WrongUse(f"{self._source.name} is empty: a line with the columns' names is needed")
        if any(half(name) for name in header):
            raise WrongUse(f"{self._source.name}: line 1 {NOT_UTF8}", "Save it as UTF-8.")
        return header

    def need(self, columns: Sequence[str], repeated: Sequence[str]) -> None:
        """Every one of `columns` must be there, none of `repeated` twice. Raises WrongUse."""
        has = ", ".join(clean(name, limit=40) for name in self.header[:40])
        for name in columns:
            if name not in self.places:
                shown = clean(name, limit=60)
                raise WrongUse(f"{self._source.name} has no column {shown}", f"It has: {has}. Map columns with --map.")
        for name in repeated:
            if self.header.count(name) > 1:
                raise WrongUse(
                    f"{self._source.name} has the column {clean(name, limit=60)} twice", "Rename one of them."
                )

    def rows(self) -> Iterator[CsvRow | RefusedRow]:
        """All records after the header, in order; empty lines are passed over."""
        number = 0
        while True:
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader, None)
            except csv.Error as error:
                yield from self._take_refused()
                last = self._reader.line_num
                yield RefusedRow(line, "line", _csv_why(error) + (f" (to line {last})" if last > line else ""))
                number += 1
                continue
            yield from self._take_refused()
            if cells is None:
                return
            if cells:
                number += 1
                yield self._row(line, number, cells)

    def _row(self, line: int, number: int, cells: list[str]) -> CsvRow | RefusedRow:
        if any(half(cell) for cell in cells):
            return RefusedRow(line, "line", NOT_UTF8)
        if len(cells) != len(self.header):
            return RefusedRow(line, "line", f"has {len(cells)} cells where the header has {len(self.header)}")
        return CsvRow(line, number, cells)

    def _take_refused(self) -> list[RefusedRow]:
        taken, self._refused = self._refused, []
        return taken


def _csv_why(error: csv.Error) -> str:
    said = str(error)
    if "field larger" in said:
        return "has a cell of more than 131,072 characters"
    if "new-line" in said:
        return "has a carriage return where no line ends: save it with line ends LF or CRLF"
    return "has quotes that are not closed" if "unexpected end" in said else "has text after closing quotes"


@dataclass(frozen=True, slots=True)
class JsonRow:
    """One line's object: `raw` is the line as it stands."""

    line: int
    number: int
    value: dict[str, object]
    raw: bytes


def json_rows(source: Input) -> Iterator[JsonRow | RefusedRow]:
    """Every line's object, or every object of a line's array; empty lines are passed over. Fractions are Decimal."""
    number = 0
    for line in source.lines():
        if line.data is None:
            number += 1
            yield RefusedRow(line.number, "line", TOO_LONG)
        elif line.data.strip():
            for row in _json_line(line.number, line.data.strip(), number):
                number += 1
                yield row


def _json_line(at: int, raw: bytes, number: int) -> Iterator[JsonRow | RefusedRow]:
    try:
        found = parse_json(raw)
    except WrongUse as error:
        yield RefusedRow(at, "line", error.message)
        return
    for place, value in enumerate(found if isinstance(found, list) else [found], number + 1):
        if isinstance(value, dict):
            yield JsonRow(at, place, value, raw)
        else:
            yield RefusedRow(at, "line", "is not a JSON object")


def parse_json(data: bytes) -> object:
    """JSON in strict UTF-8. Raises WrongUse saying what is wrong and where."""
    try:
        return json.loads(data.decode("utf-8"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        raise WrongUse(f"{NOT_UTF8} at byte {error.start + 1}") from error
    except json.JSONDecodeError as error:
        raise WrongUse(f"is not JSON from character {error.pos + 1} on") from error
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise WrongUse("is not JSON that can be read: a number too long or nested too deep") from error


def dig(value: object, path: str) -> object:
    """The value at a path with dots (`metadata.user.id`), None where there is none; a key with dots in it wins."""
    if isinstance(value, dict) and path in value:
        return value[path]
    for part in path.split("."):
        if isinstance(value, list) and part.isascii() and part.isdigit() and int(part[:9]) < len(value):
            value = value[int(part[:9])]
        elif isinstance(value, dict):
            value = value.get(part)
        else:
            return None
    return value
