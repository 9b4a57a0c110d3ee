"""The token economy's own tables: batches and changes, policies, overrides, plans, requests."""

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from sage_tui.store.tables.types import BIG, SMALL, TEXT, one_of, partial, tokens


class Batch(SQLModel, table=True):
    """One act that may be undone: the number that people name."""

    __tablename__ = "batch"
    __table_args__ = (Index("ix_batch_org_at", "organization_id", "at"),)
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    id: int = Field(primary_key=True, sa_type=BIG)
    at: int = Field(sa_type=BIG)
    actor_id: int | None = Field(default=None, sa_type=BIG)
    actor: str = Field(default="", sa_type=TEXT)
    action: str = Field(sa_type=TEXT)
    rows: int = Field(default=0, sa_type=BIG)
    reason: str = Field(default="", sa_type=TEXT)
    undoes: int | None = Field(default=None, sa_type=BIG)
    undone_by: int | None = Field(default=None, sa_type=BIG)


class AllocationChange(SQLModel, table=True):
    """One field of one member that one batch changed: what undo and "why this limit" read."""

    __tablename__ = "allocation_change"
    __table_args__ = (
        Index("ix_change_user", "organization_id", "user_id", "at"),
        Index("ix_change_batch", "organization_id", "batch"),
    )
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    id: int = Field(primary_key=True, sa_type=BIG)
    """From a counter: a batch takes its numbers in one block, so that one statement writes a million."""
    user_id: int = Field(sa_type=BIG)
    batch: int = Field(sa_type=BIG)
    at: int = Field(sa_type=BIG)
    field: str = Field(sa_type=TEXT)
    """`inference`, `embedding`, or another field of a member (`paid`, `banned`, `department` …)."""
    before: int | None = Field(default=None, sa_type=BIG)
    after: int | None = Field(default=None, sa_type=BIG)
    before_text: str | None = Field(default=None, sa_type=TEXT)
    after_text: str | None = Field(default=None, sa_type=TEXT)
    rule: str = Field(sa_type=TEXT)
    """A code with its numbers, put into words when shown."""


class Policy(SQLModel, table=True):
    """A version of an organization's distribution rules (or of one department's)."""

    __tablename__ = "policy"
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    department: str = Field(default="", primary_key=True, sa_type=TEXT)
    version: int = Field(primary_key=True, sa_type=BIG)
    preset: str = Field(sa_type=TEXT)
    fields: str = Field(sa_type=TEXT)
    """JSON of every field, whole numbers only."""
    at: int = Field(sa_type=BIG)
    actor_id: int | None = Field(default=None, sa_type=BIG)


class Override(SQLModel, table=True):
    """A person's exception to the policy."""

    __tablename__ = "override"
    __table_args__ = (*tokens("inference_floor", "inference_ceiling", "embedding_floor", "embedding_ceiling"),)
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    user_id: int = Field(primary_key=True, sa_type=BIG)
    inference_floor: int | None = Field(default=None, sa_type=BIG)
    inference_ceiling: int | None = Field(default=None, sa_type=BIG)
    embedding_floor: int | None = Field(default=None, sa_type=BIG)
    embedding_ceiling: int | None = Field(default=None, sa_type=BIG)
    pinned: bool = False
    no_reclaim: bool = False
    no_auto_increase: bool = False
    until: int | None = Field(default=None, sa_type=BIG)
    note: str = Field(default="", sa_type=TEXT)


class TokenRaise(SQLModel, table=True):
    """A raise with an end: the allocation falls back by itself to what it would have been without it."""

    __tablename__ = "token_raise"
    __table_args__ = (
        partial("ix_raise_ends", "organization_id", "until", where="ended_at IS NULL"),
        Index("ix_raise_user", "organization_id", "user_id"),
        *tokens("amount", least=1),
    )
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    id: int = Field(primary_key=True, sa_type=BIG)
    user_id: int = Field(sa_type=BIG)
    kind: int = Field(sa_type=SMALL)
    amount: int = Field(sa_type=BIG)
    until: int = Field(sa_type=BIG)
    created_at: int = Field(sa_type=BIG)
    request_id: int | None = Field(default=None, sa_type=BIG)
    ended_at: int | None = Field(default=None, sa_type=BIG)


class Bump(SQLModel, table=True):
    """When a person was last raised automatically, by kind and tier: what a cooldown counts from.

    A tier of -1 - N: when it was last told that tier N gave nothing, for want of room or at the ceiling.
    """

    __tablename__ = "bump"
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    user_id: int = Field(primary_key=True, sa_type=BIG)
    kind: int = Field(primary_key=True, sa_type=SMALL)
    tier: int = Field(primary_key=True, sa_type=SMALL)
    at: int = Field(sa_type=BIG)


class DistributionRun(SQLModel, table=True):
    """What the schedule or the month's start did, once for each time it was due."""

    __tablename__ = "distribution_run"
    __table_args__ = (one_of("what", "schedule", "month_start", "raises_end"),)
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    what: str = Field(primary_key=True, sa_type=TEXT)
    due_at: int = Field(primary_key=True, sa_type=BIG)
    at: int = Field(sa_type=BIG)
    batch: int | None = Field(default=None, sa_type=BIG)
    rows: int = Field(default=0, sa_type=BIG)
    rows_left: int = Field(default=0, sa_type=BIG)
    note: str = Field(default="", sa_type=TEXT)
    """Why nothing was done, as a code."""


