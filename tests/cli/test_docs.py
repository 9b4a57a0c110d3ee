"""docs/commands.md is made from the commands and names each of them."""

from pathlib import Path

import pytest

from sage_tui.cli import docs, tree

TEXT = docs.render()


def test_every_command_has_its_heading_line_and_example() -> None:
    for name in tree.COMMANDS:
        assert f"\n## {name}\n" in TEXT
    for words in ("users list", "import usage", "demo code", "audit verify"):
        assert f"\n### {words}\n" in TEXT
        assert f"\n    sage-tui {words}" in TEXT
        assert f"Example: `sage-tui {words}" in TEXT


def test_options_are_named_with_their_values() -> None:
    assert "- `--unknown-users hold|create|fail`: identities that belong to nobody" in TEXT
    assert "- `--admin-email E` (needed): the first platform operator" in TEXT
    assert "install-completion" not in TEXT


def test_it_is_written_where_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "commands.md"
    monkeypatch.setattr("sys.argv", ["docs", str(target)])
    docs.main()
    assert target.read_text("utf-8") == TEXT
