"""today: what needs attention."""

import typer

from sage_tui.cli.options import Org
from sage_tui.cli.output import answer
from sage_tui.cli.world import context, organization_id
from sage_tui.domain import months


def today(org: Org = "") -> int:
    """Say what needs attention; exit 1 if anyone is stopped.

    Example: sage-tui today --org acme --json
    """
    from sage_tui.services.today import today as ask

    ctx = context()
    found = ask(ctx, organization_id(ctx, org))
    items = [
        {
            "code": item.code,
            "count": item.count,
            "tokens": item.tokens,
            "text": item.text,
            "page": item.page,
            "query": item.query,
        }
        for item in found.items
    ]
    result = {
        "items": items,
        "gateway_last_heard_at": months.iso(found.gateway_last_heard_at),
        "checked_at": months.iso(found.checked_at),
    }
    lines = [f"{item.text}: {item.more}" if item.more else item.text for item in found.items]
    answer(
        result,
        *(lines or ["Nothing needs attention."]),
        *found.sentences,
        f"gateway last heard {result['gateway_last_heard_at'] or 'never'};"
        f" numbers checked {result['checked_at'] or 'never'}",
    )
    return 1 if any(item["code"] == "stopped" and item["count"] for item in items) else 0


def add(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.command()(today)
