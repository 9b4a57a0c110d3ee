"""Signing in, the own password, the own session (product.md, "Signing in and admin mode"; security.md, 3 and 5)."""

from dataclasses import dataclass

from sage_tui.clock import to_datetime
from sage_tui.domain import demo, emails, passwords
from sage_tui.domain.actors import NoProof
from sage_tui.domain.errors import FieldError, Forbidden, SessionOver, SignInFailed
from sage_tui.domain.months import month_name, month_of
from sage_tui.domain.permissions import Verb
from sage_tui.domain.secret import Secret
from sage_tui.domain.sessions import Door, Session
from sage_tui.domain.text import escape, half
from sage_tui.services import hashing, sessions, settings, throttle
from sage_tui.services.authority import token_hash, token_of
from sage_tui.services.context import Context, retried
from sage_tui.services.people import new_epoch
from sage_tui.services.throttle import KNOWN_FOR, Subject
from sage_tui.store import audit
from sage_tui.store.transaction import Row, Tx


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What one attempt to sign in found, before the password was verified."""

    who: Subject
    account: Row | None
    admitted: bool


def is_demo(tx: Tx) -> bool:
    """Is this a demo database? Only there are accounts and codes shown."""
    return bool(tx.value("SELECT value FROM setting WHERE organization_id = 0 AND key = 'demo'") == "true")


def door(ctx: Context) -> Door:
    """What the sign-in screen may know: nothing, but in a demo database the accounts."""
    with ctx.before_anyone(write=False) as tx:
        if not is_demo(tx):
            return Door((), "", settings.value(tx, "sign_in_notice"))
        built = tx.value("SELECT value FROM setting WHERE organization_id = 0 AND key = 'demo_anchor'")
        then, today = month_of(int(built or 0)), month_of(tx.now)
        old = f"This demo is of {month_name(then)}: `make demo-reset` makes a fresh one." if then != today else ""
        return Door(demo.ACCOUNTS, demo.PASSWORD, old)


@retried
def sign_in(ctx: Context, email: str, password: Secret) -> Session:
    """Begin a session. Raises SignInFailed (wrong, unknown and waiting alike), Forbidden (banned, unverified, expired).

    The failure is counted and committed before the check; each way through costs one argon2 verification.
    """
    attempt = _begin(ctx, email)
    account = attempt.account
    stored = account["password_hash"] if account and attempt.admitted and not account["password_disabled"] else None
    if passwords.is_too_long(password):
        stored, password = None, Secret("")
    right = hashing.verify(ctx.hashing, stored, passwords.normalise(password))
    if not right or account is None:
        if account is not None:
            _failed(ctx, attempt, account)
        raise SignInFailed
    return _let_in(ctx, attempt, account, password)


def _begin(ctx: Context, email: str) -> _Attempt:
    key = emails.key(email[:1000])
    if half(key) or "\x00" in key:
        key = escape(key)  # nobody's address, told so like any other; no engine takes it as it is
    with ctx.before_anyone(write=True) as tx:
        account = tx.row('SELECT * FROM "user" WHERE email_key = :key', key=key)
        known = account is not None and _known_origin(tx, int(account["id"]))
        who = Subject(key, tx.origin, known)
        return _Attempt(who, account, throttle.admit(tx, who))


def _known_origin(tx: Tx, user_id: int) -> bool:
    return bool(
        tx.value(
            "SELECT 1 FROM sign_in WHERE user_id = :user AND at > :since AND origin = :origin AND outcome ="
            " 'in' LIMIT 1",
            user=user_id,
            since=tx.now - KNOWN_FOR,
            origin=tx.origin,
        )
    )


def _failed(ctx: Context, attempt: _Attempt, account: Row) -> None:
    with ctx.before_anyone(write=True) as tx:
        sessions.log(tx, account["id"], "failed" if attempt.admitted else "waiting")
        if attempt.who.known and throttle.exhausted(tx, attempt.who):
            tx.run('UPDATE "user" SET password_disabled = TRUE WHERE id = :id', id=account["id"])


def _let_in(ctx: Context, attempt: _Attempt, account: Row, password: Secret) -> Session:
    with ctx.before_anyone(write=True) as tx:
        throttle.succeeded(tx, attempt.who)
        refusal = _why_not(tx, account)
        if refusal is None:
            # The hash must still be the one that was verified: a reset meanwhile wins.
            same = (
                tx.value('SELECT password_hash FROM "user" WHERE id = :id', id=account["id"])
                == account["password_hash"]
            )
            if not same:
                raise SignInFailed
            token = _open(tx, ctx, account, password)
            return sessions.shown(tx, ctx, token, _notice(tx, account))
        sessions.log(tx, account["id"], "banned")
    raise refusal


def _why_not(tx: Tx, account: Row) -> Forbidden | None:
    """What is said only after a right password."""
    if account["banned"]:
        return Forbidden("This account is banned.", "Ask your administrator.", code="banned")
    if not account["verified"]:
        return Forbidden(
            "This e-mail address is not verified yet.", "Ask your administrator to verify it.", code="unverified"
        )
    if account["password_one_time"] and (account["password_expires_at"] or 0) <= tx.now:
        return Forbidden("This one-time password has expired.", "Ask for a new one.", code="expired")
    return None


def _open(tx: Tx, ctx: Context, account: Row, password: Secret) -> Secret:
    user_id, one_time = int(account["id"]), bool(account["password_one_time"])
    if one_time:
        # It opens its dialog once: whoever does not choose a password now asks for another.
        tx.run('UPDATE "user" SET password_hash = NULL, password_one_time = FALSE WHERE id = :id', id=user_id)
    elif hashing.outdated(ctx.hashing, account["password_hash"]):
        fresh = hashing.hash_password(ctx.hashing, passwords.normalise(password))
        tx.run('UPDATE "user" SET password_hash = :hash WHERE id = :id', hash=fresh, id=user_id)
    sessions.log(tx, user_id, "in")
    return sessions.open_session(tx, ctx, user_id, password_only=one_time)


def _notice(tx: Tx, account: Row) -> str:
    failed = tx.value(
        "SELECT count(*) FROM sign_in WHERE user_id = :user AND at > :since AND outcome IN ('failed', 'waiting')",
        user=account["id"], since=account["last_sign_in_at"] or 0,
    )  # fmt: skip
    if not failed:
        return ""
    since = f" since {to_datetime(account['last_sign_in_at']):%d %b %H:%M} UTC" if account["last_sign_in_at"] else ""
    return f"{failed} failed {'attempt' if failed == 1 else 'attempts'} to sign in{since}."


def session(ctx: Context) -> Session:
    """The session as it is now. Raises SessionOver."""
    with ctx.read(Verb.SESSION_TOUCH) as tx:
        return sessions.shown(tx, ctx, token_of(ctx))


def touch(ctx: Context) -> Session:
    """Keep the session alive: the console calls it while keys come. Raises SessionOver."""
    with ctx.write(Verb.SESSION_TOUCH) as tx:
        sessions.seen(tx, ctx, token_of(ctx))
        return sessions.shown(tx, ctx, token_of(ctx))


def lock(ctx: Context) -> Session:
    """Leave admin mode; the member home stays open."""
    with ctx.write(Verb.ADMIN_LEAVE) as tx:
        sessions.leave(tx, token_of(ctx))
        return sessions.shown(tx, ctx, token_of(ctx))


def sign_out(ctx: Context) -> None:
    """End the session. One that is over already is no error."""
    if isinstance(ctx.proof, NoProof):
        return
    try:
        with ctx.write(Verb.SIGN_OUT) as tx:
            tx.run(
                "UPDATE session SET ended_at = :now, end_reason = 'You signed out.' WHERE token_hash = :token",
                now=tx.now, token=token_hash(token_of(ctx)),
            )  # fmt: skip
    except SessionOver:
        return


@retried
def change_password(ctx: Context, old: Secret, new: Secret) -> Session:
    """Set the own password; all other sessions of this person end. Raises FieldError, Forbidden.

    After a one-time password the old one was just verified and is gone: `old` is not asked.
    """
    with ctx.read(Verb.PASSWORD_CHANGE) as tx:
        user = _own(tx)
        only = tx.actor.password_only
        organization = str(tx.value("SELECT name FROM organization WHERE id = :id", id=user["organization_id"]) or "")
    if not only:
        _count_old(ctx, int(user["id"]))
        if not hashing.verify(ctx.hashing, user["password_hash"], passwords.normalise(old)):
            raise FieldError("old password", "is not right")
    names = (str(user["first_name"]), str(user["last_name"]))
    normal = passwords.check(new, str(user["email"]), organization if user["organization_id"] else "", names)
    if not only and normal == passwords.normalise(old):
        raise FieldError("password", "is the one you have")
    hashed = hashing.hash_password(ctx.hashing, normal)
    with ctx.write(Verb.PASSWORD_CHANGE) as tx:
        changed = tx.run(
            'UPDATE "user" SET password_hash = :new, password_one_time = FALSE, password_expires_at = NULL,'
            " password_disabled = FALSE WHERE id = :id AND coalesce(password_hash, '') = :old",
            new=hashed, id=user["id"], old=user["password_hash"] or "",
        )  # fmt: skip
        if changed != 1:
            raise Forbidden("The password was changed meanwhile.", "Sign in again.")
        throttle.code_succeeded(tx, user["id"], "old")
        new_epoch(tx, user["id"])
        sessions.keep_epoch(tx, token_of(ctx), user["id"])
        audit.append(
            tx, organization_id=user["organization_id"], target=f"user {user['id']}", target_user_id=user["id"]
        )
        return sessions.shown(tx, ctx, token_of(ctx))


def _count_old(ctx: Context, user_id: int) -> None:
    """Who sits at somebody's open session must not guess the password: five tries, then a pause, as for codes."""
    with ctx.write(Verb.PASSWORD_CHANGE) as tx:
        admitted, _, wait = throttle.admit_code(tx, user_id, "old")
        if not admitted:
            minutes = -(-wait // throttle.MINUTE)
            raise Forbidden(f"Too many wrong passwords: wait {minutes} minutes.", code="password_paused")


def _own(tx: Tx) -> Row:
    row = tx.row('SELECT * FROM "user" WHERE id = :id', id=tx.actor.user_id)
    if row is None:
        raise SessionOver("This account is gone.")
    return row
