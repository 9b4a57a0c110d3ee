"""Files that come from elsewhere, opened and cut into lines safely (security.md, section 8)."""

import hashlib
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from sage_tui.domain.errors import NotFound, WrongUse
from sage_tui.domain.text import clean

LINE_LIMIT = 4 * 1024 * 1024
"""A longer line (in bytes) is a refused row."""

LIST_LIMIT = 20 * 1024 * 1024
"""Bytes of a user list or workbook; usage may have any size."""

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its line feed (a CR before it stays). `data` is None where it was longer than the limit."""

    number: int
    data: bytes | None


class Input:
    """An open input: a regular file, or standard input. Reads once, and knows the digest of what it read."""

    def __init__(self, stream: BinaryIO, name: str, size: int | None) -> None:
        self._stream = stream
        self._left = size
        self._digest = hashlib.sha256()
        self.name = name
        self.size = size
        self.read = 0

    @property
    def sha256(self) -> str:
        """The digest of what was read so far, in hex."""
        return self._digest.hexdigest()

    def lines(self) -> Iterator[Line]:
        """All lines, the first without its byte order mark. Raises WrongUse for UTF-16.

        A file that grows meanwhile is read to where it ended when it was opened.
        """
        number = 0
        while chunk := self._readline():
            number += 1
            if number == 1:
                chunk = self._begin(chunk)
            if len(chunk) > LINE_LIMIT and not chunk.endswith(b"\n"):
                self._skip_line()
                yield Line(number, None)
            else:
                yield Line(number, chunk.removesuffix(b"\n"))

    def whole(self, limit: int = LIST_LIMIT) -> bytes:
        """The whole content. Raises WrongUse when it is longer than `limit` bytes."""
        parts: list[bytes] = []
        while chunk := self._take(self._stream.read(min(1 << 20, self._room()))):
            parts.append(chunk)
            if self.read > limit:
                raise too_long(self.name, limit)
        return self._begin(b"".join(parts))

    def peek(self) -> str:
        """The first character that is no space, where it can be seen without reading; else nothing."""
        peek = getattr(self._stream, "peek", None)
        start: bytes = peek(4096) if peek else b""
        return start.removeprefix(_BOM).lstrip()[:1].decode("latin-1")

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self.size is not None:
            self._stream.close()

    def __enter__(self) -> "Input":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _room(self) -> int:
        return LINE_LIMIT + 2 if self._left is None else min(LINE_LIMIT + 2, self._left)

    def _readline(self) -> bytes:
        return self._take(self._stream.readline(self._room()))

    def _take(self, chunk: bytes) -> bytes:
        self._digest.update(chunk)
        self.read += len(chunk)
        if self._left is not None:
            self._left -= len(chunk)
        return chunk

    def _skip_line(self) -> None:
        while chunk := self._readline():
            if chunk.endswith(b"\n"):
                return

    def _begin(self, chunk: bytes) -> bytes:
        if chunk.startswith(_UTF16) or chunk[:4].count(b"\0") >= 2:
            raise WrongUse(f"{self.name}: line 1 is not UTF-8; it looks like UTF-16", "Save it as UTF-8.")
        return chunk.removeprefix(_BOM)


def open_input(path: str, *, limit: int | None = None) -> Input:
    """Open a file by name, or standard input by `-`. `limit` is its largest size in bytes.

    Links are not followed, and nothing but a regular file is read. Raises NotFound, WrongUse.
    """
    if path == "-":
        return Input(sys.stdin.buffer, "standard input", None)
    shown = clean(path, limit=200)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"There is no file {shown}", "See the path.") from error
    except (OSError, ValueError) as error:
        raise WrongUse(
            f"{shown} cannot be opened: {_why(path, error)}", "Give a regular file that you may read."
        ) from error
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        raise WrongUse(f"{shown} is not a regular file", "Give a file; standard input is `-`.")
    if limit is not None and found.st_size > limit:
        os.close(handle)
        raise too_long(shown, limit)
    return Input(os.fdopen(handle, "rb", buffering=1 << 18), shown, found.st_size)


def too_long(name: str, limit: int) -> WrongUse:
    """The error for a file above its limit."""
    return WrongUse(f"{name} is larger than {limit // (1024 * 1024)} MiB", "Cut it into parts.")


def _why(path: str, error: Exception) -> str:
    try:
        linked = os.path.islink(path)
    except ValueError:
        linked = False
    if linked:
        return "it is a symbolic link"
    return (error.strerror or "it cannot be read").lower() if isinstance(error, OSError) else "no file has such a name"
