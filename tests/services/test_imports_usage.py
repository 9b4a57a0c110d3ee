"""Usage files into the store: counted once, to the token, wherever the import is cut."""

import json
from pathlib import Path

import pytest

from sage_tui.clock import FixedClock
from sage_tui.domain.actors import HostProof, Origin
from sage_tui.domain.errors import Interrupted, Refused
from sage_tui.domain.usage import RefusedRow
from sage_tui.services import imports, people
from sage_tui.services.context import Context
from sage_tui.services.imports import Unknown, UsageFile
from sage_tui.services.keys import create
from sage_tui.store.engine import Database
from tests.gateways.samples import TRACE_MAP, TRACE_SET, payload, write_payloads, write_trace
from tests.support.usage_files import usage_file
from tests.support.world import World

REAL = Path(__file__).parents[3] / "shared" / "data"
real = pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not beside the project")


@pytest.fixture
def ctx(sqlite_database: Database, tmp_path: Path, clock: FixedClock) -> Context:
    """The host's own account on an empty database."""
    return Context(sqlite_database, clock, HostProof("tester"), Origin(1000), create(str(tmp_path / "key")))


def scalar(ctx: Context, sql: str) -> object:
    from sqlalchemy import text

    with ctx.database.reading() as connection:
        return connection.execute(text(sql)).scalar()


def add_person(ctx: Context, email: str, gateway_id: str | None = None) -> int:
    from sage_tui.domain.permissions import Verb

    with ctx.write(Verb.USERS_ADD) as tx:
        return people.add(tx, 0, people.NewPerson(email, gateway_id=gateway_id))


def sums(ctx: Context) -> tuple[object, ...]:
    """Events, daily totals and counters: three ways to the same charge."""
    return (
        scalar(ctx, "SELECT count(*) FROM usage_event"),
        scalar(ctx, "SELECT coalesce(sum(charge), 0) FROM usage_event"),
        scalar(ctx, "SELECT coalesce(sum(charge), 0) FROM usage_daily"),
        scalar(ctx, "SELECT coalesce(sum(charge), 0) FROM usage_month"),
    )


@real
def test_the_real_trace_is_recorded_once_to_the_token(ctx: Context) -> None:
    person = add_person(ctx, "trace@azure.example")
    path = REAL / "azure_llm_trace_code.csv"
    done = imports.usage(ctx, usage_file(path, TRACE_MAP, TRACE_SET))
    told = done.sums
    assert (told.recorded, told.already, told.refused) == (8_819, 0, ())
    assert (told.prompt_tokens, told.completion_tokens, told.charge) == (18_059_974, 245_896, 18_305_870)
    assert (told.users, told.unassigned, told.unknown_models) == (1, (), ("azure-code",))
    assert sums(ctx) == (8_819, 18_305_870, 18_305_870, 18_305_870)
    assert scalar(ctx, f"SELECT inference_lifetime FROM membership WHERE user_id = {person}") == 18_305_870
    again = imports.usage(ctx, usage_file(path, TRACE_MAP, TRACE_SET))
    assert (again.sums.recorded, again.sums.already, again.sums.charge, again.before) == (0, 8_819, 0, done.number)
    assert sums(ctx) == (8_819, 18_305_870, 18_305_870, 18_305_870)


@real
def test_the_real_payloads_are_recorded_as_the_data_says(ctx: Context) -> None:
    done = imports.usage(ctx, usage_file(REAL / "litellm_payloads.jsonl"))
    told = done.sums
    assert (told.recorded, told.prompt_tokens, told.completion_tokens) == (120, 103_187, 19_841)
    assert sum(held.events for held in told.unassigned) == 120
    assert scalar(ctx, "SELECT count(*) FROM usage_event WHERE status = 1") == 15
    again = imports.usage(ctx, usage_file(REAL / "litellm_payloads.jsonl"), organization_id=0)
    assert (again.sums.recorded, again.sums.already) == (0, 120)


