"""Steps on sessions and the sign-in log, joined by identity and mfa."""

import secrets

from sage_tui.clock import to_datetime
from sage_tui.domain.errors import SessionOver
from sage_tui.domain.secret import Secret
from sage_tui.domain.sessions import Session
from sage_tui.domain.units import Role
from sage_tui.domain.users import SignIn
from sage_tui.services import settings
from sage_tui.services.authority import ABSOLUTE, SECOND, STOPWATCH, token_hash, why_over
from sage_tui.services.context import Context
from sage_tui.store.transaction import Tx, uuid7

_ALL = """SELECT s.*, u.email, u.first_name, u.last_name, u.mfa, u.banned, u.time_zone, u.organization_id,
 u.epoch AS now_epoch, o.name AS organization, m.type, m.read_only AS member_read_only
 FROM session s JOIN "user" u ON u.id = s.user_id
 JOIN membership m ON m.organization_id = u.organization_id AND m.user_id = u.id
 JOIN organization o ON o.id = u.organization_id WHERE s.token_hash = :token"""


def open_session(tx: Tx, ctx: Context, user_id: int, *, password_only: bool) -> Secret:
    """Begin a session; its token, which is nowhere stored."""
    token = Secret(secrets.token_urlsafe(32))
    epoch = tx.value('SELECT epoch FROM "user" WHERE id = :id', id=user_id)
    tx.run(
        "INSERT INTO session (token_hash, user_id, epoch, origin, created_at, last_seen, read_only, password_only)"
        " VALUES (:token, :user, :epoch, :origin, :now, :now, :read_only, :password_only)",
        token=token_hash(token), user=user_id, epoch=epoch, origin=tx.origin, now=tx.now,
        read_only=ctx.read_only, password_only=password_only,
    )  # fmt: skip
    tx.run('UPDATE "user" SET last_sign_in_at = :now WHERE id = :id', now=tx.now, id=user_id)
    STOPWATCH.start(token_hash(token), ctx.clock.monotonic())
    return token


def seen(tx: Tx, ctx: Context, token: Secret) -> None:
    """A key was pressed: the session lives on, and admin mode with it while it is on."""
    limit = "CASE WHEN :until < created_at + :absolute THEN :until ELSE created_at + :absolute END"
    tx.run(
        f"UPDATE session SET admin_until = CASE WHEN admin_until > :now THEN {limit} END,"
        " last_seen = CASE WHEN :now > last_seen THEN :now ELSE last_seen END WHERE token_hash = :token",
        now=tx.now, until=tx.now + _idle(tx), absolute=ABSOLUTE, token=token_hash(token),
    )  # fmt: skip
    STOPWATCH.touch(token_hash(token), ctx.clock.monotonic())


def _idle(tx: Tx) -> int:
    """Microseconds without a key after which admin mode ends."""
    return int(settings.value(tx, "admin_idle_minutes")) * 60 * SECOND


def enter(tx: Tx, ctx: Context, token: Secret) -> None:
    """Admin mode begins."""
    tx.run(
        "UPDATE session SET admin_until = CASE WHEN :until < created_at + :absolute THEN :until ELSE created_at"
        " + :absolute END,"
        " last_seen = :now WHERE token_hash = :token",
        until=tx.now + _idle(tx), absolute=ABSOLUTE, now=tx.now, token=token_hash(token),
    )  # fmt: skip
    STOPWATCH.touch(token_hash(token), ctx.clock.monotonic())


def leave(tx: Tx, token: Secret) -> None:
    """Admin mode ends; the session goes on."""
    tx.run(
        "UPDATE session SET admin_until = NULL, step_up_at = NULL WHERE token_hash = :token", token=token_hash(token)
    )


def keep_epoch(tx: Tx, token: Secret, user_id: int) -> None:
    """The session that made the change survives it; all others of this person are over."""
    tx.run(
        'UPDATE session SET epoch = (SELECT epoch FROM "user" WHERE id = :user), password_only = FALSE WHERE'
        ' token_hash = :token',
        user=user_id, token=token_hash(token),
    )  # fmt: skip


def shown(tx: Tx, ctx: Context, token: Secret, notice: str = "") -> Session:
    """The session as the console shows it. Raises SessionOver."""
    row = tx.row(_ALL, token=token_hash(token))
    if row is None:
        raise SessionOver("You are signed out.")
    over = why_over({**row, "session_epoch": row["epoch"], "epoch": row["now_epoch"]}, token_hash(token), ctx, tx.now)
    if over:
        raise SessionOver(over)
    role = Role(row["type"])
    admin = row["admin_until"] is not None and row["admin_until"] > max(tx.now, row["last_seen"])
    return Session(
        token=token,
        user_id=int(row["user_id"]),
        email=str(row["email"]),
        name=f"{row['first_name']} {row['last_name']}".strip(),
        role=role,
        organization_id=int(row["organization_id"]),
        organization=str(row["organization"]) if row["organization_id"] else None,
        read_only=bool(row["read_only"] or row["member_read_only"]),
        must_change_password=bool(row["password_only"]),
        mfa_enrolled=bool(row["mfa"]),
        admin_until=to_datetime(row["admin_until"]) if admin else None,
        expires_at=to_datetime(row["created_at"] + ABSOLUTE),
        time_zone=str(row["time_zone"]),
        notice=notice,
    )


def log(tx: Tx, user_id: int, outcome: str) -> None:
    """One line of the sign-in log."""
    tx.run(
        "INSERT INTO sign_in (id, user_id, at, origin, outcome) VALUES (:id, :user, :now, :origin, :outcome)",
        id=uuid7(tx.now), user=user_id, now=tx.now, origin=tx.origin, outcome=outcome,
    )  # fmt: skip


def recent(tx: Tx, user_id: int, count: int = 10) -> tuple[SignIn, ...]:
    """The last attempts of a person, newest first."""
    rows = tx.rows(
        "SELECT at, origin, outcome FROM sign_in WHERE user_id = :user ORDER BY at DESC, id DESC LIMIT :count",
        user=user_id,
        count=count,
    )
    return tuple(SignIn(to_datetime(row["at"]), str(row["origin"]), str(row["outcome"])) for row in rows)
