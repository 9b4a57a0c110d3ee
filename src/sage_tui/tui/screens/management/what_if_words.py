"""What-if in words: policies side by side, who would have been stopped, and one sentence for the page."""

from datetime import datetime

from sage_tui.clock import to_datetime
from sage_tui.domain.amounts import short
from sage_tui.domain.hindsight import Outcome, Scenario, StoppedPerson, WhatIf
from sage_tui.domain.months import day_start, month_name
from sage_tui.domain.text import counted
from sage_tui.domain.units import Kind
from sage_tui.tui import times
from sage_tui.tui.text import Line

TITLES = ("", "stopped", "hours", "bumps", "stranded", "emb.", "left", "emb.")
GAPS = (0, 2, 2, 2, 2, 1, 2, 1)
"""Blanks before each column: a number of embedding stands close to its fellow."""

MANY = 10_000
"""From so many on people, hours and bumps are in short form."""

MEANING = (
    "Stopped: a call was refused. Hours: from then to a bump on a later day, or the month's end."
    " Stranded: allocated at the month's end and not used; Left: of the pool."
    " emb.: the same of embedding. now holds, new is looked at."
)
UNUSED = "Nothing was used in that month: there is nothing to tell them apart."
KEYS = "enter who would have been stopped · [ the month before · ] the month after"
LATEST = "This is the last month that is over."
KEY = "   w what-if"
NOBODY = "Nobody would have been stopped."
LAST_MONTH: Line = (("Last month", "bold"),)
WORKING: list[Line] = [LAST_MONTH, ("·····",), ("",)]
"""As high as what comes instead."""


def name(one: Scenario) -> str:
    """`standard`, and what it is: `standard now` holds, `dynamic new` is looked at."""
    says = " now" if one.holds else " new" if one.asked else ""
    return f"{one.preset.value}{says}"


def heading(found: WhatIf) -> str:
    """`October 2026 under each policy`"""
    return f"{month_name(found.month)} under each policy"


def table(found: WhatIf) -> list[str]:
    """The titles, then a line a policy; numbers at the right."""
    rows = [TITLES, *(_row(one) for one in found.scenarios)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(TITLES))]
    return [
        row[0].ljust(widths[0])
        + "".join(" " * gap + text.rjust(width) for text, width, gap in zip(row, widths, GAPS, strict=True) if gap)
        for row in rows
    ]


def _row(one: Scenario) -> tuple[str, ...]:
    found = one.outcome
    numbers = (found.stopped_users, found.stopped_hours, found.bumps)
    return (
        name(one),
        *(_count(number) for number in numbers),
        *_of_kinds(found, "stranded"),
        *_of_kinds(found, "pool_left"),
    )


def _count(number: int) -> str:
    return f"{number:,}" if number < MANY else short(number)


def _of_kinds(found: Outcome, name: str) -> list[str]:
    """A number of both kinds, one beside the other: they are never added up."""
    return [short(getattr(found.kinds[kind], name)) for kind in Kind]


def _stranded(found: Outcome) -> str:
    """`38M stranded`, and of embedding where there is any: `38M + 12M emb. stranded`"""
    inference, embedding = _of_kinds(found, "stranded")
    more = f" + {embedding} emb." if found.kinds[Kind.EMBEDDING].stranded else ""
    return f"{inference}{more} stranded"


def person(one: StoppedPerson, now: datetime) -> str:
    """`12 Oct, 44 h, 400K refused`: from when, for how long, how much; days are UTC days, as usage has them."""
    kind = "emb. " if one.kind is Kind.EMBEDDING else ""
    since = times.day(to_datetime(day_start(one.day)), now, "UTC")
    return f"{since}, {one.hours:,} h, {kind}{short(one.unserved)} refused"


def stopped(found: Outcome) -> str:
    """`nobody`, `1 person for 44 hours`

    >>> stopped(Outcome(0, 0, 3, 0, 0)), stopped(Outcome(3, 1_200, 0, 0, 0))
    ('nobody', '3 people for 1,200 hours')
    """
    if not found.stopped_users:
        return "nobody"
    return f"{counted(found.stopped_users, 'person', 'people')} for {counted(found.stopped_hours, 'hour')}"


def sentence(found: WhatIf | None, width: int) -> Line | None:
    """`Dynamic would have stopped nobody last month and left 38M stranded.   w what-if`; None: nothing is to be said.

    The key is left out where both do not fit on one line of `width` cells: it stands in the footer too.
    """
    best = found.best if found is not None else None
    if best is None:
        return None
    which, left = best.preset.value.capitalize(), _stranded(best.outcome)
    said = f"{which} would have stopped {stopped(best.outcome)} last month and left {left}."
    if len(said) > width:
        people = stopped(best.outcome).partition(" for ")[0]
        said = f"{which} would have stopped {people} last month, {left}."
    if len(said) > width:
        said = f"{which} stopped {people} last month: {left}."
    return (said, (KEY, "$quiet")) if len(said + KEY) <= width else (said,)


def looked_at(found: WhatIf | None) -> list[Line]:
    """The policy that is looked at, beside the one that holds, last month."""
    if found is None:
        return [LAST_MONTH, ("More people than is worked out unasked: What-if does it.",)]
    if not found.used:
        return [LAST_MONTH, ("Nothing was used in it.",)]
    asked = next(one.outcome for one in found.scenarios if one.asked)
    held = next(one.outcome for one in found.scenarios if one.holds)
    return [LAST_MONTH, *(_beside(word, one) for word, one in (("with it", asked), ("as it is", held)))]


def _beside(word: str, found: Outcome) -> Line:
    bumps = counted(found.bumps, "bump")
    return (f"{word:<8}  ", "$quiet"), f"stopped {stopped(found)}, {bumps}, {_stranded(found)}"
