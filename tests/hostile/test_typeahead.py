"""Keys of one packet, as slow lines send them: each has its effect before the next, none lands in the old focus."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from textual import events
from textual.app import ComposeResult
from textual.widgets import Input

from sage_tui.tui import typeahead
from sage_tui.tui.typeahead import KeysInTurn
from tests.support.demos import ADMIN, PASSWORD, House, code, enter_panel, sign_in
from tests.support.terminal import CTRL_Q, ENTER, PATIENCE, Terminal, pasted


def here(screen: Terminal) -> str:
    """The line the cursor is on."""
    (line,) = [line for line in screen.lines if line.startswith("›")]
    return line


def to_users(screen: Terminal) -> None:
    sign_in(screen)
    enter_panel(screen)
    screen.send("2")
    screen.see("User Management", "181 users")
    screen.settle()


@pytest.mark.pty
@pytest.mark.slow
class TestOnePacket:
    def test_an_email_and_a_password_sign_in_and_no_password_is_drawn(self, demo: House) -> None:
        with demo.console() as screen:
            screen.see("E-mail", "This is a demo")
            screen.settle(0.2)
            screen.send(f"{ADMIN}\r{PASSWORD}\r")
            screen.see("Hello Grace", "a admin panel")
            assert f"{ADMIN}{PASSWORD[:2]}".encode() not in screen.bytes
            screen.send(f"a{code()}\r")
            screen.see("Today", "ADMIN admin")

    def test_a_wrong_password_in_the_packet_is_nowhere_in_clear(self, demo: House) -> None:
        with demo.console() as screen:
            screen.see("E-mail", "This is a demo")
            screen.settle(0.2)
            screen.send(f"{ADMIN}\rhunter2 hunter2\r")
            screen.see("Sign-in failed.", ADMIN)
            assert b"hunter" not in screen.bytes

    def test_a_paste_behind_enter_goes_to_the_password(self, demo: House) -> None:
        with demo.console() as screen:
            screen.see("E-mail", "This is a demo")
            screen.settle(0.2)
            screen.send(f"{ADMIN}\r".encode() + pasted(b"hunter2") + ENTER)
            screen.see("Sign-in failed.", ADMIN)
            assert b"hunter" not in screen.bytes

    def test_a_filter_is_typed_and_left(self, demo: House) -> None:
        with demo.console() as screen:
            to_users(screen)
            screen.send("/used>90%\rj")
            screen.see("used>90%", "of 181 users")
            screen.settle()
            assert "User Management" in screen.text
            assert screen.line("used>90%").split()[:2] == ["/", "used>90%"]
            first = here(screen)
            screen.send("j")
            screen.settle()
            assert here(screen) != first
            screen.send(CTRL_Q)
            assert screen.ended() == 0

    def test_twenty_keys_move_twenty_rows(self, demo: House) -> None:
        with demo.console(lines=50) as screen:
            to_users(screen)
            for _ in range(20):
                screen.send("j")
                screen.settle(0.1)
            twenty_on = here(screen)
            screen.send("k" * 20)
            screen.settle()
            assert here(screen) != twenty_on
            screen.send("j" * 20)
            screen.settle()
            assert here(screen) == twenty_on


class Vanishing(Input):
    """A field that is taken away, and the focus with it, while the key that does it is under way."""

    async def _on_key(self, event: events.Key) -> None:
        if event.key != "enter":
            await super()._on_key(event)
            return
        event.stop().prevent_default()
        self.screen.set_focus(self.app.query_one("#second"))
        await self.app.query_one("#first").remove()


class Slow(Input):
    """A field that is busy with enter for longer than anybody waits for a marker."""

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            app = cast(Two, self.app)
            app.busy.set()
            await app.go_on.wait()
        await super()._on_key(event)


class Two(KeysInTurn):
    """Two fields, the first of which has its ways; enter in the second ends the test."""

    def __init__(self, first: type[Input]) -> None:
        super().__init__()
        self.first = first
        self.ready, self.done = asyncio.Event(), asyncio.Event()
        self.busy, self.go_on = asyncio.Event(), asyncio.Event()

    def compose(self) -> ComposeResult:
        yield self.first(id="first")
        yield Input(id="second")

    def on_ready(self) -> None:
        self.ready.set()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "first":
            self.query_one("#second").focus()
        else:
            self.done.set()

    def type(self, text: str) -> None:
        """The keys of one packet."""
        for ch in text:
            self.post_message(events.Key("enter", "\r") if ch == "\r" else events.Key(ch, ch))

    @property
    def texts(self) -> list[str]:
        """What stands in the fields."""
        return [field.value for field in self.query(Input)]


@asynccontextmanager
async def running(first: type[Input]) -> AsyncIterator[Two]:
    """The app on no terminal, without a pilot that would wait between keys."""
    app = Two(first)
    task = asyncio.create_task(app.run_async(headless=True))
    async with asyncio.timeout(PATIENCE):
        await app.ready.wait()
        yield app
        app.exit()
        await task


class TestKeysInTurn:
    async def test_no_key_is_lost_or_out_of_order_when_the_widget_is_removed_mid_key(self) -> None:
        async with running(Vanishing) as app:
            app.type("ab\rhello_world_123\r")
            await app.done.wait()
            assert app.texts == ["hello_world_123"]

    async def test_a_busy_widget_gets_all_its_keys_in_order(self) -> None:
        async with running(Slow) as app:
            app.type("ax\rb")
            asyncio.get_running_loop().call_later(2.5 * typeahead.OVERDUE, app.go_on.set)
            app.type("c\r")
            await app.done.wait()
            assert app.texts == ["ax", "bc"]

    async def test_a_widget_that_never_answers_does_not_hold_the_keyboard(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(typeahead, "OVERDUE", 0.01)
        async with running(Slow) as app:
            app.type("x\rabc")
            await app.busy.wait()
            app.screen.set_focus(app.query_one("#second"))
            app.type("d\r")
            await app.done.wait()
            assert app.texts == ["x", "abcd"]
            app.go_on.set()
