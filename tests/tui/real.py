"""The console over a real database (SQLite): what is pressed on screen is found in the store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from textual.pilot import Pilot

from sage_tui.services import identity
from sage_tui.services.context import Context
from sage_tui.tui.app import Console, Start
from sage_tui.tui.door import Services
from tests.services.editing import ADMIN, Acme
from tests.tui.seen import SMALL, Screen


@asynccontextmanager
async def at_users(
    acme: Acme, email: str = ADMIN, size: tuple[int, int] = SMALL, query: str = "", console: Context | None = None
) -> AsyncIterator[Screen]:
    """In User Management, as somebody in admin mode, the table in the order of e-mails."""
    console = console or acme.world.admin(email)
    app = Console(Services.real(lambda: acme.world.nobody), clock=acme.world.clock, start=Start("users", query))
    async with app.run_test(size=size) as pilot:
        screen = Screen(cast("Pilot[None]", pilot), acme.world)  # type: ignore[arg-type]
        await screen.rest()
        app.signed_in(identity.session(console))
        await screen.rest()
        await screen.press("a")
        await screen.press("s")
        yield screen


async def to_column(screen: Screen, key: str) -> None:
    """Put the cursor on a column."""
    table = screen.app.screen.query_one("#users")
    table.cursor_column = [column.key for column in table.columns].index(key)  # type: ignore[attr-defined]
    await screen.rest()


async def to_person(screen: Screen, name: str) -> None:
    """Put the cursor on somebody's row."""
    table = screen.app.screen.query_one("#users")
    for _ in range(200):
        if table.current is not None and table.current.email.startswith(f"{name}@"):  # type: ignore[attr-defined]
            return
        await screen.press("down")
    raise AssertionError(f"nobody is called {name}:\n{screen.text}")


async def edit(screen: Screen, name: str, key: str, text: str) -> None:
    """Edit one cell: what is typed is entered."""
    await screen.press("g")
    await to_person(screen, name)
    await to_column(screen, key)
    await screen.press("e")
    if text:
        await screen.write(text)
        await screen.press("enter")


def words(screen: Screen) -> str:
    """The words of a dialog, as if they stood on one line."""
    return " ".join(screen.text.replace("│", " ").split())
