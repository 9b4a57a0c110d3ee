"""A demo whose every text is hostile, written behind the services' back: what a terminal must never see of it."""

import re
import sqlite3
from pathlib import Path

PAYLOADS = (
    "[bold]m1[/bold]",
    "[/]m2[[",
    "[@click=app.quit]m3[/]",
    "[@click=app.screenshot('poison.svg','/tmp')]m4[/]",
    "[link=https://evil.example]m5[/link]",
    "\x1b[5nm6\x1b[31;5m",
    "\x1b]52;c;aGk=\x07m7\x1b]0;owned\x07",
    "\x9b5nm8\x9d0;x\x9c",
    "\x0em9\x0f\x08\x7f",
    "\u202em10\u2066\u200f",
    "m\u200b11\u2060\ufeff\u00ad",
    "m12\nnext\rline\x0bvt\u2028ls",
    "m13\x00nul",
    "m14" + "\u0351" * 200,
    "m15" + "x" * 10_000,
    "m16\U000e0041\ufe0f\u3164\u115f",
    "%(m17)s {0} $x %n",
    "=m18+1",
)
"""Each with a mark of its own: m1, m2, …"""

RAW = (
    b"\x1b[5n", b"\x1b]52", b"\x1b]0;", b"\x1b[31;5m", b"\xc2\x9b", b"\xc2\x9d", b"\xc2\x9c", b"\x0e", b"\x0f", b"\x7f",
    b"\x08", b"\x07", b"\x00", "\u202e".encode(), "\u2066".encode(), "\u200f".encode(), "\u200b".encode(),
    "\u2060".encode(), "\ufeff".encode(), "\u00ad".encode(), "\u2028".encode(), "\U000e0041".encode(),
    "\u3164".encode(), "\u115f".encode(), b"\x1b]8;", b"\x0b", ("\u0351" * 5).encode(),
)  # fmt: skip
"""Bytes of them that no terminal may get."""

KEPT = ("root@sage.example", "admin@acme.example", "member@acme.example", "new-admin@acme.example")


def _payload(number: int) -> str:
    return PAYLOADS[number % len(PAYLOADS)]


def poison(database: Path) -> None:
    """Put the payloads wherever the demo holds text."""
    db = sqlite3.connect(database, isolation_level=None)
    db.create_function("payload", 1, _payload)
    db.execute("PRAGMA trusted_schema = ON")
    db.execute('UPDATE "user" SET first_name = payload(id), last_name = payload(id + 5), company = payload(id + 9),'
               ' gateway_id = id || payload(id)')  # fmt: skip
    marks = ", ".join("?" * len(KEPT))
    db.execute(f"UPDATE \"user\" SET email = payload(id) || id || '@x.example' WHERE email NOT IN ({marks})", KEPT)
    db.execute("UPDATE membership SET department = payload(user_id + 2), plan = payload(user_id + 3)")
    db.execute("UPDATE organization SET name = payload(id) || id WHERE id > 0")
    db.execute("UPDATE saved_view SET name = payload(rowid + 4) || rowid")
    db.execute("UPDATE identity SET name = payload(id) || id")
    db.execute("UPDATE model SET key = payload(id) || id, name = payload(id + 1)")
    db.execute("UPDATE audit_detail SET value = payload(seq + part)")
    db.execute("UPDATE allocation_change SET rule = payload(rowid)")
    db.execute("UPDATE batch SET reason = payload(rowid), actor = payload(rowid + 1)")
    db.execute("UPDATE request SET reason = payload(rowid), note = payload(rowid + 1)")
    db.execute(
        'INSERT OR REPLACE INTO "override" (organization_id, user_id, pinned, note) SELECT organization_id,'
        " user_id, TRUE, payload(user_id) FROM membership WHERE ended_at IS NULL AND user_id % 7 = 0"
    )
    db.execute(
        "INSERT INTO policy (organization_id, department, version, preset, fields, at) SELECT DISTINCT"
        " organization_id, department, 1, 'custom', '{}', 0 FROM membership WHERE department <> ''"
    )
    db.execute("INSERT INTO distribution_run (organization_id, what, due_at, at, note) SELECT organization_id,"
               " 'schedule', user_id, 0, payload(user_id + 1) FROM membership WHERE user_id % 7 = 1")  # fmt: skip
    db.execute("UPDATE sign_in SET origin = payload(rowid)")
    db.execute("UPDATE usage_event SET external_id = payload(rowid), provider_id = payload(rowid + 1)")
    db.execute("INSERT OR REPLACE INTO setting (organization_id, key, value, changed_at) VALUES (0, ?, ?, 0)",
               ("sign_in_notice", " ".join(each[:60] for each in PAYLOADS)))  # fmt: skip
    db.close()


def raw(seen: bytes) -> list[bytes]:
    """Which of the bytes a terminal got. The pointer's shape is the console's own word to it."""
    seen = re.sub(rb"\x1b\]22;[a-z-]+\x07", b"", seen)
    return [each for each in RAW if each in seen]
