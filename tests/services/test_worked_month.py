"""The month of docs/distribution.md, played: the document's numbers are found in the store."""

import re
from pathlib import Path

from sage_tui.domain.distributing import Action
from sage_tui.domain.overrides import GrantRaise
from sage_tui.domain.plan_commands import Distribute
from sage_tui.domain.requests import Approve, Ask, Lasts
from sage_tui.domain.units import Kind
from sage_tui.services import plans, raises, rebalancing, requests, requests_decide
from sage_tui.services.why import why
from tests.services.editing import YES, acme_of
from tests.support.world import World

DOCUMENT = Path(__file__).parents[2] / "docs" / "distribution.md"
ADA, BOB = "ada@acme.example", "bob@acme.example"
DAY = 86_400 * 1_000_000


def told() -> list[tuple[str, list[int | None]]]:
    """The rows of the table: the day, and the three numbers where they stand."""
    rows = []
    for line in DOCUMENT.read_text().splitlines():
        found = re.fullmatch(r"\| (\d+ \w{3}) \|(?:[^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|", line)
        if found:
            cells = [cell.strip().replace(",", "") for cell in found.groups()[1:]]
            rows.append((found[1], [int(cell) if cell else None for cell in cells]))
    return rows


def test_the_worked_month(everywhere: World) -> None:
    clock = everywhere.clock
    clock.move(days=-20)
    acme = acme_of(everywhere, "")
    for name in ("ada", "bob"):
        everywhere.person(f"{name}@acme.example", acme.id)
    days = iter(told())

    def as_written() -> None:
        day, numbers = next(days)
        found = [acme.allocation("ada"), acme.allocation("bob"), acme.allocated()]
        assert [one if said is not None else None for one, said in zip(found, numbers, strict=True)] == numbers, day
        assert acme.allocated() == acme.counted()

    def use(email: str, tokens: int) -> None:
        everywhere.record(everywhere.usage(f"{email} {clock.now()}", email, tokens), organization_id=acme.id)

    acme.set("ada", "bob", paid=True)
    acme.set("bob", inference="1M")
    use(BOB, 40_000)
    as_written()
    clock.move(days=9)
    use(ADA, 400_000)
    as_written()
    clock.move(days=1)
    use(ADA, 200_000)
    as_written()
    clock.move(days=3)
    asked = requests.create(everywhere.sign_in(ADA), Ask(Kind.INFERENCE, 200_000, "eval run"))
    requests_decide.approve(acme.host, Approve((asked.id,), lasts=Lasts.GOOD))
    as_written()
    clock.move(days=4)
    raises.grant(acme.host, GrantRaise(ADA, Kind.INFERENCE, 300_000, clock.now() + 15 * DAY))
    as_written()
    clock.move(days=4)
    plan = plans.make(acme.host, Distribute(Action.RECLAIM, acme.id, Kind.INFERENCE))
    plans.apply(acme.host, plan.id, YES)
    as_written()
    clock.move(days=7)
    rebalancing.run_due(acme.host, acme.id)
    as_written()
    clock.move(days=4)
    rebalancing.run_due(acme.host, acme.id)
    as_written()
    assert next(days, None) is None
    assert all(limit.adds_up for email in (ADA, BOB) for limit in why(acme.host, email).limits.values())
