"""Results on standard output, everything else on standard error; foreign text only cleaned."""

import csv
import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sage_tui.cli.state import current
from sage_tui.domain.amounts import full
from sage_tui.domain.cells import cell
from sage_tui.domain.shapes import flat
from sage_tui.domain.text import clean

CELL = 60
"""Cells of a column in a table for people: what is longer is cut."""


@dataclass(frozen=True, slots=True)
class Col:
    """A column of a table for people: its title, the key of the JSON that it shows, numbers at the right."""

    title: str
    key: str
    right: bool = False


def say(*lines: str) -> None:
    """A note for people on standard error; silent with --quiet."""
    if not current().quiet:
        for line in lines:
            print(clean(line), file=sys.stderr)


def write(text: str) -> None:
    """A line of the result."""
    print(text)


def answer(result: Mapping[str, Any], *lines: str) -> None:
    """A result: as JSON with --json, else the lines for people."""
    if current().json:
        write(dumped(result))
    elif current().csv:
        _csv_rows([flat(result)])
    else:
        for line in lines:
            write(clean(line))


def listing(noun: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[Col], **more: Any) -> None:
    """A list: an object with the rows under their noun, CSV, or a table."""
    if current().json:
        write(dumped({noun: list(rows), **more}))
    elif current().csv:
        _csv_rows([flat(row) for row in rows])
    else:
        table(rows, columns)
        if more.get("next"):
            say(f"{len(rows):,} of {more['total']:,}; go on with --cursor {more['next']}")


def dumped(result: Mapping[str, Any]) -> str:
    """JSON that any terminal takes."""
    return json.dumps(result, ensure_ascii=True, allow_nan=False)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Col]) -> None:
    """Columns under their titles, as wide as they must be."""
    cut = [flat(row) for row in rows]
    texts = [[shown(row.get(col.key)) for col in columns] for row in cut]
    widths = [max([cells(col.title), *(cells(line[at]) for line in texts)]) for at, col in enumerate(columns)]
    for line in [[col.title for col in columns], *texts]:
        padded = (_pad(text, width, col.right) for text, width, col in zip(line, widths, columns, strict=True))
        write("  ".join(padded).rstrip())


def shown(value: object) -> str:
    """A value in a table: whole numbers with commas, yes and no, cleaned text."""
    if value is None:
        return "·"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return full(value) if isinstance(value, int) else clean(str(value), limit=CELL)


def cells(text: str) -> int:
    """How many terminal cells a cleaned text takes."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(ch) in "WF" for ch in text)
    marks = sum(unicodedata.category(ch) in ("Mn", "Me") for ch in text)
    return len(text) + wide - marks


def _pad(text: str, width: int, right: bool) -> str:
    room = " " * (width - cells(text))
    return room + text if right else text + room


def _csv_rows(rows: Iterable[Mapping[str, Any]]) -> None:
    out = csv.writer(sys.stdout, lineterminator="\n")
    header: list[str] | None = None
    for row in rows:
        if header is None:
            header = list(row)
            out.writerow(header)
        out.writerow([cell(row.get(name)) for name in header])
