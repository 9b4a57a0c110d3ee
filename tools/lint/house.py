"""Rules that one look at a file decides."""

import ast
import re
import sys
from collections.abc import Iterator

from tools.lint.base import Finding, Source, dotted, imported

PRODUCT = "src/sage_tui"
WALL_CLOCK = re.compile(
    r"(^|\.)(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns|localtime|gmtime|ctime))$"
)
PLACES = re.compile(
    r"/(?:work|root)/|/home/(?!you\b|ada\b|sage\b)[a-z]|(?:extra-)?index-url|pypi\.org/simple|find-links|[a-z0-9.-]+/(?:artifactory|nexus)/"
)
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError|not yet implemented|coming soon")


def sqlmodel_only_in_store(source: Source) -> Iterator[Finding]:
    """SQLModel costs 380 to 830 ms at import: it lives in the store, and the first screen does without."""
    if not source.python or not source.within(PRODUCT) or source.within(f"{PRODUCT}/store"):
        return
    for line, module in imported(source.tree):
        if module.split(".")[0] == "sqlmodel" and module.count(".") == 0:
            yield Finding(str(source.path), line, "SQLModel is imported outside store/")


def no_call_from_thread(source: Source) -> Iterator[Finding]:
    """It raises after exit: workers post messages."""
    if source.python and source.within(PRODUCT):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Attribute) and node.attr == "call_from_thread":
                yield Finding(str(source.path), node.lineno, "call_from_thread: post a message instead")


def no_default_css(source: Source) -> Iterator[Finding]:
    """Looks live in .tcss files."""
    if source.python and source.within(PRODUCT):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Name) and node.id == "DEFAULT_CSS":
                yield Finding(str(source.path), node.lineno, "DEFAULT_CSS: put it into a .tcss file")


def one_clock(source: Source) -> Iterator[Finding]:
    """Only clock.py asks the wall clock, so that tests and the demo can stand still."""
    if not source.python or not source.within(PRODUCT) or source.path.name == "clock.py":
        return
    names = {"time", "time_ns", "localtime", "gmtime", "ctime"}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and WALL_CLOCK.search(dotted(node)):
            yield Finding(str(source.path), node.lineno, f"{dotted(node)}: ask the clock of the context")
        elif isinstance(node, ast.ImportFrom) and node.module == "time" and names & {a.name for a in node.names}:
            yield Finding(str(source.path), node.lineno, "the wall clock is imported: ask the clock of the context")


def domain_is_plain(source: Source) -> Iterator[Finding]:
    """The domain imports the standard library and itself, so that a screen can be drawn at once."""
    if not source.python or not source.within(f"{PRODUCT}/domain"):
        return
    for line, module in imported(source.tree):
        if module.split(".")[0] not in sys.stdlib_module_names and not module.startswith("sage_tui"):
            yield Finding(str(source.path), line, f"{module}: the domain imports the standard library only")
        elif module.startswith("sage_tui") and not module.startswith("sage_tui.domain") and module != "sage_tui":
            yield Finding(str(source.path), line, f"{module}: the domain imports nothing of the layers above")


def no_places(source: Source) -> Iterator[Finding]:
    """No folder of somebody's machine and no address of a package registry in a tracked file."""
    if source.path.suffix == ".svg" or source.within("tools/lint/house.py"):
        return
    for number, line in enumerate(source.text.splitlines(), 1):
        if found := PLACES.search(line):
            yield Finding(str(source.path), number, f"{found.group()}: a place of one machine or a registry")


def nothing_unfinished(source: Source) -> Iterator[Finding]:
    """What is not done is said in the issue, not left in the code."""
    if not source.python or not source.within(PRODUCT):
        return
    for number, line in enumerate(source.text.splitlines(), 1):
        if found := UNFINISHED.search(line):
            yield Finding(str(source.path), number, f"{found.group()}: finish it, or say so in the issue")


RULES = (
    sqlmodel_only_in_store,
    no_call_from_thread,
    no_default_css,
    one_clock,
    domain_is_plain,
    no_places,
    nothing_unfinished,
)
