"""Raises with an end: a limit that falls back by itself, to what it would be then (product.md, "Temporary raises")."""

from sage_tui.clock import to_datetime
from sage_tui.domain.errors import Refused, WrongUse
from sage_tui.domain.members import Member
from sage_tui.domain.overrides import GrantRaise, TokenRaise
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Consent
from sage_tui.domain.plans import WHY, Done, Field, State
from sage_tui.domain.units import MAX_TOKENS, Kind
from sage_tui.services import allocations, falling_back, people, planning, plans, pools
from sage_tui.services.context import Context, retried
from sage_tui.store import plans as store
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Tx


def list_raises(ctx: Context, organization_id: int | None = None, email: str = "") -> tuple[TokenRaise, ...]:
    """The raises in force, of everybody within the reach or of one person, the next to end first."""
    with ctx.read(Verb.OVERRIDES_LIST) as tx:
        where, values = tx.within("t", organization_id)
        if email:
            where, values = f"{where} AND t.user_id = :who", {**values, "who": int(people.find(tx, email)["id"])}
        rows = tx.rows(
            f'SELECT t.*, u.email FROM token_raise t JOIN "user" u ON u.id = t.user_id WHERE {where}'
            " AND t.ended_at IS NULL AND t.until > :now ORDER BY t.until, t.id LIMIT 1000",
            now=tx.now, **values,
        )  # fmt: skip
        return tuple(
            TokenRaise(
                int(row["id"]), str(row["email"]), Kind(KINDS[row["kind"]]), int(row["amount"]),
                to_datetime(row["until"]), row["request_id"],
            )
            for row in rows
        )  # fmt: skip


@retried
def grant(ctx: Context, command: GrantRaise) -> Done:
    """Raise somebody's limit until an instant, as one batch. Raises NotFound, WrongUse, PoolTooSmall, Refused."""
    with ctx.write(Verb.RAISE) as tx:
        person = people.find(tx, command.email)
        organization_id, user_id = int(person["organization_id"]), int(person["id"])
        if command.amount < 1:
            raise WrongUse("A raise is at least 1 token", "--amount 500K.")
        if command.until <= tx.now:
            raise WrongUse("until: this time is past", "Give a time to come.")
        falling_back.due(tx, organization_id)
        pools.lock(tx, organization_id)
        member = store.by_number(tx, organization_id, [user_id])[user_id]
        if user_id == tx.actor.user_id and planning.who_acts(tx, organization_id).others:
            raise Refused(f"{WHY['self_raise'].capitalize()}.", "Nothing was saved.", code="self_raise")
        plan_id = allocations.open_plan(tx, organization_id, Verb.RAISE.value)
        _put(tx, organization_id, plan_id, member, command)
        return plans.applied(tx, organization_id, plan_id, Consent(), strict=True, listed=None)


def _put(tx: Tx, organization_id: int, plan_id: int, member: Member, command: GrantRaise) -> None:
    """The limit's row and the raise's: it begins as one that ended, and the plan makes it hold."""
    before = member.value(Field(command.kind.value))
    assert before is None or isinstance(before, int)
    after = (before or 0) + command.amount
    if after > MAX_TOKENS:
        raise WrongUse(f"{command.email}: {after:,} tokens are out of bounds", f"A limit is at most {MAX_TOKENS:,}.")
    number = tx.numbers("token_raise")
    tx.run(
        "INSERT INTO token_raise (organization_id, id, user_id, kind, amount, until, created_at, ended_at)"
        " VALUES (:org, :id, :user, :kind, :amount, :until, :now, :now)",
        org=organization_id, id=number, user=member.user_id, kind=KINDS.index(command.kind.value),
        amount=command.amount, until=command.until, now=tx.now,
    )  # fmt: skip
    rule = f"raise:{number}" + (":0" if before is None else "")  # without a limit before, it falls back to nothing
    tx.many(
        "INSERT INTO plan_row (organization_id, plan_id, user_id, field, before, after, before_text, after_text, rule,"
        " state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (organization_id, plan_id, member.user_id, command.kind.value, before, after, None, None, rule, 0),
            (
                organization_id, plan_id, member.user_id, f"{Field.RAISE.value} {number}", None, None, "ended",
                "active", "raise", int(State.IN),
            ),
        ],
    )  # fmt: skip
