"""What exports, reports and monitoring say, against the events in plain Python."""

import json
from collections.abc import Sequence
from typing import Any

from sage_tui.domain import statistics_shapes
from sage_tui.domain.exports import Export, ExportUsers, What
from sage_tui.domain.months import day_of, month_of, month_text
from sage_tui.domain.reports import Period
from sage_tui.domain.spans import Span
from sage_tui.domain.statistics import Slice, Sums
from sage_tui.domain.units import Kind
from sage_tui.services import exporting, exports, metrics, reports
from sage_tui.services.export_files import StreamSink
from tests.services.one_source import KINDS, PLACES, House, Plain, counted, grouped

VIEWS = {(What.MONTHLY, ""): "month", (What.MODELS, ""): "model", (What.DEPARTMENTS, ""): "department",
         (What.STATISTICS, "days"): "day", (What.STATISTICS, "users"): "user_id"}  # fmt: skip

Row = dict[str, Any]


def written(house: House, command: Export) -> list[Row]:
    """An export's rows, as they stand in the file."""
    sink: list[bytes] = []
    exporting.export(house.world.host, command, StreamSink(sink.append))
    return [json.loads(line) for line in b"".join(sink).decode().splitlines()]


def users(house: House) -> dict[str, Row]:
    """The full export of this house's people, by e-mail."""
    sink: list[bytes] = []
    command = ExportUsers(f"email:@one{house.number}.example", format="jsonl", full=True)
    exports.users(house.world.host, command, StreamSink(sink.append))
    rows = map(json.loads, b"".join(sink).decode().splitlines())
    return {row["email"]: row for row in rows}


def shaped(sums: Sums) -> Row:
    """As a row says it: charged and counted, of both kinds."""
    return {**statistics_shapes.charges(sums), **statistics_shapes.counts(sums)}


def files(house: House, plain: Plain, org: int | None) -> None:
    """Monthly data, models, departments, days, people and requests for models: every row, and nothing else."""
    now = day_of(house.world.clock.now())
    span = Span(now - 120, now)
    for (what, view), key in VIEWS.items():
        for query, kind in (("", None), ("kind:embedding", Kind.EMBEDDING)):
            asked = Slice(span, org, kind=kind)
            command = Export(what, query, org, span, view=view or "days", format="jsonl")
            rows = [{name: row[name] for name in shaped(counted([]))} for row in written(house, command)]
            wanted = [shaped(sums) for sums in grouped(plain.of(asked), key).values()]
            assert ordered(row for row in rows if any(row.values())) == ordered(wanted)
    months = written(house, Export(What.MONTHLY, "", org, span, format="jsonl"))
    by_month = {month_text(month): sums for month, sums in grouped(plain.of(Slice(span, org)), "month").items()}
    assert {row["month"]: row["inference"] for row in months if row["inference"]} == {
        month: sums.inference.charge for month, sums in by_month.items() if sums.inference.charge
    }
    events = [e for e in plain.events if org in (None, e["organization_id"])]
    calls = written(house, Export(What.ACTIVITY, "", org, format="jsonl"))
    assert sorted((row["id"], row["charge"]) for row in calls) == sorted((e["id"].hex(), e["charge"]) for e in events)


def ordered(rows: Any) -> list[Sequence[Any]]:
    """In an order that does not depend on names."""
    return sorted(tuple(sorted(row.items())) for row in rows)


def report(house: House, plain: Plain, org: int) -> None:
    """The weekly and the monthly report: total, before, models, departments, and what stands beside allocations."""
    for period in Period:
        for first in (None, day_of(house.world.clock.now())):
            found = reports.report(house.world.host, period, org, first)
            events = plain.of(Slice(found.span, org))
            assert found.total == counted(events)
            assert found.before == counted(plain.of(Slice(found.compared, org)))
            for part, key in ((found.models, "model"), (found.departments, "department")):
                assert sum((line.sums for line in part.lines), part.rest) == found.total
                every = grouped(events, key)
                assert all(line.sums == every[line.key] for line in part.lines)
            members = {m["user_id"] for m in plain.live(org)}
            if found.month == month_of(house.world.clock.now()):
                for number, kind in enumerate(KINDS):
                    of_month = {"organization_id": org, "kind": number, "month": found.month}
                    used = sum(plain.charge(user_id=user, **of_month) for user in members)
                    assert found.stranded[kind].used == used


def monitored(house: House, plain: Plain) -> None:
    """Numbers for monitoring: what the pools used, and calls that were refused."""
    month = month_of(house.world.clock.now())
    told = {family.name: {sample.labels: sample.value for sample in family.samples}
            for family in metrics.metrics(house.world.host)}  # fmt: skip
    for org, place in zip(house.orgs, PLACES, strict=True):
        named_ = ("organization", f"{place} {house.number}")
        for number, kind in enumerate(KINDS):
            of_pool = (named_, ("kind", kind.value), ("state", "used"))
            assert told["sage_pool_tokens"][of_pool] == plain.charge(organization_id=org, kind=number, month=month)
        refused = [e for e in plain.events if e["organization_id"] == org and e["status"] == 2]
        assert told["sage_refused_calls"][named_,] == len(refused)
