"""What a plan changes of people beyond one column: the e-mail with its key, and where somebody is a member.

In a plan that moves people each of its people has a row `organization`; their other rows are `before` what the
membership has that ends, and `after` what the one has that opens. A field without a row is as memberships begin.
The ended membership keeps what it had, so that statistics of its time stay right; opened again it begins afresh.
"""

from sqlalchemy import exc

from sage_tui.domain import emails
from sage_tui.domain.months import month_of
from sage_tui.domain.plans import FLAGS, Field, State
from sage_tui.domain.units import NO_ORGANIZATION
from sage_tui.store.plan_sql import COLUMNS, KEY, OURS, column, same, sides
from sage_tui.store.transaction import Row, Tx

BEGINS = {
    Field.ROLE: "'user'",
    Field.READ_ONLY: "0",
    Field.PAID: "0",
    Field.DEPARTMENT: "''",
    Field.PAYER: "CAST(NULL AS BIGINT)",
    Field.INFERENCE: "CAST(NULL AS BIGINT)",
    Field.EMBEDDING: "CAST(NULL AS BIGINT)",
}
"""What a membership begins with, as SQL."""

MOVES = "p.field = 'organization' AND p.state = 0"


def organizations(tx: Tx, organization_id: int, plan_id: int) -> tuple[list[int], list[int]]:
    """The organizations that a plan names, in the order in which their pools are locked; and those it touches now."""
    found = tx.rows(
        f"SELECT DISTINCT p.before, p.after, p.state FROM plan_row p WHERE {KEY} AND p.field = 'organization'",
        org=organization_id, plan=plan_id,
    )  # fmt: skip

    def of(states: set[int]) -> list[int]:
        rows = [row for row in found if row["state"] in states]
        return sorted({organization_id} | {int(row[side]) for row in rows for side in ("before", "after")})

    return of({int(state) for state in State}), of({int(State.IN)})


def follow(tx: Tx, organization_id: int, plan_id: int) -> None:
    """Who does not move keeps everything; who moves takes all rows along, but those that the pool has no room for."""
    of_same = "o.organization_id = :org AND o.plan_id = :plan AND o.user_id = plan_row.user_id"
    move = f"(SELECT o.{{}} FROM plan_row o WHERE {of_same} AND o.field = 'organization')"
    tx.run(
        f"UPDATE plan_row SET state = {move.format('state')}, why = {move.format('why')}"
        f" WHERE {OURS} AND field <> 'organization' AND {move.format('state')} <> {int(State.IN)}",
        org=organization_id, plan=plan_id,
    )  # fmt: skip
    tx.run(
        f"UPDATE plan_row SET state = {int(State.IN)} WHERE {OURS} AND field <> 'organization'"
        f" AND state = {int(State.OUT)} AND {move.format('state')} = {int(State.IN)}",
        org=organization_id, plan=plan_id,
    )  # fmt: skip


def mark_moves(tx: Tx, organization_id: int, plan_id: int) -> int:
    """Leave the people whose membership is not as the plan saw it, each with all their rows; how many people."""
    stands = (
        'SELECT 1 FROM membership m JOIN "user" u ON u.id = m.user_id AND u.organization_id = m.organization_id'
        " WHERE m.organization_id = plan_row.before AND m.user_id = plan_row.user_id AND m.ended_at IS NULL"
        f" AND {_as_seen(tx, 'plan_row')}"
    )
    number = tx.run(
        f"UPDATE plan_row SET state = {int(State.LEFT)}, why = 'moved' WHERE {OURS} AND field = 'organization'"
        f" AND state = {int(State.IN)} AND NOT EXISTS ({stands})",
        org=organization_id, plan=plan_id,
    )  # fmt: skip
    follow(tx, organization_id, plan_id)
    return number


def _as_seen(tx: Tx, outer: str) -> str:
    """SQL: membership `m` has in every field what the plan's rows saw; without a row, what memberships begin with."""
    return " AND ".join(
        same(tx.sqlite, column(field, "m"), f"coalesce({_value(field, outer, 0)}, {begins})")
        for field, begins in BEGINS.items()
    )


def _value(field: Field, outer: str, side: int, only: str = "TRUE") -> str:
    """SQL: one side of somebody's row of a field; nothing where there is none."""
    return (
        f"(SELECT {sides(field, 'r')[side]} FROM plan_row r WHERE r.organization_id = {outer}.organization_id"
        f" AND r.plan_id = {outer}.plan_id AND r.user_id = {outer}.user_id AND r.field = '{field.value}' AND {only})"
    )


