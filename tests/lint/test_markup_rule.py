"""The rule about parsing sinks: literals and tui.text pass, everything else is refused (security.md, bar 2)."""

from pathlib import PurePosixPath

import pytest

from tools.lint.base import Source
from tools.lint.markup import literal_markup

FAULTS = {
    "f-string in a label": 'Label(f"Hello {name}")',
    "name that came from somewhere": "def f(name):\n    Static(name)",
    "parameter said to be str": "def f(name: str) -> None:\n    yield Button(name)",
    "attribute of a row": "Static(row.email)",
    "joined": 'Static("Hello " + name)',
    "percent": 'Static("Hello %s" % name)',
    "format": 'Static("Hello {}".format(name))',
    "one branch of two": 'Static("none" if empty else row.reason)',
    "notify": "self.notify(str(error))",
    "notify by keyword": "self.notify(message=error.message)",
    "tooltip": "self.tooltip = error.message",
    "border title": 'self.border_title = f"{count} users"',
    "keyword": "Collapsible(title=row.name)",
    "option": "options.add_option(Option(row.name, id=str(row.id)))",
    "options of a list": "OptionList(*[Option(view.name) for view in views])",
    "row of a table": "table.add_row(row.email, row.name)",
    "from markup": 'Content.from_markup(f"[b]{name}[/b]")',
    "from markup of a variable": "Text.from_markup(name)",
    "update with a str": 'self.query_one("#line", Static).update(row.name)',
    "update with an f-string": 'self.line.update(f"{name}")',
    "own widget": "class Line(Static):\n    def __init__(self, name: str) -> None:\n        super().__init__(name)",
    "a function that answers str": "def words() -> str:\n    return x\nLabel(words())",
    "an assigned f-string": 'def f(n):\n    line = "none"\n    if n:\n        line = f"{n}"\n    Static(line)',
    "render": 'class A(Widget):\n    def render(self) -> str:\n        return f"{self.name}"',
    "select": "Select(options=[], prompt=row.name)",
    "tab": "TabPane(page.title)",
}

HONEST = {
    "literal": 'Label("Hello")',
    "nothing": "Static()",
    "literal with an id": 'Static("", id="line")',
    "content": "from sage_tui.tui.text import content\nLabel(content(name))",
    "cell": "from sage_tui.tui.text import cell\ntable.add_row(cell(row.email), cell(row.name))",
    "module": "from sage_tui.tui import text\nLabel(text.content(name))",
    "either branch": 'from sage_tui.tui.text import content\nStatic(content(a) if a else "none")',
    "a rule of our own": 'Static("─" * width)',
    "our own constant": "Static(HELP)",
    "class constant": "Static(self.TITLE)",
    "built": 'Static(Content.assemble(("Hello ", "bold"), name))',
    "placeholders": 'Content.from_markup("[b]$name[/b]", name=name)',
    "annotated parameter": "def f(line: Content) -> None:\n    Static(line)",
    "annotated answer": "def words() -> Text:\n    return Text(x)\nStatic(words())",
    "annotated method": (
        "class A:\n    def words(self) -> Content:\n        return x\n    def f(self):\n        Static(self.words())"
    ),
    "assigned": "from sage_tui.tui.text import content\ndef f():\n    line = content(x)\n    Static(line)",
    "dictionary": "values.update(other)",
    "options that a method makes": (
        "from sage_tui.tui.text import content\n"
        "class A:\n    def _option(self, x) -> Option:\n        return Option(content(x))\n"
        "    def f(self):\n        self.list.add_options([self._option(x) for x in y])"
    ),
    "list of content": "def f(lines: list[Content]) -> None:\n    table.add_row(*lines)",
}


def found(text: str, path: str = "src/sage_tui/tui/widgets/a.py") -> list[str]:
    return [str(finding) for finding in literal_markup(Source(PurePosixPath(path), text))]


@pytest.mark.parametrize("text", FAULTS.values(), ids=FAULTS.keys())
def test_a_planted_fault_is_found(text: str) -> None:
    assert found(text)


@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST.keys())
def test_an_honest_line_passes(text: str) -> None:
    assert found(text) == []


def test_it_looks_at_the_console_only() -> None:
    assert found('Label(f"{name}")', "src/sage_tui/cli/users.py") == []


def test_the_finding_names_file_line_and_expression() -> None:
    (finding,) = found("x = 1\nLabel(row.email)")
    assert finding.startswith("src/sage_tui/tui/widgets/a.py:2: row.email: ")
