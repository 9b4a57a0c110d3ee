"""Cursors and sorts as they are typed and copied: what the program made comes back, anything else is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sage_tui.domain.errors import WrongUse
from sage_tui.domain.paging import Count, Sort, cursor, parse_cursor

VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=40)


@given(st.lists(VALUES, min_size=1, max_size=5))
def test_a_cursor_comes_back_as_it_was(values: list[int | str | None]) -> None:
    text = cursor(tuple(values))
    assert parse_cursor(text) == tuple(values)
    assert text.isascii()
    assert not set(text) & set(" \"'$&=/+")


@given(st.text(max_size=60))
def test_any_text_is_a_key_or_wrong_use(text: str) -> None:
    try:
        key = parse_cursor(text)
    except WrongUse:
        return
    assert key
    assert all(value is None or isinstance(value, int | str) for value in key)


@pytest.mark.parametrize("values", [[], {}, [[]], [1.5], [True], {"a": 1}, "text", 5, None])
def test_what_json_holds_and_no_key_does_is_refused(values: object) -> None:
    with pytest.raises(WrongUse, match="not one of ours"):
        parse_cursor(cursor(values) if isinstance(values, list) else _encoded(values))


def _encoded(values: object) -> str:
    import base64
    import json

    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("used", Sort("used")),
        ("used:asc", Sort("used")),
        ("used:desc", Sort("used", True)),
        ("", Sort("")),
    ],
)
def test_sorts(text: str, sort: Sort) -> None:
    assert Sort.parse(text) == sort


@pytest.mark.parametrize("text", ["used:down", "used:desc:asc", "used:DESC", ":x"])
def test_no_direction(text: str) -> None:
    with pytest.raises(WrongUse, match="not a direction"):
        Sort.parse(text)


def test_a_count_that_was_cut_says_so() -> None:
    assert (str(Count(1_234_567)), str(Count(10_000, exact=False))) == ("1,234,567", "10,000+")
