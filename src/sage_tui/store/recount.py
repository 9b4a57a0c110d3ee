"""Every total held against what it is a sum of (doctor). Each check lists its differences, at most a hundred."""

from collections.abc import Callable

from sage_tui.domain.months import first_day, month_of_day
from sage_tui.store.recording import KINDS
from sage_tui.store.transaction import Row, Tx

AT_MOST = 100
_SUMS = ("events", "failures", "prompt_tokens", "cached_tokens", "completion_tokens", "charge")
_FROM_EVENTS = (
    "count(*) AS events, sum(CASE WHEN status <> 0 THEN 1 ELSE 0 END) AS failures, sum(prompt_tokens) AS prompt_tokens,"
    " sum(cached_tokens) AS cached_tokens, sum(completion_tokens) AS completion_tokens, sum(charge) AS charge"
)
_FROM_DAYS = ", ".join(f"sum({name}) AS {name}" for name in _SUMS)


def _differ(tx: Tx, table: str, key: str, source: str, sums: tuple[str, ...], most: int) -> list[Row]:
    """Rows of `table`, grouped by `key`, that are not what `source` says; either side may lack the row.

    Both sides are added up with opposite signs: what does not come out as zero differs (no outer join needed).
    """
    ours = ", ".join(f"sum({name}) AS {name}" for name in sums)
    theirs = ", ".join(f"-{name} AS {name}" for name in sums)
    total = ", ".join(f"sum({name}) AS {name}" for name in sums)
    wrong = " OR ".join(f"sum({name}) <> 0" for name in sums)
    return tx.rows(
        f"SELECT {key}, {total} FROM (SELECT {key}, {ours} FROM {table} GROUP BY {key}"
        f" UNION ALL SELECT {key}, {theirs} FROM ({source}) AS s) AS both_sides"
        f" GROUP BY {key} HAVING {wrong} ORDER BY {key} LIMIT {most}"
    )


def daily(tx: Tx, most: int = AT_MOST) -> list[Row]:
    """Daily totals against the events."""
    key = "organization_id, day, user_id, model_id, kind, entry"
    return _differ(tx, "usage_daily", key, f"SELECT {key}, {_FROM_EVENTS} FROM usage_event GROUP BY {key}", _SUMS, most)


def organization_daily(tx: Tx, most: int = AT_MOST) -> list[Row]:
    """The organizations' days against the people's."""
    key = "organization_id, day, model_id, kind, entry"
    return _differ(
        tx, "usage_organization_daily", key, f"SELECT {key}, {_FROM_DAYS} FROM usage_daily GROUP BY {key}", _SUMS, most
    )


def monthly(tx: Tx, most: int = AT_MOST) -> list[Row]:
    """Months against days, one month after the other."""
    months = {int(row[0]) for row in tx.tuples("SELECT DISTINCT month FROM usage_month")}
    days = tx.row("SELECT min(day) AS first, max(day) AS last FROM usage_daily") or {}
    if days.get("first") is not None:
        months |= set(range(month_of_day(int(days["first"])), month_of_day(int(days["last"])) + 1))
    differing: list[Row] = []
    for month in sorted(months):
        source = (
            f"SELECT organization_id, {month} AS month, user_id, kind, sum(events) AS events, sum(charge) AS charge,"
            " sum(CASE WHEN entry > 0 THEN charge ELSE 0 END) AS corrected FROM usage_daily"
            f" WHERE day >= {first_day(month)} AND day < {first_day(month + 1)} GROUP BY organization_id, user_id, kind"
        )
        table = f"(SELECT * FROM usage_month WHERE month = {month}) AS t"
        differing += _differ(
            tx, table, "organization_id, month, user_id, kind", source, ("events", "charge", "corrected"), most
        )
    return differing[:most]


def members(tx: Tx, most: int = AT_MOST) -> list[Row]:
    """Members' counters (this row's month, the one before, lifetime) against their months."""
    found: list[Row] = []
    for code, kind in enumerate(KINDS):
        found += tx.rows(
            f"SELECT m.organization_id, m.user_id, '{kind}' AS kind, m.{kind}_used AS used,"
            f" m.{kind}_previous AS previous,"
            f" m.{kind}_lifetime AS lifetime, coalesce(t.used, 0) AS used_by_months,"
            " coalesce(t.previous, 0) AS previous_by_months,"
            " coalesce(t.lifetime, 0) AS lifetime_by_months FROM membership m LEFT JOIN"
            " (SELECT n.organization_id, n.user_id, sum(n.charge) AS lifetime,"
            f" sum(CASE WHEN n.month = k.{kind}_month THEN n.charge ELSE 0 END) AS used,"
            f" sum(CASE WHEN n.month = k.{kind}_month - 1 THEN n.charge ELSE 0 END) AS previous"
            " FROM usage_month n JOIN membership k ON k.organization_id = n.organization_id AND k.user_id = n.user_id"
            f" WHERE n.kind = {code} GROUP BY n.organization_id, n.user_id) t"
            " ON t.organization_id = m.organization_id AND t.user_id = m.user_id"
            f" WHERE m.{kind}_used <> coalesce(t.used, 0) OR m.{kind}_previous <> coalesce(t.previous, 0)"
            f" OR m.{kind}_lifetime <> coalesce(t.lifetime, 0) ORDER BY 1, 2 LIMIT {most}"
        )
    return found


