"""What a person sees: the screen as lines of text."""

from collections.abc import Sequence

from textual.app import App
from textual.pilot import Pilot


def lines(app: App[object]) -> list[str]:
    """Every line of the screen, without blanks at its end."""
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


def text(app: App[object]) -> str:
    """The whole screen."""
    return "\n".join(lines(app))


async def rest(pilot: Pilot[object]) -> None:
    """Until nothing is under way: workers done, messages handled. Twice, because answers ask again."""
    for _ in range(3):
        await pilot.app.workers.wait_for_complete([w for w in pilot.app.workers if w.group != "forever"])
        await pilot.pause()


async def press(pilot: Pilot[object], *keys: str) -> None:
    """Keys, then rest."""
    await pilot.press(*keys)
    await rest(pilot)


async def write(pilot: Pilot[object], words: str) -> None:
    """Type words into the focused field."""
    names: Sequence[str] = [{" ": "space", "@": "at", ".": "full_stop", "-": "minus"}.get(ch, ch) for ch in words]
    await press(pilot, *names)
