"""Organizations: list, add, their time zone (interfaces.md, `orgs add|list|set`). The operator's pages come later."""

from collections.abc import Mapping
from dataclasses import dataclass

from sage_tui.domain import queries, text, zones
from sage_tui.domain.errors import FieldError, NotFound, Refused, WrongUse
from sage_tui.domain.months import day_of, month_of
from sage_tui.domain.permissions import Verb
from sage_tui.domain.units import MAX_TOKENS, Kind
from sage_tui.domain.users import Organization, PoolStatus
from sage_tui.services import falling_back, people, pools
from sage_tui.services.context import Context, retried
from sage_tui.store import audit
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class AddOrganization:
    """A new organization; a pool given here is a purchase from this month without expiry, in tokens a month."""

    name: str
    inference: int = 0
    embedding: int = 0
    time_zone: str = "UTC"


def list_organizations(ctx: Context) -> tuple[Organization, ...]:
    """Those within reach, by name, with both pools of this month."""
    with ctx.read(Verb.ORGS_LIST) as tx:
        return _list(tx)


def _list(tx: Tx) -> tuple[Organization, ...]:
    month = month_of(tx.now)
    where, values = tx.within("o")
    where = where.replace("o.organization_id", "o.id")
    rows = tx.rows(
        f"SELECT o.* FROM organization o WHERE {where} AND o.id <> 0 AND o.closed_at IS NULL ORDER BY o.name_key",
        **values,
    )
    bought = {
        int(row["organization_id"]): row
        for row in tx.rows(
            "SELECT organization_id, sum(inference) AS inference, sum(embedding) AS embedding FROM purchase"
            " WHERE first_month <= :month AND (last_month IS NULL OR last_month >= :month) GROUP BY organization_id",
            month=month,
        )
    }
    counters = {(int(r["organization_id"]), KINDS[r["kind"]]): r for r in tx.rows("SELECT * FROM pool")}

    def pool(organization_id: int, kind: Kind) -> PoolStatus:
        row = counters.get((organization_id, kind.value), {"allocated": 0, "month": 0, "used": 0})
        used = int(row["used"]) if row["month"] == month else 0
        return PoolStatus(
            kind, int((bought.get(organization_id) or {}).get(kind.value) or 0), int(row["allocated"]), used
        )

    return tuple(
        Organization(
            int(r["id"]), str(r["name"]), int(r["members"]), str(r["time_zone"]),
            pool(int(r["id"]), Kind.INFERENCE), pool(int(r["id"]), Kind.EMBEDDING),
        )
        for r in rows
    )  # fmt: skip


def find(ctx: Context, name: str) -> Organization:
    """The organization of this name or number, within reach. Raises NotFound."""
    wanted = queries.fold(name.strip())
    with ctx.read(Verb.ORGS_LIST) as tx:
        listed = _list(tx)
    exact = [o for o in listed if queries.fold(o.name) == wanted or str(o.id) == wanted]
    begins = [o for o in listed if queries.fold(o.name).startswith(wanted)] if wanted else []
    found = exact or begins
    if len(found) != 1:
        why = "Several organizations begin like this." if found else "There is no such organization."
        raise NotFound(why, "See `sage-tui orgs list`.")
    return found[0]


@retried
def add(ctx: Context, command: AddOrganization) -> int:
    """Add an organization; its number. Raises FieldError, Refused (the name is taken)."""
    name = text.accept("name", command.name.strip(), 200)
    if not name:
        raise FieldError("name", "is empty")
    zone = zones.parse(command.time_zone)
    amounts: Mapping[Kind, int] = {Kind.INFERENCE: command.inference, Kind.EMBEDDING: command.embedding}
    for kind, amount in amounts.items():
        if not 0 <= amount <= MAX_TOKENS:
            raise FieldError(kind.value, f"is outside 0 to {MAX_TOKENS:,}")
    with ctx.write(Verb.ORGS_ADD) as tx:
        number = create(tx, name, zone)
        if any(amounts.values()):
            _purchase(tx, number, amounts)
        audit.append(
            tx, organization_id=number, target=f"organization {number}",
            changes=(("name", None, name), *((kind.value, None, amount) for kind, amount in amounts.items() if amount)),
        )  # fmt: skip
        return number


@retried
def set_time_zone(ctx: Context, organization_id: int, time_zone: str) -> str:
    """The time zone that an organization lives by from now on (its schedule); the one before.

    Raises NotFound, FieldError, WrongUse (it is so already).
    """
    zone = zones.parse(time_zone)
    with ctx.write(Verb.ORGS_SET) as tx:
        place = people.organization_for(tx, organization_id)
        falling_back.due(tx, place)
        before = str(tx.value("SELECT time_zone FROM organization WHERE id = :org", org=place))
        if before == zone:
            raise WrongUse(f"The time zone is {zone} already: nothing was changed.", "See `sage-tui orgs list`.")
        tx.run("UPDATE organization SET time_zone = :zone WHERE id = :org", zone=zone, org=place)
        audit.append(tx, organization_id=place, target=f"organization {place}", changes=(("time_zone", before, zone),))
        return before


def create(tx: Tx, name: str, time_zone: str = "UTC") -> int:
    """A step: an organization with its two pools; its number. Raises Refused where the name is taken."""
    key = queries.fold(name)
    if tx.value("SELECT 1 FROM organization WHERE name_key = :key", key=key):
        raise Refused("There is already an organization of this name.", "See `sage-tui orgs list`.", code="exists")
    number = tx.numbers("organization")
    tx.run(
        "INSERT INTO organization (id, name, name_key, time_zone, created_at) VALUES (:id, :name, :key, :zone, :now)",
        id=number, name=name, key=key, zone=time_zone, now=tx.now,
    )  # fmt: skip
    codes = pools.KIND_CODES.values()
    month = month_of(tx.now)  # it begins with it: nothing of a month before falls back
    tx.many(
        "INSERT INTO pool (organization_id, kind, started_month) VALUES (?, ?, ?)",
        [(number, code, month) for code in codes],
    )
    return number


def _purchase(tx: Tx, organization_id: int, amounts: Mapping[Kind, int]) -> None:
    tx.run(
        "INSERT INTO purchase (organization_id, id, purchased_on, first_month, inference, embedding, created_at)"
        " VALUES (:org, :id, :day, :month, :inference, :embedding, :now)",
        org=organization_id, id=tx.numbers("purchase"), day=day_of(tx.now), month=month_of(tx.now),
        inference=amounts[Kind.INFERENCE], embedding=amounts[Kind.EMBEDDING], now=tx.now,
    )  # fmt: skip