def test_held_identities_are_escaped_and_the_empty_one_is_none(ctx: Context, tmp_path: Path) -> None:
    add_person(ctx, "ADA@acme.example")
    add_person(ctx, "seven@acme.example", gateway_id="u-1007")
    done = imports.usage(ctx, usage_file(write_payloads(tmp_path / "calls.jsonl")))
    names = {held.identity for held in done.sums.unassigned}
    assert names == {"محمد@alnoor.example", "naïvé\u200bzwsp", "=cmd|'/c calc'!A1", "(none)", "\\x1b[31mred\\x1b[0m"}
    assert (done.sums.recorded, done.sums.users) == (40, 2)


def test_hostile_identities_and_models_are_recorded_whole(ctx: Context, tmp_path: Path) -> None:
    names = ["a\x00b", "a\x00b@x", "\ud800@x.example", "\ud800", "@", "x" * 9_999, "\u202e", "a\\x00b"]
    lines = [
        json.dumps({**payload(0), "id": f"i{n}", "model": name, "metadata": {"user_api_key_user_id": name}})
        for n, name in enumerate(names)
    ]
    path = tmp_path / "calls.jsonl"
    path.write_text("\n".join(lines))
    done = imports.usage(ctx, usage_file(path))
    assert (done.sums.recorded, done.refused, len(done.sums.unassigned)) == (8, 0, 8)
    assert imports.usage(ctx, usage_file(path)).sums.already == 8


