"""A real pseudo-terminal with the program in it: keys in, bytes and a screen out (pyte draws them)."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte

TOP = Path(__file__).parents[2]
PATIENCE = 30.0
"""Seconds after which something that should happen has not: guards against hanging only."""

ENTER, ESC, TAB, SHIFT_TAB, BACKSPACE = b"\r", b"\x1b", b"\t", b"\x1b[Z", b"\x7f"
UP, DOWN, LEFT, RIGHT, END, HOME = b"\x1b[A", b"\x1b[B", b"\x1b[D", b"\x1b[C", b"\x1b[F", b"\x1b[H"
CTRL_A, CTRL_C, CTRL_P, CTRL_Q, CTRL_S = b"\x01", b"\x03", b"\x10", b"\x11", b"\x13"
CTRL_X, CTRL_Z = b"\x18", b"\x1a"

_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[(?:[<>=][0-9;]*[a-zA-Z]|\?[0-9;]*\$?[a-gi-km-z])|\xef\xb8\x8f")
"""Questions, keyboard modes, the sign for emoji: a terminal knows or ignores them, pyte would print or stop at them."""


def pasted(text: bytes) -> bytes:
    """What a terminal sends when somebody pastes."""
    return b"\x1b[200~" + text + b"\x1b[201~"


class Terminal:
    """A program in a terminal of `columns` × `lines`. Use as a context manager: the end kills what is left."""

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        *,
        columns: int = 80,
        lines: int = 24,
        before: Callable[[], None] | None = None,
    ) -> None:
        self.bytes = b""
        self._rest = b""
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self.master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.modes = termios.tcgetattr(self._slave)
        self.child = subprocess.Popen(
            argv, stdin=self._slave, stdout=self._slave, stderr=self._slave, env=dict(env), cwd=TOP,
            start_new_session=True, preexec_fn=lambda: self._begin(before),
        )  # fmt: skip

    @staticmethod
    def _begin(before: Callable[[], None] | None) -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        if before:
            before()

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait(PATIENCE)
        for end in (self.master, self._slave):
            if end >= 0:
                os.close(end)

    # What is seen -------------------------------------------------------------------------------------------------

    @property
    def lines(self) -> list[str]:
        """The screen's lines, without blanks at their ends."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        """The screen."""
        return "\n".join(self.lines)

    def line(self, words: str) -> str:
        """The first line with these words."""
        return next((line for line in self.lines if words in line), f"no line says {words!r}:\n{self.text}")

    def pump(self, seconds: float) -> bool:
        """Read what comes within some seconds; False when nothing did, or the terminal is closed."""
        if not select.select([self.master], [], [], max(seconds, 0))[0]:
            return False
        try:
            part = os.read(self.master, 65_536)
        except OSError:
            return False
        self.bytes += part
        self._draw(part)
        return bool(part)

    def _draw(self, part: bytes) -> None:
        whole = self._rest + part
        cut = whole.rfind(b"\x1b")
        self._rest = whole[cut:] if 0 <= cut > len(whole) - 32 and not _ended(whole[cut:]) else b""
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", whole[: len(whole) - len(self._rest)]))

    def until(self, seen: Callable[[], bool], what: str = "that") -> None:
        """Wait for the screen to look so."""
        end = time.monotonic() + PATIENCE
        while not seen():
            ended = self.child.poll() is not None
            if not self.pump(0.5) and (ended or time.monotonic() > end):
                raise AssertionError(f"never saw {what}; exit code {self.child.poll()}, the screen:\n{self.text}")

    def see(self, *words: str) -> None:
        """Wait for words on the screen, all at once."""
        self.until(lambda: all(word in self.text for word in words), " and ".join(map(repr, words)))

    def gone(self, words: str) -> None:
        """Wait for words to go away."""
        self.until(lambda: words not in self.text, f"the end of {words!r}")

    def settle(self, quiet: float = 0.4) -> None:
        """Wait until nothing is written for a while."""
        end = time.monotonic() + PATIENCE
        while self.pump(quiet) and time.monotonic() < end:
            pass

    # What is done -------------------------------------------------------------------------------------------------

    def send(self, *keys: bytes | str) -> None:
        """Keys, or text."""
        for key in keys:
            os.write(self.master, key.encode() if isinstance(key, str) else key)

    def click(self, words: str) -> None:
        """Click the first character of words on the screen (they stand in a line of narrow characters)."""
        y, line = next((y, line) for y, line in enumerate(self.lines, 1) if words in line)
        x = line.index(words) + 1
        self.send(f"\x1b[<0;{x};{y}M\x1b[<0;{x};{y}m")

    def close(self) -> None:
        """The line drops: a hang-up for whoever sits in the terminal."""
        os.close(self._slave)
        os.close(self.master)
        self.master = self._slave = -1

    def signal(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        os.kill(self.child.pid, number)

    def ended(self) -> int:
        """Wait for the program to end; its exit code."""
        end = time.monotonic() + PATIENCE
        while self.child.poll() is None and time.monotonic() < end:
            if self.master >= 0:
                self.pump(0.1)
            else:
                try:
                    self.child.wait(0.1)
                except subprocess.TimeoutExpired:
                    continue
        while self.master >= 0 and self.pump(0.1):
            pass
        code = self.child.poll()
        assert code is not None, f"still there after {PATIENCE} s:\n{self.text}"
        return code

    def restored(self) -> bool:
        """Is the terminal as it was: main screen, no mouse, no bracketed paste, cursor shown, its modes?"""
        modes: dict[bytes, bytes] = dict(re.findall(rb"\x1b\[\?([0-9]+)([hl])", self.bytes))
        off = all(modes.get(number, b"l") == b"l" for number in (b"1049", b"1000", b"1003", b"1006", b"1015", b"2004"))
        same = self._slave < 0 or termios.tcgetattr(self._slave)[:4] == self.modes[:4]
        return off and modes.get(b"25", b"h") == b"h" and same


def _ended(sequence: bytes) -> bool:
    return re.match(rb"\x1b(?:[^\[\]P]|\[[0-9;?<>=$ ]*[@-~])", sequence) is not None


def console(env: Mapping[str, str], now: int, *words: str, **named: object) -> Terminal:
    """The console (or another command) in a terminal, at a time that runs from `now` on."""
    return Terminal([sys.executable, "-m", "tests.support.launch", str(now), *words], env, **named)  # type: ignore[arg-type]
