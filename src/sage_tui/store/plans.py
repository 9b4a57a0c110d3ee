"""Plans in the store: rows in, rows out, what they add up to, and the statements that apply them.

Applying is SQL over sets (speed.md, fact 9): a million rows never pass through Python. `before` is compared with what
stands there now in the statement that writes, so that nothing is lost which somebody else changed meanwhile.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from sage_tui.domain.members import Member, Proposed
from sage_tui.domain.plans import FLAGS, TOKENS, WORDS, Field, State
from sage_tui.domain.steps import HOLDS
from sage_tui.domain.units import Kind
from sage_tui.store import plan_people
from sage_tui.store.plan_sql import COLUMNS, IN_USER, KEY, OURS, column, same, sides
from sage_tui.store.transaction import Row, Tx, chunks

MILLION = 1_000_000
AT_ONCE = 10_000
"""Rows that are written by one call of the driver."""


def members(tx: Tx, organization_id: int, chosen: str, values: tuple[object, ...]) -> Iterator[Member]:
    """Members whose numbers a sub-select `chosen` gives (all, where it is empty), in the order of their numbers."""
    among = f" AND m.user_id IN ({chosen})" if chosen else ""
    sql = (
        "SELECT m.user_id, m.type, CAST(m.paid AS INTEGER), CAST(u.banned AS INTEGER), CAST(u.verified AS INTEGER),"
        " m.department, m.inference_allocation, m.embedding_allocation, coalesce(CAST(o.pinned AS INTEGER), 0),"
        " CAST(m.read_only AS INTEGER), u.email, m.payer_id, m.organization_id"
        ' FROM membership m JOIN "user" u ON u.id = m.user_id'
        ' LEFT JOIN "override" o ON o.organization_id = m.organization_id AND o.user_id = m.user_id'
        f" WHERE m.organization_id = {int(organization_id)} AND m.ended_at IS NULL{among} ORDER BY m.user_id"
    )
    for found in tx.stream(sql, values):
        yield Member(*found)


def by_number(tx: Tx, organization_id: int, numbers: Iterable[int]) -> dict[int, Member]:
    """Members by their numbers; those who are none (any more) are not in it."""
    found: dict[int, Member] = {}
    for some in chunks(sorted(set(numbers)), 500):
        marks = ", ".join("?" * len(some))
        found |= {one.user_id: one for one in members(tx, organization_id, marks, tuple(some))}
    return found


def put(tx: Tx, organization_id: int, plan_id: int, rows: Iterable[Proposed]) -> int:
    """Write rows of a plan; how many. A cell that is named twice is a fault of the caller."""
    number = 0
    for some in chunks(rows, AT_ONCE):
        tx.many(
            "INSERT INTO plan_row (organization_id, plan_id, user_id, field, before, after, before_text, after_text,"
            " seen, seen_text, rule, state, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_stored(organization_id, plan_id, row) for row in some],
        )
        number += len(some)
    return number


def _stored(organization_id: int, plan_id: int, row: Proposed) -> tuple[object, ...]:
    user_id, field, before, after, rule, state, why, seen = row
    values: tuple[object, ...]
    if field in WORDS:
        values = (None, None, before, after, None, seen)
    else:
        values = (before, after, None, None, seen, None)
    return organization_id, plan_id, user_id, field.value, *values, rule, int(state), why


_ADDING = ", ".join(f"'{begin}'" for begin in sorted({code[:4] for code in HOLDS}))
"""How the codes of steps begin that add to a limit: no other code begins so (a test holds it)."""


def reversed_batch(tx: Tx, organization_id: int, plan_id: int, batch: int) -> int:
    """Fill a plan with the way back of a batch: each field from what it became to what it was.

    Where a step added to a limit, its way back names it: it takes off as much, and holds as long (domain/steps).
    """
    undoes = tx.value(
        "SELECT undoes FROM batch WHERE organization_id = :org AND id = :id", org=organization_id, id=batch
    )
    names, tail = f"substr(c.rule, 1, 4) IN ({_ADDING})", "c.rule"
    if undoes is not None:
        again = f"undo:{int(undoes)}:"
        names += f" OR c.rule LIKE '{again}%'"
        tail = f"CASE WHEN c.rule LIKE '{again}%' THEN substr(c.rule, {len(again) + 1}) ELSE c.rule END"
    into = (
        "INSERT INTO plan_row (organization_id, plan_id, user_id, field, before, after, before_text, after_text, rule,"
        " state, why)"
    )
    ours = {"org": organization_id, "plan": plan_id, "batch": batch}
    tx.run("SAVEPOINT way_back")
    try:
        number = tx.run(
            f"{into} SELECT c.organization_id, :plan, c.user_id, c.field, c.after, c.before, c.after_text,"
            f" c.before_text, 'undo:{int(batch)}' || CASE WHEN {names} THEN ':' || {tail} ELSE '' END,"
            f" {int(State.IN)}, '' FROM allocation_change c WHERE c.organization_id = :org AND c.batch = :batch",
            **ours,
        )
    except IntegrityError:  # a cell was changed more than once: from what it became last to what it was first
        tx.run("ROLLBACK TO SAVEPOINT way_back")
        number = tx.run(
            f"{into} SELECT l.organization_id, :plan, l.user_id, l.field, l.after, f.before, l.after_text,"
            f" f.before_text, 'undo:{int(batch)}', {int(State.IN)}, ''"
            " FROM (SELECT user_id, field, min(id) AS first, max(id) AS last FROM allocation_change"
            " WHERE organization_id = :org AND batch = :batch GROUP BY user_id, field) k"
            " JOIN allocation_change f ON f.organization_id = :org AND f.id = k.first"
            " JOIN allocation_change l ON l.organization_id = :org AND l.id = k.last",
            **ours,
        )
    tx.run("RELEASE SAVEPOINT way_back")
    return number


@dataclass(frozen=True, slots=True)
class Sums:
    """What a plan's rows add up to. `by_field` counts the rows that would be done."""

    states: dict[State, int]
    people: int
    by_field: dict[str, int]
    change: dict[Kind, int]


