"""What `e` and `.` do in User Management: the cell under the cursor, the row, the selection."""

from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Region

from sage_tui.domain.exports import ExportUsers
from sage_tui.domain.plan_commands import Bulk, Selection
from sage_tui.domain.plans import FLAGS, TEXTS, Field
from sage_tui.domain.text import clean
from sage_tui.tui.screens import exported
from sage_tui.tui.screens.chooser import Choice, Chooser
from sage_tui.tui.screens.management import acting, add_people, bulk, identities, inviting
from sage_tui.tui.screens.management.fields import EDITED, shown, value_of
from sage_tui.tui.text import content
from sage_tui.tui.widgets.cell_editor import CellEditor
from sage_tui.tui.widgets.table_selection import Selected

if TYPE_CHECKING:
    from sage_tui.tui.screens.management.users import UsersPage


BESIDE = frozenset({"email", "share", "state"})
"""Columns that say how somebody stands with their limit: editing there edits the limit."""


def edit(page: "UsersPage") -> None:
    """Edit the cell under the cursor: a flag is turned over, for the others a field stands over the cell."""
    table, editing = page.table, page.editing
    refused = editing.why_not()
    if not refused and table.current_column.key in BESIDE:
        _to_a_limit(page)
    row, column = table.current, table.current_column
    field = EDITED.get(column.key)
    if refused or row is None or field is None:
        elsewhere = f"{column.title} is not edited here: . has the actions, c shows other columns."
        page.say(content(refused or ("There is nobody here." if row is None else elsewhere)))
        return
    page.say(Content(""))
    if field in FLAGS:
        editing.toggle(row, field)
        return
    cell = table.cell_region(table.cursor_row, table.cursor_column)
    if cell is None or page.query(CellEditor):
        return
    staged = editing.staged.of(row.id, field)
    now = staged.after if staged else value_of(row, field)
    text = str(now or "") if field in TEXTS else shown(field, now)
    editing.begin(row, field)
    page.mount(CellEditor(text, _over(page, cell), lambda typed: entered(page, typed)))


def revert(page: "UsersPage") -> None:
    """Take back the staged edit of the cell under the cursor; of a column beside the limit: the limit's."""
    column, row = page.table.current_column.key, page.table.current
    field = Field.INFERENCE if column in BESIDE else EDITED.get(column)
    if row is None or field is None or page.editing.staged.of(row.id, field) is None:
        page.say(content("Nothing is staged in this cell."))
        return
    page.editing.put(page.editing.staged.revert((row.id, field)))


def _over(page: "UsersPage", cell: Region) -> Region:
    """A cell's place on the page."""
    return cell.translate(page.table.region.offset - page.region.offset)


def replace_editor(page: "UsersPage") -> None:
    """The page has another size: the field stands over its cell again."""
    for editor in page.query(CellEditor):
        cell = page.table.cell_region(page.table.cursor_row, page.table.cursor_column)
        if cell is not None:
            editor.stand(_over(page, cell))


def _to_a_limit(page: "UsersPage") -> None:
    """To the column of the limit, if it is shown."""
    keys = [column.key for column in page.table.columns]
    if "inference_allocation" in keys:
        page.table.cursor_column = keys.index("inference_allocation")


def entered(page: "UsersPage", text: str) -> bool:
    """Stage what was typed into the cell; what makes no sense is said why, and not taken."""
    wrong = page.editing.typed(text)
    page.say(content(wrong or ""), bad=bool(wrong))
    return wrong is None


def whom(page: "UsersPage") -> str:
    """The selection in words, else who is under the cursor."""
    selected = page.table.selected
    if selected:
        number = selected.count(page.table.cache.count)
        return f"{number} selected" if number else "all selected"
    return clean(page.table.current.email, limit=60) if page.table.current else ""


def _meant(page: "UsersPage") -> Selection | None:
    table = page.table
    return bulk.meant(table.selected, table.current.id if table.current else None)


def choices(page: "UsersPage") -> list[Choice[bulk.Wish]]:
    """What can be done for the selection or the row."""
    return bulk.choices(page.here, _meant(page) is not None, len(page.editing.staged), page.editing.why_not())


async def choose(page: "UsersPage") -> None:
    """Choose an act for the selection or the row, and do it. Runs in a worker."""
    words = whom(page)
    wish = await page.app.push_screen_wait(Chooser(f"For {words}" if words else "Actions", choices(page)))
    if wish is not None:
        await carry_out(page, wish)


async def carry_out(page: "UsersPage", wish: bulk.Wish) -> None:
    """Ask for what an act needs, preview, apply. Runs in a worker."""
    table, selection, words = page.table, _meant(page), whom(page)
    if wish.name == "add":
        if await add_people.add(page):
            page.ask_all()
    elif wish.name == "invite":
        await _invite(page)
    elif wish.name == "identities":
        if await identities.assign(page):
            page.ask_all()
    elif wish.name == "paste":
        found = await page.app.push_screen_wait(bulk.PastedList(page.here.asks_about))
        if found:
            table.choose(Selected(frozenset(found)))
    elif wish.name == "revert cell":
        revert(page)
    elif wish.name.startswith("revert"):
        page.editing.revert(table.current.id if wish.name == "revert row" and table.current else None)
    elif selection is not None:
        act = await bulk.completed(page, wish, words)
        if act is not None:
            heading = f"{wish.name[:1].upper()}{wish.name[1:]}: {words}"
            await acting.act(page, Bulk(act, selection, page.here.asks_about), heading)


async def _invite(page: "UsersPage") -> None:
    """Invite the selection, or else all that match the filter, as far as they never signed in."""
    table = page.table
    chosen = bulk.meant(table.selected, None)
    query = table.filter_text if chosen is None else chosen.query or ""
    words = whom(page) if chosen is not None else f"all that match {query}" if query else "all people"
    await inviting.invite(page, query, chosen.numbers if chosen else (), words)


async def export(page: "UsersPage") -> None:
    """Write the selection, or else all that match, into a file; say where. Runs in a worker."""
    table = page.table
    chosen = bulk.meant(table.selected, None)
    query = table.filter_text if chosen is None else chosen.query or ""
    command = ExportUsers(
        query,
        page.here.asks_about,
        full=True,
        numbers=chosen.numbers if chosen else (),
        sort=page.table.sort,
    )
    to_file = page.console.services.exports.users_to_file
    done = await acting.long(page, "Writing people …", lambda progress: to_file(command, progress))
    if done is not None:
        await exported.told(page, done, "person", "people")
