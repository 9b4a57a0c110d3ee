"""Asking the operator for a larger pool: waits in a queue that the operator sees, and ends as a purchase."""

from sage_tui.clock import to_datetime
from sage_tui.domain.errors import WrongUse
from sage_tui.domain.months import month_of, month_text
from sage_tui.domain.permissions import Reach, Verb
from sage_tui.domain.purchase_requests import AskOperator, PurchaseRequest, check_pending
from sage_tui.domain.requests import REASON_LIMIT
from sage_tui.domain.text import accept
from sage_tui.domain.units import MAX_TOKENS, Month
from sage_tui.services import people, pools
from sage_tui.services.context import Context, retried
from sage_tui.store import audit
from sage_tui.store.transaction import Row, Tx

_SELECT = """SELECT r.*, o.name AS organization, u.email FROM purchase_request r
 JOIN organization o ON o.id = r.organization_id LEFT JOIN "user" u ON u.id = r.actor_id"""


@retried
def ask(ctx: Context, command: AskOperator) -> PurchaseRequest:
    """Ask for more tokens a month, from a month on. Raises WrongUse, FieldError, NotFound, Refused (too often)."""
    for amount in (command.inference, command.embedding):
        if not 0 <= amount <= MAX_TOKENS:
            raise WrongUse(f"amount: {amount:,} is outside 0 to {MAX_TOKENS:,}", "Write 500K or 2M.")
    if not command.inference and not command.embedding:
        raise WrongUse("Nothing is asked for.", "Give --inference or --embedding.")
    reason = accept("reason", command.reason.strip(), REASON_LIMIT, multiline=True)
    if not reason:
        raise WrongUse("Say why: the operator decides by the reason.", "--reason TEXT", code="reason_needed")
    with ctx.write(Verb.PURCHASES_REQUEST) as tx:
        if command.from_month < month_of(tx.now):
            raise WrongUse(f"from: {month_text(command.from_month)} is over", "Give this month or one to come.")
        organization_id = people.organization_for(tx, command.organization_id)
        pools.lock(tx, organization_id)
        waiting = "SELECT count(*) FROM purchase_request WHERE organization_id = :org AND status = 'pending'"
        check_pending(int(tx.value(waiting, org=organization_id)))
        number = tx.numbers("purchase_request")
        tx.run(
            "INSERT INTO purchase_request (organization_id, id, actor_id, inference, embedding, from_month, reason,"
            " created_at) VALUES (:org, :id, :actor, :inference, :embedding, :month, :reason, :now)",
            org=organization_id, id=number, actor=tx.actor.user_id, inference=command.inference,
            embedding=command.embedding, month=command.from_month, reason=reason, now=tx.now,
        )  # fmt: skip
        audit.append(
            tx, organization_id=organization_id, target=f"purchase request {number}",
            changes=[
                ("inference", None, command.inference), ("embedding", None, command.embedding),
                ("from", None, month_text(command.from_month)),
            ],
        )  # fmt: skip
        row = tx.row(f"{_SELECT} WHERE r.organization_id = :org AND r.id = :id", org=organization_id, id=number)
        assert row is not None
        return _shown(row)


def list_requests(ctx: Context, organization_id: int | None = None) -> tuple[PurchaseRequest, ...]:
    """The operator's queue: what waits first, the oldest first, then what was answered, the newest first."""
    with ctx.read(Verb.PURCHASES_LIST) as tx:
        return tuple(_shown(row) for row in _rows(tx, organization_id))


def waiting(tx: Tx) -> int:
    """A step: how many asks wait for whoever acts: none but operators answer them."""
    if tx.reach is not Reach.EVERYWHERE:
        return 0
    return int(tx.value("SELECT count(*) FROM purchase_request r WHERE r.status = 'pending'"))


AT_MOST = 1_000


def _rows(tx: Tx, organization_id: int | None) -> list[Row]:
    where, values = tx.within("r", organization_id)
    rows = tx.rows(f"{_SELECT} WHERE {where} ORDER BY r.created_at DESC, r.id DESC LIMIT {AT_MOST}", **values)
    pending = [row for row in rows if row["status"] == "pending"]
    return pending[::-1] + [row for row in rows if row["status"] != "pending"]


def _shown(row: Row) -> PurchaseRequest:
    return PurchaseRequest(
        id=int(row["id"]),
        organization_id=int(row["organization_id"]),
        organization=str(row["organization"]),
        inference=int(row["inference"]),
        embedding=int(row["embedding"]),
        from_month=Month(row["from_month"]),
        reason=str(row["reason"]),
        status=str(row["status"]),
        created_at=to_datetime(row["created_at"]),
        asked_by=str(row["email"] or ""),
    )
