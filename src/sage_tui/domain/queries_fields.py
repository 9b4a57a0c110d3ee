"""The words that filters know: one declaration a field, for parsing, completion, help and `--sort`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Takes(StrEnum):
    """What stands after a field's name."""

    TOKENS = "tokens"
    """Compared with an amount: `max<1M`."""
    TOKENS_OR_SHARE = "tokens or share"
    """Compared with an amount or with a share of the allocation: `used>90%`."""
    DAYS = "days"
    """Compared with a number of days: `idle>7d`."""
    NUMBER = "number"
    """Compared with a plain number."""
    FLAG = "flag"
    """`:yes` or `:no`."""
    TEXT = "text"
    """`:part` (contains, no difference of case) or `=whole`."""
    WORD = "word"
    """`:word`, one of the field's values, the whole word."""
    ID = "id"
    """`:42`, the whole number."""
    SPAN = "span"
    """UTC days: `:2026-11-01..2026-11-07`, either end open."""


@dataclass(frozen=True, slots=True)
class Field:
    """A filter's field. `column` is the table column that it speaks of, for `--sort`; "" where there is none."""

    name: str
    takes: Takes
    meaning: str
    example: str
    column: str = ""
    values: tuple[str, ...] = ()


Fields = Mapping[str, Field]


def _fields(*fields: Field) -> Fields:
    return {field.name: field for field in fields}


KINDS = ("inference", "embedding")

USERS: Fields = _fields(
    Field(
        "used",
        Takes.TOKENS_OR_SHARE,
        "inference tokens charged this month, or their share of the maximum",
        "used>90%",
        "inference_used",
    ),
    Field("max", Takes.TOKENS, "the monthly maximum of inference tokens", "max<1M", "inference_allocation"),
    Field("idle", Takes.DAYS, "days since they last used anything (or were added)", "idle>7d"),
    Field(
        "emb.used",
        Takes.TOKENS_OR_SHARE,
        "embedding tokens charged this month, or their share",
        "emb.used>50%",
        "embedding_used",
    ),
    Field(
        "lasts",
        Takes.DAYS,
        "days until the inference tokens are used up, at the pace of the last 28; those whose tokens last to the"
        " month's end are above every number",
        "lasts<7d",
    ),
    Field("emb.max", Takes.TOKENS, "the monthly maximum of embedding tokens", "emb.max=0", "embedding_allocation"),
    Field("paid", Takes.FLAG, "may spend", "paid:yes", "paid"),
    Field("banned", Takes.FLAG, "no sign-in, keys refused", "banned:no", "banned"),
    Field("verified", Takes.FLAG, "the e-mail address was verified", "verified:no", "verified"),
    Field("mfa", Takes.FLAG, "an authenticator is enrolled", "mfa:no", "mfa"),
    Field("stopped", Takes.FLAG, "a call was refused since the last raise", "stopped:yes"),
    Field("unset", Takes.FLAG, "has no maximum of inference tokens", "unset:yes"),
    Field("type", Takes.WORD, "user, admin or super_admin", "type:admin", "type", ("user", "admin", "super_admin")),
    Field("org", Takes.TEXT, "the organization's name", "org:acme", "organization"),
    Field("plan", Takes.TEXT, "the platform's plan", "plan:team", "plan"),
    Field("dept", Takes.TEXT, "the department", "dept:research", "department"),
    Field("email", Takes.TEXT, "the e-mail address", "email:@acme.example", "email"),
    Field("name", Takes.TEXT, "first and last name", 'name:"van den"', "name"),
    Field("company", Takes.TEXT, "the company they typed", "company:acme", "company"),
    Field("id", Takes.ID, "the person's number", "id:42", "id"),
    Field("created", Takes.SPAN, "when they were added", "created:2026-11-01..", "created_at"),
)

ACTIVITY: Fields = _fields(
    Field("user", Takes.TEXT, "the person's e-mail, or the held identity", "user:ada", "email"),
    Field("org", Takes.TEXT, "the organization's name", "org:acme", "organization"),
    Field("dept", Takes.TEXT, "the person's department", "dept:research"),
    Field("model", Takes.TEXT, "the model's key", "model:gpt-4o", "model"),
    Field("kind", Takes.WORD, "inference or embedding", "kind:embedding", "kind", KINDS),
    Field(
        "status",
        Takes.WORD,
        "success, failure, refused, unknown; or reversal, credit, recharge",
        "status:failure",
        "status",
        ("success", "failure", "refused", "unknown", "reversal", "credit", "recharge"),
    ),
    Field("at", Takes.SPAN, "when", "at:2026-11-01..2026-11-07", "at"),
    Field("charge", Takes.TOKENS, "the charged tokens", "charge>10K", "charge"),
    Field("tokens", Takes.TOKENS, "prompt and completion tokens together", "tokens>100K"),
    Field("latency", Takes.NUMBER, "milliseconds until the answer ended", "latency>5000", "latency_ms"),
    Field("source", Takes.TEXT, "where the record came from", "source:litellm", "source"),
)

STATISTICS: Fields = _fields(
    Field("model", Takes.TEXT, "one model, by its key", "model:gpt-4o", "model"),
    Field("user", Takes.TEXT, "one person, or a held identity", "user:ada@acme.example", "email"),
    Field("dept", Takes.TEXT, "the people of a department", "dept:research", "department"),
    Field("kind", Takes.WORD, "inference or embedding", "kind:embedding", "kind", KINDS),
)

REQUESTS: Fields = _fields(
    Field("user", Takes.TEXT, "who asks, by e-mail", "user:ada", "email"),
    Field("org", Takes.TEXT, "the organization's name", "org:acme", "organization"),
    Field("dept", Takes.TEXT, "the person's department", "dept:research"),
    Field("kind", Takes.WORD, "inference or embedding", "kind:embedding", "kind", KINDS),
    Field("amount", Takes.TOKENS, "the tokens asked for", "amount>1M", "amount"),
    Field("reason", Takes.TEXT, "why", "reason:eval", "reason"),
    Field("auto", Takes.FLAG, "the auto-approval rule decided", "auto:yes"),
    Field("at", Takes.SPAN, "when it was asked", "at:2026-11-01..", "at"),
)

AUDIT: Fields = _fields(
    Field("actor", Takes.TEXT, "who acted", "actor:ada", "actor"),
    Field("target", Takes.TEXT, "who or what was acted on", "target:bo", "target"),
    Field("action", Takes.TEXT, "what was done", "action:reset", "action"),
    Field("origin", Takes.TEXT, "from where", "origin:gateway", "origin"),
    Field("batch", Takes.ID, "the batch's number", "batch:12", "batch"),
    Field("org", Takes.TEXT, "the organization's name", "org:acme", "organization"),
    Field("at", Takes.SPAN, "when", "at:2026-11", "at"),
)


def sort_names(fields: Fields) -> dict[str, str]:
    """Filter names that `--sort` takes, each with its column."""
    return {field.name: field.column for field in fields.values() if field.column}
