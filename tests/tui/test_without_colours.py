"""With NO_COLOR every cursor is still seen: reversed and marked, in what is drawn."""

import re

import pytest

from sage_tui.tui.themes import STYLES
from tests.tui.seen import SMALL, WIDE, Screen, in_panel


def cursors(screen: Screen, mark: str = "›") -> list[str]:
    """What is drawn reversed and begins with the mark."""
    strips = screen.app.screen._compositor.render_strips()
    parts = [part for strip in strips for part in strip if part.style is not None and part.style.reverse]
    return [part.text.rstrip() for part in parts if part.text.startswith(mark)]


@pytest.fixture(autouse=True)
def _no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.parametrize(
    ("keys", "before", "after"),
    [
        (["colon"], "› Actions for the row", "› Add people"),
        (["c"], "› ✓ Used this month", "› ✓ Max Inference Tokens"),
        (["v"], "› Save this filter", "› Delete a view"),
    ],
)
async def test_lists_of_dialogs_show_their_cursor(keys: list[str], before: str, after: str) -> None:
    async with in_panel(size=SMALL) as screen:
        await screen.press(*keys)
        assert any(part.startswith(before) for part in cursors(screen))
        await screen.press("down")
        assert any(part.startswith(after) for part in cursors(screen))
        assert not any(part.startswith(before) for part in cursors(screen))


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_the_menu_shows_its_cursor_beside_the_open_page(size: tuple[int, int]) -> None:
    async with in_panel(size=size) as screen:
        await screen.press("m", "down")
        assert "›3 Token Distribution" in cursors(screen)
        assert "▌2 User Management" in screen.text


async def test_the_table_shows_its_cursor() -> None:
    async with in_panel() as screen:
        assert cursors(screen)


async def test_a_click_on_the_option_under_the_cursor_chooses_it() -> None:
    async with in_panel() as screen:
        await screen.press("colon")
        await screen.write("columns")
        await screen.click("› Which columns")
        assert "✓ Used this month" in screen.text


def test_no_sheet_dims_or_blinks() -> None:
    for sheet in STYLES.glob("*.tcss"):
        words = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.S)
        assert not re.search(r"\b(dim|blink\d?|text-opacity|opacity|tint: \$|transition)\b", words), sheet.name
