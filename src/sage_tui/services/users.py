"""People: lists, one person's page, adding, ways back in (product.md, "User Management")."""

from collections.abc import Sequence
from dataclasses import dataclass

from sage_tui.clock import to_datetime
from sage_tui.domain import emails, passwords
from sage_tui.domain.errors import FieldError, ManyErrors, NotFound, Refused, SageError, WrongUse
from sage_tui.domain.paging import Ask, Count, Window
from sage_tui.domain.permissions import Verb
from sage_tui.domain.queries_fields import USERS
from sage_tui.domain.queries_parse import parse
from sage_tui.domain.secret import Secret
from sage_tui.domain.text import accept
from sage_tui.domain.units import Kind
from sage_tui.domain.users import HistoryStep, Person, Summary, UserRow
from sage_tui.services import hashing, home, mfa, people, pools, sessions, throttle
from sage_tui.services.context import Context, retried
from sage_tui.store import audit
from sage_tui.store.transaction import Row, Tx
from sage_tui.store.windows import users as windows

AT_ONCE = 10_000
"""E-mails that one call takes."""


def window(ctx: Context, ask: Ask, organization_id: int | None = None) -> Window[UserRow]:
    """One window of people within the caller's reach. Raises QueryError, WrongUse (unknown sort column)."""
    query = parse(ask.query, USERS)
    with ctx.read(Verb.USERS_LIST) as tx:
        return windows.window(tx, query, ask, organization_id)


def count(ctx: Context, query: str, organization_id: int | None = None, *, exact: bool = False) -> Count:
    """How many people match; cut at ten thousand unless `exact`. Raises QueryError."""
    parsed = parse(query, USERS)
    with ctx.read(Verb.USERS_LIST) as tx:
        return windows.count(tx, parsed, organization_id, exact=exact)


def summary(ctx: Context, organization_id: int | None = None) -> Summary:
    """The summary bar: people, both pools, identities that belong to nobody. Read from counters."""
    with ctx.read(Verb.USERS_LIST) as tx:
        status = pools.status(tx, organization_id)
        held, values = tx.within("i", organization_id)
        identities = tx.row(
            "SELECT count(*) AS number, sum((SELECT sum(charge) FROM usage_month t WHERE t.organization_id ="
            " i.organization_id"
            f" AND t.user_id = -i.id)) AS charge FROM identity i WHERE i.user_id IS NULL AND {held}",
            **values,
        )
        return Summary(
            users=_members(tx, organization_id),
            inference=status[Kind.INFERENCE],
            embedding=status[Kind.EMBEDDING],
            unassigned_identities=int((identities or {}).get("number") or 0),
            unassigned_charge=int((identities or {}).get("charge") or 0),
        )


def _members(tx: Tx, organization_id: int | None) -> int:
    """Heads by the organizations' counters; those who belong to none are few, and counted."""
    where, values = tx.within("o", organization_id)
    where = where.replace("o.organization_id", "o.id")
    known = tx.value(f"SELECT sum(o.members) FROM organization o WHERE {where} AND o.id <> 0", **values)
    loose, values = tx.within("m", organization_id)
    none = tx.value(
        f"SELECT count(*) FROM membership m WHERE m.organization_id = 0 AND m.ended_at IS NULL AND {loose}", **values
    )
    return int(known or 0) + int(none)


def show(ctx: Context, user_id: int | None = None, email: str = "") -> Person:
    """One person's page. Raises NotFound, alike for unknown and out of reach."""
    with ctx.read(Verb.USERS_SHOW) as tx:
        found = people.find(tx, email) if user_id is None else _by_id(tx, user_id)
        number, organization = int(found["id"]), int(found["organization_id"])
        return Person(
            user=windows.one(tx, number),
            gateway_id=str(found["gateway_id"] or ""),
            payer=_payer(tx, organization, number),
            read_only=bool(_member(tx, organization, number)["read_only"]),
            history=_history(tx, organization, number),
            days=home.days(tx, organization, number),
            sign_ins=sessions.recent(tx, number),
            recovery_codes_left=int(
                tx.value("SELECT count(*) FROM recovery_code WHERE user_id = :id AND used_at IS NULL", id=number)
            ),
        )


