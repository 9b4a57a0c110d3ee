"""What was granted for a month or until a day falls back by itself, also after an undo and its undo."""

import pytest

from sage_tui.domain.requests import Lasts
from sage_tui.services import batches, doctor
from tests.services.asking import approve, ask
from tests.services.editing import YES, Acme, acme_of
from tests.services.test_requests import active
from tests.support.world import World

DAY = 86_400 * 1_000_000


@pytest.fixture
def acme(everywhere: World) -> Acme:
    return active(acme_of(everywhere))


def act(acme: Acme) -> None:
    """Anything that is done in the organization: what is due is done before it."""
    acme.set("c", department=f"at {acme.world.clock.now()}")


def undo(acme: Acme, batch: int | None) -> int:
    assert batch is not None
    done = batches.undo(acme.host, batch, YES)
    assert done.left == ()
    assert done.batch is not None
    return done.batch


def test_for_the_month_goes_with_the_month_and_for_good_stays(acme: Acme) -> None:
    approve(acme.host, ask(acme, "a", 500_000).id)
    approve(acme.host, ask(acme, "a", 70_000).id, lasts=Lasts.GOOD)
    acme.world.clock.move(days=9)
    act(acme)
    assert acme.allocation("a") == 1_070_000
    assert doctor.doctor(acme.host)[0].ok


@pytest.mark.parametrize("undone", [1, 2, 3, 4])
def test_undone_and_given_again_it_still_goes_with_the_month(acme: Acme, undone: int) -> None:
    acme.set("a", inference="2M")
    batch = approve(acme.host, ask(acme, "a", 500_000).id).done.batch
    for _ in range(undone):
        batch = undo(acme, batch)
    assert acme.allocation("a") == (2_000_000 if undone % 2 else 2_500_000)
    acme.world.clock.move(days=9)
    act(acme)
    assert acme.allocation("a") == 2_000_000
    assert (acme.allocated(), doctor.doctor(acme.host)[0].ok) == (acme.counted(), True)


@pytest.mark.parametrize("undone", [0, 1, 2])
def test_until_a_day_ends_on_that_day(acme: Acme, undone: int) -> None:
    one, two = ask(acme, "a", 500_000).id, ask(acme, "a", 30_000).id
    until = acme.world.clock.now() + 3 * DAY
    batch = approve(acme.host, one, two, lasts=Lasts.UNTIL, until=until).done.batch
    for _ in range(undone):
        batch = undo(acme, batch)
    acme.world.clock.move(days=2)
    act(acme)
    assert acme.allocation("a") == (1_000_000 if undone == 1 else 1_530_000)
    acme.world.clock.move(days=1)
    act(acme)
    assert acme.allocation("a") == 1_000_000
    assert acme.world.value("SELECT count(*) FROM token_raise WHERE ended_at IS NULL") == 0


def test_what_was_granted_to_somebody_without_a_limit_falls_back_to_their_floor(acme: Acme) -> None:
    acme.world.person("new@acme.example", acme.id)
    approve(acme.host, ask(acme, "new", 300_000).id, activate=True)
    assert acme.allocation("new") == 800_000
    acme.world.clock.move(days=9)
    act(acme)
    assert acme.allocation("new") == 500_000


def test_an_undo_keeps_what_else_goes_with_the_month(acme: Acme) -> None:
    """Raised automatically, then granted, then taken back: at the month's start the raise goes too."""
    acme.world.record(acme.world.usage("1", "a@acme.example", 850_000), organization_id=acme.id)
    raised = acme.allocation("a")
    assert raised is not None
    undo(acme, approve(acme.host, ask(acme, "a", 500_000).id).done.batch)
    assert acme.allocation("a") == raised > 1_000_000
    acme.world.clock.move(days=9)
    act(acme)
    assert acme.allocation("a") == 1_000_000