def test_the_same_id_with_other_content_is_told_and_never_charged(ctx: Context, tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    one, other = payload(0), {**payload(0), "prompt_tokens": 999}
    path.write_text("\n".join(json.dumps(each) for each in (one, one, other)))
    done = imports.usage(ctx, usage_file(path))
    assert (done.sums.recorded, done.sums.already) == (1, 1)
    assert done.sums.refused == (RefusedRow(3, "id", "was recorded before with other content"),)


def test_a_bad_row_does_not_lose_the_others_and_strict_is_all_or_nothing(ctx: Context, tmp_path: Path) -> None:
    path = write_payloads(tmp_path / "calls.jsonl", 10)
    path.write_text(path.read_text() + json.dumps({**payload(10), "prompt_tokens": -1}) + "\n")
    with pytest.raises(
        imports.NotSound, match=r"Nothing was recorded: refused rows: 1; the first is line 11"
    ) as refused:
        imports.usage(ctx, usage_file(path), strict=True)
    assert [(row.row, row.field) for row in refused.value.refused] == [(11, "prompt_tokens")]
    assert sums(ctx) == (0, 0, 0, 0)
    done = imports.usage(ctx, usage_file(path))
    assert (done.sums.recorded, done.refused) == (10, 1)
    clash = tmp_path / "clash.jsonl"
    clash.write_text(json.dumps({**payload(20)}) + "\n" + json.dumps({**payload(1), "prompt_tokens": 7}) + "\n")
    with pytest.raises(imports.NotSound, match="other content"):
        imports.usage(ctx, usage_file(clash), strict=True)
    assert scalar(ctx, "SELECT count(*) FROM usage_event") == 10


def test_a_dry_run_says_the_same_and_writes_nothing(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH", 7)
    path = write_payloads(tmp_path / "calls.jsonl")
    dry = imports.usage(ctx.dry(), usage_file(path))
    assert sums(ctx) == (0, 0, 0, 0)
    assert scalar(ctx, "SELECT count(*) FROM usage_import") == 0
    assert scalar(ctx, "SELECT count(*) FROM audit_entry") == 0
    assert imports.usage(ctx, usage_file(path)).sums == dry.sums


def cut(file: UsageFile, after: int) -> UsageFile:
    """The same file, stopped by ctrl+c after so many rows."""

    def rows():
        for number, row in enumerate(file.rows()):
            if number == after:
                raise KeyboardInterrupt
            yield row

    return UsageFile(file.name, file.source, rows, file.digest)


@pytest.mark.parametrize("after", [0, 3, 14, 20, 39])
def test_cut_anywhere_and_repeated_every_row_counts_once(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    monkeypatch.setattr(imports, "BATCH", 7)
    path = write_payloads(tmp_path / "calls.jsonl")
    with pytest.raises(Interrupted, match="Stopped at") as stopped:
        imports.usage(ctx, cut(usage_file(path), after))
    assert "again" in stopped.value.hint
    part = scalar(ctx, "SELECT count(*) FROM usage_event")
    assert isinstance(part, int)
    assert part % 7 == 0
    done = imports.usage(ctx, usage_file(path))
    assert (done.sums.recorded, done.sums.already) == (40 - part, part)
    events, charge, daily, monthly = sums(ctx)
    assert (events, charge) == (40, daily)
    assert daily == monthly == sum(n["prompt_tokens"] + n["completion_tokens"] for n in map(payload, range(40)))  # type: ignore[operator]


def test_one_audit_entry_for_an_import_with_the_file_s_digest(ctx: Context, tmp_path: Path) -> None:
    import hashlib

    path = write_trace(tmp_path / "trace.csv")
    imports.usage(ctx.because("month end"), usage_file(path, TRACE_MAP, TRACE_SET))
    assert scalar(ctx, "SELECT count(*) FROM audit_entry WHERE action = 'import usage'") == 1
    body = json.loads(str(scalar(ctx, "SELECT body FROM audit_entry WHERE action = 'import usage'")))
    assert body["digest"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert body["rows"] == 50


def test_an_empty_file_is_an_import_of_nothing(ctx: Context, tmp_path: Path) -> None:
    path = tmp_path / "none.jsonl"
    path.write_text("")
    file = usage_file(write_payloads(tmp_path / "calls.jsonl", 1))
    done = imports.usage(ctx, UsageFile("none", "litellm", lambda: iter(()), file.digest))
    assert (done.sums.recorded, done.refused, done.sums.first_at) == (0, 0, None)


def test_unknown_users_are_made_of_valid_addresses_only(ctx: Context, tmp_path: Path) -> None:
    path = write_payloads(tmp_path / "calls.jsonl")
    done = imports.usage(ctx, usage_file(path), unknown=Unknown.CREATE)
    made = scalar(ctx, "SELECT group_concat(email, ' ') FROM (SELECT email FROM \"user\" ORDER BY email)")
    assert made == "ada@acme.example محمد@alnoor.example"
    assert done.sums.users == 2
    assert len(done.sums.unassigned) == 5


def test_fail_checks_the_whole_file_first(ctx: Context, tmp_path: Path) -> None:
    path = write_payloads(tmp_path / "calls.jsonl")
    with pytest.raises(Refused, match="7 identities belong to nobody") as refused:
        imports.usage(ctx, usage_file(path), unknown=Unknown.FAIL)
    assert "\x1b" not in refused.value.message
    assert sums(ctx) == (0, 0, 0, 0)
    trace = write_trace(tmp_path / "trace.csv")
    add_person(ctx, "Trace@azure.example")
    assert imports.usage(ctx, usage_file(trace, TRACE_MAP, TRACE_SET), unknown=Unknown.FAIL).sums.recorded == 50


def test_usage_is_recorded_once_on_both_engines(
    everywhere: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH", 7)
    path = write_payloads(tmp_path / "calls.jsonl")
    first = imports.usage(everywhere.host, usage_file(path), organization_id=everywhere.organization("Acme"))
    assert (first.sums.recorded, first.refused) == (40, 0)
    again = imports.usage(everywhere.host, usage_file(path))
    assert (again.sums.recorded, again.sums.already) == (0, 40)
    events, charge, daily, monthly = sums(everywhere.host)
    assert events == scalar(everywhere.host, "SELECT count(DISTINCT digest) FROM usage_event")
    assert charge == daily == monthly
    hostile = tmp_path / "hostile.jsonl"
    names = ["a\x00b@x", "\ud800@x.example", "x" * 9_999, "\u202e"]
    lines = [json.dumps({**payload(0), "id": n, "model": n, "metadata": {"user_api_key_user_id": n}}) for n in names]
    hostile.write_text("\n".join(lines))
    assert imports.usage(everywhere.host, usage_file(hostile)).sums.recorded == 4
    assert imports.usage(everywhere.host, usage_file(hostile)).sums.already == 4
