"""Textual's doors to the host are closed, and a crash prints no message, locals or data."""

import re

import pytest

from sage_tui.tui.safe import DoorClosed
from tests.tui.fakes import World
from tests.tui.seen import at_home, in_panel


async def test_no_file_no_browser_no_suspension() -> None:
    async with at_home() as screen:
        app = screen.app
        for door in (app.deliver_text, app.deliver_binary, app.save_screenshot):
            with pytest.raises(DoorClosed):
                door("x.svg")
        with pytest.raises(DoorClosed), app.suspend():
            pass
        app.open_url("https://example.com/[b]\x1b[0m")
        await screen.rest()
        assert "https://example.com/[b]␛[0m" in screen.text
        app.action_suspend_process()
        app.action_screenshot()
        await screen.rest()
        assert "writes no pictures" in screen.text
        assert list(app.get_system_commands(app.screen)) == []


async def test_a_restricted_login_has_no_clipboard() -> None:
    async with at_home(restricted=True) as screen:
        screen.app.copy_to_clipboard("words")
        assert screen.app.clipboard == ""


async def test_textuals_notices_are_plain_words_on_our_line() -> None:
    async with at_home() as screen:
        screen.app.notify("[@click=app.quit]no\x1b[0m")
        await screen.rest()
        assert "[@click=app.quit]no␛[0m" in screen.text


async def test_a_crash_tells_class_and_report_and_nothing_else(capfd: pytest.CaptureFixture[str]) -> None:
    world = World()
    services = world.services()

    def crash() -> None:
        raise ZeroDivisionError("the password is hunter2")

    services.today.today = lambda organization_id=None: crash()  # type: ignore[method-assign,assignment,func-returns-value]
    world.services = lambda: services  # type: ignore[method-assign]
    with pytest.raises(Exception, match="hunter2"):
        async with in_panel(world, page="today") as screen:
            app = screen.app
    said = capfd.readouterr().err
    assert re.search(r"internal error \((WorkerFailed|ZeroDivisionError), report\s+[0-9a-f]{8}\)", said)
    assert "hunter2" not in said
    assert "Traceback" not in said
    assert app.return_code == 1
