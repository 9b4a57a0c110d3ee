"""Sessions of editing: many changes at once, seen before they count, saved together, and taken back."""

from sage_tui.tui.play import Play, Step, sign_in

ADMIN = "admin@acme.example"
ENTER_PANEL = Step(("a", "type:{code}", "enter"), ("What needs you",))

EDITING: tuple[Play, ...] = (
    Play(
        "edit-many",
        "Edits of several people and columns are staged, reviewed, saved as one batch, and undone",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            Step(("2", "e", "type:3M"), ("Inference",), picture="in-place"),
            Step(("enter", "down", "e", "type:+25%", "enter"), ("→3,000,000", "2 edits staged, +1.1M")),
            Step(("down", "e", "type:lots", "enter"), ("'lots' is not an amount",), picture="staged"),
            Step(("escape", "ctrl+s"), ("Save 2 changes?", "2,000,000 → 3,000,000", "+1,000,000"), picture="review"),
            Step(("tab", "type:end of quarter", "enter", "enter"), ("Saved 2 changes as batch", "u undoes it")),
            Step(("u",), ("Undo batch", "3,000,000 → 2,000,000", "end of quarter"), picture="undo"),
            Step(("ctrl+s",), ("Took back 2 changes",), ("staged",)),
        ),
    ),
    Play(
        "conflict",
        "Somebody changed it meanwhile: three values and a choice",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            Step(("2", "e", "type:3M", "enter", "down", "e", "type:+25%", "enter"), ("2 edits staged",)),
            Step(
                ("meanwhile:maria.oconnor@acme.example 2500000", "ctrl+s"),
                ("1 to decide", "before 2,000,000 · theirs 2,500,000 · yours 3,000,000"),
                picture="three-values",
            ),
            Step(("ctrl+s",), ("1 change waits for your decision",)),
            Step(("minus",), ("1 change of 1 person · 1 out",), picture="theirs"),
            Step(("ctrl+s",), ("Saved 1 change",)),
        ),
    ),
    Play(
        "cap-too-small",
        "More than the pool holds is refused with what is missing, and what fits can be kept",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            Step(("2", "e", "type:+1B", "enter", "down", "e", "type:+10K", "enter"), ("2 edits staged",)),
            Step(("ctrl+s",), ("over the cap",)),
            Step(("ctrl+s",), ("The inference pool is too small:", "f keeps what fits"), picture="refused"),
            Step(("f",), ("1 change of 1 person · 1 out",), picture="fits"),
            Step(("ctrl+s",), ("Saved 1 change",)),
        ),
    ),
    Play(
        "pasted-list",
        "An act for a pasted list of e-mails, each answered",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            Step(("2", "full_stop", "type:pasted", "enter"), ("Paste e-mail addresses",)),
            Step(
                ("paste:tom@acme.example\nEVE@acme.example, nobody@nowhere.example", "tab", "tab", "enter"),
                ("2 of 3 are here.", "not here: nobody@nowhere.example"),
                picture="answers",
            ),
            Step(("enter", "full_stop"), ("For 2 selected", "Offboard"), picture="actions"),
            Step(("type:department", "enter", "type:Evaluation", "enter"), ("→ Evaluation",), picture="preview"),
            Step(("ctrl+s",), ("Saved 2 changes",)),
        ),
    ),
    Play(
        "offboard",
        "Somebody leaves, and it is taken back",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            Step(("2", "slash", "type:sam.rivera", "enter"), ("sam.rivera",)),
            Step(("full_stop", "type:offboard", "enter"), ("Offboard: sam.rivera",), picture="preview"),
            Step(("ctrl+s",), ("✕ banned", "Saved")),
            Step(("U",), ("Batches", "offboarded"), picture="batches"),
            Step(("enter",), ("no → yes", "u undoes it"), picture="rows"),
            Step(("u",), ("Undo batch",)),
            Step(("ctrl+s",), ("was undone already",)),
            Step(("escape", "escape"), ("▲ near",), ("✕ banned",)),
        ),
    ),
    Play(
        "audit-entry",
        "An entry of the audit says what its batch changed, and undoes it",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            Step(("2", "slash", "type:paid:yes", "enter", "space", "space", "colon")),
            Step(("type:embedding",), ("for 2 selected",), picture="by-name"),
            Step(("enter", "type:260K", "enter"), ("→ 260,000",)),
            Step(("ctrl+s",), ("Saved 2 changes",)),
            Step(("6", "right_square_bracket", "enter"), ("u undoes it; or: sage-tui undo",), picture="entry"),
            Step(("u",), ("Undo batch",)),
            Step(("ctrl+s",), ("Took back 2 changes",)),
            Step(("down", "enter"), ("was undone already",), picture="undone"),
        ),
    ),
    Play(
        "draft",
        "What was staged is there again after the panel was left",
        ADMIN,
        (
            sign_in(ADMIN),
            ENTER_PANEL,
            Step(("2", "e", "type:3M", "enter"), ("1 edit staged",)),
            Step(("L",), ("Locked: admin mode is over.",)),
            Step(("meanwhile:maria.oconnor@acme.example 2500000",)),
            Step(("wait:30", "a", "type:{code}", "enter"), ("What needs you",)),
            Step(("2",), ("1 staged edit of", "not saved yet", "→3,000,000"), picture="kept"),
            Step(("ctrl+s",), ("1 to decide",)),
        ),
    ),
)
