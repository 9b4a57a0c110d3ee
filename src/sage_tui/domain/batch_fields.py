"""The words that the filter of batches knows, and the columns of their table."""

from sage_tui.domain.columns import Column, Unit
from sage_tui.domain.queries_fields import Field, Fields, Takes

BATCHES: Fields = {
    field.name: field
    for field in (
        Field("batch", Takes.ID, "the batch's number", "batch:12", "batch"),
        Field("actor", Takes.TEXT, "who made it", "actor:ada", "actor"),
        Field("action", Takes.TEXT, "what was done", "action:offboard", "action"),
        Field("reason", Takes.TEXT, "why, in the author's words", "reason:quarter", "reason"),
        Field("rows", Takes.NUMBER, "how many rows it changed", "rows>100", "rows"),
        Field("undone", Takes.FLAG, "it was undone", "undone:no"),
        Field("mine", Takes.FLAG, "you made it", "mine:yes"),
        Field("org", Takes.TEXT, "the organization's name", "org:acme", "organization"),
        Field("at", Takes.SPAN, "when", "at:2026-11", "at"),
    )
}

BATCH_COLUMNS: tuple[Column, ...] = (
    Column("batch", "Batch", Unit.ID, 7, sortable=False, meaning="the number that undo takes"),
    Column("at", "Time", Unit.TIME, 16),
    Column("actor", "Who", Unit.TEXT, 24, sortable=False),
    Column("action", "What", Unit.TEXT, 26, sortable=False),
    Column("rows", "Rows", Unit.TOKENS, 9, sortable=False, meaning="fields of people that it changed"),
    Column("undone", "Undone", Unit.TEXT, 12, sortable=False, meaning="by which batch; or which one this undid"),
    Column("reason", "Reason", Unit.TEXT, 30, sortable=False),
    Column("organization", "Org", Unit.TEXT, 16, sortable=False, operators_only=True),
)

ACTIONS = {
    "users set": "changed fields",
    "users add": "added people",
    "import users": "added people from a file",
    "users disable": "disabled",
    "users offboard": "offboarded",
    "users role": "changed the role",
    "users move": "moved to another place",
    "users email": "changed the e-mail",
    "users payer": "changed the payer",
    "requests approve": "approved requests",
    "requests deny": "denied requests",
    "requests approve-fitting": "approved all that fit",
}
"""What a batch did, in words; what is not listed here stands as it is called."""


def did(action: str, undoes: int | None) -> str:
    """What a batch did, in words.

    >>> did("users offboard", None), did("undo", 12), did("distribution apply", None)
    ('offboarded', 'undid batch 12', 'distribution apply')
    """
    return f"undid batch {undoes}" if undoes is not None else ACTIONS.get(action, action)
