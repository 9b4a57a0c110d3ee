"""Text in files that spreadsheets open: it must not become a formula, and come back equal (security.md, section 8)."""

import json

from sage_tui.domain.text import clean

_FORMULA = frozenset("=+-@\t\r\n\0＝＋－＠")
_PASSED = " \u00a0\u3000'\"‘’“”"
"""Spaces and quotes that a spreadsheet passes over before it looks."""


def is_formula(text: str) -> bool:
    """Is its first character after spaces and quotes one that starts a formula or a new cell?"""
    return text.lstrip(_PASSED)[:1] in _FORMULA


def guard(text: str) -> str:
    """The text with a `'` before it where it would be a formula."""
    return f"'{text}" if is_formula(text) else text


def unguard(text: str) -> str:
    """What `guard` was given: takes off exactly one `'`."""
    return text[1:] if text.startswith("'") and is_formula(text) else text


def cell(value: object) -> str | int:
    """A value in CSV: numbers as numbers, yes and no, text cleaned and guarded; what is not there is empty."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, int):
        return "" if value is None else value
    return guard(clean(value if isinstance(value, str) else json.dumps(value)))
