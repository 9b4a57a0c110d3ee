"""Who acts: asked of the database inside the transaction that acts (security.md, section 5).

One query, under lock when the transaction writes: session alive, epoch, not banned, role, admin mode,
organization. Database time and this process's monotonic clock both count; the earlier end wins, and
time that goes back never extends.
"""

import hashlib
import threading
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from sage_tui.domain import emails
from sage_tui.domain.actors import Actor, ConsoleProof, Door, HostProof
from sage_tui.domain.errors import AdminModeNeeded, Forbidden, NotFound, SessionOver, StepUpNeeded
from sage_tui.domain.permissions import TABLE, Verb, why_not
from sage_tui.domain.secret import Secret
from sage_tui.domain.sessions import ABSOLUTE_HOURS, IDLE_MINUTES
from sage_tui.domain.units import Micros, Role

if TYPE_CHECKING:
    from sage_tui.services.context import Context

SECOND = 1_000_000
IDLE = IDLE_MINUTES * 60 * SECOND
SESSION_IDLE = 60 * 60 * SECOND
"""A session itself ends after an hour without a key (NIST AAL2)."""
ABSOLUTE = ABSOLUTE_HOURS * 3600 * SECOND
STEP_UP = 5 * 60 * SECOND

FOR_PASSWORD_ONLY = frozenset({Verb.PASSWORD_CHANGE, Verb.SIGN_OUT, Verb.SESSION_TOUCH})
"""What a session that a one-time password opened may do."""

_SESSION = """SELECT s.user_id, s.epoch AS session_epoch, s.created_at, s.last_seen, s.admin_until, s.step_up_at,
 s.read_only AS session_read_only, s.password_only, s.ended_at, s.end_reason, u.email, u.epoch, u.banned,
 u.organization_id, m.type, m.read_only
 FROM session s JOIN "user" u ON u.id = s.user_id
 JOIN membership m ON m.organization_id = u.organization_id AND m.user_id = u.id
 WHERE s.token_hash = :token"""


def token_hash(token: Secret) -> bytes:
    """What the database keeps of a session's token."""
    return hashlib.sha256(token.reveal().encode()).digest()


def token_of(ctx: "Context") -> Secret:
    """The token of the session that proves who acts. Raises SessionOver where nobody signed in."""
    if isinstance(ctx.proof, ConsoleProof):
        return ctx.proof.token
    raise SessionOver("Nobody is signed in.")


