"""An app with Textual's doors to the host closed (security.md, section 2): it writes no file, opens no address,
starts no program, cannot be suspended, and a crash prints no message, locals or data."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from textual.app import SystemCommand
from textual.content import Content
from textual.driver import Driver
from textual.notifications import SeverityLevel
from textual.screen import Screen

from sage_tui.domain.text import clean
from sage_tui.tui.typeahead import KeysInTurn


class DoorClosed(Exception):
    """Something asked for a way out of the terminal that this program does not have."""


class SafeApp(KeysInTurn):
    """Textual's App without its ways to the host."""

    ENABLE_COMMAND_PALETTE = False
    restricted = False
    """A login that may use no clipboard either."""

    def get_driver_class(self) -> type[Driver]:
        """Ours: no variable of the environment names another."""
        from sage_tui.tui.line import LineDriver

        return LineDriver

    def get_system_commands(self, screen: Screen[Any]) -> Iterator[SystemCommand]:
        """None: our palette lists acts and pages."""
        yield from ()

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        self.say(Content("This program writes no pictures of its screen."))

    def deliver_text(self, *args: Any, **named: Any) -> NoReturn:
        raise DoorClosed("no file is written this way")

    def deliver_binary(self, *args: Any, **named: Any) -> NoReturn:
        raise DoorClosed("no file is written this way")

    def save_screenshot(self, *args: Any, **named: Any) -> NoReturn:
        raise DoorClosed("no file is written this way")

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """The address is shown, no browser is started."""
        self.say(Content(clean(url, limit=200)))

    def copy_to_clipboard(self, text: str) -> None:
        if not self.restricted:
            super().copy_to_clipboard(text)

    @contextmanager
    def suspend(self) -> Iterator[None]:
        raise DoorClosed("the console is not suspended")
        yield

    def action_suspend_process(self) -> None:
        self.say(Content("The console is not suspended: ctrl+q quits."))

    def action_help_quit(self) -> None:
        self.say(Content("ctrl+q quits."))

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Textual's own notices go to our line too, as plain text."""
        self.say(Content(clean(str(message))), bad=severity == "error")

    def say(self, words: Content, *, bad: bool = False) -> None:
        """One sentence for the person; the console shows it on its line."""

    def _fatal_error(self) -> None:
        """A crash tells its class and a report id; what was in memory is not printed."""
        error = sys.exc_info()[1] or self._exception
        import secrets

        self.crashed(error, secrets.token_hex(4))

    def panic(self, *renderables: Any) -> None:
        """Textual's reports (of style sheets, of actions) are crashes like any other."""
        self._return_code = 1
        self._fatal_error()

    def crashed(self, error: BaseException | None, report: str) -> None:
        """Leave, saying which class and which report. The report itself, class and places, is in the log."""
        name = type(error).__name__ if error else "unknown"
        self.log_crash(error, report)
        if not self._exit_renderables:
            self._exit_renderables.append(
                f"error: sage-tui stopped because of an internal error ({name}, report {report}).\n"
                "hint: nothing half-done was saved. Start it again; tell the report's number if it happens again."
            )
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """The first crash, as plain lines that the terminal wraps: a report's number is copied whole."""
        for words in self._exit_renderables:
            print(words, file=sys.__stderr__, flush=True)
        self._exit_renderables.clear()

    def log_crash(self, error: BaseException | None, report: str) -> None:
        """Where the crash is written down; the console gives a logger."""
