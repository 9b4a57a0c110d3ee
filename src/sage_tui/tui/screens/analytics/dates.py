"""`d`: the days that are looked at, by name or typed. Run in a worker."""

from sage_tui.domain import spans
from sage_tui.domain.months import day_of, day_text
from sage_tui.domain.spans import Range, Span
from sage_tui.tui.screens.ask import Ask
from sage_tui.tui.screens.base import Page
from sage_tui.tui.screens.chooser import Choice, Chooser

TYPED = "own days …"
HOW = "First and last UTC day: 2026-11-03 2026-11-09, or 2026-09 2026-10, 7d yesterday, 2025."


async def choose(page: Page, here: Range | None) -> Range | Span | None:
    """A named stretch, or typed days; None where it was left."""
    now = page.console.clock.now()
    today = day_of(now)
    choices: list[Choice[Range | str]] = [Choice(one, one.value, _days(spans.named(one, today))) for one in Range]
    choices.append(Choice(TYPED, TYPED, "first and last, by keyboard"))
    at = list(Range).index(here) if here is not None else len(choices) - 1
    chosen = await page.app.push_screen_wait(Chooser("Which days?", choices, here=at))
    if chosen is None or isinstance(chosen, Range):
        return chosen
    return await page.app.push_screen_wait(Ask("Own days", HOW, lambda text: read(text, now), go="Look"))


def _days(span: Span) -> str:
    return f"{day_text(span.first)} to {day_text(span.last)}"


def read(text: str, now: int) -> Span:
    """Days as they are typed: one or two, with `..`, `to` or a blank between them. Raises WrongUse naming the field."""
    words = text.replace("..", " ").replace(" to ", " ").split()
    first, last = (words[0] if words else ""), (words[1] if len(words) > 1 else "")
    if len(first) == 4 and first.isdigit():
        first, last = f"{first}-01", (f"{last or first}-12" if not last or len(last) == 4 else last)
    if not last and len(first) == 10:
        last = first
    return spans.own(first, last, now)
