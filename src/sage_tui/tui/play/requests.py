"""Sessions of requests: asked on the member home, granted in part, more than the pool has."""

from sage_tui.tui.play import Play, Step, sign_in

ADMIN, MEMBER = "admin@acme.example", "member@acme.example"
ENTER_PANEL = Step(("a", "type:{code}", "enter"), ("What needs you",))

REQUESTS: tuple[Play, ...] = (
    Play(
        "ask-for-more",
        "A member asks for more from their home, and takes it back",
        MEMBER,
        (
            sign_in(MEMBER),
            Step(("left", "enter"), ("Ask for more", "tokens a month."), picture="dialog"),
            Step(("type:500K",), ("this would make it",)),
            Step(
                ("enter", "type:eval run for the board", "enter"),
                ("Asked: the answer will stand here.", "+500K waits since"),
                picture="waits",
            ),
            Step(("right", "enter"), ("Withdrawn.",)),
        ),
    ),
    Play(
        "approve-in-part",
        "A request is looked at, approved in part with a note, and taken back",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            Step(("4",), ("▌Pending 4", "unallocated", "2 days"), picture="queue"),
            Step(("enter",), ("last 30 days", "[ y approve ]"), picture="detail"),
            Step(("y",), ("Approve this request?", "less is in part")),
            Step(
                ("ctrl+u", "type:300K", "tab", "tab", "type:rest next month"), ("rest next month",), picture="in-part"
            ),
            Step(("enter",), ("Approved: 300K for this month", "u undoes it", "Pending 3"), picture="approved"),
            Step(("right_square_bracket",), ("approved 300K",)),
            Step(("u",), ("Undo batch", "approved → pending")),
            Step(("ctrl+s",), ("Pending 4",)),
        ),
    ),
    Play(
        "larger-than-the-pool",
        "More is asked for than the pool has: what fits is approved, and the operator is asked for more",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            Step(("2", "e", "type:+18M", "enter", "ctrl+s"), ("Save 1 change?",)),
            Step(("ctrl+s", "4"), ("Pending 4", "unallocated 1.9M", "missing. f approves what fits"), picture="short"),
            Step(("down", "y", "enter"), ("The inference pool is too small:", "Take what fits"), picture="refused"),
            Step(("escape", "f"), ("Approve all that fit?", "the pool has no room f…"), picture="fitting"),
            Step(("ctrl+s",), ("Saved 6 changes as batch", "Pending 1")),
            Step(("full_stop", "type:operator for", "enter"), ("Ask the operator for more",)),
            Step(
                ("type:100M", "tab", "tab", "tab", "type:more people ask than the pool has"),
                ("than the pool has",),
                picture="operator",
            ),
            Step(("enter",), ("waits for the operator.",)),
        ),
    ),
)
"""What is kept of requests."""
