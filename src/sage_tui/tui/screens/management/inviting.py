"""Inviting those who never signed in: asked first, then one-time passwords in a file whose name can be copied."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from sage_tui.domain.invite import Invite, Invited
from sage_tui.tui.screens.base import Dialog, Page
from sage_tui.tui.screens.confirm import Confirm
from sage_tui.tui.screens.management import acting
from sage_tui.tui.text import content
from sage_tui.tui.widgets.fields import Field, Press

NAME = "Invite those who never signed in …"


class Written(Dialog[None]):
    """Where the file is: its name is marked, ctrl+c copies it."""

    HEADING = "Invited"

    def __init__(self, done: Invited) -> None:
        super().__init__()
        self._done = done

    def body(self) -> ComposeResult:
        yield Static(content(told(self._done)), classes="text")
        yield Static(Content("The file (ctrl+c copies its name)"), classes="label")
        yield Field(self._done.path, id="path", limit=4_096)

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Close", id="ok")

    def on_mount(self) -> None:
        self.query_one("#path", Field).select_all()

    @on(Field.Submitted)
    @on(Press.Pressed, "#ok")
    def _read(self) -> None:
        self.dismiss(None)


def told(done: Invited) -> str:
    """What was written."""
    people = "1 person has a one-time password" if done.rows == 1 else f"{done.rows:,} people have one-time passwords"
    changed = f" {done.changed:,} signed in or left meanwhile and have none." if done.changed else ""
    return f"{people}, valid 72 hours. Only you can read the file; send each their line, then delete it.{changed}"


async def invite(page: Page, query: str, numbers: tuple[int, ...], whom: str) -> bool:
    """Ask, make the passwords, say where they are. Was anybody invited? Runs in a worker."""
    words = (
        f"Of {whom}, whoever has never signed in gets a one-time password, valid 72 hours, in a file that only you can"
        " read. One that they were given before does not open any more."
    )
    if not await page.app.push_screen_wait(Confirm("Invite?", words, stay="Cancel", go="Invite")):
        return False
    command = Invite(query, page.here.asks_about, numbers)
    verbs = page.console.services.invite
    done = await acting.long(page, "Making passwords …", lambda progress: verbs.to_file(command, progress))
    if done is None:
        return False
    await page.app.push_screen_wait(Written(done))
    return True
