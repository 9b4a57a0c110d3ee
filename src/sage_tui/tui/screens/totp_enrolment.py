"""Enrolment of an authenticator: QR code, secret as text, a code to confirm, recovery codes shown once."""

import os

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from sage_tui.domain.sessions import Enrolment
from sage_tui.tui.asking import answer
from sage_tui.tui.screens.base import Dialog, too_small
from sage_tui.tui.screens.demo_code import DemoCode
from sage_tui.tui.screens.recovery_codes import ShowRecoveryCodes
from sage_tui.tui.text import content
from sage_tui.tui.widgets.fields import Field, Press
from sage_tui.tui.widgets.qr_code import QrCode

ROWS = 24
"""Lines that a terminal needs for the picture."""

COLUMNS = 80
"""Columns that it needs beside the words."""

SCAN = "1 Scan the picture with the app, or\n  type this secret into it:"


def why_no_picture(columns: int, rows: int, term: str) -> str:
    """Why no QR code is drawn; nothing when it is."""
    if term in ("linux", "dumb"):
        return f"No picture: a terminal of the kind {term!r} cannot draw one that cameras read."
    if rows < ROWS:
        return f"No picture: it needs {ROWS} lines, this terminal has {rows}."
    if columns < COLUMNS:
        return f"No picture: it needs {COLUMNS} columns, this terminal has {columns}."
    return ""


def grouped(secret: str) -> str:
    """A secret in groups of four, four groups a line."""
    groups = [secret[at : at + 4] for at in range(0, len(secret), 4)]
    return "\n".join("  " + " ".join(groups[at : at + 4]) for at in range(0, len(groups), 4))


class Enrol(Dialog[bool]):
    """The whole screen. True when an authenticator was confirmed."""

    AUTO_FOCUS = "#code"

    def __init__(self) -> None:
        super().__init__()
        self._enrolment: Enrolment | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="enrolment"):
            yield QrCode(id="qr")
            with VerticalScroll(id="steps", can_focus=False):
                yield Static(Content("Set up your authenticator app"), id="enrol-heading")
                yield Static(id="no-picture")
                yield Static(Content(SCAN), id="scan")
                yield Static(id="secret")
                yield Static(Content("2 Type the six digits it shows:"), classes="label")
                yield Field(id="code", limit=60)
                yield DemoCode(pending=True)
                yield Static(Content("3 A code of the app used until now,\n  or a recovery code:"), id="old-label")
                yield Field(id="old", limit=60)
                yield Static(id="trouble")
                with Horizontal(classes="buttons"):
                    yield Press("Cancel", id="cancel")
                    yield Press("Confirm", id="confirm")
        yield too_small()

    def on_mount(self) -> None:
        for id in ("#old", "#old-label"):
            self.query_one(id).display = False
        self._begin()

    @work(group="begin", exclusive=True)
    async def _begin(self) -> None:
        got = await answer(self, self.console.services.enrolment.begin)
        if got:
            self._show(got.value)

    def _show(self, enrolment: Enrolment) -> None:
        self._enrolment = enrolment
        self.query_one("#secret", Static).update(content(grouped(enrolment.secret.reveal()), multiline=True))
        for id in ("#old", "#old-label"):
            self.query_one(id).display = enrolment.needs_old_code
        self._draw()
        self.query_one(DemoCode).ask()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        if self._enrolment is None:
            return
        why = why_no_picture(self.size.width, self.size.height, os.environ.get("TERM", ""))
        qr = self.query_one(QrCode)
        qr.display = not why
        if not why:
            qr.show(self._enrolment.url)
        reason = self.query_one("#no-picture", Static)
        reason.update(content(why))
        reason.display = bool(why)
        scan = (
            "1 Type this secret into the app:"
            if why
            else "1 Scan the picture with the app, or\n  type this secret into it:"
        )
        self.query_one("#scan", Static).update(content(scan, multiline=True))

    @on(Field.Submitted)
    def _submitted(self, event: Field.Submitted) -> None:
        old = self.query_one("#old", Field)
        if event.input.id == "code" and old.display and not old.value:
            old.focus()
        else:
            self._confirm_now()

    @on(Press.Pressed, "#confirm")
    def _confirm_now(self) -> None:
        code = self.query_one("#code", Field).value
        if not code.strip():
            self.complain(Content("Type the six digits that the app shows now."))
            return
        self._confirm(code, self.query_one("#old", Field).value)

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(False)

    def action_close(self) -> None:
        self.dismiss(False)

    @work(group="confirm", exclusive=True)
    async def _confirm(self, code: str, old_code: str) -> None:
        got = await answer(self, lambda: self.console.services.enrolment.confirm(code, old_code))
        if not got:
            field = self.query_one("#code", Field)
            field.value = ""
            field.focus()
            return
        await self.app.push_screen_wait(ShowRecoveryCodes(got.value))
        self.dismiss(True)
