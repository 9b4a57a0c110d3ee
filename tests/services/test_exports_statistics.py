"""Exports of statistics and lists: read with `csv` and DuckDB, row by row and sum by sum what the services say."""

import csv
import io
import json
import tracemalloc
from pathlib import Path

import duckdb
import pytest

from sage_tui.domain import report_shapes, shapes, statistics_shapes
from sage_tui.domain.activity_lines import COLUMNS
from sage_tui.domain.cells import cell, unguard
from sage_tui.domain.corrections import Reverse
from sage_tui.domain.errors import Interrupted, QueryError, StepUpNeeded, WrongUse
from sage_tui.domain.exports import Export, What
from sage_tui.domain.months import DAY, day_of, time_text
from sage_tui.domain.paging import Ask, Sort
from sage_tui.domain.reports import Period
from sage_tui.domain.requests import Ask as AskForMore
from sage_tui.domain.spans import Range, Span, named
from sage_tui.domain.statistics import View
from sage_tui.domain.units import Kind, Micros, Role
from sage_tui.services import activity, corrections, export_activity, exporting, mfa, reports, requests, statistics
from sage_tui.services.export_files import FileSink, StreamSink
from sage_tui.store.transaction import Tx
from tests.services.editing import Acme, acme_of
from tests.support import NOW
from tests.support.world import World

TODAY = int(day_of(NOW))
SPAN = Span(TODAY - 40, TODAY)
HOSTILE = ("=cmd|' /C calc'!A0", "+1", "-1", "@x", "\t=1", "＝1", "'=1", 'quo"te, comma', "two\nlines")


def acme_of_calls(world: World) -> Acme:
    """Two months of calls of three people and of identities, by models with hostile names; one reversal; requests."""
    made = acme_of(world)
    made.set("a", "b", "c", inference="1M", embedding="100K", paid=True)
    made.set("a", "b", department="=Sales, West")
    calls = [
        world.usage(f"{day}-{person}", f"{person}@acme.example", 10 * day + 1, Micros(NOW - day * DAY),
                    completion_tokens=day, cached_tokens=day // 2, status="failure" if day % 7 == 0 else "success",
                    model=HOSTILE[day % len(HOSTILE)] if day % 3 == 0 else "gpt")
        for day in range(41) for person in "abc"[: 1 + day % 3]
    ]  # fmt: skip
    calls += [world.usage(f"h{at}", name, 5 + at) for at, name in enumerate(HOSTILE)]
    calls += [world.usage("e", "b@acme.example", 77, kind=Kind.EMBEDDING, model="embed")]
    world.record(*calls, organization_id=made.id)
    corrections.reverse(world.host.because("twice"), Reverse(external_id="2-a", source="test"))
    for reason in HOSTILE[:2]:
        requests.create(world.sign_in("a@acme.example"), AskForMore(Kind.INFERENCE, 5_000, reason))
    return made


@pytest.fixture
def both(everywhere: World) -> Acme:
    """On SQLite and on PostgreSQL."""
    return acme_of_calls(everywhere)


@pytest.fixture
def acme(lone: World) -> Acme:
    """Where the engine decides nothing."""
    return acme_of_calls(lone)


def streamed(acme: Acme, command: Export) -> str:
    parts: list[bytes] = []
    exporting.export(acme.world.host, command, StreamSink(parts.append))
    return b"".join(parts).decode()


def read(acme: Acme, what: What, **more: object) -> list[dict[str, str]]:
    command = Export(what, organization_id=acme.id, **{"span": SPAN, **more})  # type: ignore[arg-type]
    return list(csv.DictReader(io.StringIO(streamed(acme, command), newline="")))


VIEWS = [(What.STATISTICS, view) for view in View if view is not View.ALLOCATIONS] + [
    (What.MONTHLY, View.MONTHS), (What.MODELS, View.MODELS), (What.DEPARTMENTS, View.DEPARTMENTS),
]  # fmt: skip


