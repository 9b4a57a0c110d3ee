"""Usage: events, what they add up to, imports, identities, reservations.

`user_id` is a person's number, or minus the number of an `identity` that belongs to nobody yet: so a
held identity has totals like a person, and assigning it moves rows from one key to another. Tokens and
charges of counter-entries (`entry` > 0, "Usage is corrected, never changed") are negative.
"""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from sage_tui.domain.units import MAX_TOKENS
from sage_tui.store.tables.types import BIG, BYTES, SMALL, TEXT, one_of, partial, tokens, whole

_COUNTS = ("prompt_tokens", "cached_tokens", "completion_tokens", "charge")


class UsageEvent(SQLModel, table=True):
    """One model interaction, or one counter-entry. Never changed but for who it belongs to, and by a settlement that
    is more certain than the one before it (gateway.md, section 1)."""

    __tablename__ = "usage_event"
    __table_args__ = (
        Index("ux_event_digest", "day", "digest", unique=True),
        Index("ix_event_at", "at"),
        Index("ix_event_org_at", "organization_id", "at"),
        Index("ix_event_user_at", "user_id", "at"),
        partial("ix_event_not_ok", "organization_id", "status", "at", where="status <> 0"),
        partial("ix_event_corrects", "organization_id", "external_id", where="entry > 0"),
        CheckConstraint(
            "entry > 0 OR (prompt_tokens >= 0 AND completion_tokens >= 0 AND charge >= 0)", name="ck_entry"
        ),
        *tokens(*_COUNTS, least=-MAX_TOKENS),
    )
    organization_id: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    id: bytes = Field(primary_key=True, sa_type=BYTES)
    """UUIDv7, made by us; of a settled reservation: the reservation's."""
    day: int = Field(sa_type=BIG)
    digest: bytes = Field(sa_type=BYTES)
    """First 16 bytes of SHA-256(source NUL external id)."""
    content: int = Field(sa_type=BIG)
    """64 bits of a digest of what was reported: the same id with other content is told, not charged."""
    at: int = Field(sa_type=BIG)
    user_id: int = Field(sa_type=BIG)
    model_id: int = Field(sa_type=BIG)
    kind: int = Field(sa_type=SMALL)
    prompt_tokens: int = Field(sa_type=BIG)
    cached_tokens: int = Field(sa_type=BIG)
    completion_tokens: int = Field(sa_type=BIG)
    charge: int = Field(sa_type=BIG)
    status: int = Field(default=0, sa_type=SMALL)
    """Place in domain.usage.STATUSES."""
    certainty: int = Field(default=2, sa_type=SMALL)
    """0 estimated, 1 reported, 2 final (gateway.md, section 1)."""
    entry: int = Field(default=0, sa_type=SMALL)
    """0 usage, 1 reversal, 2 credit, 3 recharge."""
    latency_ms: int | None = Field(default=None, sa_type=BIG)
    source_id: int = Field(sa_type=BIG)
    import_id: int | None = Field(default=None, sa_type=BIG)
    external_id: str = Field(default="", sa_type=TEXT)
    """The source's own id; of a counter-entry the id, in hex, of the event that it corrects."""
    provider_id: str | None = Field(default=None, sa_type=TEXT)


class UsageSource(SQLModel, table=True):
    """Names of sources, so that ten million events do not repeat them."""

    __tablename__ = "usage_source"
    __table_args__ = (Index("ux_source_name", "name", unique=True),)
    id: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    name: str = Field(sa_type=TEXT)
    last_heard_at: int | None = Field(default=None, sa_type=BIG)


class UsageDaily(SQLModel, table=True):
    """The truth of all totals: by day, user, model, kind (speed.md, fact 3)."""

    __tablename__ = "usage_daily"
    __table_args__ = (
        Index("ix_daily_user", "organization_id", "user_id", "day"),
        *tokens(*_COUNTS, least=-MAX_TOKENS),
    )
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    day: int = Field(primary_key=True, sa_type=BIG)
    user_id: int = Field(primary_key=True, sa_type=BIG)
    model_id: int = Field(primary_key=True, sa_type=BIG)
    kind: int = Field(primary_key=True, sa_type=SMALL)
    entry: int = Field(default=0, primary_key=True, sa_type=SMALL)
    events: int = Field(default=0, sa_type=BIG)
    failures: int = Field(default=0, sa_type=BIG)
    prompt_tokens: int = Field(default=0, sa_type=BIG)
    cached_tokens: int = Field(default=0, sa_type=BIG)
    completion_tokens: int = Field(default=0, sa_type=BIG)
    charge: int = Field(default=0, sa_type=BIG)


