"""Exports (speed.md, row 6): model interactions into a file, against `sqlite3 -csv` writing the same columns.

Speed is told in rows a second of the process's own time: what else the machine does meets both, and rows are many.
Memory is the largest a process had (Linux's VmHWM: `ru_maxrss` begins with that of whoever started it); the same export
of ten times as many rows may need 20 MB more. In a quick run it is told and not judged: the database's own cache is not
full yet, and fills by so much.
"""

import json
import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from bench.measure import Line, interleaved, speed
from bench.world import Demo, build

MEMORY = 20 * 1024
"""KiB that ten times as many rows may need more."""

FLOOR = """SELECT lower(hex(e.id)), e.at, coalesce(u.email, i.name), o.name, m.key, e.kind, e.prompt_tokens,
 e.cached_tokens, e.completion_tokens, e.charge, e.status, e.latency_ms, s.name, e.external_id, lower(hex(e.digest)),
 e.content, 'now' FROM usage_event e LEFT JOIN "user" u ON u.id = e.user_id LEFT JOIN identity i ON i.id = -e.user_id
 LEFT JOIN organization o ON o.id = e.organization_id LEFT JOIN model m ON m.id = e.model_id
 LEFT JOIN usage_source s ON s.id = e.source_id ORDER BY e.at DESC, e.id DESC;"""
"""The same rows in the same order, with names joined; times and kinds as they are stored, nothing guarded."""

OURS = """
import json, resource, sys
from sage_tui.domain.actors import HostProof, Origin
from sage_tui.domain.exports import Export, What
from sage_tui.services import exporting
from sage_tui.services.context import open_context
database, output = sys.argv[1:]
ctx = open_context(database, database + ".key", HostProof("bench"), Origin(0))
began = resource.getrusage(resource.RUSAGE_SELF)
done = exporting.to_file(ctx, Export(What.ACTIVITY), path=output, replace=True)
used = resource.getrusage(resource.RUSAGE_SELF)
spent = used.ru_utime + used.ru_stime - began.ru_utime - began.ru_stime
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"rows": done.rows, "seconds": spent, "memory": int(peak)}))
"""


def lines(demo: Demo, quick: bool) -> list[Line]:
    """Speed on as many rows as a quick or whole run allows; memory of that against ten times as many."""
    folder = demo.path.parent / "exporting"
    folder.mkdir()
    few = build(folder, 5_000, 100_000 if quick else 1_000_000)
    rows = _count(few.path)
    floor, ours = interleaved(lambda: _floor(few.path, folder), lambda: _ours(few.path, folder)["seconds"], 3)
    found = [speed(f"export {rows:,} interactions, against sqlite3 -csv", rows / floor, rows / ours, 0.30)]
    before = _ours(few.path, folder)
    _tenfold(few.path)
    after = _ours(few.path, folder)
    more = after["memory"] - before["memory"]
    found.append(
        Line(
            f"memory of {int(after['rows']):,} against {rows:,}", f"{before['memory'] / 1024:,.1f} MB",
            f"{after['memory'] / 1024:,.1f} MB", f"{more / 1024:+,.1f} MB", "≤ +20 MB",
            None if quick else more <= MEMORY,
        )
    )  # fmt: skip
    floor_again = _floor(few.path, folder)
    many = after["rows"]
    found.append(speed(f"export {int(many):,} interactions", many / floor_again, many / after["seconds"], 0.30))
    return found


def _count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM usage_event").fetchone()[0])


def _floor(path: Path, folder: Path) -> float:
    """Seconds of the process's own time."""
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    with (folder / "floor.csv").open("wb") as output:
        subprocess.run(["sqlite3", "-readonly", "-csv", str(path), FLOOR], stdout=output, check=True)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime


def _ours(path: Path, folder: Path) -> dict[str, float]:
    """Rows, seconds of the process's own time, and KiB at the most."""
    told = subprocess.run(
        [sys.executable, "-c", OURS, str(path), str(folder / "ours.csv")],
        stdout=subprocess.PIPE, check=True, env={**os.environ, "PYTHONPATH": str(Path.cwd() / "src")},
    )  # fmt: skip
    return dict(json.loads(told.stdout))


def _tenfold(path: Path) -> None:
    """Nine copies of every interaction, some seconds later: what is measured reads nothing but them."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous=OFF")
        columns = [str(row[1]) for row in connection.execute("PRAGMA table_info(usage_event)")]
        other = {"id": "randomblob(16)", "digest": "randomblob(16)", "at": "at + :copy * 1000003"}
        chosen = ", ".join(other.get(name, name) for name in columns)
        (last,) = connection.execute("SELECT max(rowid) FROM usage_event").fetchone()
        for copy in range(1, 10):
            sql = f"INSERT INTO usage_event SELECT {chosen} FROM usage_event WHERE rowid <= :last"
            connection.execute(sql, {"copy": copy, "last": last})
