"""Bars 1, 4: a whole session over a database in which every text is hostile, at the bytes of a real terminal."""

from pathlib import Path

import pytest
from wcwidth import wcswidth

from tests.hostile import poison
from tests.support.demos import ROOT, House, enter_panel, sign_in
from tests.support.terminal import BACKSPACE, CTRL_P, CTRL_Q, DOWN, END, ENTER, ESC, RIGHT, TAB, Terminal, pasted

pytestmark = [pytest.mark.pty, pytest.mark.slow]
DECOYS = (Path("/tmp/poison.svg"),)


@pytest.fixture
def poisoned(demo: House) -> House:
    poison.poison(demo.database)
    return demo


def keys(screen: Terminal, *sent: bytes | str) -> str:
    """One key after the other, each to its end; what is seen then."""
    for key in sent:
        screen.send(key)
        screen.settle(0.12)
        assert screen.child.poll() is None, f"it ended at {key!r}:\n{screen.text}"
    return screen.text


def people(screen: Terminal) -> None:
    """The users' page: table, titles, explanations, dialogs, a person."""
    keys(screen, "2")
    screen.see("User Management")
    assert "m1" in keys(screen, *[RIGHT] * 12)
    keys(screen, "=", ESC, "#", "c", DOWN, ESC, "?", ESC, "v", DOWN, ESC)
    assert "m" in keys(screen, "o", END, DOWN)
    keys(screen, ESC, "/", "dept:m1", TAB)
    keys(screen, pasted("".join(poison.PAYLOADS[:4]).encode()), ESC)
    keys(screen, CTRL_P, "o", ESC)
    for _ in range(3):
        keys(screen, DOWN, ENTER, END, BACKSPACE)
    screen.see("User Management")


def identities(screen: Terminal) -> None:
    """The dialog that assigns identities, from Today."""
    keys(screen, "1")
    screen.see("Today")
    keys(screen, "2", TAB, TAB, TAB)
    if "Assign" in screen.text:
        keys(screen, ENTER, DOWN, ENTER, "m\u0351" * 3, ENTER, ESC, ESC)


def logs(screen: Terminal) -> None:
    """Both tabs of the logs, with details."""
    keys(screen, "6")
    screen.see("Activity Logs")
    for _ in range(3):
        keys(screen, DOWN, ENTER, ESC)
    keys(screen, *[RIGHT] * 8, "]")
    for _ in range(6):
        keys(screen, DOWN, ENTER, ESC)
    keys(screen, *[RIGHT] * 8, "/", pasted(poison.PAYLOADS[5].encode()), ESC)


def requests(screen: Terminal) -> None:
    """Token Requests: the queue, a request in full, dialogs, every tab, what fits."""
    keys(screen, "4")
    screen.see("Token Requests")
    for _ in range(3):
        keys(screen, DOWN, ENTER, ESC)
    keys(screen, "y", TAB, TAB, pasted("".join(poison.PAYLOADS[:4]).encode()), ESC, "n", ESC, "f", ENTER, ESC, ESC)
    for _ in range(3):
        keys(screen, "]", DOWN, ENTER, ESC, *[RIGHT] * 8)
    keys(screen, "/", pasted(poison.PAYLOADS[5].encode()), ESC, "]")


def closed(screen: Terminal) -> None:
    """Out of every dialog of Token Distribution, and no further."""
    for _ in range(5):
        if "p policy" in screen.text:
            return
        keys(screen, ESC)
    screen.see("p policy")


def distribution(screen: Terminal) -> None:
    """Token Distribution: what-if with its people, months and a person; policies, exceptions, the timetable, a plan."""
    keys(screen, "3")
    screen.see("Token Distribution")
    keys(screen, "o", DOWN, ENTER)
    screen.see("p policy")
    for sent in (
        ("w", ENTER, DOWN), ("w", DOWN, ENTER, DOWN, ESC), ("w", "[", "]", "]"),
        ("p", DOWN, ENTER, TAB, TAB), ("p", pasted(b"earlier"), ENTER, DOWN),
        ("p", pasted(b"department"), ENTER, DOWN, DOWN), ("p", pasted(b"department"), ENTER, ENTER),
        ("p", pasted(b"department"), ENTER, pasted(b"another"), ENTER, pasted(poison.PAYLOADS[3].encode()), ENTER),
        ("p", pasted(b"custom"), ENTER, pasted(poison.PAYLOADS[5].encode()), ENTER),
        ("i", DOWN, DOWN, ENTER), ("i", pasted(b"make"), ENTER, pasted(poison.PAYLOADS[6].encode()), TAB),
        ("t", END), (END, ENTER, DOWN, END), ("?", END),
    ):  # fmt: skip
        keys(screen, *sent)
        screen.settle()
        closed(screen)


def statistics(screen: Terminal) -> None:
    """Token Statistics: every view, down and back, a filter, own days, an explanation, the calls."""
    keys(screen, "5")
    screen.see("Token Statistics")
    for view in ("models", "departments", "users", "allocations", "forecast", "months"):
        keys(screen, "v", pasted(view.encode()), ENTER, DOWN, *[RIGHT] * 6)
    keys(screen, "v", pasted(b"users"), ENTER, DOWN, "=", ESC, ENTER, "=", ESC, ".", BACKSPACE, BACKSPACE)
    screen.see("Token Statistics")
    keys(screen, "/", pasted(poison.PAYLOADS[5].encode()), ESC, "/", pasted(b"user:m1"), ESC)
    keys(screen, "d", pasted(b"own"), ENTER, pasted(poison.PAYLOADS[3].encode()), ENTER, ESC, "[", "]", "?", ESC)


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (200, 50)])
def test_every_page_and_dialog_shows_it_as_words(poisoned: House, columns: int, lines: int) -> None:
    with poisoned.console(columns=columns, lines=lines) as screen:
        sign_in(screen, ROOT)
        keys(screen, TAB, ENTER, ESC)
        enter_panel(screen, email=ROOT)
        people(screen)
        requests(screen)
        identities(screen)
        logs(screen)
        statistics(screen)
        distribution(screen)
        keys(screen, "0")
        screen.send(CTRL_Q)
        assert screen.ended() == 0
        assert screen.restored()
        before, _, _ = screen.bytes.rpartition(b"\x1b[?1049l")
        assert poison.raw(before) == []
        assert b"[bold]m1" in screen.bytes or b"[@click=app" in screen.bytes
    assert not any(decoy.exists() for decoy in DECOYS)
    assert sorted(path.name for path in poisoned.home.rglob("*.svg")) == []


def test_columns_stay_aligned_beside_the_longest_and_the_most_marked_names(poisoned: House) -> None:
    with poisoned.console(columns=120, lines=40) as screen:
        sign_in(screen, ROOT)
        enter_panel(screen, email=ROOT)
        keys(screen, "2")
        screen.see("User Management")
        screen.settle()
        lines = screen.lines
        (top,) = [line for line in lines if "Email" in line]
        at = top.index("State")
        rows = [line for line in lines if "▓" in line[:at] and "%" in line[:at]][1:]
        assert len(rows) > 20
        ends = {wcswidth(line[: line.rindex("%", 0, at + 8)]) for line in rows}
        assert len(ends) == 1, "\n".join(lines)
        screen.send(CTRL_Q)
        assert screen.ended() == 0