def move(tx: Tx, organization_id: int, plan_id: int) -> int:
    """End the one membership and open the other of everybody who moves; how many ended as the plan saw them."""
    ours = {"org": organization_id, "plan": plan_id}
    ended = tx.run(
        "UPDATE membership AS m SET ended_at = :now, version = version + 1 FROM plan_row p"
        f" WHERE {KEY} AND {MOVES} AND m.organization_id = p.before AND m.user_id = p.user_id AND m.ended_at IS NULL"
        f" AND {_as_seen(tx, 'p')}",
        now=tx.now, **ours,
    )  # fmt: skip
    names = [COLUMNS[field] for field in BEGINS]
    entered = f"r.state = {int(State.IN)}"
    values = [f"coalesce({_value(field, 'p', 1, entered)}, {begins})" for field, begins in BEGINS.items()]
    values = [f"({value} = 1)" if field in FLAGS else value for field, value in zip(BEGINS, values, strict=True)]
    afresh = ", ".join(f"{name} = excluded.{name}" for name in names)
    tx.run(
        f"INSERT INTO membership (organization_id, user_id, {', '.join(names)}, inference_month, embedding_month,"
        f" created_at) SELECT p.after, p.user_id, {', '.join(values)}, :month, :month, :now"
        f" FROM plan_row p WHERE {KEY} AND {MOVES} ON CONFLICT (organization_id, user_id) DO UPDATE SET {afresh},"
        " ended_at = NULL, version = membership.version + 1, inference_stopped_at = NULL, inference_refused = 0,"
        " embedding_stopped_at = NULL, embedding_refused = 0",
        month=month_of(tx.now), now=tx.now, **ours,
    )  # fmt: skip
    tx.run(
        'UPDATE "user" AS u SET organization_id = p.after FROM plan_row p'
        f" WHERE {KEY} AND {MOVES} AND u.id = p.user_id",
        **ours,
    )
    _count(tx, ours)
    return ended


def _count(tx: Tx, ours: dict[str, int]) -> None:
    """Organizations know how many members they have; those of none are not counted."""
    for row in tx.rows(
        f"SELECT p.before, p.after, count(*) AS number FROM plan_row p WHERE {KEY} AND {MOVES}"
        " GROUP BY p.before, p.after ORDER BY p.before, p.after",
        **ours,
    ):
        for organization, change in ((row["before"], -int(row["number"])), (row["after"], int(row["number"]))):
            if organization != NO_ORGANIZATION:
                tx.run(
                    "UPDATE organization SET members = members + :change WHERE id = :id",
                    change=change, id=organization,
                )  # fmt: skip


def mark_taken(tx: Tx, organization_id: int, plan_id: int) -> int:
    """Leave the rows whose new e-mail another account has; how many."""
    number = 0
    for row in _emails(tx, organization_id, plan_id):
        if taken(tx, str(row["after_text"]), int(row["user_id"])):
            number += tx.run(
                f"UPDATE plan_row SET state = {int(State.LEFT)}, why = 'taken' WHERE {OURS} AND user_id = :user"
                " AND field = 'email'",
                org=organization_id, plan=plan_id, user=row["user_id"],
            )  # fmt: skip
    return number


def taken(tx: Tx, email: str, user_id: int) -> bool:
    """Has another account this e-mail, whoever may see it?"""
    other = tx.value('SELECT 1 FROM "user" WHERE email_key = :key AND id <> :user', key=emails.key(email), user=user_id)
    return other is not None


def write_emails(tx: Tx, organization_id: int, plan_id: int) -> int:
    """Write e-mails with what they are compared by, where they stand as seen and are free; how many."""
    number = 0
    for row in _emails(tx, organization_id, plan_id):
        if taken(tx, str(row["after_text"]), int(row["user_id"])):
            continue
        number += _write_email(tx, organization_id, row)
    return number


def _write_email(tx: Tx, organization_id: int, row: Row) -> int:
    """1 where it was written; 0 where it moved, or where somebody else took the address this moment."""
    tx.run("SAVEPOINT email")
    try:
        number = tx.run(
            'UPDATE "user" SET email = :email, email_key = :key'
            " WHERE id = :user AND organization_id = :org AND email = :before",
            email=row["after_text"], key=emails.key(str(row["after_text"])), user=row["user_id"], org=organization_id,
            before=row["before_text"],
        )  # fmt: skip
    except exc.IntegrityError:
        tx.run("ROLLBACK TO SAVEPOINT email")
        number = 0
    tx.run("RELEASE SAVEPOINT email")
    return number


def _emails(tx: Tx, organization_id: int, plan_id: int) -> list[Row]:
    return tx.rows(
        f"SELECT p.user_id, p.before_text, p.after_text FROM plan_row p WHERE {KEY} AND p.field = 'email'"
        " AND p.state = 0 ORDER BY p.user_id",
        org=organization_id, plan=plan_id,
    )  # fmt: skip
