"""Pastes made harmless before they are parsed (security.md, section 2): an ESC inside a bracketed paste would turn what
follows into keys. Within the paste's marks no control character passes, however the bytes are cut into reads.

A paste may hold the mark of its own end, with keys behind it, where a terminal does not take it out. Then two ends come
in one burst: up to the last of them all is text. A burst is one read, and the reads behind it while each is full. What
comes in a later read cannot be told from keys: that is the terminal's to prevent (docs/limits.md).
"""

from collections.abc import Iterable

from textual._xterm_parser import XTermParser
from textual.message import Message

START, END = "\x1b[200~", "\x1b[201~"
KEPT = "\t\n\r"

FULL = 1_000
"""Characters from which on a read may have left something behind: terminals hand on some thousand bytes at once."""


class PasteGuard:
    """Cleans what comes from a terminal, read by read."""

    def __init__(self) -> None:
        self._inside = False
        self._ended = False
        """An end was seen; whether it is the last one of its burst, the next read says."""
        self._full = False
        self._seen = ""
        self._held = ""

    def clean(self, data: str) -> str:
        """The same without control characters inside of pastes."""
        self._full = len(data) >= FULL
        done = []
        while data:
            part, data = self._within(data) if self._inside else self._outside(data)
            done.append(part)
        return "".join(done)

    def rest(self) -> str:
        """Nothing more came: what was held back behind a paste's end is keys."""
        if not self._ended:
            return ""
        held, self._held, self._full = self._held, "", False
        self._inside = self._ended = False
        return END + self.clean(held)

    def _outside(self, data: str) -> tuple[str, str]:
        """Everything passes; a paste's beginning is also seen where it lies across two reads."""
        joined = self._seen + data
        at = joined.find(START)
        if at < 0:
            self._seen = joined[-len(START) + 1 :]
            return data, ""
        self._inside, begun = True, at + len(START) - len(self._seen)
        self._seen = ""
        return data[:begun], data[begun:]

    def _within(self, data: str) -> tuple[str, str]:
        """Text passes, controls do not; what may be the beginning of the end waits for the next read."""
        data, self._held = self._held + data, ""
        at = data.rfind(END)
        if at >= 0:
            text, data, self._ended = _harmless(data[:at]), data[at + len(END) :], True
        else:
            text = ""
        if self._ended:
            if self._full:
                self._held = data
                return text, ""
            self._inside = self._ended = False
            return text + END, data
        cut = next((n for n in range(len(END) - 1, 0, -1) if data.endswith(END[:n])), 0)
        self._held = data[len(data) - cut :]
        return _harmless(data[: len(data) - cut]), ""


def _harmless(text: str) -> str:
    return "".join(ch for ch in text if ch in KEPT or not (ord(ch) < 0x20 or 0x7F <= ord(ch) < 0xA0))


class SafeParser(XTermParser):
    """Textual's parser behind the guard."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._guard = PasteGuard()
        self._fed = False

    def feed(self, data: str) -> Iterable[Message]:
        """The messages of what was read. Nothing read is the end; what is held back is not."""
        self._fed = True
        clean = self._guard.clean(data) if data else data
        return super().feed(clean) if clean or not data else ()

    def tick(self) -> Iterable[Message]:
        """The driver asks after each read, and again when none came for a while: then a burst is over."""
        fed, self._fed = self._fed, False
        rest = "" if fed else self._guard.rest()
        if rest:
            yield from super().feed(rest)
        yield from super().tick()
