"""Until when tokens last, in the store: days of the past for `domain.forecast`, and its rule as SQL for the filter."""

from collections.abc import Sequence

from sage_tui.domain.forecast import FUTURES, HISTORY, LEVELS, WEEK, WEEKS, WHOLE
from sage_tui.domain.months import day_of, days_in, first_day, month_of
from sage_tui.domain.units import Kind
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Tx, chunks

_MANY = 300
"""People a statement."""

_KNOWN = 10_000
"""How many people whose tokens end are asked for by number."""


def first_use(tx: Tx, organization_id: int) -> int | None:
    """The first day with usage of an organization."""
    sql = "SELECT min(day) FROM usage_organization_daily WHERE organization_id = :org"
    found = tx.value(sql, org=organization_id)
    return None if found is None else int(found)


def first_uses(tx: Tx, organization_id: int, users: Sequence[int]) -> dict[int, int]:
    """The first day with usage of people."""
    found: dict[int, int] = {}
    for some in chunks(users, _MANY):
        sql = (
            "SELECT d.user_id, min(d.day) FROM usage_daily d WHERE d.organization_id = ?"
            f" AND d.user_id IN ({', '.join('?' * len(some))}) GROUP BY d.user_id"
        )
        found.update((int(user), int(day)) for user, day in tx.tuples(sql, (organization_id, *some)))
    return found


def used_by(tx: Tx, organization_id: int, department: str, day: int) -> bool:
    """Had the people who are in a department now any usage on this day or earlier? Answered by the first who had."""
    found = tx.value(
        "SELECT 1 FROM membership m WHERE m.organization_id = :org AND m.department = :department"
        " AND m.ended_at IS NULL AND EXISTS (SELECT 1 FROM usage_daily d WHERE d.organization_id = m.organization_id"
        " AND d.user_id = m.user_id AND d.day <= :day) LIMIT 1",
        org=organization_id, department=department, day=day,
    )  # fmt: skip
    return found is not None


def days_of_people(
    tx: Tx, organization_id: int, users: Sequence[int], kind: Kind, first: int, last: int
) -> dict[int, dict[int, int]]:
    """What people were charged on each day, corrections with it."""
    found: dict[int, dict[int, int]] = {user: {} for user in users}
    for some in chunks(users, _MANY):
        sql = (
            "SELECT d.user_id, d.day, CAST(sum(d.charge) AS BIGINT) FROM usage_daily d WHERE d.organization_id = ?"
            f" AND d.user_id IN ({', '.join('?' * len(some))}) AND d.day BETWEEN ? AND ? AND d.kind = ?"
            " GROUP BY d.user_id, d.day"
        )
        values = (organization_id, *some, first, last, KINDS.index(kind.value))
        for user, day, charge in tx.tuples(sql, values):
            found[int(user)][int(day)] = int(charge)
    return found


def days_of_departments(tx: Tx, organization_id: int, first: int, last: int) -> dict[str, dict[Kind, dict[int, int]]]:
    """What the people who are in each department now were charged on each day, kind by kind."""
    rows = tx.tuples(
        "SELECT m.department, d.kind, d.day, CAST(sum(d.charge) AS BIGINT) FROM usage_daily d JOIN membership m"
        " ON m.organization_id = d.organization_id AND m.user_id = d.user_id WHERE d.organization_id = ?"
        " AND d.day BETWEEN ? AND ? AND m.ended_at IS NULL AND m.department <> '' GROUP BY m.department, d.kind, d.day",
        (organization_id, first, last),
    )
    found: dict[str, dict[Kind, dict[int, int]]] = {}
    for department, kind, day, charge in rows:
        by_kind = found.setdefault(str(department), {one: {} for one in Kind})
        by_kind[Kind(KINDS[kind])][int(day)] = int(charge)
    return found


def department_balances(tx: Tx, organization_id: int) -> dict[str, dict[Kind, tuple[int, int]]]:
    """Allocated and used of each kind, of each department that somebody is in, this month."""
    sums = ", ".join(
        f"CAST(sum(coalesce(m.{name}_allocation, 0)) AS BIGINT),"
        f" CAST(sum(CASE WHEN m.{name}_month = ? THEN m.{name}_used ELSE 0 END) AS BIGINT)"
        for name in KINDS
    )
    rows = tx.tuples(
        f"SELECT m.department, {sums} FROM membership m WHERE m.organization_id = ? AND m.ended_at IS NULL"
        " AND m.department <> '' GROUP BY m.department ORDER BY m.department",
        (*(month_of(tx.now) for _ in KINDS), organization_id),
    )
    return {
        str(row[0]): {Kind(name): (int(row[1 + 2 * n]), int(row[2 + 2 * n])) for n, name in enumerate(KINDS)}
        for row in rows
    }


