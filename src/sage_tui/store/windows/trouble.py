"""Counts for Today: stopped, near, idle, per organization. Read from counters and their indexes."""

from typing import Any

from sage_tui.store.transaction import Row, Tx

LIVE = "m.ended_at IS NULL"
STOPPED = "(m.inference_stopped_at IS NOT NULL OR m.embedding_stopped_at IS NOT NULL)"


def people(tx: Tx, organization_id: int | None, month: int, near: int) -> dict[str, Any]:
    """How many are stopped (with calls refused and since when), near, idle (with tokens), administrators"
    " without MFA."""
    where, values = tx.within("m", organization_id)
    stopped = tx.row(
        "SELECT count(*) AS stopped, sum(m.inference_refused + m.embedding_refused) AS refused,"
        " min(coalesce(m.inference_stopped_at, m.embedding_stopped_at)) AS stopped_since"
        f" FROM membership m WHERE {where} AND {LIVE} AND {STOPPED}",
        **values,
    )
    close = tx.value(
        f"SELECT count(*) FROM membership m WHERE {where} AND {LIVE}"
        " AND m.inference_month = :month AND m.inference_share >= :near",
        month=month, near=near, **values,
    )  # fmt: skip
    idle = tx.row(
        "SELECT count(*) AS number, sum(m.inference_allocation - CASE WHEN m.inference_month = :month THEN"
        " m.inference_used ELSE 0 END) AS tokens"
        f" FROM membership m WHERE {where} AND {LIVE} AND m.paid AND m.inference_allocation > 0"
        " AND (m.inference_month <> :month OR m.inference_share < 100)",
        month=month, **values,
    )  # fmt: skip
    bare = tx.value(
        'SELECT count(*) FROM membership m JOIN "user" u ON u.id = m.user_id'
        f" WHERE {where} AND {LIVE} AND m.type = 'admin' AND NOT u.mfa AND NOT u.banned",
        **values,
    )
    found = stopped or {}
    return {
        "stopped": int(found.get("stopped") or 0),
        "refused": int(found.get("refused") or 0),
        "stopped_since": int(found.get("stopped_since") or 0),
        "near": int(close or 0),
        "idle": int((idle or {}).get("number") or 0),
        "idle_tokens": int((idle or {}).get("tokens") or 0),
        "bare_admins": int(bare or 0),
    }


def organizations(tx: Tx, month: int, near: int) -> list[Row]:
    """Organizations with trouble: people stopped, people near, tokens over-committed; worst first."""
    where, values = tx.within("m")
    counts = tx.rows(
        f"SELECT m.organization_id AS id, sum(CASE WHEN {STOPPED} THEN 1 ELSE 0 END) AS stopped,"
        " sum(CASE WHEN m.inference_month = :month AND m.inference_share >= :near THEN 1 ELSE 0 END) AS near"
        f" FROM membership m WHERE {where} AND {LIVE} AND m.organization_id <> 0 GROUP BY m.organization_id",
        month=month, near=near, **values,
    )  # fmt: skip
    over = tx.rows(
        "SELECT p.organization_id AS id, p.kind, p.allocated - coalesce((SELECT sum(CASE WHEN p.kind = 0 THEN"
        " b.inference ELSE b.embedding END)"
        " FROM purchase b WHERE b.organization_id = p.organization_id AND b.first_month <= :month"
        " AND (b.last_month IS NULL OR b.last_month >= :month)), 0) AS over FROM pool p WHERE p.organization_id <> 0",
        month=month,
    )
    names = {int(r["id"]): str(r["name"]) for r in tx.rows("SELECT id, name FROM organization")}
    worst: dict[int, int] = {}
    for row in over:
        worst[int(row["id"])] = max(worst.get(int(row["id"]), 0), int(row["over"]))
    found = {int(r["id"]): (int(r["stopped"] or 0), int(r["near"] or 0)) for r in counts}
    rows: list[Row] = [
        {
            "id": number,
            "name": names[number],
            "stopped": found.get(number, (0, 0))[0],
            "near": found.get(number, (0, 0))[1],
            "over": worst.get(number, 0),
        }
        for number in sorted(found.keys() | worst.keys())
    ]
    troubled = [row for row in rows if row["stopped"] or row["near"] or row["over"]]
    return sorted(troubled, key=lambda row: (-row["stopped"], -row["near"], -row["over"], row["name"]))
