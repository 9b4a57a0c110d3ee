"""Distribution (speed.md, rows 10 and 11): sharing out to every member of the largest organization, both kinds.

Planned and kept, applied in one transaction, taken back; and what a plan takes of memory.
"""

from statistics import median

from bench.editing import LARGEST, YES, Watched, bare
from bench.measure import Line, compared, seconds
from bench.world import Demo
from sage_tui.domain.actors import HostProof, Origin
from sage_tui.domain.distributing import Action
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Distribute
from sage_tui.services import batches, plans
from sage_tui.services.context import Context, open_context


def lines(demo: Demo, quick: bool, turns: int = 3) -> list[Line]:
    """Plan, apply and undo of share-evenly; the plan of a rebalance."""
    ctx = open_context(str(demo.path), f"{demo.path}.key", HostProof("bench"), Origin(0, "", "bench"))
    _room(ctx)
    floors, spent, rows, more = [], {"plan": [], "apply": [], "undo": [], "rebalance": []}, 0, 0
    for _ in range(turns):
        floors.append(bare(demo))
        made, done = [], []
        with Watched() as watched:
            spent["plan"].append(seconds(lambda m=made: m.append(plans.make(ctx, _command(Action.SHARE_EVENLY)))))
        more, rows = max(more, watched.more), made[0].changes
        spent["apply"].append(seconds(lambda m=made, d=done: d.append(plans.apply(ctx, m[0].id, YES))))
        spent["undo"].append(seconds(lambda d=done: batches.undo(ctx, d[0].batch, YES, listed=0)))
        spent["rebalance"].append(seconds(lambda: plans.discard(ctx, plans.make(ctx, _command(Action.REBALANCE)).id)))
    floor, of = median(floors), f"{rows:,} rows"
    found = [
        compared(f"share out evenly, planned and kept, against a bare UPDATE ({of})", floor, median(spent["plan"]), 15),
        compared(f"apply it, one transaction ({of})", floor, median(spent["apply"]), 6),
        compared(f"undo it, one transaction ({of})", floor, median(spent["undo"]), 4),
        compared("a rebalance of everybody, planned and given up", floor, median(spent["rebalance"]), 15),
        Line(f"memory that the plan takes ({of})", "–", f"{more / 1024:,.0f} MB", "–", "≤ 250 MB", more <= 250 * 1024),
    ]
    ctx.database.close()
    return found


def _command(action: Action) -> Distribute:
    return Distribute(action, LARGEST)


def _room(ctx: Context) -> None:
    """Everybody may spend, and the pool has something for each."""
    with ctx.write(Verb.ORGS_ADD) as tx:
        tx.run("UPDATE membership SET paid = TRUE WHERE organization_id = :org", org=LARGEST)
        tx.run("UPDATE purchase SET inference = inference + 10000000000000, embedding = embedding + 10000000000000"
               " WHERE organization_id = :org", org=LARGEST)  # fmt: skip
