"""What User Management says around its table: the pools, how many there are, how many are selected."""

from sage_tui.domain.amounts import short
from sage_tui.domain.paging import Count
from sage_tui.domain.text import clean
from sage_tui.domain.users import PoolStatus, Summary
from sage_tui.tui.numbers import bar, percent, share_of
from sage_tui.tui.session import Scope
from sage_tui.tui.text import Line, line
from sage_tui.tui.widgets.table_selection import Selected


def pool(name: str, of: PoolStatus, *, drawn: bool = True, verb: str = " allocated") -> Line:
    """`Inference  312.4M of 400M allocated ▓▓▓▓▓▓▓▓░░ 78%`"""
    part = share_of(of.allocated, of.purchased)
    picture = f" {bar(part)}" if drawn else ""
    words = f"{name}  {short(of.allocated)} of {short(of.purchased)}{verb}{picture} {percent(part)}"
    if of.unallocated < 0:
        return words, (f" over-committed by {short(-of.unallocated)}", "$bad bold")
    return (words,)


def pools(summary: Summary, width: int) -> Line:
    """Both kinds on one line, as much of it as fits."""
    for drawn, verb in ((True, " allocated"), (False, " allocated"), (False, "")):
        second = pool("Embedding", summary.embedding, drawn=drawn, verb="" if not drawn else verb)
        made = (*pool("Inference", summary.inference, verb=verb), "   ", *second)
        if line(*made).cell_length <= width:
            return made
    return made


def nobody_yet(scope: Scope, may_add: bool = True) -> str:
    """What is said where nobody is, and what to do next: here first, by a command else."""
    said = "There are no people yet." if scope.id is None else f"{clean(scope.name, limit=14)} has no people yet."
    if not may_add:
        return said
    if scope.id is None:
        return f"{said} Press o for an organization, there . adds people."
    return f"{said} Press . to add them; or: sage-tui users add"


def strangers(summary: Summary) -> str:
    """Identities that belong to nobody; empty when there are none."""
    number = summary.unassigned_identities
    if not number:
        return ""
    belong = "identity belongs" if number == 1 else "identities belong"
    return f"{number} gateway {belong} to nobody, {short(summary.unassigned_charge)} tokens"


def counted(count: Count | None, query: str, total: int | None) -> str:
    """How many match, of how many there are."""
    if count is None:
        return "counting …"
    if not query or total is None:
        return f"{count} {'user' if count.number == 1 else 'users'}"
    return f"{count} of {total:,} users"


def chosen(selected: Selected, count: Count | None) -> str:
    """How many are selected; empty when none is."""
    if not selected:
        return ""
    number = selected.count(count)
    kind = " (all that match)" if selected.all_of is not None and not selected.ids else ""
    return f"{number if number else 'counting …'} selected{kind}"
