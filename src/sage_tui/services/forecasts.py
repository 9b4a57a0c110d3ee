"""Until when pools, departments' and people's allocations last: days from the one source, the rule from
`domain.forecast`."""

from collections.abc import Mapping, Sequence

from sage_tui.domain.forecast import HISTORY, Forecast, Forecasts, lasting
from sage_tui.domain.months import day_of, days_in, first_day, month_of
from sage_tui.domain.permissions import Verb
from sage_tui.domain.spans import Span
from sage_tui.domain.statistics import Slice
from sage_tui.domain.units import Kind
from sage_tui.services import people, pools
from sage_tui.services.context import Context
from sage_tui.store.transaction import Tx
from sage_tui.store.windows import lasting as store
from sage_tui.store.windows import statistics


def forecast(ctx: Context, organization_id: int | None = None) -> Forecasts:
    """An organization and its departments. Raises NotFound, WrongUse (which organization)."""
    with ctx.read(Verb.STATS_FORECAST) as tx:
        org = people.organization_for(tx, organization_id)
        return Forecasts(of_organization(tx, org), of_departments(tx, org), tx.now)


def of_members(
    ctx: Context, numbers: Sequence[int], organization_id: int | None = None, kinds: Sequence[Kind] = tuple(Kind)
) -> dict[int, dict[Kind, Forecast]]:
    """People within the reach; those without an allocation (unset or 0) of a kind have none of it."""
    with ctx.read(Verb.STATS_FORECAST) as tx:
        where, values = tx.within("m", organization_id)
        listed = ", ".join(str(int(number)) for number in numbers) or "NULL"
        rows = tx.rows(
            f"SELECT m.* FROM membership m WHERE m.user_id IN ({listed}) AND m.ended_at IS NULL AND {where}", **values
        )
        found: dict[int, dict[Kind, Forecast]] = {}
        for org in sorted({int(row["organization_id"]) for row in rows}):
            found.update(of_people(tx, org, [row for row in rows if row["organization_id"] == org], kinds))
        return found


def of_organization(tx: Tx, organization_id: int) -> dict[Kind, Forecast]:
    """A step: until when the pools last: purchased less used, at the pace of all who belong to it."""
    status, first = pools.status(tx, organization_id), store.first_use(tx, organization_id)
    found = {}
    for kind in Kind:
        asked = Slice(Span(day_of(tx.now) - HISTORY, day_of(tx.now)), organization_id, kind=kind)
        days = {day: sums.of(kind).charge for day, sums in statistics.by_day(tx, asked).items()}
        pool = status[kind]
        found[kind] = _forecast(tx, pool.purchased - pool.used, pool.used, days, first)
    return found


def of_departments(tx: Tx, organization_id: int) -> dict[str, dict[Kind, Forecast]]:
    """A step: until when the allocations of a department's people, together, last."""
    since, today = day_of(tx.now) - HISTORY, day_of(tx.now)
    days = store.days_of_departments(tx, organization_id, since, today)
    found: dict[str, dict[Kind, Forecast]] = {}
    for name, balances in store.department_balances(tx, organization_id).items():
        theirs = days.get(name, {kind: {} for kind in Kind})
        first = min((day for of_kind in theirs.values() for day in of_kind), default=None)
        if first != since and store.used_by(tx, organization_id, name, since):
            first = since  # or earlier, which says no more
        found[name] = {
            kind: _forecast(tx, allocated - used, used, theirs[kind], first)
            for kind, (allocated, used) in balances.items()
            if allocated > 0
        }
    return found


def of_people(
    tx: Tx, organization_id: int, members: Sequence[Mapping[str, object]], kinds: Sequence[Kind] = tuple(Kind)
) -> dict[int, dict[Kind, Forecast]]:
    """A step: until when people's allocations last; `members` are rows of membership of one organization."""
    numbers = [int(str(row["user_id"])) for row in members]
    today, month = day_of(tx.now), month_of(tx.now)
    firsts = store.first_uses(tx, organization_id, numbers)
    found: dict[int, dict[Kind, Forecast]] = {number: {} for number in numbers}
    for kind in kinds:
        days = store.days_of_people(tx, organization_id, numbers, kind, today - HISTORY, today)
        for row, number in zip(members, numbers, strict=True):
            allocation = row[f"{kind.value}_allocation"]
            if not isinstance(allocation, int) or allocation <= 0:
                continue
            used = int(str(row[f"{kind.value}_used"])) if row[f"{kind.value}_month"] == month else 0
            found[number][kind] = _forecast(tx, allocation - used, used, days[number], firsts.get(number))
    return found


def _forecast(tx: Tx, remaining: int, used: int, days: Mapping[int, int], first: int | None) -> Forecast:
    today, month = day_of(tx.now), month_of(tx.now)
    ends = first_day(month) + days_in(month) - 1
    history = 0 if first is None else max(min(today - first, HISTORY), 0)
    if history < HISTORY:
        return Forecast(remaining, used, None, history, today, ends)
    charges = [days.get(day, 0) for day in range(today - HISTORY, today)]
    ended = lasting(charges, max(days.get(today, 0), 0), remaining, ends - today + 1)
    return Forecast(remaining, used, ended, history, today, ends)