@pytest.mark.parametrize("query", ["", "kind:inference", "model=gpt", "user=a@acme.example", 'dept="=Sales, West"'])
def test_every_view_has_the_rows_and_the_total_of_the_screen(both: Acme, query: str) -> None:
    for what, view in VIEWS:
        found = statistics.ask(both.world.host, view, SPAN, query, both.id)
        rows = read(both, what, view=view.value, query=query)
        wanted = [{**statistics_shapes.row(view, line), **statistics_shapes.counts(line.sums)} for line in found.lines]
        name = statistics_shapes.NAMES[view]
        assert [unguard(row[name]) for row in rows] == [line[name] or "" for line in wanted]
        for row, line in zip(rows, wanted, strict=True):
            assert {key: int(row[key]) for key in line if key != name} == {
                key: value for key, value in line.items() if key != name
            }
        total = {**statistics_shapes.charges(found.total), **statistics_shapes.counts(found.total)}
        assert {key: sum(int(row[key]) for row in rows) for key in total} == total
        assert {row["as_of"] for row in rows} <= {time_text(NOW)}


def test_duckdb_adds_the_files_up_to_the_same(acme: Acme, tmp_path: Path) -> None:
    whole = statistics.ask(acme.world.host, View.YEARS, SPAN, "", acme.id).total
    for format_name, reader in (("csv", "read_csv"), ("jsonl", "read_json")):
        for what, view in VIEWS:
            path = tmp_path / f"{what}-{view}.{format_name}"
            command = Export(what, organization_id=acme.id, span=SPAN, view=view.value, format=format_name)
            done = exporting.to_file(acme.world.host, command, path=str(path))
            found = duckdb.sql(
                f"SELECT count(*), sum(inference), sum(embedding), sum(inference_counted), sum(inference_calls),"
                f" sum(inference_failures), sum(inference_corrected) FROM {reader}('{path}')"
            ).fetchall()
            of = whole.inference
            assert found == [(
                done.rows, of.charge, whole.embedding.charge, of.counted, of.calls, of.failures, of.corrected,
            )]  # fmt: skip
        path = tmp_path / f"activity.{format_name}"
        exporting.to_file(
            acme.world.host, Export(What.ACTIVITY, organization_id=acme.id, format=format_name), path=str(path)
        )
        for kind in Kind:
            charges = duckdb.sql(f"SELECT sum(charge) FROM {reader}('{path}') WHERE kind = '{kind}'").fetchall()
            assert charges == [(whole.of(kind).charge,)]


def test_interactions_are_those_of_the_page_in_its_order(both: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_activity, "BLOCK", 7)
    monkeypatch.setattr(export_activity, "KNOWN", 2)
    host = both.world.host
    for query in ("", "model=gpt", "status:reversal", "user:robot", "charge>100 kind:inference", "at:2026-11"):
        for descending in (True, False):
            sort = Sort("at", descending)
            shown = activity.window(host, Ask(0, query, sort, count=1_000), both.id).rows
            rows = read(both, What.ACTIVITY, query=query, sort=sort)
            assert len(rows) == len(shown) == activity.count(host, query, both.id).number
            for row, one in zip(rows, shown, strict=True):
                for key, value in shapes.activity(one).items():
                    assert unguard(row[key]) == ("" if value is None else str(value)), key
                assert int(row["cached_tokens"]) == one.cached_tokens
    lines = streamed(both, Export(What.ACTIVITY, organization_id=both.id, format="jsonl")).splitlines()
    assert [tuple(json.loads(line)) for line in lines] == [COLUMNS] * len(lines)


