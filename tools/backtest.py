"""`python -m tools.backtest [--check]`: how good forecasts would have been on the demo's history → docs/forecast.md.

For every organization and month that is over, on the mornings of the 5th, 10th … 25th, a pool is asked about that in
truth ended within the month: 70%, 85% and 95% of what the month used.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median

from sage_tui.clock import to_micros
from sage_tui.domain.forecast import HISTORY, lasting
from sage_tui.domain.months import days_in, first_day, month_of_day

TARGET = Path(__file__).parents[1] / "docs" / "forecast.md"
BEGIN, END = "<!-- backtest: made by `python -m tools.backtest` -->\n", "<!-- end of backtest -->\n"
NOW = to_micros(datetime(2026, 11, 23, 12, tzinfo=UTC))
MORNINGS = (5, 10, 15, 20, 25)
SHARES = (70, 85, 95)


@dataclass(frozen=True, slots=True)
class Case:
    """One question: the morning, by how many days the median was off, and whether the band held the day."""

    morning: int
    off: int
    held: bool


def cases(days: Mapping[int, int]) -> Iterator[Case]:
    """All questions that a history answers; its first two months are only looked back on."""
    first, last = month_of_day(min(days)), month_of_day(max(days))
    for month in range(first + 2, last):
        begin, length = int(first_day(month)), days_in(month)
        used = [days.get(begin + at, 0) for at in range(length)]
        for morning in MORNINGS:
            for share in SHARES:
                found = _case(days, begin, used, morning, sum(used) * share // 100)
                if found is not None:
                    yield found


def _case(days: Mapping[int, int], begin: int, used: list[int], morning: int, pool: int) -> Case | None:
    before = sum(used[: morning - 1])
    if before >= pool:
        return None
    truth = next(at for at in range(len(used)) if sum(used[: at + 1]) >= pool) - (morning - 1)
    today = begin + morning - 1
    left = len(used) - morning + 1
    found = lasting([days.get(day, 0) for day in range(today - HISTORY, today)], 0, pool - before, left)
    said, soonest, latest = (left if one is None else one for one in (found.median, found.soonest, found.latest))
    return Case(morning, said - truth, soonest <= truth <= latest)


def histories(path: str) -> list[dict[int, int]]:
    """Each organization's inference charges by day, of a demo's file."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(path)) as store:
        rows = store.execute(
            "SELECT organization_id, day, sum(charge) FROM usage_organization_daily WHERE organization_id > 0"
            " AND kind = 0 GROUP BY organization_id, day"
        ).fetchall()
    found: dict[int, dict[int, int]] = {}
    for organization, day, charge in rows:
        found.setdefault(organization, {})[day] = charge
    return list(found.values())


def printed(found: list[Case]) -> str:
    """The table."""
    lines = ["| morning of the | questions | median error | mean error | in the 80% band |", "|---|---|---|---|---|"]
    lines += [_line(f"{morning}th", [one for one in found if one.morning == morning]) for morning in MORNINGS]
    return "\n".join([*lines, _line("all", found)]) + "\n"


def _line(name: str, some: list[Case]) -> str:
    off = [abs(one.off) for one in some]
    held = sum(one.held for one in some) * 100 // len(some)
    return f"| {name} | {len(some)} | {median(off):.1f} days | {mean(off):.1f} days | {held}% |"


def run(directory: str) -> list[Case]:
    """All cases of the demo's history."""
    from sage_tui.demo import build

    path = f"{directory}/demo.db"
    build(path, users=400, events=40_000, now=NOW)
    return [one for history in histories(path) for one in cases(history)]


def main() -> int:
    """Write the table into the document; with --check say whether it stands there."""
    with tempfile.TemporaryDirectory() as directory:
        table = printed(run(directory))
    text = TARGET.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    made = before + BEGIN + table + END + rest.partition(END)[2]
    if "--check" not in sys.argv:
        TARGET.write_text(made, "utf-8")
    print(table)
    return int("--check" in sys.argv and made != text)


if __name__ == "__main__":
    sys.exit(main())
