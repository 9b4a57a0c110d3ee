"""Gateway identities that belong to nobody yet (interfaces.md, "Who a usage record belongs to")."""

from dataclasses import dataclass

from sage_tui.domain import text
from sage_tui.domain.errors import Conflict, NotFound, Refused, WrongUse
from sage_tui.domain.permissions import Verb
from sage_tui.domain.units import NO_ORGANIZATION
from sage_tui.domain.users import Identity
from sage_tui.services import people
from sage_tui.services.context import Context, retried
from sage_tui.store import assigning, audit
from sage_tui.store.transaction import Row, Tx

_LIST = """SELECT i.id, i.name, i.organization_id, s.name AS source, o.name AS organization,
 (SELECT sum(t.events) FROM usage_month t WHERE t.organization_id = i.organization_id AND t.user_id = -i.id) AS events,
 (SELECT sum(t.charge) FROM usage_month t WHERE t.organization_id = i.organization_id AND t.user_id = -i.id) AS charge
 FROM identity i JOIN usage_source s ON s.id = i.source_id JOIN organization o ON o.id = i.organization_id
 WHERE i.user_id IS NULL"""


@dataclass(frozen=True, slots=True)
class Assigned:
    """What an assignment moved, in events and charged tokens."""

    identity: str
    email: str
    events: int
    charge: int
    batch: int


def list_identities(ctx: Context, organization_id: int | None = None) -> tuple[Identity, ...]:
    """Those that belong to nobody, the largest charge first."""
    with ctx.read(Verb.IDENTITIES_LIST) as tx:
        where, values = tx.within("i", organization_id)
        rows = tx.rows(f"{_LIST} AND {where} ORDER BY charge DESC, i.id", **values)
        return tuple(_shown(row) for row in rows)


def _shown(row: Row) -> Identity:
    return Identity(
        int(row["id"]),
        str(row["name"]),
        str(row["source"]),
        str(row["organization"]) if row["organization_id"] else None,
        int(row["events"] or 0),
        int(row["charge"] or 0),
    )


@retried
def assign(ctx: Context, identity: str, email: str, source: str = "", organization_id: int | None = None) -> Assigned:
    """Give a held identity and all its usage to a person. Raises NotFound, WrongUse (ambiguous), Refused, Conflict."""
    with ctx.write(Verb.IDENTITIES_ASSIGN) as tx:
        person = people.find(tx, email)
        held = _one(tx, text.identity(identity), source, organization_id)
        if held["organization_id"] not in (NO_ORGANIZATION, person["organization_id"]):
            raise Refused(
                "The identity's usage belongs to another organization.", "Choose a person of that organization."
            )
        taken = tx.run(
            "UPDATE identity SET user_id = :user, assigned_at = :now WHERE organization_id = :org AND id = :id"
            " AND user_id IS NULL",
            user=person["id"], now=tx.now, org=held["organization_id"], id=held["id"],
        )  # fmt: skip
        if taken != 1:
            raise Conflict("Somebody assigned this identity meanwhile.", "Refresh the list.")
        batch = people.open_batch(tx, int(person["organization_id"]), Verb.IDENTITIES_ASSIGN.value, 1)
        events, charge = assigning.move(
            tx, int(held["organization_id"]), -int(held["id"]), int(person["organization_id"]), int(person["id"])
        )
        audit.append(
            tx,
            organization_id=int(person["organization_id"]),
            target=f"user {person['id']}",
            target_user_id=int(person["id"]),
            batch=batch,
            rows=events,
            changes=(("events", 0, events), ("charge", 0, charge)),
            personal=[audit.Personal("before identity", str(held["name"]), int(person["id"]))],
        )
        return Assigned(str(held["name"]), str(person["email"]), events, charge, batch)


def _one(tx: Tx, name: str, source: str, organization_id: int | None) -> Row:
    where, values = tx.within("i", organization_id)
    rows = tx.rows(f"{_LIST} AND {where} AND i.name = :name ORDER BY i.id", name=name, **values)
    rows = [row for row in rows if not source or row["source"] == text.escape(source)]
    if not rows:
        raise NotFound("No identity of this name waits for an owner.", "See `sage-tui identities list`.")
    if len(rows) > 1:
        named = ", ".join(
            f"{row['source']} in {row['organization'] if row['organization_id'] else 'no organization'}" for row in rows
        )
        raise WrongUse(
            f"Several identities have this name: {text.clean(named)}",
            "Say which: --source S, --org O.",
            code="ambiguous",
        )
    return rows[0]
