"""What-if over a month in which every member of the largest organization used something on five days.

The four presets at once, each day's sums read once, against reading the same rows with nothing done to them.
"""

from statistics import median

from bench.editing import LARGEST, Watched
from bench.measure import Line, compared, seconds
from bench.world import Demo
from sage_tui.domain.actors import HostProof, Origin
from sage_tui.domain.months import first_day, month_of
from sage_tui.domain.permissions import Verb
from sage_tui.domain.units import Kind
from sage_tui.services import what_if
from sage_tui.services.context import Context, open_context
from sage_tui.store import what_if as reads

DAYS = (2, 9, 14, 20, 26)
USED = 150_000


def lines(demo: Demo, quick: bool, turns: int = 3) -> list[Line]:
    """A replay of last month under every preset, and its memory."""
    ctx = open_context(str(demo.path), f"{demo.path}.key", HostProof("bench"), Origin(0, "", "bench"))
    month = month_of(ctx.clock.now()) - 1
    rows = _used(ctx, month)
    floors, spent, more = [], [], 0
    for _ in range(turns):
        floors.append(seconds(lambda: _read(ctx, month)))
        with Watched() as watched:
            spent.append(seconds(lambda: what_if.replay(ctx, LARGEST, month)))
        more = max(more, watched.more)
    ctx.database.close()
    people = f"{demo.users:,} people, {rows:,} sums of days"
    return [
        compared(f"what-if, four presets, against reading the rows ({people})", median(floors), median(spent), 15),
        Line(f"memory that it takes ({people})", "–", f"{more / 1024:,.0f} MB", "–", "≤ 250 MB", more <= 250 * 1024),
    ]


def _used(ctx: Context, month: int) -> int:
    """Everybody used something on five days of the month; how many sums of days there are then."""
    with ctx.write(Verb.ORGS_ADD) as tx:
        for day in DAYS:
            tx.run(
                "INSERT INTO usage_daily (organization_id, day, user_id, model_id, kind, entry, events, failures,"
                " prompt_tokens, cached_tokens, completion_tokens, charge) SELECT organization_id, :day, user_id, 1, 0,"
                " 0, 1, 0, :used, 0, 0, :used FROM membership WHERE organization_id = :org AND ended_at IS NULL"
                " ON CONFLICT DO NOTHING",
                org=LARGEST, day=first_day(month) + day, used=USED,
            )  # fmt: skip
        sql = "SELECT count(*) FROM usage_daily WHERE organization_id = :org AND day >= :first AND day < :next"
        return int(tx.value(sql, org=LARGEST, first=first_day(month), next=first_day(month + 1)))


def _read(ctx: Context, month: int) -> int:
    with ctx.read(Verb.WHAT_IF) as tx:
        return sum(
            sum(1 for _ in reads.beginnings(tx, LARGEST, kind, month))
            + sum(1 for _ in reads.usage(tx, LARGEST, kind, month))
            for kind in Kind
        )
