"""Cells of files that spreadsheets open: neutral, and equal when they come back."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain.cells import cell, guard, is_formula, unguard

DANGEROUS = ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"]


@pytest.mark.parametrize("first", DANGEROUS)
@pytest.mark.parametrize("before", ["", " ", "'", '"', " '", "\u00a0", "''"])
def test_every_dangerous_beginning_is_guarded(first: str, before: str) -> None:
    assert guard(f"{before}{first}1") == f"'{before}{first}1"


@pytest.mark.parametrize("text", ["", "plain", "'plain", "1-1", "a=b", "'", " ", '"quoted"'])
def test_other_text_stays(text: str) -> None:
    assert guard(text) == text
    assert unguard(text) == text


@given(st.text(max_size=20) | st.text("'\" =+-@a", max_size=8))
def test_what_was_guarded_comes_back_equal(text: str) -> None:
    assert unguard(guard(text)) == text
    assert not is_formula(text) or guard(text).startswith("'")


@given(st.text(max_size=30))
def test_a_cell_survives_the_file(text: str) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([cell(text), "end"])
    (row,) = csv.reader(io.StringIO(out.getvalue()))
    assert row == [cell(text), "end"]


def test_numbers_are_numbers_and_flags_are_words() -> None:
    assert [cell(value) for value in (5, -5, None, True, False, ["a"])] == [5, -5, "", "yes", "no", '["a"]']
    assert cell("\x1b[31m=1") == "␛[31m=1"
