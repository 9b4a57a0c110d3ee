"""What a person sees: the screen as lines of text."""

import asyncio

from textual.app import App
from textual.pilot import Pilot

from sage_tui.tui.asking import under_way


def lines(app: App[object]) -> list[str]:
    """Every line of the screen, without blanks at its end."""
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


def text(app: App[object]) -> str:
    """The whole screen."""
    return "\n".join(lines(app))


async def rest(pilot: Pilot[object]) -> None:
    """Until nothing is under way: questions answered, threads back, messages handled."""
    quiet = turns = 0
    while quiet < 2:
        turns += 1
        assert turns < 2_000, f"never at rest: {under_way()} questions, {list(pilot.app.workers)}"
        await pilot.pause()
        threads = [worker for worker in pilot.app.workers if worker._thread_worker and not worker.is_finished]
        if under_way() or threads:
            quiet = 0
            await asyncio.sleep(0.002)
        else:
            quiet += 1


async def press(pilot: Pilot[object], *keys: str) -> None:
    """Keys, then rest."""
    await pilot.press(*keys)
    await rest(pilot)
