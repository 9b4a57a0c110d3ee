"""Sessions of statistics: from a month down to one person and back, own days, departments, forecast, nothing there."""

from sage_tui.tui.play import Play, Step, sign_in

ADMIN, ROOT = "admin@acme.example", "root@sage.example"
ENTER_PANEL = Step(("a", "type:{code}", "enter"), ("What needs you",))
PAGE = Step(("5",), ("▌Days", "this month · 2026-11-01 to 2026-11-30", "Inference", "Embedding"))

STATISTICS: tuple[Play, ...] = (
    Play(
        "month-to-person",
        "From the months of a year to a month's models, to a model's users, to one user's days, and back",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            PAGE,
            Step(("v", "type:months", "enter"), ("▌Months",)),
            Step(("d", "type:year", "enter"), ("this year · 2026-01-01 to 2026-12-31", "2026-10"), picture="months"),
            Step(("down", "enter"), ("▌Models", "October 2026", "borealis-coder"), picture="models"),
            Step(("enter",), ("▌Users", "model=", "October 2026")),
            Step(("enter",), ("▌Days", "model=", "user=", "2026-10-31"), picture="person"),
            Step(("equals_sign",), ("What this number is", "Proved just now", "to the token"), picture="explained"),
            Step(("escape", "backspace"), ("▌Users",), ("user=",)),
            Step(("backspace", "backspace"), ("▌Months", "this year", "› 2026-10"), ("model=",)),
        ),
    ),
    Play(
        "own-days",
        "Own days by keyboard, the days before them, and what is wrong with others",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            PAGE,
            Step(("d", "type:own", "enter", "type:2026-11-09 2026-11-02", "enter"), ("is before 2026-11-09",)),
            Step(("ctrl+u", "type:2026-11-09 2026-11-15", "enter"), ("2026-11-09 to 2026-11-15",), picture="week"),
            Step(("left_square_bracket",), ("2026-11-02 to 2026-11-08", "against 2026-10-26 to 2026-11-01")),
        ),
    ),
    Play(
        "departments",
        "By department: its users, allocation against use, and until when things last",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            PAGE,
            Step(("v", "type:depart", "enter"), ("▌Departments", "Legal"), picture="departments"),
            Step(("enter",), ("▌Users", "dept=")),
            Step(("v", "type:alloc", "enter"), ("▌Allocations", "stranded", "10% to 50%"), picture="allocations"),
            Step(("escape", "v", "type:forecast", "enter"), ("▌Forecast", "the pool", "a week"), picture="forecast"),
        ),
    ),
    Play(
        "export",
        "A view of statistics is written into a file, and where it went is told",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            PAGE,
            Step(("v", "type:models", "enter"), ("▌Models",)),
            Step(("x",), ("Written", "rows", "mode 0600")),
            Step(("escape",), ("rows written.",), ("mode 0600",), picture="written"),
        ),
    ),
    Play(
        "nothing-used",
        "An organization where nobody used anything yet",
        ROOT,
        (
            sign_in(ROOT),
            ENTER_PANEL,
            Step(("5",), ("▌Days", "All organizatio")),
            Step(("d", "type:own", "enter", "type:2024-02", "enter"), ("Nothing was used",), picture="nothing"),
            Step(("v", "type:forecast", "enter"), ("of one organization: o chooses one",)),
            Step(("o", "type:Zenith", "enter"), ("Zenith", "Nothing was used in these days"), picture="organization"),
            Step(("v", "type:forecast", "enter"), ("not enough data",)),
        ),
    ),
)
"""What is kept of it."""
