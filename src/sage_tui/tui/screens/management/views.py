"""`v`: saved views: open one, save the present filter, delete an own one."""

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from sage_tui.domain import permissions
from sage_tui.domain.paging import Sort
from sage_tui.domain.permissions import Verb
from sage_tui.domain.users import View
from sage_tui.tui.screens.base import Dialog, Page
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.text import content
from sage_tui.tui.widgets.fields import Field, Press


@dataclass(frozen=True, slots=True)
class Wish:
    """What was chosen: open a view, save the present filter, or delete a view."""

    act: str
    view: View | None = None


def choices(views: tuple[View, ...], query: str, read_only: str | None) -> list[Choice[Wish]]:
    """Views first, then what can be done with them."""
    listed = [Choice(Wish("open", view), view.name, _says(view)) for view in views]
    mine = [view for view in views if view.mine]
    save = read_only or (None if query else "there is no filter to save")
    delete = read_only or (None if mine else "you have saved none")
    return [
        *listed,
        Choice(Wish("save"), "Save this filter …", query, save),
        Choice(Wish("delete"), "Delete a view …", "", delete),
    ]


def deletable(views: tuple[View, ...]) -> list[Choice[Wish]]:
    """Own views."""
    return [Choice(Wish("delete", view), view.name, _says(view)) for view in views if view.mine]


def _says(view: View) -> str:
    owner = "" if view.mine else f", of {view.owner}"
    return f"{view.query or 'all'}{' · shared' if view.shared else ''}{owner}"


class SaveView(Dialog[View]):
    """A name for the present filter."""

    HEADING = "Save this filter"

    def __init__(self, query: str, sort: str) -> None:
        super().__init__()
        self._query = query
        self._sort = sort

    def body(self) -> ComposeResult:
        yield Static(content(self._query), classes="text")
        yield Static(Content("Name"), classes="label")
        yield Field(id="name", limit=60)

    def foot(self) -> ComposeResult:
        with Horizontal(classes="buttons"):
            yield Press("Cancel", id="cancel")
            yield Press("Save for all admins", id="shared")
            yield Press("Save for me", id="mine")

    @on(Field.Submitted)
    @on(Press.Pressed, "#mine")
    def _mine(self) -> None:
        self._save(shared=False)

    @on(Press.Pressed, "#shared")
    def _shared(self) -> None:
        self._save(shared=True)

    def _save(self, *, shared: bool) -> None:
        name = self.query_one("#name", Field).value.strip()
        if not name:
            self.complain(Content("It needs a name."))
        else:
            self.dismiss(View(name, self._query, self._sort, shared, True, ""))

    @on(Press.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)


async def manage(page: Page, query: str, sort: Sort) -> View | None:
    """The view to open. Saving the present filter and deleting an own view are done here. Runs in a worker."""
    verbs = page.console.services.views
    got = await page.ask(lambda: verbs.list_views("users"))
    if got is None:
        return None
    refused = permissions.why_not(page.here.actor, Verb.VIEWS_SAVE)
    wish = await page.app.push_screen_wait(Chooser("Saved views", choices(got.value, query, refused)))
    if wish is None:
        return None
    if wish.act == "save":
        await _save(page, query, sort)
    elif wish.act == "delete":
        await _delete(page, deletable(got.value))
    return wish.view


async def _save(page: Page, query: str, sort: Sort) -> None:
    order = f"{sort.column}:desc" if sort.descending else sort.column
    view = await page.app.push_screen_wait(SaveView(query, order))
    if view is not None and await page.ask(lambda: page.console.services.views.save("users", view)):
        page.say(content(f"Saved as {view.name}."))


async def _delete(page: Page, own: list[Choice[Wish]]) -> None:
    wish = await page.app.push_screen_wait(Chooser("Delete which view?", own))
    if wish is None or wish.view is None:
        return
    name = wish.view.name
    if await page.ask(lambda: page.console.services.views.delete("users", name)):
        page.say(content(f"Deleted {name}."))
