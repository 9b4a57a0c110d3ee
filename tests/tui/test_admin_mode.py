"""The challenge before admin mode, its last minute, its end, and the end of sessions anywhere."""

import pytest

from sage_tui.domain.units import Role
from sage_tui.tui.screens.demo_code import DemoCode
from sage_tui.tui.widgets.key_line import shown
from tests.tui.fakes import CODE, RECOVERY, World, interaction
from tests.tui.seen import at_home, in_panel


async def challenge(screen: object, code: str) -> None:
    await screen.write(code)  # type: ignore[attr-defined]
    await screen.press("enter")  # type: ignore[attr-defined]


async def test_a_code_opens_the_panel_and_the_header_says_who_and_how_long() -> None:
    async with at_home() as screen:
        await screen.press("a")
        assert "Code from your authenticator app" in screen.text
        assert "demo" not in screen.text
        await challenge(screen, CODE)
        assert "Today" in screen.lines[0]
        assert "Acme Corp · November 2026 UTC" in screen.lines[0]
        assert screen.lines[0].endswith("ADMIN ada · 15 min")


async def test_wrong_codes_count_down_and_a_recovery_code_goes_in_the_same_field() -> None:
    async with at_home() as screen:
        await screen.press("a")
        await challenge(screen, "abc")
        assert "Six digits, please" in screen.text
        await challenge(screen, "111111")
        assert "That code was not right. 4 tries left, then a pause of 15" in screen.text
        await challenge(screen, RECOVERY)
        assert "Today" in screen.lines[0]
        assert "A recovery code was used." in screen.text


async def test_the_demo_shows_its_code() -> None:
    async with at_home(World(demo=True)) as screen:
        await screen.press("a")
        assert f"This is a demo: the code is {CODE}" in screen.text


async def test_a_used_code_is_not_shown_and_an_unchanged_one_not_written_again() -> None:
    async with at_home(World(demo=True, demo_code="")) as screen:
        await screen.press("a")
        assert "This is a demo: the next code comes within 30 seconds" in screen.text
        screen.world.demo_code = "777777"
        code = screen.app.screen.query_one(DemoCode)
        code.ask()
        await screen.rest()
        assert "This is a demo: the code is 777777" in screen.text
        with screen.nothing_written():
            code.ask()
            await screen.rest()


async def test_the_refusal_stands_under_the_field_and_above_the_buttons() -> None:
    async with at_home(World(demo=True)) as screen:
        await screen.press("a")
        await challenge(screen, "111111")
        order = ["Code from your", "That code was not right", "This is a demo", "Lost the device?", "[ Enter ]"]
        found = [screen.lines.index(screen.line(words)) for words in order]
        assert found == sorted(found)


@pytest.mark.parametrize("page", ["today", "users", "activity"])
async def test_while_idle_only_the_minute_is_written(page: str) -> None:
    world = World(activity=[interaction(n) for n in range(50)])
    async with in_panel(world, page=page) as screen:
        await screen.wait(seconds=1)
        with screen.nothing_written():
            for _ in range(10):
                await screen.wait(seconds=1)
        assert screen.lines[0].endswith("15 min")
        await screen.wait(minutes=1)
        assert screen.lines[0].endswith(("15 min", "14 min"))


async def test_escape_leaves_the_challenge() -> None:
    async with at_home() as screen:
        await screen.press("a", "escape")
        assert "Enter admin mode" not in screen.text
        assert "Hello Ada" in screen.text


async def test_home_and_back_in_time_asks_for_no_code() -> None:
    async with in_panel() as screen:
        await screen.press("0")
        assert "a back to the panel, 15 min left" in screen.text
        await screen.press("a")
        assert "User Management" in screen.lines[0]


async def test_lock_ends_admin_mode_and_a_asks_again() -> None:
    async with in_panel() as screen:
        await screen.press("L")
        assert "Locked: admin mode is over." in screen.text
        await screen.press("a")
        assert "Code from your authenticator app" in screen.text