def _by_id(tx: Tx, user_id: int) -> Row:
    where, values = tx.within("u")
    row = tx.row(f'SELECT u.* FROM "user" u WHERE u.id = :id AND {where}', id=user_id, **values)
    if row is None:
        raise NotFound("There is no user with this number.", "See `sage-tui users list`.")
    return row


def _member(tx: Tx, organization_id: int, user_id: int) -> Row:
    row = tx.row(
        "SELECT * FROM membership WHERE organization_id = :org AND user_id = :user", org=organization_id, user=user_id
    )
    if row is None:
        raise NotFound("This person has no membership.", "Run `sage-tui doctor`.")
    return row


def _payer(tx: Tx, organization_id: int, user_id: int) -> str | None:
    found = tx.value(
        'SELECT p.email FROM membership m JOIN "user" p ON p.id = m.payer_id WHERE m.organization_id = :org AND'
        ' m.user_id = :user',
        org=organization_id, user=user_id,
    )  # fmt: skip
    return None if found is None else str(found)


def _history(tx: Tx, organization_id: int, user_id: int) -> tuple[HistoryStep, ...]:
    rows = tx.rows(
        "SELECT c.at, c.field, c.before, c.after, c.rule, c.batch, b.actor, b.reason FROM allocation_change c"
        " LEFT JOIN batch b ON b.organization_id = c.organization_id AND b.id = c.batch"
        " WHERE c.organization_id = :org AND c.user_id = :user AND c.field IN ('inference', 'embedding') ORDER"
        " BY c.at, c.id",
        org=organization_id, user=user_id,
    )  # fmt: skip
    return tuple(
        HistoryStep(
            to_datetime(r["at"]),
            Kind(r["field"]),
            r["before"],
            r["after"],
            str(r["rule"]),
            str(r["actor"] or ""),
            str(r["reason"] or ""),
            int(r["batch"]),
        )
        for r in rows
    )


@dataclass(frozen=True, slots=True)
class AddUsers:
    """People to add by e-mail. `password`: give each a one-time password, shown once."""

    emails: tuple[str, ...]
    organization_id: int | None = None
    paid: bool = False
    department: str = ""
    password: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """What adding did; each e-mail is in one of the three. `stays_unset`: paid, but the pool had no room."""

    added: tuple[str, ...]
    already: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    stays_unset: tuple[str, ...]
    batch: int | None
    one_time_passwords: tuple[tuple[str, Secret], ...]


@retried
def add(ctx: Context, command: AddUsers) -> Added:
    """Add people by e-mail, each answered. Raises ManyErrors for addresses that are none, NotFound, Refused."""
    wanted = _parsed(command.emails)
    department = accept("department", command.department, 100)
    passes = {email: passwords.make_one_time() for email in wanted} if command.password else {}
    hashes = {email: hashing.hash_password(ctx.hashing, secret) for email, secret in passes.items()}
    with ctx.write(Verb.USERS_ADD) as tx:
        organization_id = organization_for(tx, command.organization_id)
        added, already, refused = _sort_out(tx, organization_id, wanted)
        if not added:
            return Added((), already, refused, (), None, ())
        batch = people.open_batch(tx, organization_id, Verb.USERS_ADD.value, len(added))
        unset = []
        for email in added:
            number = people.add(tx, organization_id, people.NewPerson(email, department=department))
            if command.password:
                _set_one_time(tx, number, hashes[email])
            if command.paid and people.activate(tx, organization_id, number, batch)[Kind.INFERENCE] is None:
                unset.append(email)
        audit.append(
            tx, organization_id=organization_id, target=f"{len(added)} people", batch=batch, rows=len(added),
            personal=[audit.Personal("after email", email) for email in added[:100]],
        )  # fmt: skip
        given = tuple((email, passes[email]) for email in added if command.password)
        return Added(added, already, refused, tuple(unset), batch, given)


def _parsed(addresses: Sequence[str]) -> list[str]:
    if not addresses:
        raise FieldError("email", "none was given")
    if len(addresses) > AT_ONCE:
        raise FieldError("email", f"at most {AT_ONCE:,} at once")
    parsed: dict[str, str] = {}
    errors: list[SageError] = []
    for row, address in enumerate(addresses, 1):
        try:
            found = emails.parse(address, f"email {row}")
            parsed.setdefault(emails.key(found), found)
        except FieldError as error:
            errors.append(error)
    if errors:
        raise ManyErrors(
            f"{len(errors)} of {len(addresses)} are no e-mail addresses; nobody was added. {errors[0].message}", errors
        )
    return list(parsed.values())


