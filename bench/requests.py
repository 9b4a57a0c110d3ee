"""The queue of requests: 100,000 of them, a page at any depth, totals, and all that fit as a plan."""

import shutil
import tempfile
from pathlib import Path

from bench.measure import Line, bounded, median
from bench.world import Demo
from sage_tui.clock import SystemClock
from sage_tui.domain.actors import HostProof, Origin
from sage_tui.domain.paging import After, Ask, Before, End, Place, Sort, Start
from sage_tui.services import requests, requests_fitting
from sage_tui.services.context import Context, open_context

ROWS = 40
REQUESTS = 100_000
PAGE = 0.02
"""Seconds that a page may take (speed.md)."""

STATUSES = ("pending", "approved", "denied")


def lines(demo: Demo, quick: bool) -> list[Line]:
    """Pages of each tab of one organization and of all, the worst of each; totals; the plan."""
    with tempfile.TemporaryDirectory(prefix="sage-tui-bench-") as folder:
        path = Path(folder) / "requests.db"
        shutil.copy(demo.path, path)
        shutil.copy(f"{demo.path}.key", f"{path}.key")
        ctx = open_context(str(path), f"{path}.key", HostProof("bench"), Origin(0), clock=SystemClock())
        number = REQUESTS // 10 if quick else REQUESTS
        _fill(ctx, number)
        found = _pages(ctx, number, 5 if quick else 9)
        ctx.database.close()
    return found


def _fill(ctx: Context, number: int) -> None:
    """Requests of the first organization's people, half of them waiting, a minute apart."""
    with ctx.database.writing() as connection:
        people = [
            int(row[0])
            for row in connection.exec_driver_sql("SELECT user_id FROM membership WHERE organization_id = 1 LIMIT 9999")
        ]
        now = ctx.clock.now()
        rows = [
            (1, 1_000_000 + n, people[n % len(people)], 0, 1_000, f"reason {n}",
             STATUSES[0] if n % 2 else STATUSES[1 + n % 4 // 2], now - (number - n) * 60_000_000)
            for n in range(number)
        ]  # fmt: skip
        connection.exec_driver_sql(
            "INSERT INTO request (organization_id, id, user_id, kind, amount, reason, status, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        connection.exec_driver_sql("ANALYZE request")


def _pages(ctx: Context, number: int, times: int) -> list[Line]:
    found = []
    for where, organization in (("of one organization", 1), ("of all", None)):
        worst = 0.0
        for status in (*STATUSES, ""):

            def ask(place: Place, organization: int | None = organization, status: str = status):
                return requests.window(ctx, Ask(1, "", Sort("at"), place, ROWS), organization, status)

            first, last = ask(Start()), ask(End())
            places: tuple[Place, ...] = (Start(), End(), After(first.keys[-1]), Before(last.keys[0]))
            worst = max(worst, *(median(lambda p=place, a=ask: a(p), times) for place in places))
        found.append(bounded(f"{number:,} requests, {where}: a page of any tab, any depth, worst", worst, PAGE))
        taken = median(lambda o=organization: requests.totals(ctx, o), times)
        found.append(bounded(f"{number:,} requests, {where}: totals of the tabs", taken, 0.1))
    taken = median(lambda: requests_fitting.plan_fitting(ctx, 1), 1)
    found.append(bounded(f"{number // 2:,} requests that wait: all that fit, as a plan", taken, 10.0))
    return found