class Plan(SQLModel, table=True):
    """What an act would do, looked at before it is done. Rows lie here and not in memory: there may be a million."""

    __tablename__ = "plan"
    __table_args__ = (Index("ix_plan_made", "made_at"),)
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    id: int = Field(primary_key=True, sa_type=BIG)
    action: str = Field(sa_type=TEXT)
    """The verb that applying it is."""
    what: str = Field(default="", sa_type=TEXT)
    """Of a distribution its action, of what happens by itself its name: goes with the batch."""
    made_at: int = Field(sa_type=BIG)
    made_by: int = Field(default=0, sa_type=BIG)
    """0: the host's own account."""
    digest: str = Field(default="", sa_type=TEXT)
    rows: int = Field(default=0, sa_type=BIG)
    undoes: int | None = Field(default=None, sa_type=BIG)
    strict: bool = False
    """Staged by hand: a row that changed meanwhile is asked about, and not left."""


class PlanRow(SQLModel, table=True):
    """One field of one member that a plan would change, or why it would not."""

    __tablename__ = "plan_row"
    # Written and read in the order of its key, and soon gone: the key is the table, on SQLite.
    __table_args__ = ({"sqlite_with_rowid": False},)
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    plan_id: int = Field(primary_key=True, sa_type=BIG)
    user_id: int = Field(primary_key=True, sa_type=BIG)
    field: str = Field(primary_key=True, sa_type=TEXT)
    before: int | None = Field(default=None, sa_type=BIG)
    after: int | None = Field(default=None, sa_type=BIG)
    before_text: str | None = Field(default=None, sa_type=TEXT)
    after_text: str | None = Field(default=None, sa_type=TEXT)
    seen: int | None = Field(default=None, sa_type=BIG)
    """What the author saw when they staged it, where that is no longer so."""
    seen_text: str | None = Field(default=None, sa_type=TEXT)
    rule: str = Field(default="", sa_type=TEXT)
    state: int = Field(default=0, sa_type=SMALL)
    """0 in, 1 taken out by the author, 2 changed meanwhile and undecided, 3 skipped by a rule, 4 left."""
    why: str = Field(default="", sa_type=TEXT)


class Request(SQLModel, table=True):
    """A person's ask for more tokens."""

    __tablename__ = "request"
    __table_args__ = (
        Index("ix_request_status", "organization_id", "status", "created_at", "id"),
        Index("ix_request_at", "organization_id", "created_at", "id"),
        Index("ix_request_status_all", "status", "created_at", "id"),
        Index("ix_request_at_all", "created_at", "id"),
        Index("ix_request_id", "id"),
        Index("ix_request_user", "organization_id", "user_id", "created_at"),
        partial("ix_request_automatic", "organization_id", "created_at", "id", where="automatic"),
        one_of("status", "pending", "approved", "denied", "withdrawn"),
        *tokens("amount", least=1),
        *tokens("approved", "current_allocation"),
    )
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    id: int = Field(primary_key=True, sa_type=BIG)
    user_id: int = Field(sa_type=BIG)
    kind: int = Field(sa_type=SMALL)
    amount: int = Field(sa_type=BIG)
    reason: str = Field(sa_type=TEXT)
    current_allocation: int | None = Field(default=None, sa_type=BIG)
    status: str = Field(default="pending", sa_type=TEXT)
    approved: int | None = Field(default=None, sa_type=BIG)
    until: int | None = Field(default=None, sa_type=BIG)
    for_good: bool = False
    note: str = Field(default="", sa_type=TEXT)
    created_at: int = Field(sa_type=BIG)
    decided_at: int | None = Field(default=None, sa_type=BIG)
    decided_by: int | None = Field(default=None, sa_type=BIG)
    decided_name: str = Field(default="", sa_type=TEXT)
    """Who decided, as they were called then: also an account of the host, which has no number."""

    automatic: bool = False
    """The auto-approval rule decided."""

    batch: int | None = Field(default=None, sa_type=BIG)


class Application(SQLModel, table=True):
    """An organization's ask for an enterprise account."""

    __tablename__ = "application"
    __table_args__ = (
        ForeignKeyConstraint(["applicant_id"], ["user.id"], name="fk_application_user"),
        one_of("status", "draft", "submitted", "awaiting_payment", "active", "rejected", "withdrawn"),
    )
    id: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    applicant_id: int | None = Field(default=None, sa_type=BIG)
    status: str = Field(default="draft", sa_type=TEXT)
    form: str = Field(sa_type=TEXT)
    note: str = Field(default="", sa_type=TEXT)
    organization_id: int | None = Field(default=None, sa_type=BIG)
    created_at: int = Field(sa_type=BIG)
    changed_at: int = Field(sa_type=BIG)


class PurchaseRequest(SQLModel, table=True):
    """An administrator's ask for a larger pool: waits in the operator's queue, ends as a purchase."""

    __tablename__ = "purchase_request"
    __table_args__ = (
        *tokens("inference", "embedding"),
        one_of("status", "pending", "purchased", "declined", "withdrawn"),
    )
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    id: int = Field(primary_key=True, sa_type=BIG)
    actor_id: int | None = Field(default=None, sa_type=BIG)
    inference: int = Field(default=0, sa_type=BIG)
    embedding: int = Field(default=0, sa_type=BIG)
    from_month: int = Field(sa_type=BIG)
    reason: str = Field(sa_type=TEXT)
    status: str = Field(default="pending", sa_type=TEXT)
    purchase_id: int | None = Field(default=None, sa_type=BIG)
    created_at: int = Field(sa_type=BIG)
    decided_at: int | None = Field(default=None, sa_type=BIG)
