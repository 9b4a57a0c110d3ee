"""Rows out of files: whatever a writer put in comes out whole, whatever the line ends."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain.usage import RefusedRow
from sage_tui.gateways.files import Input
from sage_tui.gateways.rows import CsvRow, CsvTable, JsonRow, dig, json_rows, parse_json
from tests.gateways.reading import read

CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
RECORDS = st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6)


def opened(data: bytes) -> Input:
    """Bytes as an input."""
    return Input(io.BytesIO(data), "sample", len(data))  # type: ignore[arg-type]


def rows(data: bytes) -> list[CsvRow | RefusedRow]:
    return list(CsvTable(opened(data)).rows())


@given(RECORDS, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
def test_csv_comes_out_as_it_went_in(records: list[list[str]], end: str, mark: bool, quoted: bool) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    writer.writerows([["a", "b", "c"], *records])
    found = rows((b"\xef\xbb\xbf" if mark else b"") + out.getvalue().encode())
    assert [list(row.cells) for row in found if isinstance(row, CsvRow)] == records
    assert [row.number for row in found if isinstance(row, CsvRow)] == list(range(1, len(records) + 1))


@given(
    st.lists(st.dictionaries(CELLS, st.integers() | CELLS | st.none(), max_size=4), max_size=6),
    st.sampled_from([b"\n", b"\r\n"]),
)
def test_json_lines_come_out_as_they_went_in(objects: list[dict[str, object]], end: bytes) -> None:
    data = end.join(json.dumps(each, ensure_ascii=False).encode() for each in objects)
    found = list(json_rows(opened(data)))
    assert [row.value for row in found if isinstance(row, JsonRow)] == objects
    assert [row.line for row in found] == list(range(1, len(objects) + 1))


def test_rows_know_the_line_they_begin_at() -> None:
    found = rows(b'a,b\n"x\ny",1\n\nz,2\n')
    assert [row.line for row in found if isinstance(row, CsvRow)] == [2, 5]


@pytest.mark.parametrize("data", [b"a,b\r1,2\r", b"a,b\n1,2\r3,4\n"])
def test_line_ends_of_old_are_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "old.csv"
    path.write_bytes(b"at,prompt_tokens\n" + data)
    _, refused = read(path)
    assert any("carriage return" in row.why or "cells" in row.why for row in refused)


def test_paths_reach_into_objects_and_lists() -> None:
    value = {"a": {"b": [{"c": 1}, {"c": 2}]}, "a.b": 3, "n": None}
    assert dig(value, "a.b") == 3
    assert dig({"a": value["a"]}, "a.b.1.c") == 2
    for path in ("a.x", "n.x", "a.b.9.c", "a.b.x", "", "z"):
        assert dig({"a": value["a"], "n": None}, path) is None


def test_fractions_are_exact() -> None:
    from decimal import Decimal

    assert parse_json(b"[1795426042.874191, 1, 1e3]") == [Decimal("1795426042.874191"), 1, Decimal("1e3")]
