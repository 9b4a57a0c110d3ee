"""Editing (speed.md, rows 10 to 12): both limits of every member of the largest organization, lowered and taken back:
at 1,000,000 users more than a million rows."""

import resource
import sqlite3
import threading
from contextlib import closing
from statistics import median

from bench.measure import Line, bounded, compared, milliseconds, seconds
from bench.world import Demo
from sage_tui.domain.actors import HostProof, Origin
from sage_tui.domain.acts import SetFields
from sage_tui.domain.amounts import parse
from sage_tui.domain.permissions import Verb
from sage_tui.domain.plan_commands import Bulk, Consent, Edits, Selection
from sage_tui.domain.plans import Edit, Field
from sage_tui.services import batches, plans
from sage_tui.services.context import Context, open_context
from sage_tui.store import audit
from sage_tui.store import plans as store

LARGEST = 1
STAGED = 10_000
YES = Consent(yes=True)


def lines(demo: Demo, quick: bool, turns: int = 3) -> list[Line]:
    """Plan, apply, undo of all members; the audit of the batch; the review of ten thousand staged edits."""
    ctx = open_context(str(demo.path), f"{demo.path}.key", HostProof("bench"), Origin(0, "", "bench"))
    rows, floors, spent = 0, [], {"plan": [], "apply": [], "undo": [], "digest": []}
    more = 0
    for _ in range(turns):
        floors.append(bare(demo))
        less = parse("-1%")
        command = Bulk(SetFields(inference=less, embedding=less), Selection(query=""), LARGEST)
        made = []
        with Watched() as watched:
            spent["plan"].append(seconds(lambda c=command, m=made: m.append(plans.make(ctx, c))))
        more = max(more, watched.more)
        rows = made[0].changes
        spent["digest"].append(seconds(lambda m=made: _digest(ctx, m[0].id)))
        done = []
        spent["apply"].append(seconds(lambda m=made, d=done: d.append(plans.apply(ctx, m[0].id, YES))))
        spent["undo"].append(seconds(lambda d=done: batches.undo(ctx, d[0].batch, YES, listed=0)))
    floor = median(floors)
    of = f"{rows:,} rows"
    found = [
        compared(f"plan of {of}, kept, against a bare UPDATE of them", floor, median(spent["plan"]), 15),
        compared(f"apply it, one transaction ({of})", floor, median(spent["apply"]), 6),
        compared(f"undo it, one transaction ({of})", floor, median(spent["undo"]), 4),
        compared("audit of that batch, against a chained entry a row", _chain(ctx, rows), median(spent["digest"]), 0.1),
        Line(f"memory that the plan takes ({of})", "–", f"{more / 1024:,.0f} MB", "–", "≤ 250 MB", more <= 250 * 1024),
    ]
    found += _staged(ctx, min(STAGED, rows))
    ctx.database.close()
    return found


class Watched(threading.Thread):
    """Looks at this process's memory meanwhile: `more` is how much it grew at most, in KiB."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._over = threading.Event()
        self._before = self._now()
        self.more = 0

    @staticmethod
    def _now() -> int:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize() // 1024

    def run(self) -> None:
        while not self._over.wait(0.02):
            self.more = max(self.more, self._now() - self._before)

    def __enter__(self) -> "Watched":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()


def bare(demo: Demo) -> float:
    """The same rows by one UPDATE a column and a COMMIT; then back."""
    sql = "UPDATE membership SET {0}_allocation = {0}_allocation {1} 1 WHERE organization_id = ?"
    live = " AND {0}_allocation > 0 AND ended_at IS NULL"
    with closing(sqlite3.connect(demo.path, isolation_level=None, timeout=30)) as connection:
        connection.execute("PRAGMA synchronous=FULL")

        def run(sign: str) -> None:
            connection.execute("BEGIN IMMEDIATE")
            for kind in ("inference", "embedding"):
                connection.execute((sql + live).format(kind, sign), (LARGEST,))
            connection.execute("COMMIT")

        return median(seconds(lambda s=sign: run(s)) for sign in "-+")


def _digest(ctx: Context, plan_id: int) -> str:
    with ctx.read(Verb.PLANS) as tx:
        return store.digest(tx, LARGEST, plan_id)


def _chain(ctx: Context, rows: int) -> float:
    """So many entries of the audit, from a thousand of them."""
    some = 1_000

    def append() -> None:
        with ctx.dry().write(Verb.USERS_SET) as tx:
            for number in range(some):
                audit.append(tx, organization_id=LARGEST, target=f"user {number}", changes=[("inference", 1, 2)])

    return seconds(append) * rows / some


def _staged(ctx: Context, number: int) -> list[Line]:
    """Edits by hand: the review, its first rows, and saving them."""
    with ctx.read(Verb.PLANS) as tx:
        sql = "SELECT user_id, inference_allocation FROM membership WHERE organization_id = ? AND ended_at IS NULL"
        found = tx.tuples(f"{sql} AND inference_allocation > 1 LIMIT {number}", (LARGEST,))
    edits = Edits(tuple(Edit(who, Field.INFERENCE, now, now - 1) for who, now in found), LARGEST)
    made = []
    review = seconds(lambda: made.append(plans.make(ctx, edits)))
    page = seconds(lambda: plans.rows(ctx, made[0].id))
    save = seconds(lambda: plans.apply(ctx, made[0].id, YES))
    of = f"{len(found):,} staged edits"
    return [
        Line(f"{of}: the review is there", "–", milliseconds(review), "–", "–", None),
        bounded(f"{of}: a page of the review", page, 0.1),
        Line(f"{of}: saved", "–", milliseconds(save), "–", "–", None),
    ]
