"""A program in a terminal of its own: what it writes is read by the byte, what it is told is typed."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Sequence


class Terminal:
    """A child on a pseudo-terminal of the given size (columns, rows)."""

    def __init__(self, command: Sequence[str], env: dict[str, str], size: tuple[int, int] = (120, 40)) -> None:
        self.read = bytearray()
        self.began = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], list(command), {**env, "TERM": "xterm-256color"})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def wait_for(self, text: str, seconds: float = 60.0) -> float:
        """Read until the text was written; seconds since the start. Raises TimeoutError with what came instead."""
        mark, end = text.encode(), time.perf_counter() + seconds
        while mark not in self.read:
            if time.perf_counter() > end or not self._more(0.05):
                raise TimeoutError(f"{text!r} did not come, but {bytes(self.read[-2000:])!r}")
        return time.perf_counter() - self.began

    def settle(self, quiet: float = 0.4, seconds: float = 10.0) -> None:
        """Read until nothing came for a while."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            before = len(self.read)
            self._more(quiet)
            if len(self.read) == before:
                return

    def type(self, keys: str, settle: bool = True) -> int:
        """Type, wait until it rests; how many bytes came of it."""
        before = len(self.read)
        os.write(self.fd, keys.encode())
        if settle:
            self.settle()
        return len(self.read) - before

    def forget(self) -> None:
        """Forget what was written, so that `wait_for` waits for what comes."""
        self.read.clear()

    def _more(self, seconds: float) -> bool:
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if ready:
            try:
                data = os.read(self.fd, 65_536)
            except OSError:
                return False
            self.read += data
            return bool(data)
        return True

    def close(self) -> None:
        """End the child, whatever it does."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)
