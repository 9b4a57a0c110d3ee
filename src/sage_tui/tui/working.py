"""Long work: a dialog that says how far it is and can stop it. Short work shows nothing."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from sage_tui.domain.errors import Interrupted, SageError
from sage_tui.domain.progress import Progress
from sage_tui.tui.asking import question
from sage_tui.tui.screens.base import Dialog
from sage_tui.tui.widgets.fields import Press

T = TypeVar("T")

PATIENCE = 0.3
"""Seconds before the dialog is shown."""


class Working(Dialog[bool]):
    """Says a number; esc or the button stops the work."""

    def __init__(self, heading: str) -> None:
        super().__init__()
        self.HEADING = heading

    def body(self) -> ComposeResult:
        yield Static(Content("0"), id="working")

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Stop", id="stop")

    def at(self, number: int) -> None:
        """So far it is. Nothing is drawn before it stands there, nor when it was left and the work is yet to stop."""
        for shown in self.query("#working").results(Static):
            shown.update(Content(f"{number:,}"))

    @on(Press.Pressed, "#stop")
    def _stop(self) -> None:
        self.dismiss(False)


async def working(page: DOMNode, heading: str, call: Callable[[Progress], T]) -> T | SageError | None:
    """The answer of a blocking call that tells its progress; its error; None when it was stopped. Runs in a worker."""
    stopped = threading.Event()
    seen = [0]

    def progress(number: int) -> None:
        seen[0] = number
        if stopped.is_set():
            raise Interrupted("Stopped: nothing was done.")

    with question():
        work = asyncio.create_task(asyncio.to_thread(call, progress))
        done, _ = await asyncio.wait({work}, timeout=PATIENCE)
        if not done:
            dialog = Working(heading)
            timer = page.set_interval(0.25, lambda: dialog.at(seen[0]))
            page.app.push_screen(dialog, callback=lambda _: stopped.set())
            try:
                await asyncio.wait({work})
            finally:
                stopped.set()  # whoever waited may be gone: then nobody wants it any more
                timer.stop()
            if dialog.is_current:
                dialog.dismiss(True)
    try:
        return work.result()
    except Interrupted:
        return None
    except SageError as error:
        return error