class Stopwatch:
    """When this process first and last saw each session, by the monotonic clock in seconds."""

    def __init__(self) -> None:
        self._seen: dict[bytes, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def start(self, session: bytes, now: float) -> None:
        """A session begins."""
        with self._lock:
            self._seen[session] = (now, now)

    def touch(self, session: bytes, now: float) -> None:
        """A key was pressed."""
        with self._lock:
            first, _ = self._seen.get(session, (now, now))
            self._seen[session] = (first, now)

    def idle_and_age(self, session: bytes, now: float) -> tuple[int, int]:
        """Microseconds since the last key and since the start; 0 where this process has not seen it."""
        with self._lock:
            first, last = self._seen.get(session, (now, now))
        return int((now - last) * SECOND), int((now - first) * SECOND)


STOPWATCH = Stopwatch()


def identify(connection: Connection, ctx: "Context", now: Micros, *, locked: bool) -> Actor:
    """The actor that the proof stands for. Raises SessionOver, NotFound, Forbidden."""
    proof = ctx.proof
    if isinstance(proof, ConsoleProof):
        return _console(connection, ctx, proof, now, locked=locked)
    if isinstance(proof, HostProof):
        return _host(connection, proof, ctx.read_only)
    raise SessionOver("Nobody is signed in.")


def demand(actor: Actor, verb: Verb) -> None:
    """Raises Forbidden, AdminModeNeeded or StepUpNeeded unless the actor may use the verb now."""
    refusal = why_not(actor, verb)
    if refusal:
        raise Forbidden(refusal)
    if actor.password_only and verb not in FOR_PASSWORD_ONLY:
        raise Forbidden("Choose a password of your own first.", code="password_change_needed")
    if actor.door is not Door.CONSOLE:
        return
    permission = TABLE[verb]
    if permission.admin_mode and not actor.admin_mode:
        raise AdminModeNeeded("Admin mode is not on.")
    if permission.step_up and not actor.step_up:
        raise StepUpNeeded("This needs a fresh code.")


def _console(connection: Connection, ctx: "Context", proof: ConsoleProof, now: Micros, *, locked: bool) -> Actor:
    session = token_hash(proof.token)
    sql = _SESSION + ("" if ctx.database.sqlite or not locked else " FOR SHARE OF s, u, m")
    row = connection.execute(text(sql), {"token": session}).mappings().first()
    if row is None:
        raise SessionOver("You are signed out.")
    over = why_over(row, session, ctx, now)
    if over:
        raise SessionOver(over)
    role = Role(row["type"])
    return Actor(
        Door.CONSOLE,
        role,
        int(row["user_id"]),
        str(row["email"]),
        None if role is Role.SUPER_ADMIN else int(row["organization_id"]),
        read_only=bool(row["read_only"] or row["session_read_only"]) or ctx.read_only,
        admin_mode=in_admin_mode(row, session, ctx, now),
        password_only=bool(row["password_only"]),
        step_up=row["step_up_at"] is not None and 0 <= now - row["step_up_at"] <= STEP_UP,
    )


def why_over(row: Any, session: bytes, ctx: "Context", now: Micros) -> str:
    """Why the session is over, as a sentence; nothing while it lives."""
    idle, age = STOPWATCH.idle_and_age(session, ctx.clock.monotonic())
    if row["ended_at"] is not None:
        return str(row["end_reason"]) or "You are signed out."
    if row["banned"]:
        return "This account was banned."
    if row["session_epoch"] != row["epoch"]:
        return "Role, organization, password or authenticator of this account were changed: sign in again."
    if max(now - row["created_at"], age) > ABSOLUTE:
        return f"The session ended after {ABSOLUTE_HOURS} hours."
    if max(now - row["last_seen"], idle) > SESSION_IDLE:
        return "The session ended after an hour without a key."
    return ""


def in_admin_mode(row: Any, session: bytes, ctx: "Context", now: Micros) -> bool:
    """Is admin mode on? The row's end and this process's idle time both count."""
    until = row["admin_until"]
    if until is None or row["password_only"]:
        return False
    idle, _ = STOPWATCH.idle_and_age(session, ctx.clock.monotonic())
    # A clock that went back must not extend: nothing before the last key counts as time left.
    return max(now, row["last_seen"]) < until and idle <= IDLE


def _host(connection: Connection, proof: HostProof, read_only: bool) -> Actor:
    if not proof.on_behalf_of:
        return Actor(
            Door.HOST, Role.SUPER_ADMIN, None, "", None, read_only, admin_mode=True, step_up=True, os_user=proof.os_user
        )
    row = connection.execute(
        text(
            'SELECT u.id, u.email, u.banned, u.organization_id, m.type, m.read_only FROM "user" u'
            " JOIN membership m ON m.organization_id = u.organization_id AND m.user_id = u.id WHERE u.email_key"
            " = :email"
        ),
        {"email": emails.key(proof.on_behalf_of)},
    ).mappings().first()  # fmt: skip
    if row is None:
        raise NotFound("There is no user with the e-mail of --as.", "See `sage-tui users list`.")
    if row["banned"]:
        raise Forbidden("The user of --as is banned.")
    role = Role(row["type"])
    organization = None if role is Role.SUPER_ADMIN else int(row["organization_id"])
    return Actor(
        Door.HOST, role, int(row["id"]), str(row["email"]), organization, read_only or bool(row["read_only"]),
        admin_mode=True, step_up=True, os_user=proof.os_user,
    )  # fmt: skip
