"""Every total that a command prints is the plain sum over the events."""

import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.cli.conftest import Cli

ADA, BO, CY = "ada@acme.example", "bo@acme.example", "cy@acme.example"
OF_ACME = ("--org", "acme", "--json")
RANGE = ("--from", "2026-09-01", "--to", "2026-11-30")


def used(cli: Cli, tmp_path: Path) -> None:
    """A file, single calls (late, twice, of nobody), a reservation settled, corrections, an identity assigned."""
    lines = [
        f"f{n},2026-{9 + n % 3:02}-{1 + n:02}T08:00:00Z,{who},gpt-{4 + n % 2},{100 + n},{n}\n"
        for n, who in enumerate((ADA, BO, "robot", "other") * 5)
    ]
    path = tmp_path / "u.csv"
    path.write_text("id,at,user,model,prompt_tokens,completion_tokens\n" + "".join(lines))
    for _ in range(2):
        said = cli("import", "usage", path, "--source", "file", *OF_ACME)
        assert said.code == 0, said.err
    call = ("--prompt", "900", "--cached", "300", "--completion", "99")
    for n, who in enumerate((ADA, ADA, BO, "robot", CY)):
        late = ("--at", "2026-10-05") if n % 2 else ()
        assert (
            cli("usage", "record", "--user", who, "--model", "gpt-5", *call, "--id", f"r{n}", *late, *OF_ACME).code == 0
        )
    kind = ("--kind", "embedding", "--prompt", "77", "--completion", "0")
    assert cli("usage", "record", "--user", ADA, "--model", "embed", *kind, "--id", "e", *OF_ACME).code == 0
    held = cli("usage", "reserve", "--user", ADA, "--model", "gpt-5", "--tokens", "5K", "--json").json["reservation"]
    for _ in range(2):
        assert cli("usage", "settle", held, "--prompt", "3210", "--completion", "5", "--json").code == 0
    assert cli("usage", "reverse", "--id", "f4", "--reason", "twice", "--json").code == 0
    assert (
        cli("usage", "credit", BO, "--kind", "inference", "--amount", "7", "--reason", "kindness", "--json").code == 0
    )
    assert cli("identities", "assign", "robot", CY, "--source", "file", "--json").code == 0


def events(house: Path) -> list[dict[str, Any]]:
    """All of them, read behind everybody's back."""
    (path,) = house.rglob("*.db")
    with closing(sqlite3.connect(path)) as store:
        store.row_factory = sqlite3.Row
        return [
            dict(row)
            for row in store.execute(
                "SELECT e.charge, e.kind, date(e.at / 1000000, 'unixepoch') AS day, o.key AS model, m.department,"
                " coalesce(u.email, i.name) AS email FROM usage_event e JOIN model o ON o.id = e.model_id"
                ' LEFT JOIN "user" u ON u.id = e.user_id LEFT JOIN identity i ON i.id = -e.user_id'
                " LEFT JOIN membership m ON m.organization_id = e.organization_id AND m.user_id = e.user_id"
            )
        ]


def plain(found: list[dict[str, Any]], key: str) -> dict[Any, tuple[int, int]]:
    sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for event in found:
        sums[event[key]][event["kind"]] += event["charge"]
    return {name: (pair[0], pair[1]) for name, pair in sums.items()}


def pair(row: dict[str, Any]) -> tuple[int, int]:
    return row["inference"], row["embedding"]


def test_every_command_tells_the_same_total(cli: Cli, house: Path, tmp_path: Path) -> None:
    used(cli, tmp_path)
    found = events(house)
    for event in found:
        event["month"], event["year"] = event["day"][:7], event["day"][:4]
    whole = pair({"inference": sum(e["charge"] for e in found if not e["kind"]),
                  "embedding": sum(e["charge"] for e in found if e["kind"])})  # fmt: skip
    for command, key in (("month", "month"), ("years", "year"), ("days", "day"), ("models", "model"),
                         ("users", "email"), ("departments", "department")):  # fmt: skip
        said = cli("stats", command, *RANGE, *OF_ACME).json
        assert {row[key]: pair(row) for row in said["rows"] if any(pair(row))} == plain(found, key), command
        assert pair(said["total"]) == whole
    top = cli("stats", "users", "--top", "1", *RANGE, *OF_ACME).json
    assert tuple(map(sum, zip(pair(top["rows"][0]), pair(top["rest"]), strict=True))) == whole
    calls = cli("activity", "list", "--org", "acme", "--limit", "1000", "--json").json["activity"]
    assert (len(calls), sum(row["charge"] for row in calls)) == (len(found), sum(whole))


def test_counters_tell_what_the_month_says(cli: Cli, house: Path, tmp_path: Path) -> None:
    used(cli, tmp_path)
    found = events(house)
    now = [e for e in found if e["day"] >= "2026-11-01"]
    by_user, before = plain(now, "email"), plain([e for e in found if e["day"][:7] == "2026-10"], "email")
    for row in cli("users", "list", *OF_ACME).json["users"]:
        used_ = (row["inference"]["used"], row["embedding"]["used"])
        assert used_ == by_user.get(row["email"], (0, 0))
        assert row["inference"]["previous"] == before.get(row["email"], (0, 0))[0]
        ever = [e["charge"] for e in found if e["email"] == row["email"]]
        assert row["inference"]["lifetime"] + row["embedding"]["lifetime"] == sum(ever)
    pools = cli("distribution", "status", *OF_ACME).json
    sums = (sum(e["charge"] for e in now if not e["kind"]), sum(e["charge"] for e in now if e["kind"]))
    assert (pools["inference"]["used"], pools["embedding"]["used"]) == sums
    bands = cli("stats", "allocations", *OF_ACME).json
    assert bands["total"]["used"] + bands["unassigned"] + bands["gone"] == sums[0]
    told = cli("check", ADA, "--model", "gpt-5", "--tokens", "1", "--json").json
    limit = next(row for row in cli("users", "list", *OF_ACME).json["users"] if row["email"] == ADA)
    assert told["remaining"] == limit["inference"]["allocation"] - by_user[ADA][0]
    forecast = cli("stats", "forecast", *OF_ACME).json
    assert forecast["organization"]["inference"]["used"] == sums[0]
