"""A plan in a file: the rows that are looked at, in their order, audited, whole or not at all."""

import csv
import json
from pathlib import Path

import pytest

from sage_tui.domain import progress
from sage_tui.domain.errors import Interrupted, NotFound, Refused
from sage_tui.domain.exports import ExportUsers
from sage_tui.domain.plan_commands import Choice
from sage_tui.domain.plans import Field
from sage_tui.services import exports, plan_exports, plan_rows, plans
from tests.services.editing import ADMIN, SECOND, Acme


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files are written."""
    made = tmp_path / "files"
    made.mkdir()
    monkeypatch.chdir(made)
    return made


def planned(acme: Acme) -> int:
    """A row of each sort: to decide, in, out, skipped."""
    acme.set("a", inference="1M")
    edits = acme.edits(
        ("a", Field.INFERENCE, None, 2_000_000),
        ("b", Field.DEPARTMENT, "", "=HYPERLINK(1)"),
        ("c", Field.INFERENCE, None, 500_000),
        ("admin", Field.BANNED, 0, 1),
    )
    console = acme.world.admin(ADMIN)
    made = plans.make(console, edits)
    plans.choose(console, made.id, Choice(False, (acme.number("c"), "inference")))
    return made.id


def test_each_row_with_its_state_and_why_as_the_review_orders_them(
    acme: Acme, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_rows, "PAGE", 1)
    plan, console = planned(acme), acme.world.admin(ADMIN)
    done = plan_exports.to_file(console, plan)
    file = Path(done.path)
    assert (file.parent, file.name[:16], file.suffix) == (here, "plan-2026-11-23-", ".csv")
    assert file.stat().st_mode & 0o777 == 0o600
    rows = list(csv.DictReader(file.open(newline="")))
    assert [
        (row["email"][0], row["field"], row["before"], row["after"], row["change"], row["state"]) for row in rows
    ] == [
        ("a", "inference", "1000000", "2000000", "1000000", "to decide"),
        ("b", "department", "", "'=HYPERLINK(1)", "0", "in"),
        ("c", "inference", "", "500000", "500000", "out"),
        ("a", "banned", "no", "yes", "0", "skipped"),
    ]
    assert [row["why"] for row in rows] == [
        "changed meanwhile", "edited by hand", "edited by hand", "you cannot ban yourself",
    ]  # fmt: skip
    assert [row["email"] for row in rows] == [row.email for row in plans.rows(console, plan)[0]]
    (entry,) = acme.world.rows("SELECT * FROM audit_entry WHERE action = 'export users'")
    body = json.loads(str(entry["body"]))
    assert (body["rows"], body["digest"], body["changes"]) == (4, done.sha256, [["plan", None, "users set"]])


def test_what_the_filter_keeps_and_nothing_is_a_title(acme: Acme, here: Path) -> None:
    plan, console = planned(acme), acme.world.admin(ADMIN)
    assert plan_exports.to_file(console, plan, "INFER", "jsonl").rows == 2
    (file,) = here.iterdir()
    assert [json.loads(line)["after"] for line in file.read_text().splitlines()] == [2_000_000, 500_000]
    done = plan_exports.to_file(console, plan, "nobody")
    assert (done.rows, Path(done.path).read_text()) == (0, "email,field,before,after,change,state,why\n")


def test_it_says_how_far_it_is_and_stopped_it_leaves_nothing(
    lite: Acme, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EVERY", 2)
    plan, console, seen = planned(lite), lite.world.admin(ADMIN), list[int]()

    def stop(number: int) -> None:
        raise Interrupted("Stopped.")

    with pytest.raises(Interrupted):
        plan_exports.to_file(console, plan, progress=stop)
    assert list(here.iterdir()) == []
    assert lite.world.rows("SELECT * FROM audit_entry WHERE action = 'export users'") == []
    with pytest.raises(Interrupted):
        exports.users_to_file(console, ExportUsers(), stop)
    assert list(here.iterdir()) == []
    plan_exports.to_file(console, plan, progress=seen.append)
    assert seen == [2, 4]


def test_nothing_is_overwritten_and_another_s_plan_is_nobody_s(lite: Acme, here: Path) -> None:
    plan, console = planned(lite), lite.world.admin(ADMIN)
    plan_exports.to_file(console, plan)
    with pytest.raises(Refused, match="already a file"):
        plan_exports.to_file(console, plan)
    with pytest.raises(NotFound, match="gone"):
        plan_exports.to_file(lite.world.admin(SECOND), plan)
    assert len(list(here.iterdir())) == 1
