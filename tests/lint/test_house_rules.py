"""Each house rule finds the fault that is planted for it, and leaves the honest line alone."""

from pathlib import PurePosixPath

import pytest

from tools.lint import house, sizes
from tools.lint.__main__ import findings, tracked
from tools.lint.base import Rule, Source

SERVICES = "src/sage_tui/services/users.py"
TUI = "src/sage_tui/tui/app.py"
DOMAIN = "src/sage_tui/domain/users.py"


def source(text: str, path: str = SERVICES) -> Source:
    return Source(PurePosixPath(path), text)


PLANTED = [
    (house.sqlmodel_only_in_store, SERVICES, "from sqlmodel import Session"),
    (house.sqlmodel_only_in_store, TUI, "import sqlmodel"),
    (house.no_call_from_thread, TUI, "self.app.call_from_thread(self.show, rows)"),
    (house.no_default_css, TUI, "class A:\n    DEFAULT_CSS = 'A { color: red; }'"),
    (house.no_default_css, TUI, "class A:\n    DEFAULT_CSS: str = ''"),
    (house.one_clock, SERVICES, "from datetime import datetime\nx = datetime.now(UTC)"),
    (house.one_clock, SERVICES, "import datetime\nx = datetime.datetime.utcnow()"),
    (house.one_clock, SERVICES, "import datetime as d\nx = d.date.today()"),
    (house.one_clock, SERVICES, "import time\nx = time.time()"),
    (house.one_clock, SERVICES, "from time import time_ns"),
    (house.domain_is_plain, DOMAIN, "import pyotp"),
    (house.domain_is_plain, DOMAIN, "from sage_tui.store import engine"),
    (house.domain_is_plain, DOMAIN, "from sage_tui import clock"),
    (house.no_places, "docs/operators.md", "cd /wo" + "rk/main"),
    (house.no_places, "Makefile", "pip install --index" + "-url https://example.org"),
    (house.nothing_unfinished, SERVICES, "# TO" + "DO: later"),
    (house.nothing_unfinished, SERVICES, "raise NotImplemented" + "Error"),
]

HONEST = [
    (house.sqlmodel_only_in_store, "src/sage_tui/store/tables/user.py", "from sqlmodel import SQLModel"),
    (house.no_call_from_thread, TUI, "self.post_message(self.Arrived(rows))"),
    (house.no_default_css, TUI, "CSS_PATH = 'styles/app.tcss'"),
    (house.one_clock, "src/sage_tui/clock.py", "import time\nx = time.time_ns()"),
    (house.one_clock, SERVICES, "import time\nx = time.monotonic()\ny = ctx.clock.now()\nz = row.time"),
    (
        house.domain_is_plain,
        DOMAIN,
        "import json\nfrom sage_tui.domain import text\nfrom sage_tui.domain.units import Kind",
    ),
    (house.no_places, "docs/operators.md", "the files lie in /home/you/.local/share, or in /opt/sage"),
    (house.nothing_unfinished, SERVICES, "# the list of things to do is the caller's"),
]


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_a_planted_fault_is_found(rule: Rule, path: str, text: str) -> None:
    assert list(rule(source(text, path)))


@pytest.mark.parametrize(("rule", "path", "text"), HONEST)
def test_an_honest_line_passes(rule: Rule, path: str, text: str) -> None:
    assert not list(rule(source(text, path)))


def test_every_rule_has_a_planted_fault() -> None:
    assert {rule for rule, _, _ in PLANTED} == set(house.RULES)


def test_a_file_that_is_too_long_is_found() -> None:
    found = list(sizes.sizes([source("x = 1\n" * 501)], "src"))
    assert any("no file is longer than 500" in finding.why for finding in found)


def test_too_many_long_files_are_found_and_named() -> None:
    files = [source("x = 1\n" * (301 if number < 2 else 50), f"src/sage_tui/a{number}.py") for number in range(20)]
    (finding,) = sizes.sizes(files, "src")
    assert "2 of 20 files" in finding.why
    assert "a0.py (301)" in finding.why


def test_one_long_file_of_thirteen_passes() -> None:
    files = [source("x = 1\n" * (301 if number < 1 else 50), f"src/sage_tui/a{number}.py") for number in range(13)]
    assert not list(sizes.sizes(files, "src"))


def test_long_functions_are_found_and_docstrings_do_not_count() -> None:
    long = "def f():\n" + "    x = 1\n" * 40
    told = 'def f():\n    """' + "A long story.\n" * 40 + '    """\n    return 1\n'
    assert list(sizes.function_lengths([source(long)], "src"))
    assert not list(sizes.function_lengths([source(told)], "src"))


def test_the_tree_itself_passes() -> None:
    assert [str(finding) for finding in findings(tracked())] == []