def ended_by(tx: Tx, days: int, organization_id: int | None = None) -> str:
    """SQL of the numbers of those whose inference tokens end within `days` days, today with them, and before the
    month's end: at least half of the futures of `domain.forecast` have used them up by then.

    They are looked for here, once: a statement may ask for them several times. Only where they are very many is it
    asked anew.
    """
    today, month = day_of(tx.now), month_of(tx.now)
    left = first_day(month) + days_in(month) - today
    if days < 1:
        return "SELECT 0"
    sql = _ending(tx, min(days, left), organization_id)
    found = tx.tuples(f"{sql} LIMIT {_KNOWN + 1}")
    if len(found) > _KNOWN:
        return sql
    numbers = ", ".join(str(int(number)) for (number,) in found)
    if tx.sqlite:
        return f"SELECT value FROM json_each('[{numbers}]')"
    return f"SELECT unnest(ARRAY[{numbers}]::bigint[])"


def _ending(tx: Tx, days: int, organization_id: int | None) -> str:
    today, month = day_of(tx.now), month_of(tx.now)
    reach, values = tx.within("d", organization_id)
    for name, value in values.items():
        reach = reach.replace(f":{name}", str(int(value)))
    sql = (
        f"SELECT q.user_id FROM ({_weeks(reach, today, min(today - HISTORY, first_day(month)), days)}) q"
        " JOIN membership n ON n.organization_id = q.organization_id AND n.user_id = q.user_id"
        " WHERE n.ended_at IS NULL AND n.inference_allocation > 0"
        f" AND 2 * ({_ended(days)}) >= {FUTURES} AND {enough('n', today)}"
    )
    this = f"(n.inference_allocation - CASE WHEN n.inference_month = {int(month)} THEN n.inference_used ELSE 0 END)"
    return sql.replace("{remaining}", this)


def enough(member: str, today: int) -> str:
    """SQL: there was usage 28 days ago or earlier."""
    return (
        f"EXISTS (SELECT 1 FROM usage_daily e WHERE e.organization_id = {member}.organization_id"
        f" AND e.user_id = {member}.user_id AND e.day <= {int(today) - HISTORY})"
    )


def _weeks(reach: str, today: int, since: int, days: int) -> str:
    """Each person's four weeks, as the sums of their first days that a stretch of `days` needs: `w0_1` to `w3_7`; `t`
    is of today. Everybody with usage since `since` is in it."""
    charged = (
        "SELECT d.organization_id, d.user_id, d.day, CASE WHEN sum(d.charge) > 0 THEN sum(d.charge) ELSE 0 END AS c"
        f" FROM usage_daily d WHERE {reach} AND d.kind = 0 AND d.user_id > 0 AND d.day BETWEEN {int(since)} AND"
        f" {int(today)} GROUP BY d.organization_id, d.user_id, d.day"
    )
    columns = [f"sum(CASE WHEN x.day = {int(today)} THEN x.c ELSE 0 END) AS t"]
    for week in range(WEEKS):
        begins = today - HISTORY + week * WEEK
        columns += [
            f"sum(CASE WHEN x.day BETWEEN {begins} AND {begins + length - 1} THEN x.c ELSE 0 END) AS w{week}_{length}"
            for length in sorted({1, WEEK, days % WEEK} - {0})
        ]
    return (
        f"SELECT x.organization_id, x.user_id, {', '.join(columns)} FROM ({charged}) x"
        " GROUP BY x.organization_id, x.user_id"
    )


def _ended(days: int) -> str:
    """How many futures have used up `{remaining}` by the end of `days` days, as SQL over `_weeks`
    (`forecast.futures`)."""
    whole, part = divmod(days, WEEK)
    terms = []
    for week in range(WEEKS):
        used = f"CASE WHEN w{week}_1 > t THEN w{week}_1 - t ELSE 0 END - w{week}_1 + {whole} * w{week}_{WEEK}"
        used += f" + w{week}_{part}" if part else ""
        terms += [f"CASE WHEN {level} * ({used}) >= {WHOLE} * {{remaining}} THEN 1 ELSE 0 END" for level in LEVELS]
    return " + ".join(terms)
