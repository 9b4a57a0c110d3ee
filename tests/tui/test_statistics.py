"""Token Statistics over a real store: what is seen is what was recorded, and every key leads where it says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from textual.pilot import Pilot

from sage_tui.domain.months import DAY
from sage_tui.domain.units import Kind, Micros, Role
from sage_tui.services import doctor, identity
from sage_tui.services.context import Context
from sage_tui.tui.app import Console, Start
from sage_tui.tui.door import Services
from tests.services.editing import ADMIN, Acme, acme_of
from tests.support import NOW
from tests.support.world import World
from tests.tui.real import words
from tests.tui.seen import SMALL, Screen


@pytest.fixture
def acme(lone: World) -> Acme:
    """a used 300 of gpt today and 100 of claude in October, b 50 embedding tokens, a robot 7."""
    made = acme_of(lone)
    made.set("a", "b", inference="1M", embedding="100K", paid=True)
    made.set("a", department="Research")
    lone.record(
        lone.usage("1", "a@acme.example", 200, completion_tokens=100),
        lone.usage("2", "a@acme.example", 100, Micros(NOW - 40 * DAY), model="claude"),
        lone.usage("3", "b@acme.example", 50, kind=Kind.EMBEDDING, model="embed-3"),
        lone.usage("4", "svc-robot", 7, status="failure"),
        organization_id=made.id,
    )
    return made


@asynccontextmanager
async def at_statistics(
    acme: Acme, email: str = ADMIN, size: tuple[int, int] = SMALL, console: Context | None = None
) -> AsyncIterator[Screen]:
    console = console or acme.world.admin(email)
    app = Console(Services.real(lambda: acme.world.nobody), clock=acme.world.clock, start=Start("statistics"))
    async with app.run_test(size=size) as pilot:
        screen = Screen(cast("Pilot[None]", pilot), acme.world)  # type: ignore[arg-type]
        await screen.rest()
        app.signed_in(identity.session(console))
        await screen.rest()
        await screen.press("a")
        yield screen


async def view(screen: Screen, name: str) -> None:
    await screen.press("v")
    await screen.write(name)
    await screen.press("enter")


async def test_numbers_picture_and_table_are_the_same(acme: Acme) -> None:
    async with at_statistics(acme) as screen:
        said = words(screen)
        assert "▓ Inference 307 +207.0% 2 calls, 1 failed" in said, screen.text
        assert "▒ Embedding 50 new 1 call, 0 failed" in said
        assert "› 2026-11-23 307 50" in said
        await view(screen, "users")
        said = words(screen)
        for row in ("› a@acme.example 300 0", "b@acme.example 0 50", "svc-robot 7 0"):
            assert row in said, screen.text


async def test_a_filter_stays_from_view_to_view_and_points_at_what_is_not_clear(acme: Acme) -> None:
    async with at_statistics(acme) as screen:
        await screen.press("slash")
        await screen.write("user:acme")
        assert "is in several names" in screen.text
        await screen.press("ctrl+u")
        await screen.write("user:a@")
        await screen.press("enter")
        await view(screen, "models")
        assert "gpt 300 0" in words(screen), screen.text
        assert "claude" not in screen.text
        await screen.press("left_square_bracket")
        assert "last month · 2026-10-01 to 2026-10-31" in screen.text
        assert "claude 100 0" in words(screen)
        await screen.press("escape")
        assert "all models, departments and people" in screen.text


async def test_enter_goes_down_to_the_calls_and_backspace_comes_back(acme: Acme) -> None:
    async with at_statistics(acme) as screen:
        await view(screen, "models")
        await screen.press("enter")
        assert "▌Users" in screen.text
        await screen.press("enter")
        assert "model=gpt user=a@acme.example" in screen.text
        await screen.press("enter")
        assert "Interactions" in screen.text
        assert "at:2026-11-23..2026-11-23" in screen.text
        assert "1 interaction" in screen.text
        await screen.press("backspace")
        assert "model=gpt user=a@acme.example" in screen.text
        await screen.press("backspace", "backspace", "backspace")
        assert "▌Days" in screen.text


async def test_a_number_proves_itself_and_says_when_it_does_not_hold(acme: Acme) -> None:
    async with at_statistics(acme) as screen:
        await screen.press("right", "equals_sign")
        said = words(screen)
        assert "Charged: 307" in said, screen.text
        assert "inference" in said
        assert "Proved just now: 2 events add up to the same, to the token." in said
        assert "never checked together" in said
        await screen.press("escape")
        assert all(check.ok for check in doctor.doctor(acme.host) if check.name == "totals")
        acme.world.change("UPDATE usage_organization_daily SET charge = charge + 5 WHERE kind = 0 AND day = :day",
                          day=NOW // DAY)  # fmt: skip
        await screen.press("r", "equals_sign")
        said = words(screen)
        assert "✕ 2 events add up to something else: the total is 5 above." in said, screen.text


async def test_a_band_of_allocations_opens_its_people(acme: Acme) -> None:
    async with at_statistics(acme) as screen:
        await view(screen, "alloc")
        said = words(screen)
        assert "2M of inference allocated to 5 people in November 2026" in said, screen.text
        assert "under 10% 1 1,000,000 300 999,700" in said
        await screen.press("down", "down", "enter")
        assert "used>0 used<10% max>0" in screen.text
        assert "1 of 5 users" in screen.text


async def test_own_days_name_what_is_wrong(acme: Acme) -> None:
    async with at_statistics(acme) as screen:
        for typed, said in (("soon", "from: 'soon' is not a time"), ("2026-11-31", "does not exist"),
                            ("2026-11-09 2026-11-02", "is before")):  # fmt: skip
            await screen.press("d")
            await screen.write("own")
            await screen.press("enter")
            await screen.write(typed)
            await screen.press("enter")
            assert said in words(screen), screen.text
            await screen.press("escape")
        await screen.press("d")
        await screen.write("own")
        await screen.press("enter")
        await screen.write("2025")
        await screen.press("enter")
        assert "2025-01-01 to 2025-12-31" in screen.text
        assert "Nothing was used in these days" in screen.text


async def test_a_forecast_says_what_it_cannot_know(acme: Acme) -> None:
    async with at_statistics(acme) as screen:
        await view(screen, "forecast")
        said = words(screen)
        assert "The pool lasts beyond the month" in said, screen.text
        await screen.press("d")
        assert "A forecast is of this month." in screen.text


async def test_operators_choose_the_organization_of_a_forecast(acme: Acme) -> None:
    acme.world.person("root@sage.example", role=Role.SUPER_ADMIN)
    async with at_statistics(acme, "root@sage.example") as screen:
        assert "307" in screen.text
        await view(screen, "forecast")
        assert "A forecast is of one organization: o chooses one." in screen.text
