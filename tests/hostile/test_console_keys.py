"""Bars 9, 10, 11 in a real terminal: what pastes, crashes and ctrl+c must not do."""

import re
import sqlite3

import pytest

from tests.support import launch
from tests.support.demos import ADMIN, PASSWORD, ROOT, House, code, enter_panel, sign_in
from tests.support.terminal import CTRL_A, CTRL_C, CTRL_Q, CTRL_X, ENTER, Terminal, pasted

pytestmark = [pytest.mark.pty, pytest.mark.slow]

DANGEROUS = (
    b"y\ryes\r\n\x1b\r\x1b[Ay\x01\x03\x18\x10delete\r\x1b:assign\r\x19\x04\x15\x1b[201~",
    b"\x1b\x1b\x1b[200~y\r*a\rL\r\x0cn\r\t\r\t \r\x1b[B\r",
)
"""Pastes with ESC, CR, y, Enter, control keys, and an end of the paste inside."""


ACTS = "SELECT organization_id, seq FROM audit_entry WHERE action NOT LIKE 'admin %' ORDER BY 1, 2"


def stored(demo: House) -> list[list[object]]:
    """What acts would change: people, rights, views, identities, settings, the audit."""
    db = sqlite3.connect(demo.database)
    asked = ('SELECT id, email, banned, mfa, epoch, password_hash FROM "user" ORDER BY id', "SELECT * FROM membership",
             "SELECT * FROM saved_view", "SELECT * FROM identity", "SELECT user_id, secret, pending_secret FROM mfa",
             "SELECT * FROM setting ORDER BY key", ACTS,
             "SELECT user_id, count(*) FROM recovery_code GROUP BY user_id")  # fmt: skip
    found = [db.execute(sql).fetchall() for sql in asked]
    db.close()
    return found


def alive(screen: Terminal) -> bool:
    screen.settle(0.3)
    return screen.child.poll() is None


@pytest.mark.parametrize("paste", DANGEROUS)
@pytest.mark.parametrize("field", ["e-mail", "password", "code", "filter"])
def test_a_paste_does_no_dangerous_act(demo: House, field: str, paste: bytes) -> None:
    before = stored(demo)
    with demo.console() as screen:
        screen.see("E-mail", "This is a demo")
        if field == "password":
            screen.send(ADMIN, ENTER)
            screen.settle(0.2)
        elif field == "code":
            sign_in(screen)
            screen.send("a")
            screen.see("Enter admin mode")
        elif field == "filter":
            sign_in(screen)
            enter_panel(screen, "Today")
            screen.send("2")
            screen.see("User Management")
            screen.settle(0.2)
            screen.send("/")
            screen.settle(0.2)
        screen.send(pasted(paste))
        screen.settle(0.3)
        screen.send(paste)  # a terminal that does not bracket
        screen.send(b"\x1b[201~")  # one that was left open
        if alive(screen):
            screen.send(CTRL_Q)
        assert screen.ended() == 0
    assert stored(demo) == before


class TestCrash:
    @pytest.mark.parametrize(
        ("fault", "key"), [(("--crash-at", "redraw"), b"\x0c"), (("--break", "users.window"), b"2"),
                           (("--break", "home.home"), b"r")]
    )  # fmt: skip
    def test_it_tells_its_class_and_a_report_and_nothing_else(
        self, demo: House, fault: tuple[str, str], key: bytes
    ) -> None:
        with demo.console(*fault, "demo") as screen:
            screen.see("E-mail")
            screen.send(ADMIN, ENTER)
            screen.settle(0.2)
            screen.send(PASSWORD, ENTER)
            screen.settle(0.5)
            if key == b"2":
                enter_panel(screen)
            if screen.child.poll() is None:
                screen.send(key)
            assert screen.ended() == 1
            assert screen.restored()
        told = screen.bytes.rpartition(b"\x1b[?1049l")[2].decode()
        report = re.search(r"internal error \(ValueError, report ([0-9a-f]{8})\)", told)
        assert report, told
        assert "Traceback" not in told
        assert "site-packages" not in told
        assert launch.CANARY.encode() not in screen.bytes
        assert b"what happened" not in screen.bytes
        log = demo.log.read_text()
        assert report[1] in log
        assert "ValueError" in log
        assert "fail" in log
        assert launch.CANARY not in log
        assert PASSWORD not in log
        assert demo.log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("where", ["sign-in", "change"])
def test_nothing_of_a_password_leaves_by_the_clipboard(demo: House, where: str) -> None:
    with demo.console() as screen:
        if where == "change":
            sign_in(screen)
            screen.see("[ Password ]")
            screen.settle(0.2)
            screen.click("[ Password ]")
            screen.see("New password")
        else:
            screen.see("E-mail")
            screen.send(ROOT, ENTER)
        screen.settle(0.2)
        screen.send("hunter2 hunter2 hunter2")
        screen.settle(0.2)
        for keys in (CTRL_A, CTRL_C, b"\x1b[1;2H", CTRL_C, CTRL_X, b"\x1b[1;2D\x1b[1;2D", CTRL_X, CTRL_C, b"\x16"):
            screen.send(keys)
            screen.settle(0.1)
        assert screen.child.poll() is None
        assert b"\x1b]52" not in screen.bytes
        assert b"hunter2" not in screen.bytes
        screen.send(CTRL_Q)
        assert screen.ended() == 0
    assert code() not in screen.text
