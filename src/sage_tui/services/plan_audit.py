"""The audit entries of a batch: one, or one in each chain where people move between organizations. Steps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sage_tui.domain import overrides
from sage_tui.domain.plans import Field, PoolEffect, State
from sage_tui.domain.units import Kind
from sage_tui.store import audit
from sage_tui.store import plans as store
from sage_tui.store.transaction import Row, Tx

Change = tuple[str, int | str | None, int | str | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is told of a batch; `touched` are the organizations whose chains tell it."""

    batch: int
    undoes: int | None
    done: store.Sums
    effects: dict[Kind, PoolEffect]
    digest: str
    touched: Sequence[int]


def append(tx: Tx, organization_id: int, plan_id: int, entry: Entry) -> None:
    """Write the entry of a plan that was applied. Takes the heads' locks, chains by name: call it last."""
    rows = tx.rows(
        "SELECT user_id, field, before, after, before_text, after_text FROM plan_row WHERE organization_id = :org"
        " AND plan_id = :plan AND state = 0 ORDER BY user_id, field LIMIT 20",
        org=organization_id, plan=plan_id,
    )  # fmt: skip
    one = entry.done.people == 1
    changes: list[Change] = [change for row in rows if one for change in _change(row)]
    if not one:
        changes = [
            (f"{kind.value} allocated", effect.before, effect.after)
            for kind, effect in entry.effects.items()
            if effect.before != effect.after
        ]
        changes += _between(tx, organization_id, plan_id) if len(entry.touched) > 1 else []
    if _raises_own(tx, organization_id, plan_id):
        changes.append(("self", None, 1))
    undone = f", undoes batch {entry.undoes}" if entry.undoes is not None else ""
    who = f"user {rows[0]['user_id']}" if one else f"{entry.done.people} people"
    for chain in sorted(entry.touched, key=audit.chain_name):
        audit.append(
            tx, organization_id=chain, target=f"{who}{undone}",
            target_user_id=int(rows[0]["user_id"]) if one else None,
            changes=changes, personal=[part for row in rows if one for part in _personal(row)],
            batch=entry.batch, rows=entry.done.states[State.IN], digest=entry.digest,
        )  # fmt: skip


def _change(row: Row) -> Iterator[Change]:
    """A change as the entry's body has it: numbers and words of ours, nothing personal."""
    field, _, item = str(row["field"]).partition(" ")
    if field == Field.EMAIL:
        return
    if field == Field.OVERRIDE:
        yield from _override(row)
    elif field == Field.VIEW:
        yield field, "theirs", "handed over"
    elif field == Field.REQUEST:  # the state alone: a note is foreign text, and stands in the reason
        before, after = (str(row[side]).partition(" ")[0] for side in ("before_text", "after_text"))
        yield f"{field} {item}", before, after
    else:
        yield f"{field} {item}".rstrip(), _side(row, "before"), _side(row, "after")


def _override(row: Row) -> Iterator[Change]:
    """What changes of an exception. A note is foreign text: that it changed is all that is told."""
    was, now = (
        overrides.read(str(row[side])) if row[side] is not None else overrides.Override()
        for side in ("before_text", "after_text")
    )
    for name in overrides.FIELDS:
        if getattr(was, name) != getattr(now, name):
            sides = (None, None) if name == "note" else (_plain(getattr(was, name)), _plain(getattr(now, name)))
            yield f"override {name}", *sides


def _plain(value: int | None) -> int | None:
    return None if value is None else int(value)


def _personal(row: Row) -> Iterator[audit.Personal]:
    """What a change has that is personal: kept beside the chain."""
    if row["field"] == Field.EMAIL:
        for side in ("before", "after"):
            yield audit.Personal(f"{side} email", str(row[f"{side}_text"]), int(row["user_id"]))


def _between(tx: Tx, organization_id: int, plan_id: int) -> list[Change]:
    """From where to where people move."""
    found = tx.rows(
        "SELECT DISTINCT before, after FROM plan_row WHERE organization_id = :org AND plan_id = :plan AND state = 0"
        " AND field = 'organization' ORDER BY before, after",
        org=organization_id, plan=plan_id,
    )  # fmt: skip
    return [("organization", int(row["before"]), int(row["after"])) for row in found]


def _side(row: Row, side: str) -> int | str | None:
    text: str | None = row[f"{side}_text"]
    number: int | None = row[side]
    return number if text is None else text


def _raises_own(tx: Tx, organization_id: int, plan_id: int) -> bool:
    """An allocation of the actor's own is raised, or a request decided: where nobody else could, and marked."""
    if tx.actor.user_id is None:
        return False
    found = tx.value(
        "SELECT 1 FROM plan_row WHERE organization_id = :org AND plan_id = :plan AND user_id = :me AND state = 0"
        " AND (field LIKE 'request %' OR field IN ('inference', 'embedding') AND coalesce(after, 0) >"
        " coalesce(before, 0)) LIMIT 1",
        org=organization_id, plan=plan_id, me=tx.actor.user_id,
    )  # fmt: skip
    return found is not None
