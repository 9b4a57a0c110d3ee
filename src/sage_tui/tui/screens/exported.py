"""`x`: the table on screen into a file, as filtered and sorted, all of its rows; and where it went."""

from typing import TYPE_CHECKING

from sage_tui.domain.text import counted
from sage_tui.tui.screens.base import Page
from sage_tui.tui.screens.management import acting
from sage_tui.tui.screens.notice import Notice
from sage_tui.tui.text import content

if TYPE_CHECKING:
    from sage_tui.domain.exports import Export, Exported

MARGIN = 4
"""Cells of the panel's line that are no text."""


async def export(page: Page, command: "Export", one: str, many: str = "") -> None:
    """Write it, with progress and a way to stop; say where it went. Runs in a worker."""
    to_file = page.console.services.exporting.to_file
    done = await acting.long(page, f"Writing {many or one + 's'} …", lambda progress: to_file(command, progress))
    if done is not None:
        await told(page, done, one, many)


async def told(page: Page, done: "Exported", one: str, many: str = "") -> None:
    """Say what was written and where: the path stands whole, so that it can be copied.

    Where the panel's line is too short for it, it stands on a line of its own in a dialog.
    """
    rows = counted(done.rows, one, many)
    said = content(f"{rows} written to {done.path}")
    if said.cell_length <= page.app.size.width - MARGIN:
        page.say(said)
        return
    page.say(content(f"{rows} written."))
    lines = [(f"{rows}, {done.bytes:,} bytes, for your eyes alone (mode 0600):",), ("",), (done.path,)]
    await page.app.push_screen_wait(Notice("Written", lines))
