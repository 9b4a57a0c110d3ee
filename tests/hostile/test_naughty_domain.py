"""Every naughty string through the domain's words: taken whole, shown safe, or refused with its field."""

import unicodedata
from collections.abc import Callable

import pytest

from sage_tui.domain import amounts, emails, months, text
from sage_tui.domain.cells import cell, unguard
from sage_tui.domain.errors import FieldError, QueryError, SageError
from sage_tui.domain.queries import Has, Query, Word, write
from sage_tui.domain.queries_fields import USERS
from sage_tui.domain.queries_parse import parse
from tests.hostile.strings import BIG, naughty

STRINGS = naughty()


def safe(shown: str) -> bool:
    return all(unicodedata.category(ch) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for ch in shown)


@pytest.mark.skipif(not BIG.exists(), reason="the big list is not beside the project")
def test_the_big_list_is_whole() -> None:
    assert len(STRINGS) > 500


def test_cleaned_they_are_safe() -> None:
    assert all(safe(text.clean(string)) for string in STRINGS)
    assert all(safe(text.clean(string, multiline=True).replace("\n", "")) for string in STRINGS)


def tried(read: Callable[[str], object], string: str) -> tuple[object, SageError | None]:
    """What reading gives, or the refusal."""
    try:
        return read(string), None
    except SageError as refused:
        return None, refused


def test_as_names_they_are_taken_or_refused_with_the_field() -> None:
    answers = [(string, *tried(lambda s: text.accept("first_name", s, 100), string)) for string in STRINGS]
    for string, name, refused in answers:
        if refused is None:
            assert name == unicodedata.normalize("NFC", string)
        else:
            assert isinstance(refused, FieldError)
            assert refused.field == "first_name"
            assert safe(refused.message)
    assert sum(refused is None for _, _, refused in answers) > len(STRINGS) // 2


def test_as_identities_they_are_kept_whole_and_apart() -> None:
    stored = [text.identity(string) for string in STRINGS]
    assert len(set(stored)) == len(STRINGS)
    for string, one in zip(STRINGS, stored, strict=True):
        one.encode()
        assert "\x00" not in one
        assert len(one) > 200 or one == text.NOBODY or text.unescape(one) == string


def test_as_filters_they_are_read_or_refused_at_a_column() -> None:
    for string in STRINGS:
        query, refused = tried(lambda s: parse(s, USERS), string)
        if isinstance(query, Query):
            assert parse(write(query), USERS) == query
        else:
            assert isinstance(refused, QueryError)
            assert 0 <= refused.column <= len(string)
            assert safe(refused.message)


def test_quoted_they_are_words_of_a_filter() -> None:
    for string in STRINGS:
        plain = unicodedata.normalize("NFC", string)
        if plain and len(plain) < 400 and not any(unicodedata.category(ch) in ("Cc", "Cs") for ch in plain):
            query = Query((Word(plain), Has("dept", plain, True), Has("name", plain, negated=True)))
            assert parse(write(query), USERS) == query


def test_as_cells_they_are_neutral() -> None:
    for string in STRINGS:
        shown = cell(string)
        assert isinstance(shown, str)
        assert safe(shown)
        assert unguard(shown) == text.clean(string)


@pytest.mark.parametrize("read", [amounts.parse, months.parse_exact, emails.parse])
def test_as_amounts_times_and_addresses_they_are_answered_by_our_errors_only(read: Callable[[str], object]) -> None:
    refusals = [refused for _, refused in (tried(read, string) for string in STRINGS) if refused is not None]
    assert len(refusals) > len(STRINGS) // 2
    assert all(safe(refused.message) for refused in refusals)
