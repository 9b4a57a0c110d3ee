"""The sessions that are kept: what an administrator does first, and what must hold when things are odd."""

from sage_tui.tui.play import Play, Step, sign_in
from sage_tui.tui.play.distribution import DISTRIBUTION
from sage_tui.tui.play.editing import EDITING
from sage_tui.tui.play.requests import REQUESTS
from sage_tui.tui.play.statistics import STATISTICS

ADMIN, NEW, ROOT = "admin@acme.example", "new-admin@acme.example", "root@sage.example"
BOBBY = "[@click=app.quit]Bobby[/] �selbaT� Z̴̴̴̴����algo"
ENTER_PANEL = Step(("a", "type:{code}", "enter"), ("What needs you",))

HOUSE: tuple[Play, ...] = (
    Play(
        "first-sign-in",
        "An administrator signs in for the first time, sets up an authenticator and enters the panel",
        NEW,
        (
            sign_in(NEW),
            Step(("a",), ("Set up your authenticator app", "Scan the picture", "the code is"), picture="enrolment"),
            Step(("type:000000", "enter"), ("not right",)),
            Step(("type:{code}", "enter"), ("Recovery codes: write them down",)),
            Step(("enter",), ("Enter admin mode", "This is a demo: the code is"), picture="challenge"),
            Step(("type:{code}", "enter"), ("What needs you", "ADMIN new-admin · 15 min"), picture="today"),
        ),
    ),
    Play(
        "wrong-codes",
        "A recovery code opens admin mode; five wrong codes lead to a pause",
        ADMIN,
        (
            sign_in(ADMIN),
            Step((*["right"] * 5, "enter"), ("New recovery codes",)),
            Step(("type:{code}", "enter"), ("They are shown now and never again",)),
            Step(("enter", "a", "type:000000", "enter"), ("That code was not right. 4 tries left",), picture="wrong"),
            Step(("type:{recovery}", "enter"), ("What needs you", "recovery code")),
            Step(("L",), ("Locked: admin mode is over.",)),
            Step(("a", "type:000000", "enter", "type:000001", "enter"), ("3 tries left",)),
            Step(("type:000000", "enter", "type:000001", "enter", "type:000000", "enter"), ("15 m",), picture="pause"),
            Step(("type:{recovery}", "enter"), ("Enter admin mode",)),
            Step(("escape",), ("Hello",), ("Enter admin mode",)),
        ),
    ),
    Play(
        "drawer",
        "On a narrow terminal the menu opens over the page, and gives the focus back",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            Step(
                ("m",),
                ("MANAGEMENT", "3 Token Distribution", "ANALYTICS", "5 Token Statistics"),
                ("7 Organizations",),
                picture="open",
            ),
            Step(("down", "enter"), ("Max Inference", "users"), ("MANAGEMENT",)),
            Step(("m", "escape"), ("Max Inference",), ("MANAGEMENT",)),
            Step(("6",), ("Interactions", "Audit")),
            Step(("backspace",), ("Max Inference",)),
        ),
    ),
    Play(
        "near-the-limit",
        "Who is near the limit, and why is the limit what it is?",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            Step(("2",), ("Inference", "allocated", "Used this month▼"), picture="users"),
            Step(("slash", "type:used>9"), ("enter keep", "esc clear")),
            Step(("type:0% paid:maybe",), ("maybe is neither yes nor no",), picture="wrong-filter"),
            Step((*["backspace"] * 11, "enter"), ("near",), ("░░░░░░ ",)),
            Step(("right", "right", "equals_sign"), ("Why ", "now"), picture="why"),
            Step(("escape", "s"), ("Max Inference▼",)),
            Step(("enter",), ("Month before", "Last 30 days"), picture="person"),
            Step(("backspace",), ("used>90%",)),
        ),
    ),
    Play(
        "hostile-names",
        "Names that try to be markup, escape codes or directions stay words",
        ROOT,
        (
            sign_in(ROOT),
            Step(("a", "type:{code}", "enter"), ("OPERATOR root",)),
            Step(("2", "slash", "type:name:bobby", "enter"), ("[@click=app.", "1 of 400 users"), picture="users"),
            Step(("enter",), (BOBBY, "Umbra Archive · Legal"), picture="person"),
        ),
        size=(200, 24),
    ),
    Play(
        "monochrome",
        "Without colour everything is still told: by words, signs, bold and reverse",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            Step(("2",), ("■", "▲ near"), picture="users"),
            Step(("m",), ("▌2 User Management",), picture="menu"),
        ),
        monochrome=True,
    ),
    Play(
        "empty-organization",
        "An organization without people says so, and what to do",
        ROOT,
        (
            sign_in(ROOT),
            Step(("a", "type:{code}", "enter"), ("OPERATOR root",)),
            Step(("2", "o"), ("Which organization?",), picture="organizations"),
            Step(("type:zenith", "enter"), ("Zenith Trust has no people yet.", "0 users"), picture="users"),
            Step(("slash", "type:mfa:no", "enter"), ("Nobody matches this filter. esc clears it.",)),
            Step(("1",), ("Zenith Trust", "Nothing needs you."), picture="today"),
            Step(("6",), ("No calls yet.", "0 interactions"), picture="activity"),
        ),
    ),
)

PLAYS: tuple[Play, ...] = (*HOUSE, *EDITING, *REQUESTS, *DISTRIBUTION, *STATISTICS)
