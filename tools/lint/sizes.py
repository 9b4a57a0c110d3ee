"""Sizes (house.md, "Size and taste"): files of at most 500 lines, few over 300, short functions."""

import ast
from collections.abc import Iterator, Sequence

from tools.lint.base import Finding, Source

LONGEST = 500
LONG = 300
LONG_SHARE = 0.08
FUNCTION_P90 = 30


def sizes(sources: Sequence[Source], folder: str) -> Iterator[Finding]:
    """Findings about the Python files of one folder, taken together."""
    files = [source for source in sources if source.python and source.within(folder)]
    lengths = {source: len(source.text.splitlines()) for source in files}
    for source, length in lengths.items():
        if length > LONGEST:
            yield Finding(str(source.path), LONGEST + 1, f"{length} lines: no file is longer than {LONGEST}")
    long = sorted((source for source in files if lengths[source] > LONG), key=lambda s: -lengths[s])
    allowed = int(len(files) * LONG_SHARE)
    if len(long) > allowed:
        names = ", ".join(f"{source.path} ({lengths[source]})" for source in long)
        yield Finding(folder, 0, f"{len(long)} of {len(files)} files have over {LONG} lines, {allowed} may: {names}")


def function_lengths(sources: Sequence[Source], folder: str) -> Iterator[Finding]:
    """The 90th percentile of the functions' lengths in a folder, docstrings not counted."""
    lengths = sorted(
        length for source in sources if source.python and source.within(folder) for length in _functions(source.tree)
    )
    if lengths and (p90 := lengths[int(len(lengths) * 0.9) - (len(lengths) >= 10)]) > FUNCTION_P90:
        yield Finding(folder, 0, f"functions have {p90} lines at the 90th percentile, {FUNCTION_P90} is the measure")


def _functions(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[0]
            told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            text = (first.end_lineno or first.lineno) - first.lineno + 1 if told else 0
            yield (node.end_lineno or node.lineno) - node.lineno + 1 - text
