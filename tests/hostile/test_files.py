"""Hostile usage files: nothing breaks, bad rows are named with field and reason, good rows are not lost."""

import io
import json
import os
import sys
from pathlib import Path

import pytest

from sage_tui.domain.errors import NotFound, SageError, WrongUse
from sage_tui.domain.usage import RefusedRow
from sage_tui.gateways import mapping
from sage_tui.gateways.files import LINE_LIMIT, open_input
from sage_tui.gateways.format_csv import read as read_csv
from tests.gateways.reading import read
from tests.gateways.samples import TRACE_MAP, TRACE_SET, payload, write_payloads, write_trace

HEAD = "at,user,model,prompt_tokens,cached_tokens,completion_tokens\n"
GOOD = "2026-11-23,ada@acme.example,m,5,0,1\n"


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


@pytest.mark.parametrize(
    ("row", "field", "why"),
    [
        ("2026-11-23,u,m,-5,0,1", "prompt_tokens", "-5 is negative"),
        ("2026-11-23,u,m,1.5,0,1", "prompt_tokens", "not a whole number"),
        ("2026-11-23,u,m,NaN,0,1", "prompt_tokens", "not a whole number"),
        ("2026-11-23,u,m,9223372036854775808,0,1", "prompt_tokens", "more than 9,007,199,254,740,991"),
        ("2026-11-23,u,m,٣,0,1", "prompt_tokens", "not a whole number"),
        ("2026-11-23,u,m,,0,1", "prompt_tokens", "is missing"),
        ("2026-11-23,u,m,5,6,1", "cached_tokens", "more than the prompt"),
        ("2026-11-23,u,m,5,0,\x1b[31m", "completion_tokens", "␛[31m"),
        ("1969-12-31,u,m,5,0,1", "at", "before 1970"),
        ("10000-01-01,u,m,5,0,1", "at", "not a time"),
        ("yesterday,u,m,5,0,1", "at", "not a time"),
        (",u,m,5,0,1", "at", "is missing"),
        ("2026-11-23,u,m,5,0", "line", "5 cells where the header has 6"),
        ("2026-11-23,u,m,5,0,1,2", "line", "7 cells"),
        ('2026-11-23,"u"x,m,5,0,1', "line", "after closing quotes"),
        ("2026-11-23,u," + "m" * 140_000 + ",5,0,1", "line", "131,072"),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_kept(tmp_path: Path, row: str, field: str, why: str) -> None:
    records, refused = read(write(tmp_path / "f.csv", HEAD + GOOD + row + "\n" + GOOD))
    assert len(records) == 2
    assert [(one.row, one.field) for one in refused] == [(3, field)]
    assert why in refused[0].why
    assert "\x1b" not in refused[0].why


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompt_tokens": -1}, "prompt_tokens"),
        ({"prompt_tokens": 1.5}, "prompt_tokens"),
        ({"prompt_tokens": 12.0}, "prompt_tokens"),
        ({"prompt_tokens": float("nan")}, "prompt_tokens"),
        ({"prompt_tokens": float("inf")}, "prompt_tokens"),
        ({"prompt_tokens": 2**63}, "prompt_tokens"),
        ({"prompt_tokens": True}, "prompt_tokens"),
        ({"prompt_tokens": {"a": 1}}, "prompt_tokens"),
        ({"completion_tokens": None}, "completion_tokens"),
        ({"startTime": "soon"}, "at"),
        ({"startTime": None}, "at"),
        ({"startTime": 1e300}, "at"),
        ({"startTime": -5.0}, "at"),
        ({"status": "perhaps"}, "status"),
    ],
)
def test_a_bad_payload_is_named(tmp_path: Path, change: dict[str, object], field: str) -> None:
    lines = [json.dumps({**payload(0), **change}), json.dumps(payload(2))]
    records, refused = read(write(tmp_path / "f.jsonl", "\n".join(lines)))
    assert len(records) == 1
    assert [(one.row, one.field) for one in refused] == [(1, field)]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"id": "cut', "not JSON from character"),
        (b"[1, 2", "not JSON"),
        (b'"text"', "not a JSON object"),
        (b'{"a": \xff}', "not UTF-8 at byte 7"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
        (b'{"prompt_tokens": ' + b"9" * 5_000 + b"}", "too long"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"a": "' + b"x" * (5 * 1024 * 1024) + b'"}', "longer than 4 MiB"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: bytes, why: str) -> None:
    good = json.dumps(payload(0)).encode()
    records, refused = read(
        write(tmp_path / "f.jsonl", good + b"\n" + line + b"\n\n" + good + b"\n"), format_name="litellm"
    )
    assert [one.row for one in records] == [1, 4]
    assert [one.row for one in refused] == [2]
    assert why in refused[0].why


def test_a_long_line_in_a_csv_is_a_refused_row(tmp_path: Path) -> None:
    content = HEAD + GOOD + "x," * (LINE_LIMIT // 2 + 10) + "\n" + GOOD
    records, refused = read(write(tmp_path / "f.csv", content))
    assert [one.row for one in records] == [2, 4]
    assert [(one.row, one.why) for one in refused] == [(3, "is longer than 4 MiB")]


def test_a_cut_last_line_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    path = write_payloads(tmp_path / "calls.jsonl", 10)
    path.write_bytes(path.read_bytes()[:-40])
    records, refused = read(path)
    assert (len(records), [one.row for one in refused]) == (9, [10])
    records, refused = read(write(tmp_path / "f.csv", HEAD + GOOD + GOOD[:20]))
    assert (len(records), [one.row for one in refused]) == (1, [3])


def test_quotes_that_never_close_swallow_no_row_silently(tmp_path: Path) -> None:
    records, refused = read(write(tmp_path / "f.csv", HEAD + GOOD + '2026-11-23,"u,m,5,0,1\n' + GOOD * 3))
    assert len(records) == 1
    assert [(one.row, one.why) for one in refused] == [(3, "has quotes that are not closed (to line 6)")]


def test_cells_that_are_not_utf8_are_refused_by_row(tmp_path: Path) -> None:
    bad = GOOD.encode().replace(b"ada", b"ad\xe9")
    records, refused = read(write(tmp_path / "f.csv", HEAD.encode() + bad + GOOD.encode()))
    assert (len(records), [(one.row, one.why) for one in refused]) == (1, [(2, "is not UTF-8")])


@pytest.mark.parametrize("content", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_are_said_at_once(tmp_path: Path, content: str) -> None:
    with pytest.raises(WrongUse, match="line 1 is not UTF-8"):
        read(write(tmp_path / "f.csv", (HEAD + GOOD).encode(content)), format_name="csv")


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("user,model,prompt_tokens\n", "no column at"),
        ("at,user,model\n", "no column gives prompt_tokens"),
        ("at,user,prompt_tokens,prompt_tokens\n", "column prompt_tokens twice"),
        ('"at\n', "line 1 is no header"),
        ("at,\udce9\n", "line 1 is not UTF-8"),
    ],
)
def test_missing_and_repeated_columns_are_named(tmp_path: Path, header: str, why: str) -> None:
    with pytest.raises(WrongUse, match=why):
        read(write(tmp_path / "f.csv", header.encode("utf-8", "surrogateescape")), format_name="csv")


def test_a_mapped_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="no column WHEN"):
        read(write(tmp_path / "f.csv", HEAD), ["at=WHEN"])


