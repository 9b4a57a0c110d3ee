"""People from files: one transaction, all or nothing (interfaces.md, `import users`; security.md, section 8)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sage_tui.domain import amounts, emails, queries, text
from sage_tui.domain.errors import FieldError, WrongUse
from sage_tui.domain.permissions import Reach, Verb
from sage_tui.domain.units import Kind
from sage_tui.domain.usage import RefusedRow
from sage_tui.services import people, pools
from sage_tui.services.context import Context, retried
from sage_tui.store import audit
from sage_tui.store.transaction import Tx, chunks

YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}
LIMITS = {"first_name": 100, "last_name": 100, "company": 200, "department": 100}


@dataclass(frozen=True, slots=True)
class UserLine:
    """A line of a list: where it stands, and its cells by our fields."""

    row: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UsersImport:
    """What the import did: nothing was added where a row was refused."""

    added: int
    already: int
    refused: tuple[RefusedRow, ...]
    batch: int | None
    stays_unset: int = 0


@dataclass(slots=True)
class _New:
    """A checked line."""

    row: int
    person: people.NewPerson
    organization: str
    allocations: dict[Kind, int | None]
    paid: bool
    organization_id: int = 0


@dataclass(slots=True)
class _List:
    """The lines as they are sorted out."""

    new: list[_New] = field(default_factory=list)
    already: int = 0
    refused: list[RefusedRow] = field(default_factory=list)

    def refuse(self, row: int, error: FieldError) -> None:
        """A line that cannot be taken."""
        self.refused.append(RefusedRow(row, error.field, error.why))


@retried
def users(ctx: Context, lines: Sequence[UserLine | RefusedRow], organization_id: int | None = None) -> UsersImport:
    """Add the people of a list who are not members yet; one refused line and nobody is added."""
    checked = _checked(lines)
    with ctx.write(Verb.IMPORT_USERS) as tx:
        _place(tx, checked, organization_id)
        _sift(tx, checked)
        if not checked.refused:
            _demand_room(tx, checked)
        if checked.refused or not checked.new:
            refused = tuple(sorted(checked.refused, key=lambda row: row.row))
            return UsersImport(0, checked.already, refused, None)
        return _add(tx, checked)


def _checked(lines: Sequence[UserLine | RefusedRow]) -> _List:
    """Each line by itself, and against the lines before it."""
    found = _List()
    seen: dict[tuple[str, str], int] = {}
    for line in lines:
        if isinstance(line, RefusedRow):
            found.refused.append(line)
            continue
        try:
            new = _new(line)
            for what, key in (("email", emails.key(new.person.email)), ("gateway_id", new.person.gateway_id)):
                if key and seen.setdefault((what, key), line.row) != line.row:
                    raise FieldError(what, f"stands in row {seen[what, key]} already")
        except FieldError as error:
            found.refuse(line.row, error)
        else:
            found.new.append(new)
    return found


def _new(line: UserLine) -> _New:
    def cell(name: str) -> str:
        return line.values.get(name, "").strip(" ")

    def named(name: str) -> str:
        return text.accept(name, cell(name), LIMITS[name])

    paid = YES.get(cell("paid").lower())
    if paid is None:
        raise FieldError("paid", f"{text.clean(cell('paid'), limit=40)} is neither yes nor no")
    gateway_id = line.values.get("gateway_id", "")
    person = people.NewPerson(
        emails.parse(cell("email")),
        named("first_name"),
        named("last_name"),
        named("company"),
        named("department"),
        text.identity(gateway_id) if gateway_id else None,
    )
    return _New(
        line.row, person, cell("organization"), {kind: _allocation(kind, cell(kind.value)) for kind in Kind}, paid
    )


def _allocation(kind: Kind, typed: str) -> int | None:
    if typed.lower() in ("", "unset"):
        return None
    try:
        return amounts.tokens(typed)
    except WrongUse as error:
        raise FieldError(kind.value, error.message.removeprefix("amount: ")) from error


def _place(tx: Tx, found: _List, organization_id: int | None) -> None:
    """The organization of each: its own cell, else --org, else the actor's own."""
    known = _organizations(tx)
    default = organization_id if organization_id is not None else tx.actor.organization_id
    placed: list[_New] = []
    for new in found.new:
        number = known.get(queries.fold(new.organization)) if new.organization else default
        if number is None or number not in known.values():
            why = (
                "no such organization"
                if new.organization or number is not None
                else "is missing: name one, or give --org"
            )
            found.refuse(new.row, FieldError("organization", why))
        else:
            new.organization_id = number
            placed.append(new)
    found.new = placed