async def test_minutes_are_counted_and_the_last_one_aloud() -> None:
    async with in_panel() as screen:
        await screen.wait(minutes=1, seconds=30)
        assert screen.lines[0].endswith("ADMIN ada · 15 min")  # the key that opened the panel kept it alive
        await screen.wait(minutes=14, seconds=15)
        assert screen.lines[0].endswith("ADMIN ada · 45 s")
        assert "Admin mode ends in 45 s. Any key keeps it." in screen.text
        await screen.press("down")
        await screen.wait(seconds=1)
        assert screen.lines[0].endswith("ADMIN ada · 15 min")
        assert "Any key keeps it" not in screen.text


async def test_idle_time_out_goes_home_with_the_sentence() -> None:
    async with in_panel() as screen:
        await screen.wait(seconds=61)
        await screen.wait(minutes=16)
        assert "Admin mode ended: no key was pressed for 15 minutes." in screen.text
        assert "Hello Ada" in screen.text
        assert "maria" not in screen.text


async def test_the_sentence_says_the_minutes_of_the_setting() -> None:
    async with in_panel(World(idle_minutes=5)) as screen:
        await screen.press("down")
        await screen.wait(seconds=61)
        await screen.wait(minutes=6)
        assert "Admin mode ended: no key was pressed for 5 minutes." in screen.text


async def test_touch_at_most_once_a_minute_and_only_after_keys() -> None:
    async with in_panel() as screen:
        await screen.wait(seconds=61)
        before = screen.world.asked.count(("touch", ()))
        await screen.wait(seconds=200)
        assert screen.world.asked.count(("touch", ())) == before
        await screen.press("down", "down", "down")
        await screen.wait(seconds=1)
        await screen.press("down")
        await screen.wait(seconds=1)
        assert screen.world.asked.count(("touch", ())) == before + 1


@pytest.mark.parametrize("page", ["today", "users", "activity"])
async def test_a_ban_elsewhere_ends_it_at_the_next_act_wherever_one_is(page: str) -> None:
    async with in_panel(page=page) as screen:
        screen.world.over = "Your account was banned by an administrator."
        await screen.press("r")
        assert "Your account was banned by an administrator." in screen.text
        assert "E-mail" in screen.text
        assert screen.app.here is None


async def test_a_session_that_ends_under_a_dialog_closes_it() -> None:
    async with in_panel() as screen:
        await screen.press("c")
        assert "Columns" in screen.text
        screen.world.over = "You were signed out elsewhere."
        await screen.wait(seconds=90)
        assert "You were signed out elsewhere." in screen.text
        assert "Columns" not in screen.text
        screen.world.over = ""
        await screen.write("ada@acme.example")
        assert "ada@acme.example" in screen.text


@pytest.mark.parametrize("page", ["today", "users", "activity"])
async def test_a_page_can_be_drawn_while_the_session_ends(page: str) -> None:
    async with in_panel(page=page) as screen:
        screen.app.here = None
        assert any(binding.id == "help" for binding, _ in shown(screen.app.screen))


async def test_admin_mode_that_ended_elsewhere_leads_home() -> None:
    async with in_panel() as screen:
        screen.world.admin_until = None
        await screen.press("r")
        assert "Admin mode is over. Press a on the member home and enter a code." in screen.text
        assert "Hello Ada" in screen.text


async def test_operators_and_read_only_are_named_so() -> None:
    async with in_panel(World(role=Role.SUPER_ADMIN, email="root@sage.example")) as screen:
        assert screen.lines[0].endswith("OPERATOR root · 15 min")
        assert "All organizations" in screen.lines[0]
    async with in_panel(World(read_only=True)) as screen:
        assert screen.lines[0].endswith("READ-ONLY ADMIN ada · 15 min")


async def test_with_an_idle_time_of_a_minute_every_key_keeps_admin_mode() -> None:
    world = World()
    world.idle_minutes = 1
    async with in_panel(world) as screen:
        for _ in range(12):
            await screen.press("down")
            await screen.wait(seconds=10)
            await screen.wait(seconds=1)
        assert "User Management" in screen.lines[0]