def sums(tx: Tx, organization_id: int, plan_id: int) -> Sums:
    """Counts by state and field, and tokens added to each pool: exact, however large (in two halves of a sum)."""
    half = f"sum(coalesce(after, 0) {{0}} {MILLION} - coalesce(before, 0) {{0}} {MILLION})"
    rows = tx.rows(
        f"SELECT state, field, count(*) AS number, {half.format('/')} AS high, {half.format('%')} AS low FROM plan_row"
        f" WHERE {OURS} GROUP BY state, field",
        org=organization_id, plan=plan_id,
    )  # fmt: skip
    states: dict[State, int] = dict.fromkeys(State, 0)
    by_field: dict[str, int] = {}
    change = dict.fromkeys(Kind, 0)
    for row in rows:
        states[State(row["state"])] += int(row["number"])
        if row["state"] == State.IN:
            by_field[str(row["field"])] = int(row["number"])
            if row["field"] in TOKENS:
                change[TOKENS[Field(row["field"])]] = int(row["high"]) * MILLION + int(row["low"])
    people = tx.value(
        f"SELECT count(*) FROM (SELECT DISTINCT user_id FROM plan_row WHERE {OURS} AND state = {int(State.IN)}) t",
        org=organization_id, plan=plan_id,
    )  # fmt: skip
    return Sums(states, int(people), by_field, change)


def mark_moved(tx: Tx, organization_id: int, plan_id: int, field: Field) -> int:
    """Leave the rows of a field whose number is no longer what the plan saw; how many."""
    before = sides(field, "plan_row")[0]
    stands = same(tx.sqlite, column(field, "u" if field in IN_USER else "m"), before)
    return tx.run(
        f"UPDATE plan_row SET state = {int(State.LEFT)}, why = 'moved' WHERE {OURS} AND field = :field AND state = 0"
        ' AND NOT EXISTS (SELECT 1 FROM membership m JOIN "user" u ON u.id = m.user_id'
        f" WHERE m.organization_id = :org AND m.user_id = plan_row.user_id AND m.ended_at IS NULL AND {stands})",
        org=organization_id, plan=plan_id, field=field.value,
    )  # fmt: skip


