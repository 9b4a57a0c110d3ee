"""Admin mode, fresh codes, and removing an authenticator (product.md, "Signing in and admin mode")."""

from sage_tui.domain import emails, totp
from sage_tui.domain.errors import NotFound
from sage_tui.domain.permissions import Verb
from sage_tui.domain.sessions import Session
from sage_tui.services import codes, identity, sealing, sessions, throttle
from sage_tui.services.authority import token_hash, token_of
from sage_tui.services.context import Context, retried
from sage_tui.services.people import new_epoch
from sage_tui.store import audit
from sage_tui.store.transaction import Row, Tx


@retried
def enter_admin(ctx: Context, code: str) -> Session:
    """Enter admin mode with a TOTP or recovery code. Raises CodeRefused, Forbidden (not enrolled), SessionOver."""
    notice = codes.prove(ctx, Verb.ADMIN_ENTER, code)
    with ctx.write(Verb.ADMIN_ENTER) as tx:
        sessions.enter(tx, ctx, token_of(ctx))
        sessions.log(tx, codes.user_id_of(tx), "recovery" if notice.startswith("A recovery") else "admin")
        return sessions.shown(tx, ctx, token_of(ctx), notice)


@retried
def step_up(ctx: Context, code: str) -> Session:
    """Give a fresh code, good for five minutes of acts that ask for one. Raises CodeRefused."""
    notice = codes.prove(ctx, Verb.STEP_UP, code)
    with ctx.write(Verb.STEP_UP) as tx:
        tx.run(
            "UPDATE session SET step_up_at = :now WHERE token_hash = :token",
            now=tx.now,
            token=token_hash(token_of(ctx)),
        )
        return sessions.shown(tx, ctx, token_of(ctx), notice)


def demo_code(ctx: Context, email: str = "") -> str | None:
    """The current code of an account of a demo database: of the session's own, or (on the host) of `email`.

    None where there is none to show; empty while every code that would be taken now was used already.
    """
    with ctx.before_anyone(write=False) as tx:
        if not identity.is_demo(tx):
            return None
        row = _demo_row(tx, ctx, email)
        if row is None or not row["confirmed"] or row["secret"] is None:
            return None
        secret = sealing.unseal(ctx.keys, int(row["user_id"]), bytes(row["secret"]), str(row["key_id"]))
        # A used step is not shown again: one step ahead is within the tolerance, two are not.
        now, fresh = totp.step_of(tx.now), int(row["last_step"]) + 1
        return totp.code(secret, max(now, fresh)) if fresh <= now + 1 else ""


def _demo_row(tx: Tx, ctx: Context, email: str) -> Row | None:
    if email:
        return tx.row(
            'SELECT m.* FROM mfa m JOIN "user" u ON u.id = m.user_id WHERE u.email_key = :key', key=emails.key(email)
        )
    return tx.row(
        "SELECT m.* FROM mfa m JOIN session s ON s.user_id = m.user_id WHERE s.token_hash = :token",
        token=token_hash(token_of(ctx)),
    )


@retried
def reset(ctx: Context, email: str = "", *, everyone: bool = False) -> int:
    """On the host: remove the authenticator of one person, or of all. How many were removed. Raises NotFound.

    Nobody who has none is touched, and where nobody has one nothing is told in the audit. A set-up that was begun
    and not confirmed is given up and counts, for the audit names what was done.
    """
    with ctx.write(Verb.MFA_RESET) as tx:
        if everyone:
            ids = [int(row[0]) for row in tx.tuples("SELECT user_id FROM mfa ORDER BY user_id")]
        else:
            found = tx.value('SELECT id FROM "user" WHERE email_key = :key', key=emails.key(email))
            if found is None:
                raise NotFound("There is no user with this e-mail.", "See `sage-tui users list`.")
            ids = [int(row[0]) for row in tx.tuples("SELECT user_id FROM mfa WHERE user_id = ?", (int(found),))]
        if not ids:
            return 0
        for user_id in ids:
            remove(tx, user_id)
        audit.append(tx, organization_id=0, target="everyone" if everyone else f"user {ids[0]}",
                     target_user_id=None if everyone else ids[0], rows=len(ids))  # fmt: skip
        return len(ids)


def remove(tx: Tx, user_id: int) -> None:
    """A step: authenticator and recovery codes are gone, every session of the person is over."""
    tx.run("DELETE FROM mfa WHERE user_id = :user", user=user_id)
    tx.run("DELETE FROM recovery_code WHERE user_id = :user", user=user_id)
    tx.run('UPDATE "user" SET mfa = FALSE WHERE id = :user', user=user_id)
    throttle.code_succeeded(tx, user_id)
    new_epoch(tx, user_id)
