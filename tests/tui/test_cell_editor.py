"""The field over a cell: what it refuses stays there to be mended, and no key behind it acts on the page."""

import pytest

from sage_tui.tui.widgets.cell_editor import CellEditor
from tests.services.editing import Acme
from tests.tui.real import at_users, edit, to_column
from tests.tui.seen import Screen


def typed(screen: Screen) -> str:
    """What stands in the field; it has the focus."""
    assert isinstance(screen.app.focused, CellEditor), screen.text
    return screen.app.focused.value


@pytest.mark.parametrize("key", ["enter", "up", "down", "tab", "shift+tab", "ctrl+s"])
async def test_what_is_refused_stays_in_the_cell_and_says_why(acme: Acme, key: str) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "")
        await screen.write("12x")
        await screen.press(key)
        assert "'12x' is not an amount" in screen.text
        assert typed(screen) == "12x"
        await screen.write("u0")
        assert typed(screen) == "12xu0"
        assert "Undo" not in screen.text
        await screen.press("backspace", "backspace", "backspace", "M", "enter")
        assert "not an amount" not in screen.text
        assert "→12,000,000" in screen.line("a@acme.example")


async def test_escape_leaves_what_was_refused_with_nothing_staged(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "lots")
        assert "'lots' is not an amount" in screen.text
        await screen.press("escape")
        assert "not an amount" not in screen.text
        assert "staged" not in screen.text
        assert "1,000,000" in screen.line("a@acme.example")
        await screen.press("e")
        assert typed(screen) == "1,000,000"


async def test_a_click_elsewhere_stages_what_was_typed_and_keeps_what_is_refused(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "")
        await screen.write("lots")
        await screen.click("b@acme.example")
        assert typed(screen) == "lots"
        await screen.press("ctrl+u")
        await screen.write("2M")
        await screen.click("b@acme.example")
        assert "→2,000,000" in screen.line("a@acme.example")
        assert "→" not in screen.line("b@acme.example")


async def test_a_click_elsewhere_with_nothing_typed_leaves_the_cell(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "department", "")
        await screen.click("b@acme.example")
        assert not screen.app.screen.query(CellEditor)
        assert "staged" not in screen.text


async def test_arrows_stage_and_go_on(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await edit(screen, "a", "inference_allocation", "")
        await screen.write("2M")
        await screen.press("down")
        assert "→2,000,000" in screen.line("a@acme.example")
        assert screen.app.screen.query_one("#users").current.email == "admin@acme.example"


async def test_what_is_typed_is_there_after_another_page(acme: Acme) -> None:
    async with at_users(acme, size=(120, 40)) as screen:
        await edit(screen, "a", "inference_allocation", "")
        await screen.write("lots")
        await screen.click("Today")
        assert "What needs you" in screen.text
        await screen.press("2")
        assert typed(screen) == "lots"


async def test_the_field_stays_over_its_cell_when_the_terminal_changes(acme: Acme) -> None:
    async with at_users(acme, size=(120, 40)) as screen:
        await edit(screen, "b", "inference_allocation", "")
        await screen.write("7M")
        await screen.resize(80, 24)
        assert "7M" in screen.line("b@acme.example")
        await to_column(screen, "inference_allocation")
        assert typed(screen) == "7M"
