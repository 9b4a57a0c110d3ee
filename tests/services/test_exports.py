"""Exports: what is written, audited, and left behind."""

import csv
import io
import json
from pathlib import Path

import pytest

from sage_tui.domain.actors import HostProof
from sage_tui.domain.errors import Forbidden, QueryError, Refused, StepUpNeeded, WrongUse
from sage_tui.domain.exports import ExportUsers
from sage_tui.domain.units import Role
from sage_tui.services import exports, mfa, organizations
from sage_tui.services.export_files import FileSink, StreamSink
from tests.support.world import World


def scalar(world: World, sql: str) -> object:
    from sqlalchemy import text

    with world.host.database.reading() as connection:
        return connection.execute(text(sql)).scalar()


@pytest.fixture(autouse=True)
def inhabited(request: pytest.FixtureRequest) -> None:
    """Five people, two of them of Acme."""
    for name in {"everywhere", "lone"} & set(request.fixturenames):
        world: World = request.getfixturevalue(name)
        acme = world.organization("Acme")
        for email in ("zoë@acme.example", "Ada@acme.example"):
            world.person(email, acme)
        for email in ("bo@beta.example", "cy@beta.example", "Dee@beta.example"):
            world.person(email)


def streamed(world: World, command: ExportUsers) -> str:
    parts: list[bytes] = []
    exports.users(world.host, command, StreamSink(parts.append))
    return b"".join(parts).decode()


def test_every_member_once_on_both_engines(everywhere: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PAGE", 2)
    rows = list(csv.DictReader(io.StringIO(streamed(everywhere, ExportUsers(full=True)))))
    emails = [row["email"] for row in rows]
    assert emails == sorted(emails, key=str.casefold)
    assert len(emails) == len(set(emails)) == scalar(everywhere, 'SELECT count(*) FROM "user"')
    assert tuple(rows[0]) == (*exports.FULL, "as_of")
    one = [json.loads(line) for line in streamed(everywhere, ExportUsers(full=True, format="jsonl")).splitlines()]
    assert [row["email"] for row in one] == emails


def test_the_entry_stands_in_the_audit_with_the_file_s_digest(lone: World, tmp_path: Path) -> None:
    with FileSink(str(tmp_path / "out.csv")) as sink:
        done = exports.users(lone.host, ExportUsers("email:acme"), sink)
    body = json.loads(str(scalar(lone, "SELECT body FROM audit_entry WHERE action = 'export users'")))
    assert (body["digest"], body["rows"]) == (done.sha256, done.rows)
    assert (tmp_path / "out.csv").stat().st_size == done.bytes


def test_a_refused_or_wrong_export_leaves_no_file(lone: World, tmp_path: Path) -> None:
    with pytest.raises(QueryError), FileSink(str(tmp_path / "out.csv")) as sink:
        exports.users(lone.host, ExportUsers("used>"), sink)
    with pytest.raises(Forbidden), FileSink(str(tmp_path / "out.csv")) as sink:
        exports.users(lone.host.with_proof(HostProof("tester", "cy@beta.example")), ExportUsers(), sink)
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []


@pytest.mark.parametrize("name", [".hidden", "a/../../b\x1b", "x" * 101, "ä.csv", "-x"])
def test_names_are_plain(tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongUse):
        FileSink(f"{tmp_path}/{name}")


def test_a_file_is_private_and_never_overwritten_without_asking(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    for replace, text in ((False, b"one"), (True, b"two")):
        with FileSink(str(path), replace=replace) as sink:
            sink.write(text)
            sink.publish()
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused, match="already a file"), FileSink(str(path)):
        pass
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(Refused), FileSink(str(tmp_path / "link")):
        pass
    with FileSink(str(tmp_path / "link"), replace=True) as sink:
        sink.publish()
    assert not (tmp_path / "link").is_symlink()
    assert not (tmp_path / "target").exists()


def test_a_file_that_came_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with pytest.raises(Refused), FileSink(str(path)) as sink:
        sink.write(b"ours")
        path.write_text("theirs")
        sink.publish()
    assert path.read_text() == "theirs"
    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]


def test_beyond_one_organization_the_console_needs_a_fresh_code(lone: World) -> None:
    acme = organizations.find(lone.host, "Acme").id
    lone.person("root@sage.example", role=Role.SUPER_ADMIN)
    console = lone.admin("root@sage.example")
    exports.users(console, ExportUsers(organization_id=acme), StreamSink(len))
    with pytest.raises(StepUpNeeded):
        exports.users(console, ExportUsers(), StreamSink(len))
    mfa.step_up(console, lone.code("root@sage.example"))
    assert exports.users(console, ExportUsers(), StreamSink(len)).rows == 6


def test_an_administrator_exports_their_own_people_only(lone: World) -> None:
    lone.person("boss@acme.example", organizations.find(lone.host, "Acme").id, Role.ADMIN)
    console = lone.admin("boss@acme.example")
    parts: list[bytes] = []
    exports.users(console, ExportUsers(), StreamSink(parts.append))
    emails = [row["email"] for row in csv.DictReader(io.StringIO(b"".join(parts).decode()))]
    assert emails == ["Ada@acme.example", "boss@acme.example", "zoë@acme.example"]
