"""Steps on people and memberships, joined by users, imports, organizations and the demo. No verb here."""

from dataclasses import dataclass

from sage_tui.domain import emails
from sage_tui.domain.actors import Door
from sage_tui.domain.errors import NotFound, WrongUse
from sage_tui.domain.months import month_of
from sage_tui.domain.people import name_key
from sage_tui.domain.units import NO_ORGANIZATION, Kind, Role
from sage_tui.services import policy_held, pools
from sage_tui.store.transaction import Row, Tx


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be added. The e-mail is parsed already."""

    email: str
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    department: str = ""
    gateway_id: str | None = None
    role: Role = Role.USER
    verified: bool = False


def find(tx: Tx, email: str) -> Row:
    """A person within the actor's reach, by e-mail. Raises NotFound, alike for unknown and out of reach."""
    where, values = tx.within("u")
    if "user_id" in where:
        where = where.replace("u.user_id", "u.id")
    row = tx.row(f'SELECT u.* FROM "user" u WHERE u.email_key = :key AND {where}', key=emails.key(email), **values)
    if row is None:
        raise NotFound("There is no user with this e-mail.", "See `sage-tui users list`.")
    return row


def add(tx: Tx, organization_id: int, person: NewPerson) -> int:
    """Insert a person and their membership; their number. The e-mail must be free."""
    number = tx.numbers("user")
    tx.run(
        'INSERT INTO "user" (id, email, email_key, first_name, last_name, name_key, company, organization_id,'
        ' gateway_id,'
        " verified, created_at) VALUES (:id, :email, :key, :first, :last, :name_key, :company, :org, :gateway,"
        " :verified, :now)",
        id=number, email=person.email, key=emails.key(person.email), first=person.first_name, last=person.last_name,
        name_key=name_key(person.first_name, person.last_name), company=person.company, org=organization_id,
        gateway=person.gateway_id, verified=person.verified, now=tx.now,
    )  # fmt: skip
    join(tx, organization_id, number, person)
    return number


def join(tx: Tx, organization_id: int, user_id: int, person: NewPerson) -> None:
    """Open a membership."""
    month = month_of(tx.now)
    tx.run(
        "INSERT INTO membership (organization_id, user_id, type, department, inference_month, embedding_month,"
        " created_at)"
        " VALUES (:org, :user, :type, :department, :month, :month, :now)",
        org=organization_id,
        user=user_id,
        type=person.role.value,
        department=person.department,
        month=month,
        now=tx.now,
    )
    if organization_id != NO_ORGANIZATION:
        tx.run("UPDATE organization SET members = members + 1 WHERE id = :org", org=organization_id)


def activate(tx: Tx, organization_id: int, user_id: int, batch: int) -> dict[Kind, int | None]:
    """Paid on: an unset allocation becomes the policy's floor as far as the cap allows, else it stays unset.

    The new allocation by kind; None where nothing was given (product.md, "Paid on = activation").
    """
    room = pools.room(tx, organization_id)
    tx.run(
        "UPDATE membership SET paid = TRUE, version = version + 1 WHERE organization_id = :org AND user_id = :user",
        org=organization_id, user=user_id,
    )  # fmt: skip
    floors = policy_held.first(tx, organization_id)
    department = tx.value(
        "SELECT department FROM membership WHERE organization_id = :org AND user_id = :user",
        org=organization_id, user=user_id,
    )  # fmt: skip
    given: dict[Kind, int | None] = {}
    for kind in Kind:
        floor = floors.of(user_id, str(department or ""), kind)
        given[kind] = _give(tx, organization_id, user_id, kind, floor, batch) if floor <= room[kind] else None
    return given


def _give(tx: Tx, organization_id: int, user_id: int, kind: Kind, amount: int, batch: int) -> int | None:
    changed = tx.run(
        f"UPDATE membership SET {kind.value}_allocation = :amount WHERE organization_id = :org AND user_id = :user"
        f" AND {kind.value}_allocation IS NULL",
        amount=amount, org=organization_id, user=user_id,
    )  # fmt: skip
    if not changed:
        return None
    set_allocated(tx, organization_id, kind, amount)
    tx.run(
        "INSERT INTO allocation_change (organization_id, id, user_id, batch, at, field, before, after, rule)"
        " VALUES (:org, :id, :user, :batch, :now, :field, NULL, :amount, 'floor')",
        org=organization_id, id=tx.numbers("allocation_change"), user=user_id, batch=batch,
        now=tx.now, field=kind.value, amount=amount,
    )  # fmt: skip
    return amount


def organization_for(tx: Tx, organization_id: int | None) -> int:
    """The organization that a write is for: as given within reach, or the actor's own. Raises NotFound, WrongUse."""
    own = tx.actor.organization_id
    wanted = own if organization_id is None else organization_id
    if wanted is None:
        how = "o chooses one." if tx.actor.door is Door.CONSOLE else "--org NAME; see `sage-tui orgs list`."
        raise WrongUse("Say for which organization.", how, code="organization_needed")
    known = tx.value("SELECT id FROM organization WHERE id = :id AND closed_at IS NULL", id=wanted)
    if known is None or (own is not None and wanted != own):
        raise NotFound("There is no such organization.", "See `sage-tui orgs list`.")
    return int(known)


def set_allocated(tx: Tx, organization_id: int, kind: Kind, raised_by: int) -> None:
    """Move a pool's counter of allocated tokens; its row is locked by the caller."""
    tx.run(
        "UPDATE pool SET allocated = allocated + :by WHERE organization_id = :org AND kind = :kind",
        by=raised_by, org=organization_id, kind=pools.KIND_CODES[kind],
    )  # fmt: skip


def open_batch(tx: Tx, organization_id: int, action: str, rows: int, *, undoes: int | None = None) -> int:
    """A number for one act that may be undone."""
    number = tx.numbers("batch")
    tx.run(
        "INSERT INTO batch (organization_id, id, at, actor_id, actor, action, rows, reason, undoes)"
        " VALUES (:org, :id, :now, :actor_id, :actor, :action, :rows, :reason, :undoes)",
        org=organization_id, id=number, now=tx.now, actor_id=tx.actor.user_id, actor=tx.actor.name, action=action,
        rows=rows, reason=tx.reason, undoes=undoes,
    )  # fmt: skip
    return number


def new_epoch(tx: Tx, user_id: int) -> None:
    """Every session of this person ends at its next act."""
    tx.run('UPDATE "user" SET epoch = epoch + 1 WHERE id = :id', id=user_id)