def pools(tx: Tx, most: int = AT_MOST) -> list[Row]:
    """Pools: allocated against the members', used and lifetime against the months."""
    found: list[Row] = []
    for code, kind in enumerate(KINDS):
        found += tx.rows(
            f"SELECT p.organization_id, '{kind}' AS kind, p.allocated, p.used, p.lifetime,"
            " coalesce(a.allocated, 0) AS allocated_by_members,"
            " coalesce(t.used, 0) AS used_by_months, coalesce(t.lifetime, 0) AS lifetime_by_months FROM pool p"
            f" LEFT JOIN (SELECT organization_id, sum({kind}_allocation) AS allocated FROM membership"
            " WHERE ended_at IS NULL"
            " GROUP BY organization_id) a ON a.organization_id = p.organization_id"
            " LEFT JOIN (SELECT n.organization_id, sum(n.charge) AS lifetime, sum(CASE WHEN n.month = q.month"
            " THEN n.charge ELSE 0 END) AS used"
            f" FROM usage_month n JOIN pool q ON q.organization_id = n.organization_id AND q.kind = {code}"
            f" WHERE n.kind = {code} GROUP BY n.organization_id) t ON t.organization_id = p.organization_id"
            f" WHERE p.kind = {code} AND (p.allocated <> coalesce(a.allocated, 0) OR p.used <> coalesce(t.used, 0)"
            f" OR p.lifetime <> coalesce(t.lifetime, 0)) ORDER BY 1 LIMIT {most}"
        )
    return found


def headcount(tx: Tx, most: int = AT_MOST) -> list[Row]:
    """How many members an organization says it has, and has."""
    return tx.rows(
        "SELECT o.id AS organization_id, o.members, count(m.user_id) AS memberships FROM organization o"
        " LEFT JOIN membership m ON m.organization_id = o.id AND m.ended_at IS NULL WHERE o.id <> 0"
        f" GROUP BY o.id, o.members HAVING o.members <> count(m.user_id) ORDER BY o.id LIMIT {most}"
    )


def dangling(tx: Tx, most: int = AT_MOST) -> list[Row]:
    """People whose organization holds no live membership of theirs, or several live memberships."""
    return tx.rows(
        'SELECT u.id AS user_id, u.organization_id, count(m.user_id) AS live FROM "user" u'
        " LEFT JOIN membership m ON m.user_id = u.id AND m.ended_at IS NULL"
        " GROUP BY u.id, u.organization_id"
        " HAVING count(m.user_id) <> 1 OR min(m.organization_id) <> u.organization_id"
        f" ORDER BY u.id LIMIT {most}"
    )


def reserved(tx: Tx, most: int = AT_MOST) -> list[Row]:
    """What members have reserved this month against the reservations that are held."""
    found: list[Row] = []
    for code, kind in enumerate(KINDS):
        found += tx.rows(
            f"SELECT m.organization_id, m.user_id, '{kind}' AS kind, m.{kind}_reserved AS reserved,"
            " coalesce(h.held, 0) AS held FROM membership m LEFT JOIN"
            " (SELECT r.organization_id, r.user_id, r.month, sum(r.estimate) AS held FROM reservation r"
            f" WHERE r.status = 'held' AND r.kind = {code} GROUP BY r.organization_id, r.user_id, r.month) h"
            " ON h.organization_id = m.organization_id AND h.user_id = m.user_id"
            f" AND h.month = m.{kind}_month WHERE m.{kind}_reserved <> coalesce(h.held, 0)"
            f" ORDER BY 1, 2 LIMIT {most}"
        )
    return found


def last_use(tx: Tx, most: int = AT_MOST) -> list[Row]:
    """Members' last day of use against their days."""
    return tx.rows(
        "SELECT m.organization_id, m.user_id, m.last_used_day, t.day AS last_day FROM membership m LEFT JOIN"
        " (SELECT organization_id, user_id, max(day) AS day FROM usage_daily WHERE entry = 0 AND user_id > 0"
        " GROUP BY organization_id, user_id) t ON t.organization_id = m.organization_id AND t.user_id = m.user_id"
        f" WHERE coalesce(m.last_used_day, -1) <> coalesce(t.day, -1) ORDER BY 1, 2 LIMIT {most}"
    )


CHECKS: tuple[tuple[str, str, Callable[..., list[Row]]], ...] = (
    ("daily totals", "daily totals equal their events", daily),
    ("organization days", "organizations' days equal their people's", organization_daily),
    ("months", "months equal their days", monthly),
    ("member counters", "members' counters equal their months", members),
    ("pool counters", "pools equal members and months", pools),
    ("reservations", "what is reserved equals the calls in flight", reserved),
    ("members", "head counts equal memberships", headcount),
    ("last use", "members' last day of use is that of their days", last_use),
    ("people", "everybody has one membership where they belong", dangling),
)
