"""What others changed since somebody was here last, and what they staged themselves: parts of Today. Steps."""

from sage_tui.domain import staged
from sage_tui.domain.activity import TodayItem
from sage_tui.domain.months import day_of, day_text
from sage_tui.domain.queries import quoted
from sage_tui.domain.units import Micros
from sage_tui.store.transaction import Tx

SHOWN = 3
"""Others that have a line of their own; the rest share one."""


def since(tx: Tx) -> Micros | None:
    """When the caller's session before this one was last used; None on the host and at the first sign-in."""
    if tx.actor.user_id is None:
        return None
    found = tx.value(
        "SELECT max(s.last_seen) FROM session s WHERE s.user_id = :me AND s.last_seen <="
        " (SELECT max(n.created_at) FROM session n WHERE n.user_id = :me)"
        " AND s.created_at < (SELECT max(n.created_at) FROM session n WHERE n.user_id = :me)",
        me=tx.actor.user_id,
    )
    return None if found is None else Micros(int(found))


def changed(tx: Tx, organization_id: int | None, since_at: Micros) -> list[TodayItem]:
    """A line for each other person (or the schedule) whose batches came since then; each leads to the audit."""
    where, values = tx.within("b", organization_id)
    rows = tx.rows(
        "SELECT b.actor, count(*) AS batches, sum(b.rows) AS number, max(b.id) AS last FROM batch b"
        f" WHERE {where} AND b.at > :since AND (b.actor_id IS NULL OR b.actor_id <> :me)"
        " GROUP BY b.actor ORDER BY max(b.id) DESC",
        since=since_at, me=tx.actor.user_id or 0, **values,
    )  # fmt: skip
    first = day_text(day_of(since_at))
    items = []
    for row in rows[:SHOWN]:
        number, batches = int(row["number"]), int(row["batches"])
        what = "1 value" if number == 1 else f"{number:,} values"
        where_ = f"in batch {row['last']}" if batches == 1 else f"in {batches:,} batches, the last is {row['last']}"
        actor = str(row["actor"])
        query = f"actor:{quoted(actor)} at:{first}.."
        items.append(TodayItem("changed", number, None, f"{actor} changed {what}", "audit", query, where_))
    rest = rows[SHOWN:]
    if rest:
        number = sum(int(row["number"]) for row in rest)
        text = f"{len(rest):,} others changed {number:,} values"
        items.append(TodayItem("changed", number, None, text, "audit", f"at:{first}..", ""))
    return items


def drafts(tx: Tx, organization_id: int | None) -> list[TodayItem]:
    """The caller's own staged edits that were never saved: a line, which leads to them."""
    where, values = tx.within("d", organization_id)
    rows = tx.rows(
        "SELECT d.edits, o.name FROM draft d JOIN organization o ON o.id = d.organization_id"
        f" WHERE d.author_id = :me AND {where} ORDER BY d.saved_at DESC",
        me=tx.actor.user_id or 0, **values,
    )  # fmt: skip
    items = []
    for row in rows:
        number = len(staged.load(str(row["edits"])))
        if number:
            edits = "1 edit of yours is" if number == 1 else f"{number:,} edits of yours are"
            text = f"{edits} staged, not saved"
            items.append(TodayItem("drafts", number, None, text, "users", "", f"in {row['name']}"))
    return items
