"""What every rule sees of a file, and what it answers."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath


@dataclass(frozen=True)
class Source:
    """A tracked text file: its path from the top of the repository, and its text."""

    path: PurePosixPath
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file as Python. Raises SyntaxError."""
        return ast.parse(self.text, str(self.path))

    @property
    def python(self) -> bool:
        return self.path.suffix == ".py"

    def within(self, folder: str) -> bool:
        """Is the file this one, or does it lie in this folder?"""
        return self.path == PurePosixPath(folder) or PurePosixPath(folder) in self.path.parents


@dataclass(frozen=True, order=True)
class Finding:
    """One breach of a rule."""

    path: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.why}"


Rule = Callable[[Source], Iterator[Finding]]


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every module that a file imports, with its line; `from a import b` gives both `a` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def dotted(node: ast.expr) -> str:
    """`a.b.c` of a name or attribute; a call in front counts as nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return ""
