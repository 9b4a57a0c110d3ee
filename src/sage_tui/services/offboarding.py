"""What hangs on people and ends when they are offboarded (product.md): requests, keys, overrides, shared views. Steps.

Each is a row of the plan beside the member's fields, so that preview, audit and undo have them too. `before_text` and
`after_text` are: of a request its status, of a key whether it is in force, of an override the record itself as JSON
(nothing: there is none), of a view "owner:name".
"""

import json
from collections.abc import Iterable

from sage_tui.domain import overrides
from sage_tui.domain.plans import HANGING, Field, State
from sage_tui.services import offboarding_views, requests_hanging
from sage_tui.store import plans as store
from sage_tui.store.plan_sql import KEY, OURS
from sage_tui.store.transaction import Tx, chunks

_ROW = "organization_id, plan_id, user_id, field, before_text, after_text, rule, state, why"
_LEAVING = (
    f"SELECT DISTINCT p.user_id FROM plan_row p WHERE {KEY}"
    f" AND (p.state = {int(State.IN)} OR (p.state = {int(State.SKIPPED)} AND p.why = 'already'))"
)
"""Who is offboarded: also somebody whose every field is so already, nobody who was taken out."""

_ITEM = {field: f"'{field.value} ' || CAST(t.id AS TEXT)" for field in (Field.REQUEST, Field.KEY, Field.RAISE)}
_PENDING = f"FROM request t WHERE t.organization_id = :org AND t.status = 'pending' AND t.user_id IN ({_LEAVING})"
_IN_FORCE = f"FROM api_key t WHERE t.organization_id = :org AND t.revoked_at IS NULL AND t.user_id IN ({_LEAVING})"
_RAISED = f"FROM token_raise t WHERE t.organization_id = :org AND t.ended_at IS NULL AND t.user_id IN ({_LEAVING})"


def collect(tx: Tx, organization_id: int, plan_id: int, *, again: bool = False) -> None:
    """Put what hangs on those who leave into the plan. Whoever was taken out of it keeps everything.

    `again`: as it stands now, locked; what was taken out by itself stays out.
    """
    ours = {"org": organization_id, "plan": plan_id}
    if again:
        tx.run(f"DELETE FROM plan_row WHERE {OURS} AND state = {int(State.IN)} AND ({_hanging('plan_row')})", **ours)
        for which in (_PENDING, _IN_FORCE, _RAISED):
            tx.lock(f"SELECT t.id {which} ORDER BY t.id", **ours)
    for field, which, before, after in (
        (Field.REQUEST, _PENDING, "pending", "denied"),
        (Field.KEY, _IN_FORCE, "active", "revoked"),
        (Field.RAISE, _RAISED, "active", "ended"),
    ):
        tx.run(
            f"INSERT INTO plan_row ({_ROW}) SELECT :org, :plan, t.user_id, {_ITEM[field]}, '{before}', '{after}',"
            f" 'offboard', {int(State.IN)}, '' {which} ON CONFLICT DO NOTHING",
            **ours,
        )
    _put(tx, ours, [(who, "override", kept, None) for who, kept in _overrides(tx, ours, _LEAVING)])
    _put(tx, ours, offboarding_views.handed_over(tx, organization_id, _LEAVING, ours))


def _hanging(alias: str) -> str:
    """SQL: the row is of something that hangs on a person."""
    sorts = (f"{alias}.field = '{sort}' OR {alias}.field LIKE '{sort} %'" for sort in sorted(HANGING))
    return " OR ".join(sorts)


def _put(tx: Tx, ours: dict[str, int], rows: Iterable[tuple[int, str, str, str | None]]) -> None:
    for some in chunks(rows, 10_000):
        tx.many(
            f"INSERT INTO plan_row ({_ROW}) VALUES (?, ?, ?, ?, ?, ?, 'offboard', {int(State.IN)}, '')"
            " ON CONFLICT DO NOTHING",
            [(ours["org"], ours["plan"], *row) for row in some],
        )


def _overrides(tx: Tx, ours: dict[str, int], people: str) -> list[tuple[int, str]]:
    """Overrides with their raises, each as one text."""
    rows = tx.lock(
        f'SELECT t.* FROM "override" t WHERE t.organization_id = :org AND t.user_id IN ({people}) ORDER BY t.user_id',
        **ours,
    )
    return [(int(row["user_id"]), overrides.of(row).stored) for row in rows]


def _sorts(names: Iterable[str]) -> set[Field]:
    """Which sorts of hanging things are among a plan's fields."""
    return {Field(sort) for sort in {name.partition(" ")[0] for name in names} if sort in HANGING}


