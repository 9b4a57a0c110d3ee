"""Shared views of people who leave: handed over, so that nobody else loses them; own views stay whose they are. Steps.

A row of a plan for one view: field "view PAGE NAME", `before_text` and `after_text` "OWNER:NAME". Where its new owner
has a view of the same name, it gets a number behind its own.
"""

from collections.abc import Iterator

from sage_tui.store.plan_sql import KEY
from sage_tui.store.transaction import Tx

NAME_LIMIT = 60
"""Characters of a view's name."""

View = tuple[int, str, str]
"""Owner, page, name."""


def handed_over(tx: Tx, organization_id: int, leaving: str, ours: dict[str, int]) -> list[tuple[int, str, str, str]]:
    """Person, field, before and after of every shared view of those who leave."""
    found = tx.lock(
        "SELECT v.owner_id, v.page, v.name FROM saved_view v WHERE v.organization_id = :org AND v.shared"
        f" AND v.owner_id IN ({leaving}) ORDER BY v.page, v.name, v.owner_id",
        **ours,
    )
    if not found:
        return []
    heir = _heir(tx, organization_id, leaving, ours)
    taken = _views(tx, ours["org"], heir)
    rows = []
    for view in found:
        page, name = str(view["page"]), str(view["name"])
        given = next(one for one in _names(name) if (heir, page, one) not in taken)
        taken.add((heir, page, given))
        rows.append((int(view["owner_id"]), f"view {page} {name}", f"{view['owner_id']}:{name}", f"{heir}:{given}"))
    return rows


def _names(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        behind = f" ({number})"
        yield name[: NAME_LIMIT - len(behind)] + behind
        number += 1


def _heir(tx: Tx, organization_id: int, leaving: str, ours: dict[str, int]) -> int:
    """Who gets them: the actor, if a member here; else the first administrator who stays; else the actor even so."""
    if tx.actor.user_id is not None and tx.actor.organization_id == organization_id:
        return tx.actor.user_id
    found = tx.value(
        'SELECT min(m.user_id) FROM membership m JOIN "user" u ON u.id = m.user_id WHERE m.organization_id = :org'
        " AND m.type = 'admin' AND m.ended_at IS NULL AND NOT u.banned AND NOT m.read_only"
        f" AND m.user_id NOT IN ({leaving})",
        **ours,
    )
    return int(found) if found is not None else tx.actor.user_id or 0


def _views(tx: Tx, organization_id: int, owner: int) -> set[View]:
    found = tx.rows(
        "SELECT page, name FROM saved_view WHERE organization_id = :org AND owner_id = :owner",
        org=organization_id, owner=owner,
    )  # fmt: skip
    return {(owner, str(row["page"]), str(row["name"])) for row in found}


def _planned(tx: Tx, ours: dict[str, int]) -> list[tuple[int, str, View, View]]:
    """Person, field, the view as it is and as it shall be."""
    found = tx.rows(
        f"SELECT p.user_id, p.field, p.before_text, p.after_text FROM plan_row p WHERE {KEY} AND p.state = 0"
        " AND p.field LIKE 'view %' ORDER BY p.user_id, p.field",
        **ours,
    )
    rows = []
    for row in found:
        page = str(row["field"]).split(" ")[1]
        sides = [str(row[side]).partition(":") for side in ("before_text", "after_text")]
        before, after = ((int(owner), page, name) for owner, _, name in sides)
        rows.append((int(row["user_id"]), str(row["field"]), before, after))
    return rows


def moved(tx: Tx, ours: dict[str, int]) -> list[tuple[str, int, str]]:
    """Field, person and why of the views that are gone, or whose name is taken where they go."""
    left = []
    for who, field, before, after in _planned(tx, ours):
        if before not in _views(tx, ours["org"], before[0]):
            left.append((field, who, "gone"))
        elif after in _views(tx, ours["org"], after[0]):
            left.append((field, who, "moved"))
    return left


def write(tx: Tx, ours: dict[str, int]) -> None:
    """Give views to their new owners."""
    for _, _, before, after in _planned(tx, ours):
        tx.run(
            "UPDATE saved_view SET owner_id = :owner, name = :name"
            " WHERE organization_id = :org AND owner_id = :old_owner AND page = :page AND name = :old_name",
            org=ours["org"], owner=after[0], name=after[2], old_owner=before[0], page=before[1], old_name=before[2],
        )  # fmt: skip
