"""Rows of a plan as they are shown. Steps; services/plans has the verbs."""

from collections.abc import Iterator, Sequence

from sage_tui.clock import to_datetime
from sage_tui.domain import emails, overrides
from sage_tui.domain.months import month_of
from sage_tui.domain.plans import HANGING, Field, PlanRow, State, Value
from sage_tui.store.transaction import Row, Tx

_SELECT = (
    "SELECT p.*, u.email, CASE WHEN p.field = 'inference' AND m.inference_month = :month THEN m.inference_used"
    " WHEN p.field = 'embedding' AND m.embedding_month = :month THEN m.embedding_used ELSE 0 END AS used"
    ' FROM plan_row p JOIN "user" u ON u.id = p.user_id'
    " LEFT JOIN membership m ON m.organization_id = p.organization_id AND m.user_id = p.user_id"
    " WHERE p.organization_id = :org AND p.plan_id = :plan"
)


def of_state(tx: Tx, organization_id: int, plan_id: int, state: State, limit: int) -> tuple[PlanRow, ...]:
    """Rows of one state, in order."""
    found = tx.rows(
        f"{_SELECT} AND p.state = {int(state)} ORDER BY p.user_id, p.field LIMIT {int(limit)}",
        org=organization_id, plan=plan_id, month=month_of(tx.now),
    )  # fmt: skip
    return tuple(_row(tx, row) for row in found)


def matching(tx: Tx, text: str) -> tuple[str, dict[str, object]]:
    """The rows that a text keeps."""
    wanted = emails.key(text.strip())
    if not wanted:
        return "TRUE", {}
    escaped = wanted.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return "(u.email_key LIKE :text ESCAPE '!' OR p.field LIKE :text ESCAPE '!')", {"text": f"%{escaped}%"}


def of_cell(tx: Tx, user_id: int, field: str) -> tuple[str, dict[str, object]]:
    """A person's row of a field; of what hangs on them all of that sort."""
    values: dict[str, object] = {"who": user_id, "field": field}
    if field not in HANGING:
        return "p.user_id = :who AND p.field = :field", values
    return "p.user_id = :who AND (p.field = :field OR p.field LIKE :all)", values | {"all": f"{field} %"}


def window(tx: Tx, organization_id: int, plan_id: int, first: int, count: int, text: str) -> tuple[PlanRow, ...]:
    """Rows from a place on: what waits for a decision first, what is skipped last."""
    where, values = matching(tx, text)
    first_, last_ = f"({int(State.CHANGED)}, {int(State.LEFT)})", int(State.SKIPPED)
    order = f"CASE WHEN p.state IN {first_} THEN 0 WHEN p.state = {last_} THEN 2 ELSE 1 END"
    found = tx.rows(
        f"{_SELECT} AND {where} ORDER BY {order}, p.user_id, p.field LIMIT {int(count)} OFFSET {int(first)}",
        org=organization_id, plan=plan_id, month=month_of(tx.now), **values,
    )  # fmt: skip
    return tuple(_row(tx, row) for row in found)


def count(tx: Tx, organization_id: int, plan_id: int, text: str) -> int:
    """How many rows a text keeps."""
    where, values = matching(tx, text)
    return int(
        tx.value(
            'SELECT count(*) FROM plan_row p JOIN "user" u ON u.id = p.user_id'
            f" WHERE p.organization_id = :org AND p.plan_id = :plan AND {where}",
            org=organization_id, plan=plan_id, **values,
        )
    )  # fmt: skip


def walk(tx: Tx, organization_id: int, plan_id: int, text: str) -> Iterator[PlanRow]:
    """All rows that a text keeps, in the order of `window`, a page at a time and each page by its key."""
    where, values = matching(tx, text)
    shown_as = ((State.CHANGED, State.LEFT), (State.IN, State.OUT), (State.SKIPPED,))
    for states in shown_as:
        among = ", ".join(str(int(state)) for state in states)
        rows: Sequence[Row] | None = None
        user_id, field = 0, ""
        while rows is None or len(rows) == PAGE:
            rows = tx.rows(
                f"{_SELECT} AND {where} AND p.state IN ({among}) AND p.user_id >= :user"
                f" AND (p.user_id > :user OR p.field > :field) ORDER BY p.user_id, p.field LIMIT {PAGE}",
                org=organization_id, plan=plan_id, month=month_of(tx.now), user=user_id, field=field, **values,
            )  # fmt: skip
            yield from (_row(tx, row) for row in rows)
            if rows:
                user_id, field = int(rows[-1]["user_id"]), str(rows[-1]["field"])


