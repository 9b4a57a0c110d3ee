"""The line to the terminal, and its end. Textual's writer thread dies of the first write to a line that is gone; then
its queue fills and the app waits for ever instead of leaving. Here such writes are dropped, and the app leaves."""

from io import TextIOWrapper
from typing import IO, TYPE_CHECKING, Any, cast

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.app import App

HUNG_UP = 129
"""The exit code of a program that its terminal left: 128 + SIGHUP."""


class Line:
    """A file to write to that forgets what a closed line does not take."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        try:
            self._file.write(text)
        except OSError:
            return

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            return

    def fileno(self) -> int:
        return self._file.fileno()


class LineDriver(LinuxDriver):
    """Textual's driver for terminals, for lines that may drop."""

    def __init__(self, app: "App[Any]", **named: Any) -> None:
        super().__init__(app, **named)
        self._file = cast(TextIOWrapper, Line(cast(TextIOWrapper, self._file)))

    def run_input_thread(self) -> None:
        """A line that cannot be read any more is a line that dropped, not a crash."""
        try:
            super().run_input_thread()
        except OSError:
            self._app.call_later(self._app.exit, return_code=HUNG_UP)