def fields(tx: Tx, organization_id: int, plan_id: int) -> list[str]:
    """The fields that a plan changes."""
    rows = tx.rows(f"SELECT DISTINCT field FROM plan_row WHERE {OURS}", org=organization_id, plan=plan_id)
    return [str(row["field"]) for row in rows]


def one_column_each(names: Iterable[str]) -> bool:
    """Is every field a column of a member or a person: nothing that hangs on them, no move, no e-mail with its key?"""
    return all(name in COLUMNS and name != Field.EMAIL for name in names)


def mark_all_moved(tx: Tx, organization_id: int, plan_id: int, planned: Sums) -> int:
    """The same for every field of a plan, whatever it changes; what hangs on people aside (services/offboarding)."""
    names = planned.by_field
    if Field.ORGANIZATION in names:
        return plan_people.mark_moves(tx, organization_id, plan_id)
    number = sum(mark_moved(tx, organization_id, plan_id, Field(name)) for name in names if name in COLUMNS)
    if Field.EMAIL in names:
        number += plan_people.mark_taken(tx, organization_id, plan_id)
    return number


def write_field(tx: Tx, organization_id: int, plan_id: int, field: Field) -> int:
    """Write one field's rows where `before` still stands; how many were written."""
    if field is Field.EMAIL:
        return plan_people.write_emails(tx, organization_id, plan_id)
    before, after = sides(field)
    table = "user" if field in IN_USER else "membership"
    who = "id" if field in IN_USER else "user_id"
    value = f"({after} = 1)" if field in FLAGS else after
    sets = [f"{COLUMNS[field]} = {value}"]
    if table == "membership":
        sets.append("version = version + 1")
    own = "t.ended_at IS NULL" if table == "membership" else "TRUE"
    return tx.run(
        f'UPDATE "{table}" AS t SET {", ".join(sets)} FROM plan_row p WHERE {KEY} AND p.field = :field'
        f" AND p.state = 0 AND t.organization_id = :org AND t.{who} = p.user_id AND {own}"
        f" AND {same(tx.sqlite, column(field, 't'), before)}",
        org=organization_id, plan=plan_id, field=field.value,
    )  # fmt: skip


def lift_stops(tx: Tx, organization_id: int, plan_id: int, kind: Kind) -> None:
    """ "Stopped" is a call that was refused since the last raise (product.md, Words): a raise ends it."""
    tx.run(
        f"UPDATE membership SET {kind.value}_stopped_at = NULL, {kind.value}_refused = 0"
        f" WHERE organization_id = :org AND ended_at IS NULL AND {kind.value}_stopped_at IS NOT NULL AND user_id IN"
        f" (SELECT p.user_id FROM plan_row p WHERE {KEY} AND p.field = :field AND p.state = 0"
        " AND coalesce(p.after, 0) > coalesce(p.before, 0))",
        org=organization_id, plan=plan_id, field=kind.value,
    )  # fmt: skip


def record(tx: Tx, organization_id: int, plan_id: int, batch: int, rows: int) -> str:
    """Write a plan's rows into the history of their batch; the digest over them in order, for the audit."""
    first = tx.numbers("allocation_change", rows)
    tx.run(
        "INSERT INTO allocation_change (organization_id, id, user_id, batch, at, field, before, after, before_text,"
        " after_text, rule)"
        " SELECT p.organization_id, :first - 1 + row_number() OVER (ORDER BY p.user_id, p.field), p.user_id, :batch,"
        " :now, p.field, p.before, p.after, p.before_text, p.after_text, p.rule"
        f" FROM plan_row p WHERE {KEY} AND p.state = 0",
        org=organization_id, plan=plan_id, batch=batch, now=tx.now, first=first,
    )  # fmt: skip
    return digest(tx, organization_id, plan_id)


