"""The line of what is staged: how many, and what they would do to the pools, counted where the review counts."""

import asyncio
import threading

import pytest

from sage_tui.domain.plan_commands import Edits
from sage_tui.services import plans
from sage_tui.services.context import Context
from tests.services.editing import Acme
from tests.tui.real import at_users, edit


async def test_the_staged_line_counts_from_the_store_as_the_review_does(acme: Acme) -> None:
    """Somebody changed a limit after the table was read: the line does not say what was true then."""
    async with at_users(acme) as screen:
        acme.set("b", inference="3M")
        await edit(screen, "a", "inference_allocation", "2M")
        assert "1 edit staged, +1M, unallocated then 5M   ctrl+s review" in screen.text
        await edit(screen, "c", "paid", "")
        assert "2 edits staged, +1.5M, unallocated then 4.5M" in screen.text
        await screen.press("ctrl+s")
        assert "Inference: 4M → 5.5M of 10M allocated, 4.5M unallocated then" in screen.text
        await screen.press("escape")
        acme.set("b", inference="1M")
        await screen.press("r")
        assert "2 edits staged, +1.5M, unallocated then 6.5M" in screen.text
        acme.set("a", inference="750K")
        await screen.press("r")
        assert "2 edits staged, +500K · 1 to decide · 1 skipped   ctrl+s review" in screen.text


async def test_until_it_is_counted_the_line_says_how_many_and_a_late_answer_is_dropped(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, begun, go_on = plans.effect, threading.Event(), threading.Event()
    asked: list[int] = []

    def slow(ctx: Context, command: Edits) -> object:
        asked.append(len(command.edits))
        begun.set()
        assert go_on.wait(30)
        return real(ctx, command)

    monkeypatch.setattr(plans, "effect", slow)
    async with at_users(acme) as screen:
        await screen.pilot.press("g", "e", "2", "M", "enter")
        assert await asyncio.to_thread(begun.wait, 30)
        await screen.pilot.pause()
        assert "1 edit staged · ctrl+s review" in screen.text
        await screen.pilot.press("down", "e", "2", "M", "enter", "down", "e", "2", "M", "enter")
        assert "3 edits staged · ctrl+s review" in screen.text
        go_on.set()
        await screen.rest()
        assert asked == [1, 3]
        # The raise of one's own limit is skipped, and not counted.
        assert "3 edits staged, +2M, unallocated then 6M · 1 skipped   ctrl+s review" in screen.text
