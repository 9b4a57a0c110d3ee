"""The line to the terminal, and its end. Textual's writer thread dies of the first write to a line that is gone; then
its queue fills and the app waits for ever instead of leaving. Here such writes are dropped, and the app leaves."""

from io import TextIOWrapper
from typing import IO, TYPE_CHECKING, Any, cast

from textual import events
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.message import Message

from sage_tui.tui.pastes import SafeParser

if TYPE_CHECKING:
    from textual.app import App

HUNG_UP = 129
"""The exit code of a program that its terminal left: 128 + SIGHUP."""


COLUMNS, ROWS = 500, 200
"""The largest screen that is drawn: a terminal may claim any size, and each frame of it is built and written."""


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
        self._size = self._size or self._get_terminal_size()

    def _get_terminal_size(self) -> tuple[int, int]:
        width, height = super()._get_terminal_size()
        return min(width, COLUMNS), min(height, ROWS)

    def process_message(self, message: Message) -> None:
        """A size that the terminal sends in band is cut as the window's own is."""
        if isinstance(message, events.Resize):
            size = Size(min(message.size.width, COLUMNS), min(message.size.height, ROWS))
            message = events.Resize(size, size, size, message.pixel_size)
        super().process_message(message)

    def run_input_thread(self) -> None:
        """A line that cannot be read any more is a line that dropped, not a crash."""
        # The driver makes its parser by this name: there is no other way in (a test holds it against the version).
        linux_driver.XTermParser = SafeParser  # type: ignore[attr-defined]
        try:
            super().run_input_thread()
        except OSError:
            self._app.call_later(self._app.exit, return_code=HUNG_UP)
