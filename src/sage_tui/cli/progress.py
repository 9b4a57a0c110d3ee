"""Long work: a bar on standard error if it is a terminal, else a line every ten seconds."""

import sys
import time
from types import TracebackType

from sage_tui.cli.state import current

EVERY = 10.0
WIDTH = 30


class Progress:
    """Shows how far something is. `total` 0 is not known."""

    def __init__(self, what: str, total: int = 0) -> None:
        self._what = what
        self._total = total
        self._terminal = sys.stderr.isatty()
        self._quiet = current().quiet
        self._shown = time.monotonic()
        self._drawn = False

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def at(self, done: int, note: str = "") -> None:
        """So much is done; drawn at most four times a second."""
        now = time.monotonic()
        if self._quiet or now - self._shown < (0.25 if self._terminal else EVERY):
            return
        self._shown = now
        if self._terminal:
            self._drawn = True
            sys.stderr.write(f"\r\x1b[K{self._bar(done)} {self._what} {note}")
            sys.stderr.flush()
        else:
            print(f"{self._what}: {self._count(done)} {note}".rstrip(), file=sys.stderr)

    def _count(self, done: int) -> str:
        return f"{done:,} of {self._total:,}" if self._total else f"{done:,}"

    def _bar(self, done: int) -> str:
        if not self._total:
            return f"{done:>12,}"
        part = min(done, self._total)
        full = part * WIDTH // self._total
        return f"[{'█' * full}{'·' * (WIDTH - full)}] {part * 100 // self._total:>3}%"
