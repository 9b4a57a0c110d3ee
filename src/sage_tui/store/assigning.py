"""Moving all usage of one holder to another: events and every total, to the token."""

from sage_tui.domain.months import month_of
from sage_tui.store.recording import KINDS, rolled, rolling
from sage_tui.store.transaction import Tx

_SUMS = ("events", "failures", "prompt_tokens", "cached_tokens", "completion_tokens", "charge")


def move(tx: Tx, from_org: int, from_user: int, to_org: int, to_user: int) -> tuple[int, int]:
    """Move a held identity's usage to a person: (events, charge) moved. Digests stay: a replay stays known."""
    months = tx.tuples(
        "SELECT month, kind, charge, events FROM usage_month WHERE organization_id = ? AND user_id = ? ORDER BY"
        " month, kind",
        (from_org, from_user),
    )
    whole = {"from_org": from_org, "from_user": from_user, "to_org": to_org, "to_user": to_user}
    tx.run(
        "UPDATE usage_event SET organization_id = :to_org, user_id = :to_user WHERE user_id = :from_user AND"
        " organization_id = :from_org",
        **whole,
    )
    if from_org != to_org:
        _move_organization_days(tx, whole)
        _move_pool(tx, from_org, to_org, months)
    _merge(tx, whole, "usage_daily", "day, {user}, model_id, kind, entry", _SUMS)
    _merge(tx, whole, "usage_month", "month, {user}, kind", ("events", "charge", "corrected"))
    for code, kind in enumerate(KINDS):
        tx.many(
            f"UPDATE membership SET {rolled(kind + '_')} WHERE organization_id = ? AND user_id = ?",
            [(*rolling(month, charge), to_org, to_user) for month, of, charge, _ in months if of == code],
        )
    tx.run(
        "UPDATE membership SET last_used_day = (SELECT max(day) FROM usage_daily WHERE organization_id = :to_org"
        " AND user_id = :to_user AND entry = 0) WHERE organization_id = :to_org AND user_id = :to_user",
        **whole,
    )
    return sum(int(row[3]) for row in months), sum(int(row[2]) for row in months)


def _merge(tx: Tx, whole: dict[str, int], table: str, key: str, sums: tuple[str, ...]) -> None:
    names = ", ".join(sums)
    raised = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in sums)
    tx.run(
        f"INSERT INTO {table} (organization_id, {key.format(user='user_id')}, {names})"
        f" SELECT :to_org, {key.format(user='CAST(:to_user AS BIGINT)')}, {names} FROM {table}"
        " WHERE organization_id = :from_org AND user_id = :from_user"
        f" ON CONFLICT (organization_id, {key.format(user='user_id')}) DO UPDATE SET {raised}",
        **whole,
    )
    tx.run(f"DELETE FROM {table} WHERE organization_id = :from_org AND user_id = :from_user", **whole)


def _move_organization_days(tx: Tx, whole: dict[str, int]) -> None:
    """The organizations' own days: take from one, give to the other. Runs before the people's days move."""
    days = tx.tuples(
        f"SELECT day, model_id, kind, entry, {', '.join(_SUMS)} FROM usage_daily"
        " WHERE organization_id = ? AND user_id = ? ORDER BY 1, 2, 3, 4",
        (whole["from_org"], whole["from_user"]),
    )
    raised = ", ".join(f"{name} = usage_organization_daily.{name} + excluded.{name}" for name in _SUMS)
    for organization, sign in ((whole["from_org"], -1), (whole["to_org"], 1)):
        tx.many(
            "INSERT INTO usage_organization_daily"
            f" (organization_id, day, model_id, kind, entry, slot, {', '.join(_SUMS)})"
            " VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?)"
            f" ON CONFLICT (organization_id, day, model_id, kind, entry, slot) DO UPDATE SET {raised}",
            [(organization, *row[:4], *(sign * int(value) for value in row[4:])) for row in days],
        )


def _move_pool(tx: Tx, from_org: int, to_org: int, months: list[tuple[int, ...]]) -> None:
    """Counters of both pools; what leaves a month leaves it also where it is the month before."""
    now = month_of(tx.now)
    for month, kind, charge, _ in months:
        tx.run(
            "UPDATE pool SET lifetime = lifetime - :charge, used = used - CASE WHEN month = :month THEN :charge"
            " ELSE 0 END,"
            " previous = previous - CASE WHEN month = :month + 1 THEN :charge ELSE 0 END WHERE organization_id"
            " = :org AND kind = :kind",
            charge=charge, month=min(month, now), org=from_org, kind=kind,
        )  # fmt: skip
        tx.many(
            f"UPDATE pool SET {rolled('')} WHERE organization_id = ? AND kind = ?",
            [(*rolling(month, charge), to_org, kind)],
        )
