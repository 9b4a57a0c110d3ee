"""Sessions of the token economy: what if, another preset, idle tokens taken back, and why a limit is what it is."""

from sage_tui.tui.play import Play, Step, sign_in

ADMIN = "admin@acme.example"
ENTER_PANEL = Step(("a", "type:{code}", "enter"), ("What needs you",))
PAGE = Step(("3",), ("Policy CONSERVATIVE", "would have stopped nobody last month"))

DISTRIBUTION: tuple[Play, ...] = (
    Play(
        "what-if",
        "Months that are over under each policy, who would have been stopped, and why their limit is what it is",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            Step(("3",), ("would have stopped nobody last month",), picture="page"),
            Step(("w",), ("October 2026 under each policy", "conservative now 0")),
            Step(
                ("left_square_bracket", "left_square_bracket"),
                ("August 2026 under each policy", "› conservative now 1"),
                picture="side-by-side",
            ),
            Step(("enter",), ("Conservative now: stopped", "refused"), picture="stopped"),
            Step(("enter",), ("Why 250,000?", "floor of the policy", "request"), picture="why"),
        ),
    ),
    Play(
        "another-preset",
        "Another preset is looked at before it is saved: what differs, what it does now, and would have done",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            PAGE,
            Step(("p", "type:standard", "enter"), ("What differs", "ceiling 1,000,000 → 5,000,000")),
            Step((), ("with it stopped nobody", "as it is stopped nobody"), picture="look"),
            Step(("enter",), ("Saved the policy as version 3: standard.", "Policy STANDARD version 3")),
        ),
    ),
    Play(
        "reclaim",
        "Idle tokens are taken back from everybody but one, and given back",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            PAGE,
            Step(("down", "down", "down", "enter"), ("Reclaim?", "down to the floor", "type Acme Corp")),
            Step(("space",), ("✕ auditor@acme.example", "1 out"), picture="one-out"),
            Step(("ctrl+s",), ("Type the organization's name: Acme Corp",)),
            Step(
                ("type:Acme Corp", "ctrl+s"), ("changes as batch", "u undoes it", "1 person lowered"), picture="applied"
            ),
            Step(("u",), ("Undo batch", "200,000 → 250,000"), picture="undo"),
            Step(("ctrl+s", "type:Acme Corp", "ctrl+s"), ("changes as batch", "170 people lowered")),
        ),
    ),
)
"""What is kept of it."""