def test_mixed_and_missing_zones_are_one_instant(tmp_path: Path) -> None:
    times = ["2026-11-23T12:00:00Z", "2026-11-23 12:00:00", "2026-11-23T14:00:00+02:00", "2026-11-23T06:30:00-0530"]
    records, refused = read(write(tmp_path / "f.csv", HEAD + "".join(GOOD.replace("2026-11-23", at) for at in times)))
    assert refused == []
    assert len({one.at for one in records}) == 1


def test_names_with_controls_come_through_whole(tmp_path: Path) -> None:
    names = ["\x1b]52;c;aGk=\x07", "a\x00b", "\u202egnp", "x" * 10_000, "=1+1"]
    lines = [json.dumps({**payload(0), "metadata": {"user_api_key_user_id": name}}) for name in names]
    records, refused = read(write(tmp_path / "f.jsonl", "\n".join(lines)))
    assert refused == []
    assert [one.user for one in records] == names


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    target = write_trace(tmp_path / "trace.csv")
    link, pipe = tmp_path / "link.csv", tmp_path / "pipe"
    link.symlink_to(target)
    os.mkfifo(pipe)
    for path, why in ((link, "symbolic link"), (pipe, "not a regular file"), (tmp_path, "not a regular file"),
                      ("/dev/null", "not a regular file"), ("a\0b", "no file has such a name")):  # fmt: skip
        with pytest.raises(WrongUse, match=why):
            open_input(str(path))
    with pytest.raises(NotFound, match="no file"):
        open_input(str(tmp_path / "absent\x1b[31m"))
    with pytest.raises(WrongUse, match="larger than 0 MiB"):
        open_input(str(target), limit=10)


def test_an_empty_file_of_json_lines_has_no_rows(tmp_path: Path) -> None:
    assert read(write(tmp_path / "f.jsonl", ""), format_name="jsonl") == ([], [])


def test_a_file_that_grows_is_read_to_where_it_ended(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", HEAD + GOOD * 3)
    with open_input(str(path)) as source:
        rows = read_csv(source, "f", mapping.parse([], []))
        seen = [next(rows)]
        with path.open("a") as more:
            more.write(GOOD * 10_000)
        seen += list(rows)
    assert len(seen) == 3
    assert not any(isinstance(row, RefusedRow) for row in seen)


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BufferedReader(io.BytesIO((HEAD + GOOD).encode()))

    monkeypatch.setattr(sys, "stdin", Stdin())
    with open_input("-") as source:
        assert source.peek() == "a"
        assert len(list(read_csv(source, "stdin", mapping.parse([], [])))) == 1


def test_the_digest_is_of_what_was_read(tmp_path: Path) -> None:
    import hashlib

    path = write_trace(tmp_path / "trace.csv")
    with open_input(str(path)) as source:
        list(read_csv(source, "f", mapping.parse(TRACE_MAP, TRACE_SET)))
        assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def outcome(path: Path, format_name: str) -> str:
    try:
        records, refused = read(path, format_name=format_name)
    except SageError as error:
        return error.message
    return f"{len(records)} records, {len(refused)} refused"


def test_random_bytes_never_break_a_reader(tmp_path: Path) -> None:
    import random

    chance = random.Random(7)
    for number in range(150):
        junk = bytes(chance.choice(b'{}[]",:\n\r\t\\ab0-9.e\xff\xc3\x00') for _ in range(chance.randrange(1, 200)))
        path = write(tmp_path / f"junk-{number}", HEAD.encode() * (number % 2) + junk)
        assert all(outcome(path, name) for name in ("csv", "jsonl", "litellm", "openai", "otel"))
