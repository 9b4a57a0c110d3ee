"""A whole session in a real terminal, as an administrator has it over SSH; and how sessions end when the line drops."""

import signal

import pytest

from tests.support.demos import ADMIN, MEMBER, House, code, enter_panel, sign_in
from tests.support.terminal import BACKSPACE, CTRL_Q, CTRL_Z, DOWN, ENTER, ESC

pytestmark = [pytest.mark.pty, pytest.mark.slow]


def test_start_to_quit_at_80_by_24(demo: House) -> None:
    with demo.console() as screen:
        screen.see("E-mail", "Password", "This is a demo", ADMIN)
        screen.send(ADMIN, ENTER)
        screen.settle(0.2)
        screen.send("correct horse battery", ENTER)
        screen.see("Sign-in failed.")
        screen.send("correct horse battery staple", ENTER)
        screen.see("Hello Grace", "a admin panel")
        screen.send("a")
        screen.see("Enter admin mode", "This is a demo: the code is")
        screen.send("12345", ENTER)
        screen.see("Six digits")
        screen.send(code(), ENTER)
        screen.see("Today", "ADMIN admin · 15 min", "3 people are stopped at their limit")
        screen.send("2")
        screen.see("User Management", "181 users", "maria.oconnor@acme.example")
        screen.send("/")
        screen.settle(0.2)
        screen.send("used>=90%")
        screen.see("of 181 users")
        screen.send(ENTER)
        screen.settle()
        assert "■ at limit" in screen.line("maria.oconnor")
        assert "▲ near" in screen.line("ada@acme")
        assert "ok" not in screen.line("member@acme").split()
        screen.send(DOWN, DOWN, DOWN, DOWN)
        screen.settle()
        (here,) = [line for line in screen.lines if line.startswith("›")]
        screen.send(ENTER)
        screen.see(here.split()[1], "Why ", "Last 30 days")
        screen.send(BACKSPACE)
        screen.see("User Management", "used>=90%")
        screen.settle()
        assert [line for line in screen.lines if line.startswith("›")] == [here]
        screen.send("6")
        screen.see("Activity Logs")
        screen.settle()
        screen.send("]")
        screen.see("Audit")
        screen.send("L")
        screen.see("Locked: admin mode is over.", "Hello Grace")
        screen.send(CTRL_Q)
        assert screen.ended() == 0
        assert screen.restored()
    assert all(len(line) <= 80 for line in screen.lines)


def test_a_member_has_no_door_to_the_panel(demo: House) -> None:
    with demo.console() as screen:
        screen.see("E-mail")
        screen.send(MEMBER, ENTER)
        screen.settle(0.2)
        screen.send("correct horse battery staple", ENTER)
        screen.see("Sign out")
        screen.send("a", "2", "L", "6")
        screen.settle()
        assert "admin panel" not in screen.text
        assert "Enter admin mode" not in screen.text
        screen.send(CTRL_Q)
        assert screen.ended() == 0


def ignore_hang_up() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


class TestTheLineDrops:
    """Gone within the patience of these tests, with the right code; what can be restored is restored."""

    @pytest.mark.parametrize(("number", "expected"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
    def test_a_signal_ends_it_with_the_terminal_restored(
        self, demo: House, number: signal.Signals, expected: int
    ) -> None:
        with demo.console(before=ignore_hang_up) as screen:
            sign_in(screen)
            enter_panel(screen)
            screen.signal(number)
            assert screen.ended() == expected
            assert screen.restored()

    def test_a_closed_line_ends_it(self, demo: House) -> None:
        with demo.console() as screen:
            sign_in(screen)
            screen.close()
            assert screen.ended() == 129

    def test_it_is_not_stopped(self, demo: House) -> None:
        with demo.console() as screen:
            sign_in(screen)
            screen.send(CTRL_Z)
            screen.signal(signal.SIGTSTP)
            screen.settle()
            screen.send("a")
            screen.see("Enter admin mode")
            screen.send(ESC)
            screen.gone("Enter admin mode")
            screen.send(CTRL_Q)
            assert screen.ended() == 0


def test_a_terminal_that_cannot_draw_is_told_so(demo: House) -> None:
    env = {**demo.env, "TERM": "dumb"}
    with House(demo.home, env).console() as screen:
        assert screen.ended() == 2
        assert "TERM is dumb" in screen.text
        assert b"\x1b[?1049h" not in screen.bytes


@pytest.mark.parametrize("extra", [{"NO_COLOR": "1"}, {"LANG": "C", "LC_ALL": "C"}, {"TERM": "vt100"}])
def test_plain_terminals_and_locales_work(demo: House, extra: dict[str, str]) -> None:
    with House(demo.home, {**demo.env, **extra}).console() as screen:
        sign_in(screen)
        enter_panel(screen)
        screen.send("2")
        screen.see("User Management", "李伟@acme.example", "▓")
        if "NO_COLOR" in extra:
            assert b"38;2;" not in screen.bytes
            assert b"38;5;" not in screen.bytes
        screen.send(CTRL_Q)
        assert screen.ended() == 0
        assert screen.restored()
