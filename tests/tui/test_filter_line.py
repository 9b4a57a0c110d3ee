"""A filter that makes no sense claims nothing; what completes it goes with the field that is left."""

import pytest

from tests.tui.fakes import World, act, interaction
from tests.tui.seen import Screen, in_panel


def logs() -> World:
    return World(activity=[interaction(n) for n in range(9)], audit=[act(n) for n in range(7)])


@pytest.mark.parametrize(
    ("page", "turn", "wrong", "row", "count"),
    [
        ("users", [], "ma:x", "maria", "60 users"),
        ("activity", [], "status:perhaps", "gpt-large", "9 interactions"),
        ("activity", ["right_square_bracket"], "outcome:perhaps", "users add", "7 entries"),
    ],
)
async def test_a_wrong_filter_claims_no_result(page: str, turn: list[str], wrong: str, row: str, count: str) -> None:
    async with in_panel(logs(), page=page) as screen:
        await screen.press(*turn)
        assert screen.line("/ ").endswith(count)
        await screen.press("slash")
        await screen.write(wrong)
        for key in ("left", "enter", "down"):
            assert screen.line(wrong).endswith("–")
            assert "▲" in screen.text
            assert row in screen.text
            await screen.press(key)
        await screen.press("escape")
        assert "▲ " not in screen.lines[2] + screen.lines[3]
        assert screen.line("/ ").endswith(count)


async def test_where_nobody_matched_before_a_wrong_filter_says_nothing_of_it() -> None:
    async with in_panel() as screen:
        await screen.press("slash")
        await screen.write("zzzz")
        assert "Nobody matches" in screen.text
        await screen.write(" paid:maybe")
        await screen.press("enter")
        assert "Nobody matches" not in screen.text
        await screen.press("slash", *["backspace"] * 12)
        assert "Nobody matches" in screen.text
        assert screen.line("/ ").endswith("0 of 60 users")


async def test_a_wrong_filter_from_the_command_line_claims_nothing() -> None:
    async with in_panel(query="paid:maybe") as screen:
        assert screen.line("paid:maybe").endswith("–")
        assert "▲ maybe" in screen.text


async def _leave(screen: Screen, how: str) -> None:
    await (screen.click("maria") if how == "click" else screen.press(how))


@pytest.mark.parametrize("how", ["enter", "tab", "shift+tab", "click"])
async def test_what_could_complete_the_filter_goes_with_the_field_that_is_left(how: str) -> None:
    async with in_panel() as screen:
        await screen.press("slash")
        await screen.write("ma")
        await screen.press("backspace")
        assert "→ " in screen.text
        await _leave(screen, how)
        assert "→ " not in screen.text


async def test_an_organization_without_people_says_what_to_do_next() -> None:
    world = World()
    async with in_panel(world) as screen:
        world.users = []
        await screen.press("r")
        assert "Acme Corp has no people yet. Press . to add them; or: sage-tui users add" in screen.text
        await screen.press("slash")
        await screen.write("x")
        assert "Nobody matches this filter. esc clears it." in screen.text
