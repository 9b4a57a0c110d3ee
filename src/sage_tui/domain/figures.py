"""What every figure means and which sum it is, in one place: `=` on a screen, `docs/figures.md` and reports read it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure. `sum` says how it is made out of what is stored; a proof holds that against the events."""

    key: str
    title: str
    meaning: str
    sum: str


FIGURES: tuple[Figure, ...] = (
    Figure(
        "charge", "Charged",
        "What calls cost in tokens: prompt, cached and completion tokens by the model's weights, rounded up call by"
        " call. Limits, pools and statistics count this.",
        "the sum of the charges of all calls and counter-entries of the days, by day, person, model and kind; months,"
        " departments, models and organizations are sums of these",
    ),
    Figure(
        "counted", "Counted",
        "Prompt and completion tokens as the gateway reported them, before any weight. It stands beside the charge"
        " where the two differ.",
        "prompt tokens + completion tokens; cached tokens are part of the prompt's",
    ),
    Figure("prompt_tokens", "Prompt tokens", "Tokens that were sent, cached ones with them.",
           "the sum of the prompt tokens of all calls, less those of calls that were taken back"),
    Figure("cached_tokens", "Cached tokens", "The part of the prompt that the provider had kept; weighed for itself.",
           "the sum of the cached tokens of all calls, less those of calls that were taken back"),
    Figure("completion_tokens", "Completion tokens", "Tokens that were answered.",
           "the sum of the completion tokens of all calls, less those of calls that were taken back"),
    Figure("calls", "Calls", "Calls that were reported, also failed and refused ones.",
           "the number of events that are not counter-entries"),
    Figure("failures", "Failed", "Calls with another status than success.",
           "the number of such events, counter-entries left out"),
    Figure(
        "corrected", "Corrected",
        "What reversals, credits and recharges changed afterwards. It is part of the charge, and shown for itself.",
        "the sum of the charges of counter-entries",
    ),
    Figure(
        "change", "Change",
        "Against the stretch before: as many months before whole months (the same days of them while the month goes"
        " on), else as many days.",
        "(now - before) / before, in per mille, cut",
    ),
    Figure("share", "Share", "Its part of the total of the same table.", "charged / total, in per mille, cut"),
    Figure("used", "Used this month", "Charged since the UTC month began.",
           "the charge of the month's days; the counter beside the allocation that limits are held against"),
    Figure("previous", "Previous month", "Charged in the UTC month before this one.",
           "the charge of that month's days, late calls and corrections of it with them"),
    Figure("lifetime", "Total usage", "Charged since the person became a member of the organization.",
           "the charge of all days, in this organization"),
    Figure("reserved", "Reserved", "Held for calls that are under way. A limit counts it, statistics do not.",
           "the sum of the estimates of all reservations of the month that are neither settled nor released"),
    Figure("used_share", "Used share", "How much of the allocation is used; the column with the bar.",
           "used this month / allocation, in per mille, cut; nothing while the allocation is unset"),
    Figure("purchased", "Purchased", "The pool of the month: quantities a month whose months include it.",
           "the sum of the purchases of the kind that hold in the month"),
    Figure("allocated", "Allocated", "What all members together may use in a month.",
           "the sum of the allocations of all members, paid or not; unset counts 0"),
    Figure("unallocated", "Unallocated", "What is purchased and nobody's. Below 0 the pool is over-committed.",
           "purchased - allocated"),
    Figure("over", "Over-committed", "By how much more is allocated than purchased.",
           "allocated - purchased, where that is more than 0"),
    Figure("asked", "Asked", "What requests that wait for a decision ask for, kind by kind.",
           "the sum of the amounts of all pending requests"),
    Figure("remaining", "Remaining", "What is left of an allocation or a pool this month.", "allocation - used"),
    Figure(
        "stranded", "Stranded",
        "What of the allocations nobody used: of this month so far, of a month that is over in the end.",
        "the sum over people of allocation - used, where that is more than 0",
    ),
    Figure("people", "People", "Members, or those among them of whom the row speaks.",
           "the number of memberships that have not ended; of a month that is over, at its end"),
    Figure("unassigned", "Belongs to nobody", "Charged to gateway identities that nobody was named for. The pool and"
           " the organization's totals count it, no allocation does.",
           "the charge of the days of these identities"),
    Figure("gone", "Used by others", "Beside the allocations of a month: charged to people who were no members at its"
           " end, or are none now: they left, or they came later.",
           "the charge of all people in the month - what those in the bands used"),
    Figure("rest", "The rest", "All rows that a table of the largest does not show, as one.",
           "the total - the rows above"),
    Figure("near", "Near or at the limit", "People who used nine tenths of their inference allocation, or more.",
           "the number of members whose used share of the present month is 90.0% or more"),
    Figure("stopped", "Stopped", "People of whom a call was refused for want of tokens since their limit last rose.",
           "the number of members who are marked as stopped, of either kind"),
    Figure("refused", "Refused", "Calls of stopped people that were refused since then.",
           "the sum of the refusals counted beside their limits"),
    Figure("idle", "Stands idle", "What paid members hold who used less than a tenth of it this month.",
           "the sum over these people of allocation - used, of inference tokens"),
    Figure(
        "lasts", "Lasts until",
        "The day on which a pool or an allocation is used up at the pace of the last 28 days; it begins anew with the"
        " month, so that nothing is said beyond. At least 28 days of usage are needed.",
        "the first day by whose end at least half of twelve futures have used what remains; a future is one of the last"
        " four weeks again and again, at 80%, 100% or 120% of it",
    ),
    Figure(
        "band", "80% band",
        "Between these days it ends in eight of ten futures.",
        "the first days by whose end at least 10% and 90% of the futures have used what remains",
    ),
    Figure("days_of_data", "Days of data", "How far back usage goes, as a forecast sees it.",
           "the days from the first one with usage to today, at most 28"),
    Figure("week", "A week", "The pace that a forecast goes by.", "the charge of the last 28 days before today / 4"),
)  # fmt: skip

BY_KEY = {figure.key: figure for figure in FIGURES}
