"""A plan in words: what it does to the pools, how many rows of each sort, what it is called."""

from dataclasses import dataclass

from sage_tui.domain.amounts import short
from sage_tui.domain.plans import Done, PlanSummary
from sage_tui.domain.staged import Cell
from sage_tui.tui.text import Line


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What was saved, and the cells that were taken out by hand."""

    done: Done
    out: frozenset[Cell]


def pool_lines(plan: PlanSummary) -> list[Line]:
    """`Inference: 312.4M → 313.4M of 400M allocated, 86.6M unallocated then`"""
    lines: list[Line] = []
    for kind, effect in plan.pool.items():
        if effect.before == effect.after:
            continue
        change = f"{short(effect.before)} → {short(effect.after)} of {short(effect.purchased)} allocated"
        head = f"{kind.value.capitalize()}: {change}, "
        if effect.shortfall:
            lines.append((head, (f"{effect.shortfall:,} over the cap", "$bad bold")))
        else:
            lines.append((f"{head}{short(effect.unallocated)} unallocated then",))
    return lines or [("The pools stay as they are.",)]


def counted(plan: PlanSummary) -> str:
    """Rows of each sort, in words."""
    people = "1 person" if plan.people == 1 else f"{plan.people:,} people"
    parts = [f"{plan.changes:,} change{'' if plan.changes == 1 else 's'} of {people}"]
    parts += [f"{plan.changed:,} to decide"] if plan.changed else []
    parts += [f"{plan.left:,} left"] if plan.left else []
    parts += [f"{plan.skipped:,} skipped"] if plan.skipped else []
    parts += [f"{plan.out:,} out"] if plan.out else []
    parts += [f"{plan.stops:,} will be stopped"] if plan.stops else []
    return " · ".join(parts)


def asked(plan: PlanSummary) -> str:
    """The heading of what was staged by hand: the number that the button says."""
    return f"Save {plan.changes:,} change{'' if plan.changes == 1 else 's'}?"
