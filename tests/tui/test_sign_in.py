"""Sign-in, forced change of a one-time password, signing out."""

from sage_tui.domain.errors import StoreUnavailable
from sage_tui.tui.widgets.fields import SecretField
from tests.tui.fakes import PASSWORD, World
from tests.tui.seen import at_home, signed_out


async def test_email_has_the_focus_enter_goes_to_the_password_enter_signs_in() -> None:
    async with signed_out() as screen:
        assert screen.app.focused is not None
        assert screen.app.focused.id == "email"
        await screen.write("ada@acme.example")
        await screen.press("enter")
        assert screen.app.focused.id == "password"
        await screen.write(PASSWORD)
        assert PASSWORD not in screen.text
        await screen.press("enter")
        assert "Hello Ada" in screen.text


async def test_a_wrong_password_is_said_and_only_the_password_is_typed_again() -> None:
    async with signed_out() as screen:
        await screen.write("ada@acme.example")
        await screen.press("enter")
        await screen.write("wrong")
        await screen.press("enter")
        assert "Sign-in failed. After several failures, wait before trying again." in screen.text
        assert "ada@acme.example" in screen.text
        assert screen.app.focused is not None
        assert screen.app.focused.id == "password"
        assert screen.app.query_one("#password", SecretField).value == ""


async def test_enter_without_an_email_asks_for_it() -> None:
    async with signed_out() as screen:
        await screen.press("enter", "enter")
        assert "Type your e-mail address first." in screen.text


async def test_demo_accounts_are_listed_in_a_demo_only() -> None:
    async with signed_out(World(demo=True)) as screen:
        assert "new-admin@acme.example" in screen.text
        assert PASSWORD in screen.text
        assert "This demo is of October 2026" in screen.text
    async with signed_out() as screen:
        assert "acme.example" not in screen.text
        assert "demo" not in screen.text


async def test_a_database_that_does_not_open_is_said_on_the_first_screen() -> None:
    world = World()
    services = world.services()

    def broken() -> None:
        raise StoreUnavailable("There is no database at demo.db.", "Make one with `sage-tui init`.")

    services.identity.door = broken  # type: ignore[method-assign,assignment]
    world.services = lambda: services  # type: ignore[method-assign]
    async with signed_out(world) as screen:
        assert "There is no database at demo.db. Make one with `sage-tui init`." in screen.text


async def test_a_password_is_neither_copied_nor_cut() -> None:
    async with signed_out() as screen:
        await screen.write("ada@acme.example")
        await screen.press("enter")
        await screen.write("secret words")
        await screen.press("shift+home", "ctrl+c", "ctrl+x")
        assert screen.app.clipboard == ""
        assert screen.app.query_one("#password", SecretField).value == "secret words"


async def test_a_one_time_password_opens_its_change_and_nothing_else() -> None:
    async with at_home(World(must_change=True)) as screen:
        assert "The password you used was for one time. Choose your own now." in screen.text
        assert "Hello" not in screen.text
        for once, again, said in (
            ("short", "other", "The two are not the same."),
            ("short", "short", "has fewer than 15 characters"),
            ("a much longer sentence", "a much longer sentence", "Hello Ada"),
        ):
            await screen.write(once)
            await screen.press("enter")
            await screen.write(again)
            await screen.press("enter")
            assert said in screen.text


async def test_leaving_the_forced_change_signs_out() -> None:
    async with at_home(World(must_change=True)) as screen:
        await screen.press("escape")
        assert "E-mail" in screen.text
        assert screen.app.here is None


async def test_signing_out_from_home_leaves_nothing_behind() -> None:
    async with at_home() as screen:
        await screen.click("[ Sign out ]")
        assert "You are signed out." in screen.text
        assert "Hello" not in screen.text
        assert ("sign_out", ()) in screen.world.asked


async def test_ctrl_q_signs_out_and_quits() -> None:
    async with at_home() as screen:
        await screen.pilot.press("ctrl+q")
        await screen.pilot.pause(0.05)
        assert ("sign_out", ()) in screen.world.asked
        assert not screen.app.is_running
