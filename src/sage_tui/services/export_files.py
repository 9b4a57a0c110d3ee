"""Files that are written whole or not at all: mode 0600, nothing overwritten, no link followed (security.md §8)."""

import hashlib
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from sage_tui.domain.errors import Refused, StoreUnavailable, WrongUse
from sage_tui.domain.text import clean

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Sink(Protocol):
    """Where an export's bytes go. `publish` makes them the file that was asked for."""

    path: str
    count: int

    def write(self, data: bytes) -> None: ...

    def publish(self) -> None: ...

    @property
    def sha256(self) -> str: ...


@dataclass
class StreamSink:
    """Standard output, or anything that takes bytes: gone as soon as written."""

    send: Callable[[bytes], Any]
    path: str = "-"
    count: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)

    def write(self, data: bytes) -> None:
        """Pass the bytes on."""
        self.send(data)
        self.count += len(data)
        self._digest.update(data)

    def publish(self) -> None:
        """Nothing is left to do."""

    @property
    def sha256(self) -> str:
        """The digest of what was written, in hex."""
        return str(self._digest.hexdigest())


class FileSink:
    """A file of its own: written beside its place under another name, then linked there.

    Raises WrongUse (name or directory), Refused (there is a file), StoreUnavailable (disk full). Leaving the
    block without `publish` leaves nothing behind.
    """

    def __init__(self, path: str, *, replace: bool = False, hint: str = "Choose another name, or --force.") -> None:
        """`hint` says what to do where there is a file of that name."""
        self.path = os.path.abspath(path)
        self.count = 0
        self._replace = replace
        self._hint = hint
        self._digest = hashlib.sha256()
        self._name = os.path.basename(self.path)
        if not _NAME.fullmatch(self._name):
            raise WrongUse(
                f"A file cannot be called {clean(self._name, limit=60) or 'nothing'}",
                "Use letters, digits, dot, hyphen and underscore, at most 100.",
            )
        self._unfinished = f".{self._name}.{secrets.token_hex(8)}"

    def __enter__(self) -> "FileSink":
        directory = os.path.dirname(self.path)
        shown = clean(directory, limit=200)
        try:
            self._directory = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            why = "it is a symbolic link" if os.path.islink(directory) else (error.strerror or "").lower()
            raise WrongUse(f"Nothing can be written in {shown}: {why}", "Name a directory of yours.") from error
        try:
            self._refuse_existing()
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            self._file = os.fdopen(os.open(self._unfinished, flags, 0o600, dir_fd=self._directory), "wb")
        except OSError as error:
            os.close(self._directory)
            raise WrongUse(
                f"Nothing can be written in {shown}: {error.strerror}", "Name a directory of yours."
            ) from error
        except Refused:
            os.close(self._directory)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._file.close()
        except OSError:
            pass
        try:
            os.unlink(self._unfinished, dir_fd=self._directory)
        except FileNotFoundError:
            pass
        os.close(self._directory)

    @property
    def unfinished(self) -> str:
        """Where it lies until it is published: for what writes files by itself."""
        return os.path.join(os.path.dirname(self.path), self._unfinished)

    def measure(self) -> None:
        """Count and digest what somebody else wrote into the unfinished file."""
        self.count, self._digest = 0, hashlib.sha256()
        with open(self.unfinished, "rb") as written:
            while part := written.read(1 << 20):
                self.count += len(part)
                self._digest.update(part)

    def write(self, data: bytes) -> None:
        """Append to the unfinished file."""
        try:
            self._file.write(data)
        except OSError as error:
            raise self._broken(error) from error
        self.count += len(data)
        self._digest.update(data)

    def put(self, data: bytes) -> None:
        """Let the unfinished file hold this and nothing else, on the disk: publishing cannot fail for space then."""
        try:
            self._file.seek(0)
            self._file.truncate()
            self._file.write(data)
            self._flushed()
        except OSError as error:
            raise self._broken(error) from error
        self.count = len(data)
        self._digest = hashlib.sha256(data)

    def _flushed(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def publish(self) -> None:
        """Put the finished file in its place."""
        try:
            self._flushed()
            move = os.replace if self._replace else os.link
            move(self._unfinished, self._name, src_dir_fd=self._directory, dst_dir_fd=self._directory)
            os.fsync(self._directory)
        except FileExistsError as error:
            raise self._exists() from error
        except OSError as error:
            raise self._broken(error) from error

    @property
    def sha256(self) -> str:
        """The digest of what was written, in hex."""
        return self._digest.hexdigest()

    def _refuse_existing(self) -> None:
        try:
            os.stat(self._name, dir_fd=self._directory, follow_symlinks=False)
        except FileNotFoundError:
            return
        if not self._replace:
            raise self._exists()

    def _exists(self) -> Refused:
        return Refused(f"There is already a file {self.path}", self._hint, code="exists")

    def _broken(self, error: OSError) -> StoreUnavailable:
        return StoreUnavailable(f"{self.path} was not written: {error.strerror}", "Nothing is left of it.", code="disk")
