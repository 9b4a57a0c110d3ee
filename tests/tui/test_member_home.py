"""The member home: balances, pace, days, security, and its dialogs."""

from dataclasses import replace
from datetime import UTC, datetime

from sage_tui.domain.forecast import Forecast, Lasting
from sage_tui.domain.units import Role
from sage_tui.domain.users import Balance
from sage_tui.tui import home_words
from tests.tui.fake_economy import TODAY
from tests.tui.fakes import NOW, World, person
from tests.tui.seen import at_home


async def test_home_answers_how_much_is_left_and_until_when() -> None:
    async with at_home() as screen:
        assert "Hello Ada   administrator of Acme Corp" in screen.text
        assert "Inference ▓▓▓▓▓▓▓▓▓░ 1,365,000 of 1,500,000 used · ▲ 135,000 left" in screen.text
        assert "at your present pace it lasts until Wednesday 25 November" in screen.text
        assert "resets 1 Dec 00:00 UTC, in 8 days" in screen.text
        assert "870,000 charged, 58,000 on the busiest day" in screen.text
        assert "MFA on · 8 recovery codes left" in screen.text
        assert "11:59              signed in                   terminal uid 1000 10.0.0.7" in screen.text
        assert "[ Sign out ]" in screen.text


async def test_a_member_is_not_offered_the_panel() -> None:
    async with at_home(World(role=Role.USER)) as screen:
        assert "admin panel" not in screen.text
        await screen.press("a")
        assert "member of Acme Corp" in screen.text
        assert "Enter admin mode" not in screen.text


async def test_the_button_of_the_panel_stands_apart_on_the_smallest_screen() -> None:
    world = World()
    async with at_home(world, size=(60, 15)) as screen:
        assert "administrator of Acme Corp  [ a admin panel ]" in screen.text
        await screen.press("a")
        await screen.write("123456")
        await screen.press("enter", "0")
        assert " [ a back to the panel, 15 min left ]" in screen.text


async def test_help_and_palette_list_what_acts_here() -> None:
    async with at_home(World(role=Role.USER), size=(120, 40)) as screen:
        await screen.press("question_mark")
        assert "enter space  press this button" in screen.text
        assert "the button before" in screen.line("← h")
        assert not [words for words in ("row", "column", "region", "admin panel") if words in screen.text]
        await screen.press("escape", "colon")
        assert "Press this button" in screen.text
        assert "Select" not in screen.text
        await screen.write("press this")
        await screen.press("enter")
        assert "Your profile" in screen.text


def test_pace_and_limits_in_words() -> None:
    lines = home_words.balance("Inference", Balance(1_000, 1_200, 0, 0), 5)
    assert "".join(part if isinstance(part, str) else part[0] for part in lines).endswith("■ at limit, 200 over")
    assert home_words.pace(Balance(1_000, 1_200, 0, 0), None, NOW).startswith("calls are refused")
    beyond = Forecast(999_990, 10, Lasting(None), 28, TODAY, TODAY + 7)
    said = home_words.pace(Balance(1_000_000, 10, 0, 0), beyond, NOW)
    assert said == "at your present pace it lasts beyond the month"
    young = Forecast(999_990, 10, None, 5, TODAY, TODAY + 7)
    assert home_words.pace(Balance(1_000_000, 10, 0, 0), young, NOW).endswith("5 of 28 days of use")
    assert home_words.pace(Balance(None, 10, 0, 0), None, NOW) == ""
    unset = home_words.balance("Embedding", Balance(None, 10, 0, 0), 5)
    assert "no limit was set" in str(unset)


async def test_an_operator_of_no_organization_has_no_limit_to_ask_for() -> None:
    world = World(role=Role.SUPER_ADMIN, email="root@sage.example")
    world.users[0] = person(1, "root@sage.example", allocation=None, embedding=Balance(None, 0, 0, 0))
    async with at_home(world) as screen:
        assert "You belong to no organization: no limit applies here." in screen.text
        assert "ask your administrator" not in screen.text
        assert "resets" not in screen.text


def test_the_reset_is_told_in_the_viewers_zone_too() -> None:
    home = World().services().home.home()
    words = home_words.resets(replace(home, resets_at=datetime(2026, 12, 1, tzinfo=UTC)), NOW, "America/Los_Angeles")
    assert words == "resets 1 Dec 00:00 UTC, in 8 days (16:00 on 30 Nov here)"


async def test_profile_says_what_is_wrong_with_a_field_and_saves() -> None:
    async with at_home() as screen:
        await screen.click("[ Profile ]")
        assert "Your profile" in screen.text
        await screen.press("tab", "tab", "tab")
        await screen.write("Mars")
        await screen.press("enter")
        assert "time_zone: Mars is not a time zone" in screen.text
        await screen.press(*["backspace"] * 20)
        await screen.press("shift+tab", "shift+tab", "shift+tab", "end", *["backspace"] * 3)
        await screen.write("Augusta")
        await screen.press("enter", "enter", "enter", "enter")
        assert "Hello Augusta" in screen.text
        assert "Saved." in screen.text


async def test_password_change_asks_for_the_old_one() -> None:
    async with at_home() as screen:
        await screen.click("[ Password ]")
        assert "Password until now" in screen.text
        assert "At least 15 characters" in screen.text
        for words in ("correct horse battery staple", "another long sentence", "another long sentence"):
            await screen.write(words)
            await screen.press("enter")
        assert "The password is changed." in screen.text


async def test_recovery_codes_are_renewed_with_a_code_and_shown_once() -> None:
    async with at_home(World(demo=True, recovery_left=2)) as screen:
        assert "2 recovery codes left ▲ few: make new ones" in screen.text
        await screen.click("[ Recovery codes ]")
        assert "the code is 123456" in screen.text
        await screen.write("000000")
        await screen.press("enter")
        assert "That code was not right." in screen.text
        await screen.write("123456")
        await screen.press("enter")
        assert "ZZZZ-BBBB-CCCC-DDDD-EEEE-0000" in screen.text
        assert "ZZZZ-BBBB-CCCC-DDDD-EEEE-0009" in screen.text
        await screen.press("escape")
        assert "write them down first" in screen.text
        await screen.press("enter")
        assert "ZZZZ" not in screen.text
        assert "10 recovery codes left" in screen.text


async def test_hostile_names_stay_words() -> None:
    world = World()
    world.users[0] = person(1, "ada@acme.example", first_name="[bold]\x1b]0;x\x07\u202eAda", last_name="x")
    async with at_home(world) as screen:
        assert "Hello [bold]␛]0;x␇\ufffdAda" in screen.text