def test_requests_and_batches_are_those_of_their_pages(both: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sage_tui.services.exports.PAGE", 1)
    rows = read(both, What.REQUESTS)
    assert [(row["email"], int(row["amount"])) for row in rows] == [("a@acme.example", 5_000)] * 2
    assert sorted(unguard(row["reason"]) for row in rows) == sorted(HOSTILE[:2])
    assert read(both, What.REQUESTS, status="approved") == []
    assert [row["action"] for row in read(both, What.BATCHES, query="action:set")] == ["users set"] * 2
    for what in (What.REQUESTS, What.BATCHES):
        header = streamed(both, Export(what, "reason:nowhere", both.id)).splitlines()
        assert header == [",".join(read(both, what)[0])]


def test_no_cell_of_any_export_is_a_formula(acme: Acme) -> None:
    for what in What:
        for view in View if what is What.STATISTICS else (View.DAYS,):
            text = streamed(acme, Export(what, organization_id=acme.id, span=SPAN, view=view.value))
            cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
            foul = [cell for cell in cells if cell[:1] in "=+@\t\r\n＝＋－＠" and cell]
            foul += [cell for cell in cells if cell[:1] == "-" and not cell[1:].isdigit()]
            assert foul == []


def test_a_workbook_has_a_sheet_for_each_section_and_no_formula(acme: Acme, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    rows = list(report_shapes.rows(reports.report(acme.world.host, Period.MONTHLY, acme.id, TODAY)))
    path = tmp_path / "report.xlsx"
    command = Export(What.REPORT, organization_id=acme.id, span=Span(TODAY, TODAY), format="xlsx")
    exporting.to_file(acme.world.host, command, path=str(path))
    assert path.stat().st_mode & 0o777 == 0o600
    book = load_workbook(path)
    assert book.sheetnames == list(dict.fromkeys(row["section"] for row in rows))
    found = []
    for name in book.sheetnames:
        head, *lines = book[name].iter_rows(values_only=True)
        found += [
            {"section": name} | {str(key): value for key, value in zip(head, line, strict=True) if value is not None}
            for line in lines
        ]
        assert all(one.data_type != "f" for line in book[name].iter_rows() for one in line)
    assert found == [{key: cell(value) for key, value in row.items() if value not in ("", None)} for row in rows]


def test_an_export_is_audited_with_its_digest_and_days(acme: Acme, tmp_path: Path) -> None:
    command = Export(What.MODELS, "kind:inference", acme.id, SPAN)
    done = exporting.to_file(acme.world.host.because("asked by finance"), command, path=str(tmp_path / "m.csv"))
    entry = acme.world.rows("SELECT organization_id, body FROM audit_entry WHERE action = 'export models'")[0]
    body = json.loads(entry["body"])
    assert (entry["organization_id"], body["digest"], body["rows"]) == (acme.id, done.sha256, done.rows)
    assert ["from", None, "2026-10-14"] in body["changes"]


def test_what_is_wrong_refused_or_stopped_leaves_no_file_and_no_entry(acme: Acme, tmp_path: Path) -> None:
    host, before = acme.world.host, acme.world.value("SELECT count(*) FROM audit_entry")

    def stop(rows: int) -> None:
        raise Interrupted("Stopped.")

    attempts = (
        (QueryError, Export(What.ACTIVITY, "used>", acme.id), None),
        (WrongUse, Export(What.MODELS, "model=none-of-this-name", acme.id, SPAN), None),
        (WrongUse, Export(What.ACTIVITY, organization_id=acme.id, format="xlsx"), None),
        (Interrupted, Export(What.ACTIVITY, organization_id=acme.id), stop),
        (Interrupted, Export(What.STATISTICS, organization_id=acme.id, view="users"), stop),
    )
    for error, command, progress in attempts:
        with pytest.raises(error), FileSink(str(tmp_path / "out.csv")) as sink:
            exporting.export(host, command, sink, progress or (lambda rows: None))
    exporting.to_file(host.dry(), Export(What.ACTIVITY, organization_id=acme.id), path=str(tmp_path / "out.csv"))
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []
    assert acme.world.value("SELECT count(*) FROM audit_entry") == before


def test_a_name_says_organization_days_and_time(acme: Acme) -> None:
    name = exporting.name(acme.world.host, Export(What.MONTHLY, organization_id=acme.id, span=SPAN))
    assert Path(name).name == "monthly-acme-2026-10-14-to-2026-11-23-20261123-120000.csv"
    other = acme.world.organization("Ünïted / Ärmy = ☃")
    name = exporting.name(acme.world.host, Export(What.REPORT, organization_id=other, format="xlsx"))
    assert Path(name).name == "report-monthly-united-army-2026-10-20261123-120000.xlsx"
    largest = Export(What.STATISTICS, organization_id=acme.world.organization("x" * 200), span=SPAN, view="departments")
    assert len(Path(exporting.name(acme.world.host, largest)).name) <= 100
    year = Export(What.MODELS, organization_id=acme.id, span=named(Range.YEAR, TODAY))
    assert Path(exporting.name(acme.world.host, year)).name == "models-acme-2026-01-to-2026-12-20261123-120000.csv"
    assert (
        Path(exporting.name(acme.world.host, Export(What.ACTIVITY))).name == "activity-all-all-days-20261123-120000.csv"
    )


def test_beyond_one_organization_every_export_needs_a_fresh_code(acme: Acme) -> None:
    acme.world.person("root@sage.example", role=Role.SUPER_ADMIN)
    console = acme.world.admin("root@sage.example")
    for what in What:
        exporting.export(console, Export(what, organization_id=acme.id, span=SPAN), StreamSink(len))
        with pytest.raises(StepUpNeeded):
            exporting.export(console, Export(what, span=SPAN), StreamSink(len))
    mfa.step_up(console, acme.world.code("root@sage.example"))
    assert exporting.export(console, Export(What.ACTIVITY), StreamSink(len)).rows > 0


def fill(world: World, organization_id: int, first: int, last: int) -> None:
    """Robots with a call each, written past the services: what is measured reads nothing else."""
    numbers = "WITH RECURSIVE k(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM k WHERE n + 1 < :last)"
    values = {"first": first, "last": last, "org": organization_id, "now": NOW, "day": TODAY}
    for into, chosen in (
        ("identity (organization_id, id, source_id, name, created_at)", ":org, n, 1, 'robot-' || n, :now"),
        ("usage_daily (organization_id, day, user_id, model_id, kind, events, charge)", ":org, :day, -n, 1, 0, 1, n"),
        (("usage_event (organization_id, id, day, digest, content, at, user_id, model_id, kind, prompt_tokens,"
         " cached_tokens, completion_tokens, charge, status, certainty, entry, source_id, external_id)"),
         ":org, randomblob(16), :day, randomblob(16), n, :now - n, -n, 1, 0, n, 0, 0, n, 0, 2, 0, 1, 'call-' || n"),
    ):  # fmt: skip
        world.change(f"INSERT INTO {into} {numbers} SELECT {chosen} FROM k", **values)


def test_memory_stays_where_it_is_however_many_rows_there_are(lone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same peak for 7,000 rows and for 35,000, of interactions as of people."""
    monkeypatch.setattr(export_activity, "KNOWN", 1_000)
    monkeypatch.setattr(export_activity, "BLOCK", 1_000)
    made = acme_of(lone)
    lone.record(lone.usage("first", "robot", 5), organization_id=made.id)
    commands = (
        Export(What.ACTIVITY, organization_id=made.id),
        Export(What.STATISTICS, organization_id=made.id, view="users"),
    )
    peaks: list[list[int]] = []
    for first, last in ((100, 7_000), (7_000, 35_000)):
        fill(lone, made.id, first, last)
        exporting.export(lone.host, commands[0], StreamSink(len))
        peaks.append([])
        for command in commands:
            tracemalloc.start()
            assert exporting.export(lone.host, command, StreamSink(len)).rows == last - 99
            peaks[-1].append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert all(many < few + 1_000_000 for few, many in zip(*peaks, strict=True)), peaks


def test_interactions_come_in_order_and_are_never_sorted_all_at_once(
    lone: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite would hold all of them in memory for that; those of the same microsecond may be."""
    made = acme_of(lone)
    fill(lone, made.id, 100, 5_000)
    lone.change("ANALYZE")
    plans: list[str] = []

    def blocks(tx: Tx, sql: str, values: tuple[object, ...], size: int, *, far: bool = False) -> list[object]:
        plans.append(" ".join(str(row[-1]) for row in tx.tuples(f"EXPLAIN QUERY PLAN {sql}", values)))
        return []

    monkeypatch.setattr(Tx, "blocks", blocks)
    for query in ("", "dept:west", "user:robot", "-user:robot", "robot", "model:gpt kind:inference", "status:failure",
                  "status:credit", "at:2026-11", "charge>5 dept=x", "source:test", "org:acme"):  # fmt: skip
        for organization_id in (None, made.id):
            exporting.export(lone.host, Export(What.ACTIVITY, query, organization_id), StreamSink(len))
            assert "TEMP B-TREE FOR ORDER BY" not in plans[-1], f"{query} {plans[-1]}"


def test_every_column_stands_in_the_documentation(acme: Acme) -> None:
    told = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text()
    for what in What:
        for view in (*(View if what is What.STATISTICS else (View.DAYS,)), "forecast"):
            header = streamed(acme, Export(what, organization_id=acme.id, span=SPAN, view=str(view))).splitlines()[0]
            for column in header.split(","):
                assert f"`{column.replace('embedding_', 'inference_')}`" in told, column