PAGE = 1_000
"""Rows that are walked at once."""

_OF_BATCH = "FROM allocation_change p{whose} WHERE p.organization_id = :org AND p.batch = :batch AND {where}"


def of_batch(
    tx: Tx, organization_id: int, batch: int, first: int, count: int, text: str
) -> tuple[tuple[PlanRow, ...], int]:
    """What a batch changed, as rows of the plan that it was, in its order; and how many a text keeps."""
    where, values = matching(tx, text)
    values |= {"org": organization_id, "batch": batch}
    among = _OF_BATCH.format(whose=' JOIN "user" u ON u.id = p.user_id' if text.strip() else "", where=where)
    # The few are taken first and joined then: of a million rows each would be looked up else.
    found = tx.rows(
        "SELECT p.user_id, p.field, p.before, p.after, p.before_text, p.after_text, p.rule, u.email,"
        f" NULL AS seen, NULL AS seen_text, {int(State.IN)} AS state, '' AS why, 0 AS used"
        f" FROM (SELECT p.* {among} ORDER BY p.id LIMIT {int(count)} OFFSET {int(first)}) p"
        ' JOIN "user" u ON u.id = p.user_id ORDER BY p.id',
        **values,
    )
    return tuple(_row(tx, row) for row in found), int(tx.value(f"SELECT count(*) {among}", **values))


def _row(tx: Tx, row: Row) -> PlanRow:
    name, _, item = str(row["field"]).partition(" ")
    field_ = Field(name)
    who, when = _last_change(tx, row) if row["state"] == State.CHANGED else ("", None)
    return PlanRow(
        user_id=int(row["user_id"]), email=str(row["email"]), field=field_, item=item,
        before=_value(tx, row, field_, "before"), after=_value(tx, row, field_, "after"), rule=str(row["rule"]),
        state=State(row["state"]), why=str(row["why"]), seen=_value(tx, row, field_, "seen"), changed_by=who,
        changed_at=to_datetime(when) if when else None, used=int(row["used"] or 0),
    )  # fmt: skip


def _value(tx: Tx, row: Row, field: Field, side: str) -> Value:
    """A value as people read it: what is kept as a number or as a record is shown by its name."""
    text, number = row[f"{side}_text"], row[side]
    if field is Field.ORGANIZATION:
        return str(tx.value("SELECT name FROM organization WHERE id = :id", id=number)) if number else None
    if field is Field.PAYER:
        return _email(tx, number)
    if field is Field.REQUEST:
        return None if text is None else str(text).partition(" ")[0]
    if field is Field.OVERRIDE:
        return None if text is None else overrides.whole_words(overrides.read(str(text)))
    if field is Field.VIEW and text is not None:
        return _email(tx, int(str(text).partition(":")[0])) or "host"
    value: Value = number if text is None else str(text)
    return value


def _email(tx: Tx, user_id: int | None) -> str | None:
    found = tx.value('SELECT email FROM "user" WHERE id = :id', id=user_id) if user_id else None
    return None if found is None else str(found)


def _last_change(tx: Tx, row: Row) -> tuple[str, int | None]:
    """Who last changed a cell, and when."""
    found = tx.row(
        "SELECT b.actor, c.at FROM allocation_change c LEFT JOIN batch b ON b.id = c.batch"
        " AND b.organization_id = c.organization_id WHERE c.organization_id = :org AND c.user_id = :user"
        " AND c.field = :field ORDER BY c.at DESC, c.id DESC LIMIT 1",
        org=row["organization_id"], user=row["user_id"], field=row["field"],
    )  # fmt: skip
    return (str(found["actor"] or ""), int(found["at"])) if found else ("", None)
