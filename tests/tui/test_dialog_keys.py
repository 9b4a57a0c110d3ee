"""While a dialog is open the last line has its keys, and no key of the page under it."""

import pytest

from tests.services.editing import Acme
from tests.tui.real import at_users, edit


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 50)])
async def test_the_footer_has_the_keys_of_the_dialog(acme: Acme, size: tuple[int, int]) -> None:
    async with at_users(acme, size=size) as screen:
        assert "e edit" in screen.lines[-1]
        await screen.press("full_stop")
        assert screen.lines[-1].split("  ") == [" enter choose", "esc close"]
        assert not [line for line in screen.lines if "e edit" in line]
        await screen.write("department")
        await screen.press("enter")
        assert "e edit" not in screen.text
        assert screen.lines[-1].split("  ") == [" enter go on", "esc close"]
        await screen.press("tab")
        assert screen.lines[-1].split("  ") == [" enter press", "esc close"]
        await screen.press("escape")
        assert "e edit" in screen.lines[-1]


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 50)])
async def test_the_keys_of_a_review_stand_there_once(acme: Acme, size: tuple[int, int]) -> None:
    async with at_users(acme, size=size) as screen:
        await edit(screen, "a", "inference_allocation", "2M")
        await screen.press("ctrl+s")
        assert screen.text.count("ctrl+s save") == 1
        assert "space in or out" in screen.lines[-1]
        assert "ctrl+s review" not in screen.lines[-1]


async def test_while_a_list_is_pasted_letters_are_text(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await screen.press("full_stop")
        await screen.write("pasted")
        await screen.press("enter")
        assert screen.lines[-1].strip() == "tab go on  esc close"
