"""The member home: the own balances, days, security (product.md, "Member home")."""

from datetime import datetime
from typing import Any

from sage_tui.clock import to_datetime
from sage_tui.domain import text, zones
from sage_tui.domain.errors import SessionOver
from sage_tui.domain.months import day_of, first_day, month_of, month_start
from sage_tui.domain.people import name_key
from sage_tui.domain.permissions import Verb
from sage_tui.domain.sessions import Home
from sage_tui.domain.units import Kind, Role
from sage_tui.domain.users import Balance
from sage_tui.services import forecasts, sessions
from sage_tui.services.context import Context
from sage_tui.store import audit
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Tx

DAYS = 30


def home(ctx: Context) -> Home:
    """The own account."""
    with ctx.read(Verb.HOME_SHOW) as tx:
        return _home(tx)


def _home(tx: Tx) -> Home:
    row = tx.row(
        'SELECT u.*, m.*, o.name AS organization FROM "user" u'
        " JOIN membership m ON m.organization_id = u.organization_id AND m.user_id = u.id"
        " JOIN organization o ON o.id = u.organization_id WHERE u.id = :id",
        id=tx.actor.user_id,
    )
    if row is None:
        raise SessionOver("This account is gone.")
    month, user_id = month_of(tx.now), int(row["id"])
    left = tx.value("SELECT count(*) FROM recovery_code WHERE user_id = :id AND used_at IS NULL", id=user_id)
    return Home(
        email=str(row["email"]),
        name=f"{row['first_name']} {row['last_name']}".strip(),
        first_name=str(row["first_name"]),
        last_name=str(row["last_name"]),
        company=str(row["company"]),
        organization=str(row["organization"]) if row["organization_id"] else None,
        type=Role(row["type"]),
        inference=balance(row, Kind.INFERENCE, month),
        embedding=balance(row, Kind.EMBEDDING, month),
        paid=bool(row["paid"]),
        stopped=row["inference_stopped_at"] is not None or row["embedding_stopped_at"] is not None,
        resets_at=to_datetime(month_start(month + 1)),
        days_left=first_day(month + 1) - day_of(tx.now),
        days=days(tx, int(row["organization_id"]), user_id),
        mfa_enrolled=bool(row["mfa"]),
        recovery_codes_left=int(left),
        sign_ins=sessions.recent(tx, user_id),
        time_zone=str(row["time_zone"]),
        raised=_raised(tx, int(row["organization_id"]), user_id),
        lasts=forecasts.of_people(tx, int(row["organization_id"]), [{**row, "user_id": user_id}])[user_id],
    )


def _raised(tx: Tx, organization_id: int, user_id: int) -> tuple[tuple[Kind, int, datetime], ...]:
    """The person's raises in force, the next to end first."""
    rows = tx.rows(
        "SELECT kind, amount, until FROM token_raise WHERE organization_id = :org AND user_id = :user"
        " AND ended_at IS NULL AND until > :now ORDER BY until, id",
        org=organization_id, user=user_id, now=tx.now,
    )  # fmt: skip
    return tuple((Kind(KINDS[row["kind"]]), int(row["amount"]), to_datetime(row["until"])) for row in rows)


def balance(row: Any, kind: Kind, month: int) -> Balance:
    """One kind's numbers of a membership row as of `month` (house.md, "Months"): another month's used reads as 0."""
    name = kind.value
    current = row[f"{name}_month"] == month
    before = row[f"{name}_month"] == month - 1
    return Balance(
        allocation=row[f"{name}_allocation"],
        used=int(row[f"{name}_used"]) if current else 0,
        previous=int(row[f"{name}_previous"]) if current else int(row[f"{name}_used"]) if before else 0,
        lifetime=int(row[f"{name}_lifetime"]),
        reserved=int(row[f"{name}_reserved"]) if current else 0,
    )


def days(tx: Tx, organization_id: int, user_id: int) -> tuple[int, ...]:
    """Charge of both kinds in each of the last 30 UTC days, oldest first, today last."""
    today = day_of(tx.now)
    rows = tx.rows(
        "SELECT day, sum(charge) AS charge FROM usage_daily WHERE organization_id = :org AND user_id = :user"
        " AND day > :since GROUP BY day",
        org=organization_id, user=user_id, since=today - DAYS,
    )  # fmt: skip
    found = {int(row["day"]): int(row["charge"]) for row in rows}
    return tuple(found.get(day, 0) for day in range(today - DAYS + 1, today + 1))


def set_profile(ctx: Context, first_name: str, last_name: str, company: str, time_zone: str) -> Home:
    """Change the own name, company and time zone. Raises FieldError naming the field."""
    first = text.accept("first_name", first_name, 100)
    last = text.accept("last_name", last_name, 100)
    typed = text.accept("company", company, 200)
    zone = zones.parse(time_zone) if time_zone else ""
    with ctx.write(Verb.PROFILE_SET) as tx:
        before = tx.row('SELECT * FROM "user" WHERE id = :id', id=tx.actor.user_id) or {}
        tx.run(
            'UPDATE "user" SET first_name = :first, last_name = :last, name_key = :key, company = :company,'
            ' time_zone = :zone WHERE id = :id',
            first=first, last=last, key=name_key(first, last), company=typed, zone=zone, id=tx.actor.user_id,
        )  # fmt: skip
        told = (("first_name", first), ("last_name", last), ("company", typed), ("time_zone", zone))
        changed = [(field, str(before.get(field, "")), after) for field, after in told if before.get(field) != after]
        audit.append(
            tx,
            organization_id=tx.actor.organization_id or 0,
            target=f"user {tx.actor.user_id}",
            target_user_id=tx.actor.user_id,
            personal=[
                audit.Personal(f"{side} {field}", value, tx.actor.user_id)
                for field, old, new in changed
                for side, value in (("before", old), ("after", new))
            ],
        )
        return _home(tx)