def _organizations(tx: Tx) -> dict[str, int]:
    """Those within reach, by folded name."""
    if tx.reach is not Reach.EVERYWHERE and tx.actor.organization_id is None:
        return {}
    narrowed = "" if tx.reach is Reach.EVERYWHERE else " AND id = :own"
    values = {} if tx.reach is Reach.EVERYWHERE else {"own": tx.actor.organization_id}
    rows = tx.rows(f"SELECT id, name_key FROM organization WHERE id <> 0 AND closed_at IS NULL{narrowed}", **values)
    return {str(row["name_key"]): int(row["id"]) for row in rows}


def _sift(tx: Tx, found: _List) -> None:
    """Members already are counted; people of other organizations and gateway ids of others are refused."""
    members = _taken(tx, "email_key", [emails.key(new.person.email) for new in found.new])
    gateways = _taken(tx, "gateway_id", [new.person.gateway_id for new in found.new if new.person.gateway_id])
    left: list[_New] = []
    for new in found.new:
        member_of = members.get(emails.key(new.person.email))
        if member_of == new.organization_id:
            found.already += 1
        elif member_of is not None:
            found.refuse(new.row, FieldError("email", "belongs to another organization or to none"))
        elif new.person.gateway_id in gateways:
            found.refuse(new.row, FieldError("gateway_id", "belongs to somebody else"))
        else:
            left.append(new)
    found.new = left


def _taken(tx: Tx, column: str, keys: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in chunks(keys, 300):
        marks = ", ".join("?" * len(part))
        rows = tx.tuples(f'SELECT {column}, organization_id FROM "user" WHERE {column} IN ({marks})', tuple(part))
        found.update((str(key), int(organization)) for key, organization in rows)
    return found


def _demand_room(tx: Tx, found: _List) -> None:
    """The sum of allocations never grows above the cap: the line that passes it is refused."""
    room: dict[tuple[int, Kind], int] = {}
    for number in sorted({new.organization_id for new in found.new}):
        room |= {(number, kind): left for kind, left in pools.room(tx, number).items()}
    for new in found.new:
        for kind, amount in new.allocations.items():
            place = (new.organization_id, kind)
            room[place] -= amount or 0
            if amount and room[place] < 0:
                why = f"the pool lacks {amounts.full(-room[place])} tokens for it"
                found.refuse(new.row, FieldError(kind.value, why))


def _add(tx: Tx, found: _List) -> UsersImport:
    places = {new.organization_id for new in found.new}
    chain = places.pop() if len(places) == 1 else 0
    batch = people.open_batch(tx, chain, Verb.IMPORT_USERS.value, len(found.new))
    unset = 0
    for new in found.new:
        number = people.add(tx, new.organization_id, new.person)
        for kind, amount in new.allocations.items():
            if amount is not None:
                _allocate(tx, new.organization_id, number, kind, amount, batch)
        if new.paid:
            people.activate(tx, new.organization_id, number, batch)
            unset += _is_unset(tx, new.organization_id, number)
    audit.append(
        tx, organization_id=chain, target=text.counted(len(found.new), "person", "people"), batch=batch,
        rows=len(found.new),
        personal=[audit.Personal("after email", new.person.email) for new in found.new[:100]],
    )  # fmt: skip
    return UsersImport(len(found.new), found.already, (), batch, unset)


def _allocate(tx: Tx, organization_id: int, user_id: int, kind: Kind, amount: int, batch: int) -> None:
    tx.run(
        f"UPDATE membership SET {kind.value}_allocation = :amount WHERE organization_id = :org AND user_id = :user",
        amount=amount, org=organization_id, user=user_id,
    )  # fmt: skip
    people.set_allocated(tx, organization_id, kind, amount)
    tx.run(
        "INSERT INTO allocation_change (organization_id, id, user_id, batch, at, field, before, after, rule)"
        " VALUES (:org, :id, :user, :batch, :now, :field, NULL, :amount, 'import')",
        org=organization_id, id=tx.numbers("allocation_change"), user=user_id, batch=batch,
        now=tx.now, field=kind.value, amount=amount,
    )  # fmt: skip


def _is_unset(tx: Tx, organization_id: int, user_id: int) -> int:
    found = tx.value(
        "SELECT inference_allocation FROM membership WHERE organization_id = :org AND user_id = :user",
        org=organization_id, user=user_id,
    )  # fmt: skip
    return int(found is None)
