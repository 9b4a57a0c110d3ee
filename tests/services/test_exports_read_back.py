"""Our exports read back: known again in the same database, the same totals in an empty one, hostile text equal."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sage_tui.clock import FixedClock
from sage_tui.domain.corrections import Reverse
from sage_tui.domain.exports import Export, What
from sage_tui.domain.months import DAY
from sage_tui.domain.units import Kind, Micros, Role
from sage_tui.gateways import format_csv, format_jsonl
from sage_tui.gateways.files import open_input
from sage_tui.gateways.mapping import FieldMap
from sage_tui.services import corrections, exporting, imports
from sage_tui.services.imports import UsageFile, UsageImport
from tests.support import NOW, world
from tests.support.world import World

READERS = {"csv": format_csv.read, "jsonl": format_jsonl.read}
HOSTILE = ("=cmd|' /C calc'!A0", "'@x", "a\tb", "two\nlines", "\\x0a", 'quo"te,comma', " -1", "svc-robot", "'=1")
PEOPLE = ("ada@acme.example", "bo@acme.example")
TOTALS = (
    "SELECT e.day, e.kind, e.status, m.key AS model, s.name AS source, count(*) AS calls,"
    " sum(e.prompt_tokens) AS prompt, sum(e.cached_tokens) AS cached, sum(e.completion_tokens) AS completion,"
    " sum(e.charge) AS charge,"
    " sum(coalesce(e.latency_ms, -1)) AS latency FROM usage_event e JOIN model m ON m.id = e.model_id"
    " JOIN usage_source s ON s.id = e.source_id WHERE e.entry = 0 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
)
BY_NAME = (
    "SELECT coalesce(u.email, i.name) AS name, sum(d.charge) AS charge FROM usage_daily d"
    ' LEFT JOIN "user" u ON u.id = d.user_id LEFT JOIN identity i ON i.id = -d.user_id GROUP BY 1 ORDER BY 1'
)


@pytest.fixture
def empty(sqlite_template: Path, tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    """Another world, on a database of its own."""
    directory = tmp_path / "empty"
    directory.mkdir()
    path = directory / "sage.db"
    shutil.copy(sqlite_template, path)
    path.chmod(0o600)
    made = world.make(str(path), directory, clock)
    yield made
    made.host.database.close()


def inhabited(made: World) -> int:
    """Acme with two people."""
    acme = made.organization("Acme", 10_000_000, 1_000_000)
    for email in PEOPLE:
        made.person(email, acme)
    return acme


def used(made: World, organization_id: int) -> None:
    """Calls of people, of identities with hostile names, by models with hostile names, from two sources."""
    at = Micros(NOW - 3 * DAY + 1_230)
    for number, name in enumerate((*PEOPLE, *HOSTILE)):
        made.record(
            made.usage(f"={number}", name, 10 + number, at, completion_tokens=5, cached_tokens=3, latency_ms=number),
            made.usage(f"m{number}", "Ada@ACME.example", 20, model=name, status="failure"),
            source="one", organization_id=organization_id,
        )  # fmt: skip
    made.record(
        made.usage("\x1b[31m" + "x" * 250, "ada@acme.example", 7, kind=Kind.EMBEDDING, model="embed"),
        source="=two\n", organization_id=organization_id,
    )  # fmt: skip


def exported(made: World, path: Path, organization_id: int, format_name: str, query: str = "") -> int:
    command = Export(What.ACTIVITY, query, organization_id, format=format_name)
    return exporting.to_file(made.host, command, path=str(path)).rows


def read_back(made: World, path: Path, organization_id: int, format_name: str) -> UsageImport:
    def rows() -> object:
        return READERS[format_name](open_input(str(path)), format_name, FieldMap())

    file = UsageFile(path.name, format_name, rows)  # type: ignore[arg-type]
    return imports.usage(made.host, file, organization_id=organization_id)


@pytest.mark.parametrize("format_name", READERS)
def test_the_same_database_knows_every_row_again(everywhere: World, tmp_path: Path, format_name: str) -> None:
    acme = inhabited(everywhere)
    used(everywhere, acme)
    before = everywhere.rows(TOTALS)
    path = tmp_path / f"activity.{format_name}"
    count = exported(everywhere, path, acme, format_name)
    done = read_back(everywhere, path, acme, format_name)
    assert (done.sums.recorded, done.sums.already, done.refused) == (0, count, 0), done.sums.refused
    assert count == 2 * (len(PEOPLE) + len(HOSTILE)) + 1
    assert everywhere.rows(TOTALS) == before


@pytest.mark.parametrize("format_name", READERS)
def test_an_empty_database_gets_the_same_totals_and_knows_the_rows_of_the_gateway_too(
    everywhere: World, empty: World, tmp_path: Path, format_name: str
) -> None:
    acme, other = inhabited(everywhere), inhabited(empty)
    used(everywhere, acme)
    path = tmp_path / f"activity.{format_name}"
    count = exported(everywhere, path, acme, format_name)
    done = read_back(empty, path, other, format_name)
    assert (done.sums.recorded, done.sums.already, done.refused) == (count, 0, 0), done.sums.refused
    assert empty.rows(TOTALS) == everywhere.rows(TOTALS)
    assert empty.rows(BY_NAME) == everywhere.rows(BY_NAME)
    before = empty.rows(TOTALS)
    used(empty, other)  # the gateway sends its records there as well: they are known
    assert empty.rows(TOTALS) == before
    again = tmp_path / f"again.{format_name}"
    exported(empty, again, other, format_name)
    assert sorted(_without_ids(again)) == sorted(_without_ids(path))


def _without_ids(path: Path) -> list[str]:
    """The lines but for the numbers that each database gives its own."""
    cut = {".csv": 33, ".jsonl": 42}[path.suffix]
    return [line[cut:] for line in path.read_text().splitlines()[path.suffix == ".csv" :]]


def test_corrections_are_refused_by_row_and_the_rest_is_taken(lone: World, tmp_path: Path) -> None:
    acme = inhabited(lone)
    used(lone, acme)
    corrections.reverse(lone.host.because("twice"), Reverse(external_id="=0", source="one"))
    path = tmp_path / "activity.csv"
    count = exported(lone, path, acme, "csv")
    done = read_back(lone, path, acme, "csv")
    assert (done.sums.already, done.refused) == (count - 1, 1)
    why = "is a reversal: corrections are made anew, by usage reverse, credit or recharge"
    assert [(row.field, row.why) for row in done.sums.refused] == [("status", why)]
    line = path.read_text().splitlines()[done.sums.refused[0].row - 1]
    assert ",reversal," in line


def test_a_key_that_is_none_is_refused(lone: World, tmp_path: Path) -> None:
    acme = inhabited(lone)
    used(lone, acme)
    path = tmp_path / "activity.csv"
    exported(lone, path, acme, "csv", "user=bo@acme.example")
    head, line = path.read_text().splitlines()
    cells = line.split(",")
    places = {name: at for at, name in enumerate(head.split(","))}
    for key in ("", "x", f"{cells[places['key']]}9999999999999999999", "0" * 32 + ".99999999999999999999"):
        cells[places["key"]] = key
        path.write_text(f"{head}\n{','.join(cells)}\n")
        done = read_back(lone, path, acme, "csv")
        assert [(row.row, row.field) for row in done.sums.refused] == [(2, "key")], key


def test_an_administrator_reads_back_into_their_own_organization_only(lone: World, tmp_path: Path) -> None:
    acme = inhabited(lone)
    used(lone, acme)
    globex = lone.organization("Globex")
    lone.person("boss@globex.example", globex, Role.ADMIN)
    path = tmp_path / "activity.csv"
    count = exported(lone, path, acme, "csv")
    before = lone.value("SELECT count(*) FROM usage_event")
    rows = UsageFile("f", "f", lambda: format_csv.read(open_input(str(path)), "f", FieldMap()))
    done = imports.usage(lone.admin("boss@globex.example"), rows)
    assert (done.sums.recorded, done.sums.already) == (0, count)
    assert lone.value("SELECT count(*) FROM usage_event") == before
