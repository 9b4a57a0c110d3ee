"""The member home's requests over a real store: asked, answered, withdrawn."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from textual.pilot import Pilot

from sage_tui.domain.auto_approval import SetRule
from sage_tui.domain.requests import Lasts
from sage_tui.domain.units import Kind
from sage_tui.services import auto_approval, identity
from sage_tui.tui.app import Console
from sage_tui.tui.door import Services
from tests.services.asking import approve, ask, deny, own, states
from tests.services.editing import Acme, acme_of
from tests.services.test_requests import active
from tests.support.world import World
from tests.tui.real import words
from tests.tui.seen import SMALL, Screen
from tests.tui.test_requests import push


@pytest.fixture
def acme(lone: World) -> Acme:
    return active(acme_of(lone))


@asynccontextmanager
async def at_home(acme: Acme, name: str = "a") -> AsyncIterator[Screen]:
    """On the member home, as somebody."""
    console = acme.world.sign_in(f"{name}@acme.example")
    app = Console(Services.real(lambda: acme.world.nobody), clock=acme.world.clock)
    async with app.run_test(size=SMALL) as pilot:
        screen = Screen(cast("Pilot[None]", pilot), acme.world)  # type: ignore[arg-type]
        await screen.rest()
        app.signed_in(identity.session(console))
        await screen.rest()
        yield screen


async def test_more_is_asked_for_and_withdrawn(acme: Acme) -> None:
    async with at_home(acme) as screen:
        assert "Your requests   you asked for nothing yet" in screen.text
        assert "Withdraw" not in screen.text
        await push(screen, "Ask for more")
        assert "You have 1,000,000 inference tokens a month." in screen.text
        await screen.write("500K")
        assert "You have 1,000,000; this would make it 1,500,000 inference tokens." in words(screen)
        await screen.press("enter", "enter")
        assert "Say why" in screen.text
        await screen.write("eval run")
        await screen.press("enter")
        assert "Asked: the answer will stand here." in screen.text
        assert '+500K   waits since 23 Nov   "eval run"' in screen.text
        assert states(acme)[0][1] == "pending"
        await push(screen, "Withdraw")
        assert "Withdrawn." in screen.text
        assert "+500K   withdrawn   23 Nov" in screen.text


async def test_answers_stand_there_with_their_notes(acme: Acme) -> None:
    approve(own(acme.world, "grace"), ask(acme, "a", 500_000).id, amount=300_000, note="rest next month")
    deny(acme.host, ask(acme, "a", 7_000, Kind.EMBEDDING).id, note="no")
    until = acme.world.clock.now() + 7 * 86_400 * 1_000_000
    approve(acme.host, ask(acme, "a", 5).id, lasts=Lasts.UNTIL, until=until)
    async with at_home(acme) as screen:
        for said in (
            "+500K   approved 300K for this month   23 Nov", 'grace: "rest next month"',
            "+7K embedding   denied   23 Nov", "+5   approved 5 until 2026-11-30",
        ):  # fmt: skip
            assert said in screen.text, screen.text


async def test_a_flood_is_refused_and_the_rule_answers_at_once(acme: Acme) -> None:
    for _ in range(3):
        ask(acme, "a", 5)
    async with at_home(acme) as screen:
        await push(screen, "Ask for more")
        await push(screen, "Of: inference")
        assert "You have 100,000 embedding tokens a month." in screen.text
        await screen.press("shift+tab", "shift+tab")
        await screen.write("5")
        await screen.press("enter")
        await screen.write("more")
        await screen.press("enter")
        assert "3 of your requests wait already" in screen.text
        await screen.press("escape")
        await push(screen, "Withdraw")
        assert "Withdraw which request?" in screen.text
        await screen.press("enter")
        auto_approval.put(acme.host, SetRule(acme.id, on=True))
        await push(screen, "Ask for more")
        await screen.write("5K")
        await screen.press("enter")
        await screen.write("more")
        await screen.press("enter")
        assert "Granted at once." in screen.text
        assert acme.allocation("a") == 1_005_000