def organization_for(tx: Tx, organization_id: int | None) -> int:
    """The organization that a write is for: as given within reach, or the actor's own. Raises NotFound, WrongUse."""
    own = tx.actor.organization_id
    wanted = own if organization_id is None else organization_id
    if wanted is None:
        raise WrongUse("Say for which organization.", "--org NAME, or choose one with o.", code="organization_needed")
    known = tx.value("SELECT id FROM organization WHERE id = :id AND closed_at IS NULL", id=wanted)
    if known is None or (own is not None and wanted != own):
        raise NotFound("There is no such organization.", "See `sage-tui orgs list`.")
    return int(known)


def _sort_out(
    tx: Tx, organization_id: int, wanted: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Which are new, which are members here already, which belong elsewhere (without saying where)."""
    added, already, refused = [], [], []
    for email in wanted:
        row = tx.row('SELECT id, organization_id FROM "user" WHERE email_key = :key', key=emails.key(email))
        if row is None:
            added.append(email)
        elif row["organization_id"] == organization_id:
            already.append(email)
        else:
            refused.append((email, "belongs to another organization or to none: an operator moves people"))
    return tuple(added), tuple(already), tuple(refused)


def _set_one_time(tx: Tx, user_id: int, hashed: str) -> None:
    # The password is handed over by an administrator who knows the person: that verifies the address.
    tx.run(
        'UPDATE "user" SET password_hash = :hash, password_one_time = TRUE, password_disabled = FALSE, verified = TRUE,'
        " password_expires_at = :until WHERE id = :id",
        hash=hashed, until=tx.now + passwords.ONE_TIME_HOURS * 3600 * 1_000_000, id=user_id,
    )  # fmt: skip


@retried
def unlock(ctx: Context, email: str) -> int:
    """Forget a person's failed sign-ins and codes; how many counters there were. Raises NotFound."""
    with ctx.write(Verb.USERS_UNLOCK) as tx:
        found = people.find(tx, email)
        gone = throttle.unlock(tx, str(found["email_key"]), int(found["id"]))
        tx.run("UPDATE mfa SET disabled = FALSE WHERE user_id = :id", id=found["id"])
        tx.run('UPDATE "user" SET password_disabled = FALSE WHERE id = :id', id=found["id"])
        _audit(tx, found)
        return gone


@retried
def reset_mfa(ctx: Context, email: str) -> bool:
    """Remove a person's authenticator and recovery codes; their sessions end. Raises NotFound, StepUpNeeded.

    False when there was none: then nothing was done.
    """
    with ctx.write(Verb.USERS_RESET_MFA) as tx:
        found = people.find(tx, email)
        _not_above(tx, found)
        if not tx.value("SELECT 1 FROM mfa WHERE user_id = :id", id=found["id"]):
            return False
        mfa.remove(tx, int(found["id"]))
        _audit(tx, found, (("mfa", "on" if found["mfa"] else "off", "off"),))
        return True


@retried
def reset_password(ctx: Context, email: str) -> Secret:
    """Give a person a one-time password (72 h), shown once; their sessions end. Raises NotFound, StepUpNeeded."""
    fresh = passwords.make_one_time()
    hashed = hashing.hash_password(ctx.hashing, fresh)
    with ctx.write(Verb.USERS_RESET_PASSWORD) as tx:
        found = people.find(tx, email)
        _not_above(tx, found)
        verified = bool(found["verified"])
        _set_one_time(tx, int(found["id"]), hashed)
        people.new_epoch(tx, int(found["id"]))
        throttle.unlock(tx, str(found["email_key"]), int(found["id"]))
        _audit(tx, found, () if verified else (("verified", "no", "yes"),))
        return fresh


def _not_above(tx: Tx, found: Row) -> None:
    """An administrator's reach holds no operators already; oneself is done on the member home."""
    if tx.actor.user_id is not None and tx.actor.user_id == found["id"]:
        raise Refused("This is your own account.", "Use the member home: Security.", code="own_account")


def _audit(tx: Tx, found: Row, changes: Sequence[tuple[str, str | None, str | None]] = ()) -> None:
    audit.append(
        tx,
        organization_id=int(found["organization_id"]),
        target=f"user {found['id']}",
        target_user_id=int(found["id"]),
        changes=changes,
    )
