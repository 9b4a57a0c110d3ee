"""Foreign text is cleaned on its way to the screen, and no parser of markup meets it."""

from rich.text import Text
from textual.content import Content

from sage_tui.tui import text

EVIL = "a\x1b]52;c;x\x07[@click=app.bell]b\u202ec\ud800\x9b"


def test_cell_is_one_clean_line_of_rich_text() -> None:
    made = text.cell("x\ny" + EVIL)
    assert isinstance(made, Text)
    assert "\x1b" not in made.plain
    assert "\n" not in made.plain
    assert "[@click=app.bell]" in made.plain
    assert not made.spans


def test_content_keeps_lines_only_when_asked_to() -> None:
    assert text.content("a\nb").plain == "a␊b"
    assert text.content("a\nb", multiline=True).plain == "a\nb"
    assert isinstance(text.content(EVIL), Content)
    assert not text.content("[bold]x[/bold]").spans


def test_lines_are_assembled_of_cleaned_parts() -> None:
    made = text.lines_of([("plain ", ("loud", "bold")), (EVIL,)])
    assert made.plain.splitlines()[0] == "plain loud"
    assert "\x9b" not in made.plain
    assert [span.style for span in made.spans] == ["bold"]


def test_long_text_is_cut_and_says_so() -> None:
    assert text.content("x" * 3_000).plain == "x" * 2_000 + "…"
