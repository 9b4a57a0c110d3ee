"""Every security bar of what is built has tests, and each of them exists (found by reading, not by running)."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.contracts.bars import BARS

TOP = Path(__file__).parents[2]
BUILT = {*range(1, 5), *range(9, 23), *range(24, 42), 43}
"""The bars that hold for sign-in, admin mode, reading, editing, imports, exports, audit and the command line."""


@cache
def _names(path: str) -> frozenset[str]:
    """The names of a file's tests, those in classes as Class::test."""
    file = TOP / path
    if not file.exists():
        return frozenset()
    found: set[str] = set()
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{each.name}" for each in node.body if _is_test(each)}
        elif _is_test(node):
            found.add(node.name)  # type: ignore[attr-defined]
    return frozenset(found)


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")


def test_every_bar_is_proved_by_something() -> None:
    assert set(BARS) == BUILT
    assert all(BARS.values())


@pytest.mark.parametrize("bar", sorted(BARS))
def test_the_tests_of_a_bar_exist(bar: int) -> None:
    missing = [each for each in BARS[bar] if each.partition("::")[2] not in _names(each.partition("::")[0])]
    assert missing == []
