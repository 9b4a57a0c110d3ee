"""Signals of the host: a hang-up or a TERM ends the app with the terminal restored; a stop is ignored."""

import asyncio
import os
import signal
from functools import partial
from typing import Any

from textual.app import App

ENDS = {signal.SIGHUP: 129, signal.SIGTERM: 143}


def watch(app: App[Any]) -> None:
    """End the app on SIGHUP and SIGTERM, also when the parent ignored them. Not without a terminal (tests)."""
    if app.is_headless:
        return
    app.set_interval(1.0, partial(_leave_if_gone, app))
    loop = asyncio.get_running_loop()
    for number, code in ENDS.items():
        loop.add_signal_handler(number, partial(app.exit, return_code=code))
    ignore_stop()  # again: Textual's driver has meanwhile put a handler of its own there, which stops the process


def _leave_if_gone(app: App[Any]) -> None:
    """A line can drop without a signal to us: in a session of its own nobody sends one."""
    if not os.isatty(0):
        app.exit(return_code=ENDS[signal.SIGHUP])


def ignore_stop() -> None:
    """A stopped console would leave the terminal in its state, and a restricted login with a shell's prompt."""
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)
