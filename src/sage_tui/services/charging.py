"""The one path of everything that is charged: event, totals, counters, then what they trigger, in one transaction.

Recording, settling, sweeping and corrections all end here (gateway.md, section 1).
"""

from collections.abc import Sequence

from sage_tui.domain.spending import Bumped
from sage_tui.services import auto_increase
from sage_tui.store import one_call, recording
from sage_tui.store.recording import Event
from sage_tui.store.transaction import Tx


def write(tx: Tx, events: Sequence[Event]) -> tuple[Bumped, ...]:
    """Charge events that are new; the limits that this raised. A step."""
    if len(events) == 1:
        return auto_increase.after(tx, *one_call.write(tx, events[0]))
    return auto_increase.after(tx, recording.write(tx, events)) if events else ()


def amend(tx: Tx, before: Event, after: Event) -> tuple[Bumped, ...]:
    """Charge what a surer event adds to the one before it, or give it back. A step."""
    return auto_increase.after(tx, recording.amend(tx, before, after))
