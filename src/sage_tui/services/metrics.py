"""Numbers for monitoring, of all organizations at one instant (interfaces.md, `metrics`)."""

from collections.abc import Iterable
from dataclasses import dataclass

from sage_tui import __version__
from sage_tui.domain.months import SECOND
from sage_tui.domain.permissions import Verb
from sage_tui.domain.units import Kind
from sage_tui.domain.usage import STATUSES
from sage_tui.services import pools
from sage_tui.services.context import Context
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Row, Tx


@dataclass(frozen=True, slots=True)
class Sample:
    """One value with its labels (names and values; names of organizations are as people typed them)."""

    labels: tuple[tuple[str, str], ...]
    value: float | int


@dataclass(frozen=True, slots=True)
class Family:
    """One metric. `counter`: it only grows (its name ends in `_total` when written)."""

    name: str
    says: str
    samples: tuple[Sample, ...]
    counter: bool = False


def metrics(ctx: Context) -> tuple[Family, ...]:
    """Every family, also those without samples, in one reading of the store. Tokens are whole, times are seconds."""
    with ctx.read(Verb.METRICS) as tx:
        names = {int(row["id"]): str(row["name"]) for row in tx.rows(_ORGANIZATIONS)}
        return (
            Family("sage_build", "What runs: version and schema.", (_build(tx),)),
            _pools(tx, names),
            _by_organization(tx, names, "sage_members", "People who belong to an organization.", _MEMBERS),
            _by_organization(tx, names, "sage_stopped_users", "People stopped at their limit.", _STOPPED),
            _by_organization(tx, names, "sage_requests_pending", "Requests for more tokens that wait.", _REQUESTS),
            _by_organization(tx, names, "sage_unassigned_identities", "Identities that belong to nobody.", _HELD),
            _reserved(tx, names, "sage_reservations_held", "Calls in flight.", "number"),
            _reserved(tx, names, "sage_reserved_tokens", "Tokens held for calls in flight.", "tokens"),
            _by_organization(
                tx, names, "sage_refused_calls", "Calls that were refused.", _REFUSED, counter=True,
                refused=STATUSES.index("refused"),
            ),
            _instant(tx, "sage_last_event_timestamp_seconds", "When the last call was made.", _LAST),
            _instant(tx, "sage_doctor_checked_timestamp_seconds", "When doctor last looked at all totals.", _CHECKED),
            _one("sage_doctor_differences", "Differences that doctor found when it last looked.", tx.value(_FOUND)),
        )  # fmt: skip


_ORGANIZATIONS = "SELECT id, name FROM organization WHERE id <> 0 AND closed_at IS NULL ORDER BY id"
_MEMBERS = "SELECT id AS organization_id, members AS number FROM organization WHERE id <> 0"
_STOPPED = (
    "SELECT m.organization_id, count(*) AS number FROM membership m WHERE m.ended_at IS NULL"
    " AND (m.inference_stopped_at IS NOT NULL OR m.embedding_stopped_at IS NOT NULL) GROUP BY m.organization_id"
)
_REQUESTS = (
    "SELECT r.organization_id, count(*) AS number FROM request r WHERE r.status = 'pending' GROUP BY r.organization_id"
)
_HELD = (
    "SELECT i.organization_id, count(*) AS number FROM identity i WHERE i.user_id IS NULL GROUP BY i.organization_id"
)
_REFUSED = (
    "SELECT e.organization_id, count(*) AS number FROM usage_event e WHERE e.status = :refused AND e.status <> 0"
    " GROUP BY e.organization_id"
)
_LAST = "SELECT max(at) FROM usage_event"
_CHECKED = "SELECT value FROM setting WHERE organization_id = 0 AND key = 'doctor_at'"
_FOUND = "SELECT value FROM setting WHERE organization_id = 0 AND key = 'doctor_found'"


def _build(tx: Tx) -> Sample:
    schema = str(tx.value("SELECT version FROM schema_version WHERE id = 1"))
    return Sample((("version", __version__), ("schema", schema)), 1)


def _pools(tx: Tx, names: dict[int, str]) -> Family:
    samples = []
    for number, name in names.items():
        for kind, pool in pools.status(tx, number).items():
            states = {
                "purchased": pool.purchased,
                "allocated": pool.allocated,
                "used": pool.used,
                "unallocated": pool.unallocated,
            }
            samples += [
                Sample((("organization", name), ("kind", kind.value), ("state", state)), value)
                for state, value in states.items()
            ]
    return Family("sage_pool_tokens", "Tokens of this month's pools.", tuple(samples))


def _by_organization(
    tx: Tx, names: dict[int, str], name: str, says: str, sql: str, *, counter: bool = False, **values: object
) -> Family:
    """One value for each organization, 0 where there is none."""
    found = {int(row["organization_id"]): int(row["number"]) for row in tx.rows(sql, **values)}
    samples = (Sample((("organization", label),), found.get(number, 0)) for number, label in names.items())
    return Family(name, says, tuple(samples), counter)


def _reserved(tx: Tx, names: dict[int, str], name: str, says: str, what: str) -> Family:
    rows: Iterable[Row] = tx.rows(
        "SELECT r.organization_id, r.kind, count(*) AS number, CAST(sum(r.estimate) AS BIGINT) AS tokens"
        " FROM reservation r WHERE r.status = 'held' GROUP BY r.organization_id, r.kind"
    )
    found = {(int(row["organization_id"]), KINDS[row["kind"]]): int(row[what]) for row in rows}
    samples = (
        Sample((("organization", label), ("kind", kind.value)), found.get((number, kind.value), 0))
        for number, label in names.items()
        for kind in Kind
    )
    return Family(name, says, tuple(samples))


def _instant(tx: Tx, name: str, says: str, sql: str) -> Family:
    found = tx.value(sql)
    return Family(name, says, () if found is None else (Sample((), int(found) / SECOND),))


def _one(name: str, says: str, value: object) -> Family:
    return Family(name, says, () if value is None else (Sample((), int(str(value))),))
