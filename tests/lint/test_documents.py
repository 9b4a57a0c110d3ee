"""Documents made from the program are what the program says."""

from pathlib import Path

import pytest

from sage_tui.domain.permissions import TABLE
from tools import docs


@pytest.mark.parametrize("name", docs.DOCUMENTS)
def test_it_is_up_to_date(name: str) -> None:
    assert (docs.TOP / name).read_text(encoding="utf-8") == docs.whole(name), "run `make docs`"


def test_a_changed_or_missing_document_is_found(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name in docs.DOCUMENTS:
        (tmp_path / name).write_text(docs.whole(name), encoding="utf-8")
    assert docs.differing(tmp_path) == []
    (tmp_path / "docs/roles.md").write_text("anybody may do anything", encoding="utf-8")
    (tmp_path / "docs/keys.md").unlink()
    assert docs.differing(tmp_path) == ["docs/roles.md", "docs/keys.md"]


def test_every_verb_has_a_line() -> None:
    text = docs.roles()
    assert all(f"| `{verb.value}` |" in text for verb in TABLE)


def test_a_bar_in_a_cell_stays_in_its_cell() -> None:
    assert docs.table(("a", "b"), [("x|y", "z")]).splitlines()[-1] == r"| x\|y | z |"
