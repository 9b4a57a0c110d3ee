"""Who passed a tier, when they were raised last, and writing what a bump changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Tx, chunks

_MANY = 300
"""People a statement."""

# A product is at most 2**53 * 1000, which fits 64 bits; only inference has a column with the share, and its index.

_CANDIDATES = tuple(
    f"SELECT m.user_id, m.{kind}_allocation, m.{kind}_used, m.department FROM membership m WHERE m.organization_id = ?"
    f" AND m.user_id IN ({{marks}}) AND m.{kind}_month = ? AND m.{kind}_used > 0"
    f" AND m.{kind}_used * 1000 >= m.{kind}_allocation * ? AND m.paid AND m.ended_at IS NULL"
    ' AND NOT EXISTS (SELECT 1 FROM "user" u WHERE u.id = m.user_id AND u.banned) ORDER BY m.user_id'
    for kind in KINDS
)
_EXCEPTED = (
    "SELECT o.user_id, CASE WHEN o.pinned OR o.no_auto_increase THEN 1 ELSE 0 END, o.{kind}_ceiling FROM override o"
    " WHERE o.organization_id = ? AND o.user_id IN ({marks}) AND (o.until IS NULL OR o.until > ?)"
)
_LAST = "SELECT user_id, tier, at FROM bump WHERE organization_id = ? AND kind = ? AND user_id IN ({marks})"
_WRITE = tuple(
    f"UPDATE membership SET {kind}_allocation = ?, {kind}_stopped_at = NULL, {kind}_refused = 0, version = version + 1"
    " WHERE organization_id = ? AND user_id = ?"
    for kind in KINDS
)


@dataclass(frozen=True, slots=True)
class Own:
    """A person's own rules that hold now: no bump at all, or a ceiling of their own."""

    none: bool = False
    ceiling: int | None = None


@dataclass(frozen=True, slots=True)
class Raise:
    """One limit that is raised: by which tier (its place), under which rule."""

    user_id: int
    before: int
    after: int
    tier: int
    rule: str


def candidates(
    tx: Tx, organization_id: int, kind: int, users: Sequence[int], month: int, least: int
) -> list[tuple[int, int, int, str]]:
    """Who of these may spend and used at least so much (per mille): (user, allocation, used, department), by number."""
    found: list[tuple[int, int, int, str]] = []
    for part in chunks(users, _MANY):
        sql = _CANDIDATES[kind].format(marks=_marks(part))
        rows = tx.tuples(sql, (organization_id, *part, month, least))
        found += [(int(user), int(allocation), int(used), str(of)) for user, allocation, used, of in rows]
    return found


def exceptions(tx: Tx, organization_id: int, kind: int, users: Sequence[int]) -> dict[int, Own]:
    """Overrides of these people that hold now."""
    found: dict[int, Own] = {}
    for part in chunks(users, _MANY):
        sql = _EXCEPTED.format(kind=KINDS[kind], marks=_marks(part))
        for user, none, ceiling in tx.tuples(sql, (organization_id, *part, tx.now)):
            found[int(user)] = Own(bool(none), None if ceiling is None else int(ceiling))
    return found


def last(tx: Tx, organization_id: int, kind: int, users: Sequence[int]) -> dict[tuple[int, int], int]:
    """When these people were raised, or told that nothing came of it: by (user, tier code), in microseconds."""
    found: dict[tuple[int, int], int] = {}
    for part in chunks(users, _MANY):
        rows = tx.tuples(_LAST.format(marks=_marks(part)), (organization_id, kind, *part))
        found.update(((int(user), int(tier)), int(at)) for user, tier, at in rows)
    return found


def in_tier(
    tx: Tx, organization_id: int, kind: int, month: int, bounds: tuple[int, int | None], among: tuple[str, list[str]]
) -> int:
    """How many people stand in a tier: from the first of `bounds` (per mille used) to below the second.

    `among`: a department, or with "" all but the departments that have policies of their own.
    """
    least, below = bounds
    department, others = among
    name = KINDS[kind]
    share = "{0}_share >= :least" if kind == 0 else "{0}_used * 1000 >= {0}_allocation * :least"
    upto = "" if below is None else f" AND {name}_used * 1000 < {name}_allocation * :below"
    values: dict[str, object] = {} if below is None else {"below": below}
    if department:
        upto += " AND department = :department"
        values["department"] = department
    for number, other in enumerate(others if not department else ()):
        upto += f" AND department <> :other{number}"
        values[f"other{number}"] = other
    return int(
        tx.value(
            f"SELECT count(*) FROM membership WHERE organization_id = :org AND {name}_month = :month"
            f" AND {name}_used > 0 AND {share.format(name)} AND paid AND ended_at IS NULL{upto}",
            org=organization_id, month=month, least=least, **values,
        )
    )  # fmt: skip


def write(tx: Tx, organization_id: int, kind: int, raises: Sequence[Raise], batch: int) -> None:
    """Raise the limits, clear `stopped`, and keep each step of their history."""
    tx.many(_WRITE[kind], [(one.after, organization_id, one.user_id) for one in raises])
    first = tx.numbers("allocation_change", len(raises))
    tx.many(
        "INSERT INTO allocation_change (organization_id, id, user_id, batch, at, field, before, after, rule)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (organization_id, first + n, one.user_id, batch, tx.now, KINDS[kind], one.before, one.after, one.rule)
            for n, one in enumerate(raises)
        ],
    )


def mark(tx: Tx, organization_id: int, kind: int, codes: Iterable[tuple[int, int]]) -> None:
    """Begin cooldowns: (user, tier code)."""
    tx.many(
        "INSERT INTO bump (organization_id, user_id, kind, tier, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (organization_id, user_id, kind, tier) DO UPDATE SET at = excluded.at",
        [(organization_id, user, kind, code, tx.now) for user, code in sorted(codes)],
    )


def _marks(values: Sequence[int]) -> str:
    return ", ".join("?" * len(values))
