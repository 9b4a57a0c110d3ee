"""One declaration a field: the table, `--json`, CSV, the filter grammar and sorting read it."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a column holds, which decides how it is drawn and compared."""

    ID = "id"
    TEXT = "text"
    TOKENS = "tokens"
    SHARE = "share"
    TIME = "time"
    FLAG = "flag"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a table. `key` names it in JSON, CSV, `--sort` and filters; `width` is in cells."""

    key: str
    title: str
    unit: Unit
    width: int
    sortable: bool = True
    shown: bool = True
    operators_only: bool = False
    meaning: str = ""

    @property
    def right(self) -> bool:
        """Numbers stand at the right."""
        return self.unit in (Unit.ID, Unit.TOKENS)


USER_COLUMNS: tuple[Column, ...] = (
    Column("email", "Email", Unit.TEXT, 28, meaning="who: stands still while the other columns scroll"),
    Column(
        "share", "Used this month", Unit.SHARE, 16, meaning="inference tokens used of the allocation, this UTC month"
    ),
    Column(
        "inference_allocation",
        "Max Inference Tokens",
        Unit.TOKENS,
        13,
        meaning="the monthly maximum of inference tokens",
    ),
    Column("state", "State", Unit.STATE, 12, meaning="in words: near is 90% or more, at limit is 100% or more"),
    Column("inference_used", "Monthly Inference", Unit.TOKENS, 13, meaning="inference tokens charged this UTC month"),
    Column(
        "lasts_until",
        "Lasts until",
        Unit.STATE,
        16,
        sortable=False,
        meaning="the UTC day on which the inference tokens are used up at the pace of the last 28 days",
    ),
    Column("name", "Name", Unit.TEXT, 18, meaning="first and last name; sorts by last name"),
    Column("department", "Department", Unit.TEXT, 14, meaning="the cost centre"),
    Column(
        "embedding_allocation",
        "Max Embedding Tokens",
        Unit.TOKENS,
        13,
        meaning="the monthly maximum of embedding tokens",
    ),
    Column("embedding_used", "Monthly Embedding", Unit.TOKENS, 13, meaning="embedding tokens charged this UTC month"),
    Column("usage", "Total Usage", Unit.TOKENS, 15, meaning="tokens of both kinds charged since creation"),
    Column(
        "inference_previous",
        "Previous Month Inference",
        Unit.TOKENS,
        13,
        meaning="inference tokens charged in the UTC month before",
    ),
    Column("last_sign_in_at", "Last sign-in", Unit.TIME, 16, meaning="the last time they signed in here"),
    Column("paid", "Paid", Unit.FLAG, 5, meaning="may spend"),
    Column("banned", "Banned", Unit.FLAG, 6, meaning="no sign-in, keys refused"),
    Column("verified", "Verified", Unit.FLAG, 8, meaning="the e-mail address was verified"),
    Column("mfa", "MFA", Unit.FLAG, 4, meaning="an authenticator is enrolled"),
    Column("cac", "CAC", Unit.FLAG, 4, meaning="a smart card is bound"),
    Column("type", "Type", Unit.TEXT, 11, meaning="user, admin or super_admin"),
    Column("plan", "Plan", Unit.TEXT, 10, meaning="free text of the platform"),
    Column("first_name", "First name", Unit.TEXT, 14, shown=False),
    Column("last_name", "Last name", Unit.TEXT, 16, shown=False),
    Column("company", "Company", Unit.TEXT, 16, shown=False, meaning="what the person typed"),
    Column("organization", "Org", Unit.TEXT, 16, operators_only=True, meaning="the organization they belong to"),
    Column("created_at", "Created", Unit.TIME, 16, shown=False),
    Column("id", "ID", Unit.ID, 8, shown=False),
)

ACTIVITY_COLUMNS: tuple[Column, ...] = (
    Column("at", "Time", Unit.TIME, 16),
    Column("email", "User", Unit.TEXT, 28, sortable=False),
    Column("model", "Model", Unit.TEXT, 20, sortable=False),
    Column("kind", "Kind", Unit.TEXT, 9, sortable=False),
    Column("prompt_tokens", "In", Unit.TOKENS, 9, sortable=False),
    Column("completion_tokens", "Out", Unit.TOKENS, 9, sortable=False),
    Column("charge", "Charge", Unit.TOKENS, 10, sortable=False),
    Column("status", "Status", Unit.STATE, 10, sortable=False),
    Column("latency_ms", "Latency ms", Unit.TOKENS, 10, sortable=False),
    Column("source", "Source", Unit.TEXT, 12, sortable=False),
    Column("organization", "Org", Unit.TEXT, 16, sortable=False, operators_only=True),
)

AUDIT_COLUMNS: tuple[Column, ...] = (
    Column("at", "Time", Unit.TIME, 16),
    Column("actor", "Actor", Unit.TEXT, 26, sortable=False),
    Column("action", "Action", Unit.TEXT, 20, sortable=False),
    Column("target", "Target", Unit.TEXT, 28, sortable=False),
    Column("origin", "Origin", Unit.TEXT, 14, sortable=False),
    Column("batch", "Batch", Unit.ID, 7, sortable=False),
    Column("reason", "Reason", Unit.TEXT, 30, sortable=False),
    Column("organization", "Org", Unit.TEXT, 16, sortable=False, operators_only=True),
)


def by_key(columns: tuple[Column, ...]) -> dict[str, Column]:
    """The declarations by key."""
    return {column.key: column for column in columns}