def digest(tx: Tx, organization_id: int, plan_id: int) -> str:
    """SHA-256 over the rows that are in, in order, a line each: what the audit entry of a batch seals."""
    told = hashlib.sha256()
    rows = tx.blocks(
        "SELECT user_id, field, before, after, before_text, after_text FROM plan_row WHERE organization_id = ?"
        " AND plan_id = ? AND state = 0 ORDER BY user_id, field",
        (organization_id, plan_id), AT_ONCE,
    )  # fmt: skip
    for some in rows:
        told.update("\n".join(map(repr, some)).encode("utf-8", "backslashreplace"))
    return told.hexdigest()


def drop(tx: Tx, organization_id: int, plan_id: int) -> None:
    """Forget a plan."""
    tx.run(f"DELETE FROM plan_row WHERE {OURS}", org=organization_id, plan=plan_id)
    tx.run("DELETE FROM plan WHERE organization_id = :org AND id = :plan", org=organization_id, plan=plan_id)


def numbers_of(tx: Tx, organization_id: int, plan_id: int, user_id: int) -> list[tuple[Field, int | None, int | None]]:
    """What a plan would change of one person, as far as it is a number: field, before, after."""
    rows = tx.rows(
        f"SELECT field, before, after FROM plan_row WHERE {OURS} AND user_id = :who AND state = 0",
        org=organization_id, plan=plan_id, who=user_id,
    )  # fmt: skip
    return [(Field(row["field"]), row["before"], row["after"]) for row in rows if row["field"] in set(Field)]


def skip(tx: Tx, organization_id: int, plan_id: int, user_id: int, field: Field, why: str) -> None:
    """A rule excepts one row of a plan."""
    tx.run(
        f"UPDATE plan_row SET state = {int(State.SKIPPED)}, why = :why WHERE {OURS} AND user_id = :who"
        " AND field = :field",
        org=organization_id, plan=plan_id, who=user_id, field=field.value, why=why,
    )  # fmt: skip


def written(tx: Tx, organization_id: int, plan_id: int, planned: Sums) -> Sums | None:
    """Write every field's rows as if nothing had moved; what was written.

    None, and nothing was written, where the counts say that something moved: then the rows that did are to be found.
    """
    tx.run("SAVEPOINT plan")
    if not _write_all(tx, organization_id, plan_id, planned):
        tx.run("ROLLBACK TO SAVEPOINT plan")
        tx.run("RELEASE SAVEPOINT plan")
        return None
    tx.run("RELEASE SAVEPOINT plan")
    for kind in Kind:
        if kind.value in planned.by_field:
            lift_stops(tx, organization_id, plan_id, kind)
    if ENDS_SESSIONS & set(planned.by_field):
        _end_sessions(tx, organization_id, plan_id)
    return planned


ENDS_SESSIONS = frozenset(
    field.value for field in (Field.BANNED, Field.ROLE, Field.READ_ONLY, Field.EMAIL, Field.ORGANIZATION)
)
"""Fields whose change ends every session of the person (security.md, section 5)."""


def _end_sessions(tx: Tx, organization_id: int, plan_id: int) -> None:
    fields = ", ".join(f"'{name}'" for name in sorted(ENDS_SESSIONS))
    tx.run(
        'UPDATE "user" SET epoch = epoch + 1 WHERE id IN (SELECT p.user_id FROM plan_row p'
        f" WHERE {KEY} AND p.field IN ({fields}) AND p.state = 0)",
        org=organization_id, plan=plan_id,
    )  # fmt: skip


def _write_all(tx: Tx, organization_id: int, plan_id: int, planned: Sums) -> bool:
    if Field.ORGANIZATION in planned.by_field:
        return plan_people.move(tx, organization_id, plan_id) == planned.by_field[Field.ORGANIZATION]
    return all(
        write_field(tx, organization_id, plan_id, Field(name)) == number
        for name, number in planned.by_field.items()
        if name in COLUMNS
    )


def head(tx: Tx, plan_id: int, *, locked: bool = False) -> Row | None:
    """A plan within the reach. `locked`: its rows stay as they are for others until the end."""
    where, values = tx.within("p")
    ask = tx.lock if locked else tx.rows
    found = ask(f"SELECT p.* FROM plan p WHERE p.id = :plan AND {where}", plan=plan_id, **values)
    return found[0] if found else None