class UsageOrganizationDaily(SQLModel, table=True):
    """For screens: by organization, day, model, kind. `slot` splits hot rows."""

    __tablename__ = "usage_organization_daily"
    __table_args__ = (*tokens(*_COUNTS, least=-MAX_TOKENS),)
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    day: int = Field(primary_key=True, sa_type=BIG)
    model_id: int = Field(primary_key=True, sa_type=BIG)
    kind: int = Field(primary_key=True, sa_type=SMALL)
    entry: int = Field(default=0, primary_key=True, sa_type=SMALL)
    slot: int = Field(default=0, primary_key=True, sa_type=SMALL)
    events: int = Field(default=0, sa_type=BIG)
    failures: int = Field(default=0, sa_type=BIG)
    prompt_tokens: int = Field(default=0, sa_type=BIG)
    cached_tokens: int = Field(default=0, sa_type=BIG)
    completion_tokens: int = Field(default=0, sa_type=BIG)
    charge: int = Field(default=0, sa_type=BIG)


class UsageMonth(SQLModel, table=True):
    """For screens and counters: by month, user, kind. Where a counter differs, this is right."""

    __tablename__ = "usage_month"
    __table_args__ = (
        Index("ix_month_user", "organization_id", "user_id", "month"),
        *tokens("charge", "corrected", least=-MAX_TOKENS),
    )
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    month: int = Field(primary_key=True, sa_type=BIG)
    user_id: int = Field(primary_key=True, sa_type=BIG)
    kind: int = Field(primary_key=True, sa_type=SMALL)
    events: int = Field(default=0, sa_type=BIG)
    charge: int = Field(default=0, sa_type=BIG)
    corrected: int = Field(default=0, sa_type=BIG)
    """The part of `charge` that counter-entries made."""


class UsageImport(SQLModel, table=True):
    """One import of a file, also one that was cut short."""

    __tablename__ = "usage_import"
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    id: int = Field(primary_key=True, sa_type=BIG)
    source_id: int = Field(sa_type=BIG)
    name: str = Field(sa_type=TEXT)
    sha256: str = Field(default="", sa_type=TEXT)
    started_at: int = Field(sa_type=BIG)
    finished_at: int | None = Field(default=None, sa_type=BIG)
    rows_seen: int = Field(default=0, sa_type=BIG)
    recorded: int = Field(default=0, sa_type=BIG)


class Identity(SQLModel, table=True):
    """A gateway's name for somebody we do not know. `name` is escaped (reversible), compared exactly."""

    __tablename__ = "identity"
    __table_args__ = (
        Index("ux_identity", "organization_id", "source_id", "name", unique=True),
        Index("ix_identity_id", "id"),
        *whole("id", "user_id"),
    )
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    id: int = Field(primary_key=True, sa_type=BIG)
    source_id: int = Field(sa_type=BIG)
    name: str = Field(sa_type=TEXT)
    user_id: int | None = Field(default=None, sa_type=BIG)
    """Whose it is, since it was assigned: later records go there at once."""
    created_at: int = Field(sa_type=BIG)
    assigned_at: int | None = Field(default=None, sa_type=BIG)


class Reservation(SQLModel, table=True):
    """Tokens held for a call in flight (gateway.md, section 1)."""

    __tablename__ = "reservation"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_reservation_organization"),
        partial("ix_reservation_held", "organization_id", "expires_at", where="status = 'held'"),
        Index("ux_reservation_retry", "organization_id", "source_id", "retry_key", unique=True),
        Index("ix_reservation_id", "id"),
        partial("ix_reservation_key", "retry_key", "source_id", where="retry_key IS NOT NULL"),
        one_of("status", "held", "settled", "released", "expired", "refused"),
        *tokens("estimate", "prompt_estimate", "completion_estimate"),
    )
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    id: bytes = Field(primary_key=True, sa_type=BYTES)
    user_id: int = Field(sa_type=BIG)
    model_id: int = Field(sa_type=BIG)
    kind: int = Field(sa_type=SMALL)
    month: int = Field(sa_type=BIG)
    estimate: int = Field(sa_type=BIG)
    """The charge that is held."""
    prompt_estimate: int = Field(default=0, sa_type=BIG)
    completion_estimate: int = Field(default=0, sa_type=BIG)
    status: str = Field(default="held", sa_type=TEXT)
    why: str = Field(default="", sa_type=TEXT)
    """Why it was refused or released; a refused one stays for its retry key's sake."""
    source_id: int = Field(sa_type=BIG)
    retry_key: str | None = Field(default=None, sa_type=TEXT)
    content: int = Field(default=0, sa_type=BIG)
    """64 bits of a digest of what was asked: the same key with other content is a conflict."""
    created_at: int = Field(sa_type=BIG)
    expires_at: int = Field(sa_type=BIG)
    closed_at: int | None = Field(default=None, sa_type=BIG)
    call_id: str | None = Field(default=None, sa_type=TEXT)
    provider_id: str | None = Field(default=None, sa_type=TEXT)