def mark(tx: Tx, organization_id: int, plan_id: int, planned: store.Sums) -> None:
    """Leave the rows of a way back whose thing is no longer as the batch had made it."""
    ours = {"org": organization_id, "plan": plan_id}
    there = _sorts(planned.by_field)
    if there:
        tx.run(
            f"UPDATE plan_row SET state = {int(State.LEFT)}, why = 'ended' WHERE {OURS} AND state = 0"
            f" AND ({_hanging('plan_row')}) AND NOT EXISTS (SELECT 1 FROM membership m WHERE m.organization_id = :org"
            " AND m.user_id = plan_row.user_id AND m.ended_at IS NULL)",
            **ours,
        )
    for field, table, stands in (
        (Field.KEY, "api_key", "(t.revoked_at IS NULL) = (p.before_text = 'active')"),
        (Field.RAISE, "token_raise", "(t.ended_at IS NULL) = (p.before_text = 'active')"),
    ):
        if field in there:
            condition = stands.replace("p.before_text", "plan_row.before_text")
            tx.run(
                f"UPDATE plan_row SET state = {int(State.LEFT)}, why = 'moved' WHERE {OURS} AND state = 0"
                f" AND field LIKE '{field.value} %' AND NOT EXISTS (SELECT 1 FROM {table} t"
                f" WHERE t.organization_id = :org AND t.user_id = plan_row.user_id AND {_ITEM[field]} = plan_row.field"
                f" AND {condition})",
                **ours,
            )
    if Field.REQUEST in there:
        requests_hanging.mark(tx, organization_id, plan_id)
    if Field.OVERRIDE in there:
        people = f"SELECT p.user_id FROM plan_row p WHERE {KEY} AND p.field = 'override' AND p.state = 0"
        known = dict(_overrides(tx, ours, people))
        moved = [who for who, before, _ in _rows(tx, ours, "override") if known.get(who) != before]
        _leave(tx, ours, [("override", who, "moved") for who in moved])
    if Field.VIEW in there:
        _leave(tx, ours, offboarding_views.moved(tx, ours))


def _rows(tx: Tx, ours: dict[str, int], field: str) -> list[tuple[int, str | None, str | None]]:
    found = tx.rows(
        f"SELECT p.user_id, p.before_text, p.after_text FROM plan_row p WHERE {KEY} AND p.field = :field"
        " AND p.state = 0 ORDER BY p.user_id",
        field=field, **ours,
    )  # fmt: skip
    return [(int(row["user_id"]), row["before_text"], row["after_text"]) for row in found]


def _leave(tx: Tx, ours: dict[str, int], cells: Iterable[tuple[str, int, str]]) -> None:
    tx.many(
        f"UPDATE plan_row SET state = {int(State.LEFT)}, why = ? WHERE organization_id = ? AND plan_id = ?"
        " AND field = ? AND user_id = ?",
        [(why, ours["org"], ours["plan"], field, who) for field, who, why in cells],
    )


def write(tx: Tx, organization_id: int, plan_id: int, batch: int, names: Iterable[str]) -> None:
    """Do what a plan's rows say of the things that hang on people, one way or the other."""
    ours = {"org": organization_id, "plan": plan_id}
    there = _sorts(names)
    if Field.REQUEST in there:
        requests_hanging.write(tx, organization_id, plan_id, batch)
    for field, ends in (
        (Field.KEY, "api_key AS t SET revoked_at = CASE WHEN p.after_text = 'revoked'"),
        (Field.RAISE, "token_raise AS t SET ended_at = CASE WHEN p.after_text = 'ended'"),
    ):
        if field in there:
            tx.run(
                f"UPDATE {ends} THEN CAST(:now AS BIGINT) END FROM plan_row p WHERE {KEY} AND p.state = 0"
                f" AND p.field = {_ITEM[field]} AND t.organization_id = :org AND t.user_id = p.user_id",
                now=tx.now, **ours,
            )  # fmt: skip
    if Field.OVERRIDE in there:
        _write_overrides(tx, ours)
    if Field.VIEW in there:
        offboarding_views.write(tx, ours)


def _write_overrides(tx: Tx, ours: dict[str, int]) -> None:
    rows = _rows(tx, ours, "override")
    tx.many(
        'DELETE FROM "override" WHERE organization_id = ? AND user_id = ?', [(ours["org"], who) for who, _, _ in rows]
    )
    kept = [(who, json.loads(after)) for who, _, after in rows if after is not None]
    tx.many(
        f'INSERT INTO "override" (organization_id, user_id, {", ".join(overrides.FIELDS)})'
        f" VALUES ({', '.join('?' * (2 + len(overrides.FIELDS)))})",
        [(ours["org"], who, *(values.get(name) for name in overrides.FIELDS)) for who, values in kept],
    )
