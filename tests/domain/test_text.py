"""Foreign text: cleaned on the way out, checked on the way in, machine text kept whole."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain import text
from sage_tui.domain.errors import FieldError

ANY = st.text(st.characters(codec=None), max_size=60)


@given(ANY, st.booleans())
def test_clean_lets_nothing_invisible_through(foreign: str, multiline: bool) -> None:
    shown = text.clean(foreign, multiline=multiline)
    for ch in shown:
        allowed = ch == "\n" and multiline
        assert allowed or unicodedata.category(ch) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        assert ch not in text.BLANK
    assert text.clean(shown, multiline=multiline) == shown


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred", "␛[31mred"),
        ("del\x7f", "del␡"),
        ("a\tb\u00a0c", "a b c"),
        ("line\nend", "line␊end"),
        ("\u202eevil", "\ufffdevil"),
        ("a\u200bb", "a\ufffdb"),
        ("\ud800", "\ufffd"),
        ("\u3164", "\ufffd"),
        ("e\u0301", "e\u0301"),
        ("\ufe0f", "\ufffd" if 0xFE00 <= 0xFE0F <= 0xFE0E else "\ufe0f"),
    ],
)
def test_clean_shows_what_was_there(foreign: str, shown: str) -> None:
    assert text.clean(foreign) == shown


def test_clean_stops_piled_marks_and_long_text() -> None:
    assert text.clean("e" + "\u0301" * 200).count("\u0301") == 4
    assert text.clean("x" * 10_000, limit=20) == "x" * 20 + "…"
    assert text.clean("a\nb", multiline=True) == "a\nb"


@pytest.mark.parametrize(
    ("foreign", "why"),
    [
        ("a\x00b", "NUL"),
        ("\x1b]52;", "escape"),
        ("a\tb", "tab"),
        ("a\nb", "line end"),
        ("\ud800", "half"),
        ("\x9b", "U+009B"),
    ],
)
def test_accept_names_the_field_and_the_reason(foreign: str, why: str) -> None:
    with pytest.raises(FieldError) as refused:
        text.accept("first_name", foreign, 50)
    assert refused.value.field == "first_name"
    assert why in refused.value.message
    assert "\x1b" not in refused.value.message


def test_accept_normalises_and_bounds() -> None:
    assert text.accept("name", "e\u0301", 1) == "é"
    assert text.accept("note", "a\r\nb\rc", 10, multiline=True) == "a\nb\nc"
    with pytest.raises(FieldError, match="at most 3"):
        text.accept("name", "four", 3)
    with pytest.raises(FieldError, match="at most 3"):
        text.accept("name", "x" * 10_000_000, 3)


@given(ANY)
def test_escape_is_reversible_and_storable(foreign: str) -> None:
    stored = text.escape(foreign)
    assert text.unescape(stored) == foreign
    assert "\x00" not in stored
    stored.encode("utf-8")


@given(ANY, ANY)
def test_identities_stay_apart(one: str, other: str) -> None:
    assert (text.identity(one) == text.identity(other)) == (one == other or {one, other} == {"", text.NOBODY})


@given(ANY.map(lambda s: s * 40))
def test_what_is_stored_can_be_typed_back(foreign: str) -> None:
    stored = text.identity(foreign)
    assert len(stored) <= text.IDENTITY_LIMIT
    assert text.identity(text.unescape(stored)) == stored


def test_long_identities_are_bounded_and_apart() -> None:
    one, other = text.identity("x" * 5_000 + "1"), text.identity("x" * 5_000 + "2")
    assert one != other
    assert len(one) <= text.IDENTITY_LIMIT
    assert text.identity("") == "(none)"
    assert text.machine("") == ""
