"""The palette finds every act by name: buttons of the member home, acts for a person and for many; greyed with why."""

from sage_tui.domain.units import Role
from tests.services.editing import ADMIN, Acme
from tests.tui.fakes import World
from tests.tui.real import at_users, words
from tests.tui.seen import at_home


async def test_the_buttons_of_the_member_home_are_found_and_pressed() -> None:
    async with at_home() as screen:
        await screen.press("colon")
        for name in ("Profile", "Password", "Authenticator", "Recovery codes", "Sign out"):
            assert name in screen.text, screen.text
        assert screen.text.count("The admin panel") == 1
        assert "[ a admin" not in screen.line("Every act by name")
        await screen.write("time zone")
        await screen.press("enter")
        assert "Your profile" in screen.text
        await screen.press("escape", "colon")
        await screen.write("end this session")
        await screen.press("enter")
        assert "You are signed out." in screen.text


async def test_a_button_that_is_not_shown_is_not_found() -> None:
    async with at_home(World(role=Role.USER, mfa_enrolled=False)) as screen:
        await screen.press("colon")
        await screen.write("recovery")
        assert "Nothing by that name." in screen.text


async def test_acts_for_the_row_and_the_selection_are_found_by_name(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await screen.press("g", "colon")
        await screen.write("ban no sign")
        assert "for a@acme.example: no sign-in" in screen.text
        await screen.press("enter")
        assert "Ban: a@acme.example" in screen.text
        await screen.press("ctrl+s")
        assert acme.row("a").banned
        await screen.press("slash")
        await screen.write("paid:yes")
        await screen.press("enter", "asterisk", "ctrl+p")
        await screen.write("paid off")
        assert "for 2 selected: signs in" in screen.text
        await screen.press("enter", "ctrl+s")
        assert (acme.row("a").paid, acme.row("b").paid) == (False, False)


async def test_what_needs_nobody_says_nobody_and_what_does_says_why_not(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await screen.press("slash")
        await screen.write("zzzz")
        await screen.press("enter", "colon")
        await screen.write("offboard")
        assert "not now: there is nobody here" in screen.text
        await screen.press("escape", "colon")
        await screen.write("add people")
        assert "by a list of e-mails" in screen.text
        await screen.press("enter")
        assert "E-mail addresses, one a line" in screen.text


async def test_read_only_finds_the_acts_with_the_reason(acme: Acme) -> None:
    console = acme.world.admin(ADMIN)
    acme.world.change("UPDATE membership SET read_only = TRUE WHERE user_id = :id", id=acme.number("admin"))
    async with at_users(acme, console=console, size=(120, 40)) as screen:
        for name in ("disable", "add people", "assign gateway", "undo my last", "review what"):
            await screen.press("colon")
            await screen.write(name)
            await screen.press("enter")
            assert "You are read-only: you see and export, and change nothing." in words(screen), name
            await screen.press("escape")


async def test_acts_for_one_person_are_found_on_their_page(acme: Acme) -> None:
    async with at_users(acme) as screen:
        await screen.press("g", "enter", "colon")
        await screen.write("reset auth")
        assert "for a@acme.example: they enrol again" in screen.text
        await screen.press("escape", "colon")
        await screen.write("move to another")
        assert "Nothing by that name." in screen.text
        await screen.press("escape", "colon")
        await screen.write("disable")
        await screen.press("enter")
        assert "Disable: a@acme.example" in screen.text
