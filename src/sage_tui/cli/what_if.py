"""distribution what-if: a month that is over, replayed under each preset and the policy that holds."""

from typing import Annotated, Any

import typer

from sage_tui.cli.options import Org
from sage_tui.cli.output import Col, listing, say
from sage_tui.cli.progress import Progress
from sage_tui.cli.world import context, organization_id
from sage_tui.domain.hindsight import Scenario
from sage_tui.domain.months import month_name, parse_month

COLUMNS = (
    Col("PRESET", "preset"),
    Col("STOPPED", "stopped_users", right=True),
    Col("HOURS", "stopped_hours", right=True),
    Col("BUMPS", "bumps", right=True),
    Col("STRANDED", "inference_stranded", right=True),
    Col("EMB.", "embedding_stranded", right=True),
    Col("POOL LEFT", "inference_pool_left", right=True),
    Col("EMB.", "embedding_pool_left", right=True),
)


def what_if(
    org: Org = "",
    month: Annotated[str, typer.Option("--month", metavar="M", help="2026-10; the last one unless said")] = "",
) -> None:
    """What last month would have been under each preset: people stopped, for how many hours, bumps, tokens stranded.

    Example: sage-tui distribution what-if --org acme --month 2026-10
    """
    from sage_tui.services import what_if

    wanted = parse_month(month) if month else None
    ctx = context()
    with Progress("rows replayed") as progress:
        found = what_if.replay(ctx, organization_id(ctx, org), wanted, progress=progress.at)
    listing("presets", [_row(one) for one in found.scenarios], COLUMNS)
    held = next(one.preset.value for one in found.scenarios if one.holds)
    nothing = "" if found.used else "; nothing was used in it"
    say(f"{month_name(found.month)}, inference and embedding (EMB.); {held} holds now{nothing}")


def _row(one: Scenario) -> dict[str, Any]:
    found = one.outcome
    return {
        "preset": one.preset.value,
        "stopped_users": found.stopped_users,
        "stopped_hours": found.stopped_hours,
        "bumps": found.bumps,
        "stranded": found.stranded,
        "pool_left": found.pool_left,
        **{kind.value: {"stranded": one.stranded, "pool_left": one.pool_left} for kind, one in found.kinds.items()},
    }
