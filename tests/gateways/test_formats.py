"""Usage formats: what they make of good files, real and made."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from sage_tui.domain import months
from sage_tui.domain.errors import FieldError, WrongUse
from sage_tui.domain.units import Kind
from sage_tui.gateways import formats, mapping, values
from sage_tui.gateways.files import open_input
from tests.gateways.reading import read
from tests.gateways.samples import TRACE_MAP, TRACE_SET, payload, write_payloads, write_trace

REAL = Path(__file__).parents[3] / "shared" / "data"
real = pytest.mark.skipif(not REAL.is_dir(), reason="the real data is not beside the project")


@real
def test_the_real_trace_adds_up() -> None:
    records, refused = read(REAL / "azure_llm_trace_code.csv", TRACE_MAP, TRACE_SET)
    assert (len(records), refused) == (8_819, [])
    assert sum(one.prompt_tokens for one in records) == 18_059_974
    assert sum(one.completion_tokens for one in records) == 245_896
    assert months.time_text(min(one.at for one in records)) == "2023-11-16T18:17:03.97996Z"
    assert months.time_text(max(one.at for one in records)) == "2023-11-16T19:14:19.928016Z"
    assert len({one.external_id for one in records}) == 8_819


@real
def test_the_real_payloads_add_up() -> None:
    records, refused = read(REAL / "litellm_payloads.jsonl")
    assert (len(records), refused) == (120, [])
    assert sum(one.status == "success" for one in records) == 105
    assert sum(one.prompt_tokens for one in records) == 103_187
    assert sum(one.completion_tokens for one in records) == 19_841
    assert sum(one.kind is Kind.EMBEDDING for one in records) == 18
    assert len({one.external_id for one in records}) == 120


def test_a_trace_is_read_by_mapping_and_constants(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "trace.csv")
    records, refused = read(path, TRACE_MAP, TRACE_SET)
    assert refused == []
    first = records[0]
    assert (first.row, first.prompt_tokens, first.completion_tokens, first.cached_tokens) == (2, 4_000, 0, 0)
    assert (first.user, first.model, first.kind, first.status) == (
        "trace@azure.example",
        "azure-code",
        Kind.INFERENCE,
        "success",
    )
    assert first.external_id == read(path, TRACE_MAP, TRACE_SET)[0][0].external_id
    assert len({one.external_id for one in records}) == 50


def test_derived_ids_know_the_source_and_survive_growth(tmp_path: Path) -> None:
    path = write_trace(tmp_path / "trace.csv", 3)
    before = [one.external_id for one in read(path, TRACE_MAP, TRACE_SET)[0]]
    path.write_bytes(path.read_bytes() + b"\r\n2023-11-16 19:00:00,1,1\r\n")
    after = [one.external_id for one in read(path, TRACE_MAP, TRACE_SET)[0]]
    assert after[:3] == before
    other = write_trace(tmp_path / "other.csv", 3)
    assert not set(before) & {one.external_id for one in read(other, TRACE_MAP, TRACE_SET)[0]}
    assert before == [one.external_id for one in read(path, TRACE_MAP, ["user=somebody,model=else"])[0]][:3]


def test_payloads(tmp_path: Path) -> None:
    records, refused = read(write_payloads(tmp_path / "calls.jsonl"))
    assert (len(records), refused) == (40, [])
    assert len({one.external_id for one in records}) == 40
    failed = records[7]
    assert (failed.status, failed.prompt_tokens, failed.user) == ("failure", 0, "u-1007")
    assert records[8].external_id.startswith("call-7|")
    assert records[1].kind is Kind.EMBEDDING
    assert records[2].cached_tokens == 2
    assert records[0].latency_ms == 381
    assert records[0].at == 1_795_426_042_874_191
    assert records[5].user == ""
    assert records[6].user == "\x1b[31mred\x1b[0m"


def test_payloads_in_arrays_and_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "batches.json"
    text = "\r\n".join(json.dumps([payload(2 * n), payload(2 * n + 1)]) for n in range(3))
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    records, refused = read(path, format_name="litellm")
    assert (len(records), refused) == (6, [])


def test_spend_logs_in_csv(tmp_path: Path) -> None:
    path = tmp_path / "spend.csv"
    path.write_text(
        "request_id,call_type,api_key,spend,total_tokens,prompt_tokens,completion_tokens,startTime,endTime,model,"
        "model_group,user,cache_hit,end_user\n"
        "r1,acompletion,h,0.1,12,10,2,2026-11-20T10:00:00.123Z,2026-11-20T10:00:01Z,openai/gpt-4o,gpt-4o,,True,bo\n"
        "r2,aembedding,h,0.1,7,7,,2026-11-20 10:00:00+00:00,,text-embedding-3-small,,ada,None,bo\n"
        "r3,acompletion,h,0.1,7,x,1,2026-11-20,,m,,ada,,\n"
    )
    records, refused = read(path, format_name="litellm")
    assert [(one.external_id, one.user, one.model, one.kind) for one in records] == [
        ("r1", "bo", "gpt-4o", Kind.INFERENCE),
        ("r2", "ada", "text-embedding-3-small", Kind.EMBEDDING),
    ]
    assert (records[0].prompt_tokens, records[0].completion_tokens, records[1].completion_tokens) == (10, 2, 0)
    assert [(row.row, row.field) for row in refused] == [(4, "prompt_tokens")]
    path.write_text("request_id,model\nr1,m\n")
    with pytest.raises(WrongUse, match="no column startTime"):
        read(path, format_name="litellm")


def test_own_fields_in_csv_and_json(tmp_path: Path) -> None:
    columns = tmp_path / "own.csv"
    columns.write_text(
        "id,at,user,model,kind,prompt_tokens,cached_tokens,completion_tokens,status,latency_ms,note\n"
        '1,2026-11-23T12:00:00+01:00,"a,""b""\nc",m,training,10,,,ok,12.9,x\n'
        "2,1795426042,u,m,,10,5,7,error,,\n"
    )
    records, refused = read(columns)
    assert refused == []
    assert (records[0].row, records[0].user, records[0].kind, records[0].latency_ms) == (
        2,
        'a,"b"\nc',
        Kind.EMBEDDING,
        12,
    )
    assert (records[1].row, records[1].status, records[1].cached_tokens, records[1].latency_ms) == (
        4,
        "failure",
        5,
        None,
    )
    assert months.time_text(records[0].at) == "2026-11-23T11:00:00Z"
    lines = tmp_path / "own.jsonl"
    lines.write_text('{"t": "2026-11-23", "who": {"id": 7}, "in": 3, "out": "4", "id": 12345678901234567890}\n')
    records, refused = read(lines, ["at=t,user=who.id,prompt_tokens=in,completion_tokens=out"])
    assert refused == []
    assert (records[0].user, records[0].prompt_tokens, records[0].completion_tokens) == ("7", 3, 4)
    assert records[0].external_id == "12345678901234567890"


def test_openai_reports_are_buckets(tmp_path: Path) -> None:
    result = {"object": "organization.usage.completions.result", "input_tokens": 1_000, "output_tokens": 200,
              "input_cached_tokens": 300, "user_id": "user-abc", "model": "gpt-4o"}  # fmt: skip
    page = {"object": "page", "data": [
        {"object": "bucket", "start_time": 1730419200, "results": [result, {**result, "model": "o3-mini"}]},
        {"object": "bucket", "start_time": 1730505600, "results": []},
    ]}  # fmt: skip
    path = tmp_path / "usage.json"
    path.write_text(json.dumps(page, indent=1))
    records, refused = read(path, format_name="openai")
    assert refused == []
    assert [(one.model, one.prompt_tokens, one.cached_tokens, one.completion_tokens) for one in records] == [
        ("gpt-4o", 1_000, 300, 200), ("o3-mini", 1_000, 300, 200),
    ]  # fmt: skip
    assert len({one.external_id for one in records}) == 2
    assert months.time_text(records[0].at) == "2024-11-01T00:00:00Z"
    path.write_text("hello")
    with pytest.raises(WrongUse, match="line 1"):
        read(path, format_name="openai")


def test_otel_spans_with_usage_count_and_others_do_not(tmp_path: Path) -> None:
    def span(name: str, **attributes: object) -> dict[str, object]:
        pairs = [
            {"key": key, "value": {"intValue" if isinstance(v, int) else "stringValue": str(v)}}
            for key, v in attributes.items()
        ]
        return {"traceId": "t", "spanId": name, "startTimeUnixNano": "1795426042874191000", "attributes": pairs}

    usage = span(
        "1",
        **{
            "gen_ai.usage.input_tokens": 5,
            "gen_ai.usage.output_tokens": 2,
            "gen_ai.response.model": "m",
            "user.id": "u",
        },
    )
    export = {"resourceSpans": [{"scopeSpans": [{"spans": [span("0", other=1), usage]}]}]}
    flat = {"span_id": "9", "start_time": "2026-11-23T12:00:00Z", "attributes": {"gen_ai.usage.input_tokens": 1}}
    path = tmp_path / "spans.jsonl"
    path.write_text(json.dumps(export) + "\n" + json.dumps(flat) + "\n")
    records, refused = read(path, format_name="otel")
    assert refused == []
    assert [(one.external_id, one.user, one.prompt_tokens, one.completion_tokens) for one in records] == [
        ("t|1", "u", 5, 2), ("|9", "", 1, 0),
    ]  # fmt: skip
    assert records[0].at == 1_795_426_042_874_191


def test_formats_and_sources_are_found_out(tmp_path: Path) -> None:
    plain, mapped = mapping.parse([], []), mapping.parse(["at=t"], [])
    for text, chosen in (("a,b", "csv"), ("  {", "litellm"), ("[{", "litellm"), ("", "csv")):
        path = tmp_path / "file"
        path.write_text(text)
        with open_input(str(path)) as source:
            assert formats.choose(None, source, plain) == chosen
            assert formats.choose(None, source, mapped) == ("jsonl" if chosen == "litellm" else "csv")
            with pytest.raises(WrongUse, match="no format"):
                formats.choose("xml", source, plain)
    assert formats.source_name(None, "/a/trace.csv", "csv", mapped) == "trace.csv"
    assert formats.source_name(None, "/a/trace.csv", "csv", plain) == "csv"
    assert formats.source_name("mine", "-", "csv", plain) == "mine"
    with pytest.raises(WrongUse, match="--source"):
        formats.source_name(None, "-", "csv", plain)


@pytest.mark.parametrize(
    ("maps", "sets", "why"),
    [
        (["at"], [], "is not FIELD=VALUE"),
        (["when=X"], [], "no field when"),
        (["at=A", "at=B"], [], "twice"),
        (["at=T,user=A"], ["user=B"], "--map and --set: user is given twice"),
        ([], ["user="], "is not"),
    ],
)
def test_wrong_mappings_are_named(maps: list[str], sets: list[str], why: str) -> None:
    with pytest.raises(WrongUse, match=why):
        mapping.parse(maps, sets)


@pytest.mark.parametrize(
    "value",
    [
        -1,
        "-1",
        "1.0",
        Decimal("1.5"),
        Decimal("NaN"),
        float("nan"),
        float("inf"),
        True,
        None,
        "",
        "٣",
        " 7",
        "1e3",
        [],
        2**53,
        "9" * 30,
    ],
)
def test_counts_are_whole_numbers_only(value: object) -> None:
    with pytest.raises(FieldError):
        values.tokens("prompt_tokens", value)


@pytest.mark.parametrize(
    "value",
    [
        20261123,
        "20261123",
        -5,
        True,
        None,
        Decimal("1e999999999"),
        Decimal("NaN"),
        Decimal("-1"),
        10**15,
        "1795426042e3",
        [],
        "noon",
    ],
)
def test_times_are_iso_or_unix_and_never_both(value: object) -> None:
    with pytest.raises(FieldError):
        values.time("at", value)


@pytest.mark.parametrize("value", [1795426042, "1795426042", Decimal("1795426042.0"), "1795426042000", 1795426042000])
def test_unix_times_in_seconds_and_milliseconds(value: object) -> None:
    assert values.time("at", value) == 1_795_426_042_000_000
