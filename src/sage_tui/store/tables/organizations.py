"""Organizations, their members, pools and purchases."""

from sqlalchemy import CheckConstraint, Column, Computed, ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from sage_tui.store.tables.types import BIG, SMALL, TEXT, one_of, partial, tokens, whole

SHARE = """CASE WHEN {kind}_allocation IS NULL THEN NULL
 WHEN {kind}_allocation = 0 THEN CASE WHEN {kind}_used > 0 THEN 1000000 END
 WHEN {kind}_used / 1000 >= {kind}_allocation THEN 1000000
 ELSE {kind}_used * 1000 / {kind}_allocation END"""
"""`domain.users.share` in SQL: per mille, rounded down; 9.007e18 is the largest product and fits 64 bits."""

LIVE = "ended_at IS NULL"


class Organization(SQLModel, table=True):
    """A customer. Number 0 is built in: "No organization" (pool 0, not listed)."""

    __tablename__ = "organization"
    __table_args__ = (Index("ux_organization_name", "name_key", unique=True),)
    id: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    name: str = Field(sa_type=TEXT)
    name_key: str = Field(sa_type=TEXT)
    contact: str = Field(default="", sa_type=TEXT)
    address: str = Field(default="", sa_type=TEXT)
    zip: str = Field(default="", sa_type=TEXT)
    city: str = Field(default="", sa_type=TEXT)
    country: str = Field(default="", sa_type=TEXT)
    phone: str = Field(default="", sa_type=TEXT)
    email: str = Field(default="", sa_type=TEXT)
    domain: str = Field(default="", sa_type=TEXT)
    time_zone: str = Field(default="UTC", sa_type=TEXT)
    members: int = Field(default=0, sa_type=BIG)
    """How many live memberships: kept by every act that opens or ends one."""
    models_restricted: bool = False
    created_at: int = Field(sa_type=BIG)
    closed_at: int | None = Field(default=None, sa_type=BIG)


class Membership(SQLModel, table=True):
    """What an organization owns of a person: type, plan, allocations, counters (house.md, "Months")."""

    __tablename__ = "membership"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_membership_organization"),
        ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_membership_user"),
        partial("ix_member_org_iallocation", "organization_id", "inference_allocation", "user_id", where=LIVE),
        partial("ix_member_iallocation", "inference_allocation", "user_id", where=LIVE),
        partial("ix_member_org_iused", "organization_id", "inference_month", "inference_used", "user_id", where=LIVE),
        partial("ix_member_iused", "inference_month", "inference_used", "user_id", where=LIVE),
        partial("ix_member_org_ishare", "organization_id", "inference_month", "inference_share", "user_id", where=LIVE),
        partial("ix_member_ishare", "inference_month", "inference_share", "user_id", where=LIVE),
        partial("ix_member_org_id", "organization_id", "user_id", where=LIVE),
        partial("ix_member_org_department", "organization_id", "department", "user_id", where=LIVE),
        partial(
            "ix_member_stopped", "organization_id", "user_id",
            where="ended_at IS NULL AND (inference_stopped_at IS NOT NULL OR embedding_stopped_at IS NOT NULL)",
        ),
        Index("ix_member_user", "user_id"),
        one_of("type", "user", "admin", "super_admin"),
        CheckConstraint("type <> 'super_admin' OR organization_id = 0", name="ck_operator_belongs_to_none"),
        *tokens(
            "inference_allocation", "inference_used", "inference_reserved", "inference_previous", "inference_lifetime",
            "embedding_allocation", "embedding_used", "embedding_reserved", "embedding_previous", "embedding_lifetime",
        ),
        *whole("organization_id", "user_id", "inference_month", "embedding_month", "last_used_day", "version"),
    )  # fmt: skip
    organization_id: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    user_id: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    type: str = Field(default="user", sa_type=TEXT)
    read_only: bool = False
    plan: str = Field(default="", sa_type=TEXT)
    paid: bool = False
    payer_id: int | None = Field(default=None, sa_type=BIG)
    department: str = Field(default="", sa_type=TEXT)
    inference_allocation: int | None = Field(default=None, sa_type=BIG)
    inference_month: int = Field(default=0, sa_type=BIG)
    inference_used: int = Field(default=0, sa_type=BIG)
    inference_reserved: int = Field(default=0, sa_type=BIG)
    inference_previous: int = Field(default=0, sa_type=BIG)
    inference_lifetime: int = Field(default=0, sa_type=BIG)
    inference_stopped_at: int | None = Field(default=None, sa_type=BIG)
    inference_refused: int = Field(default=0, sa_type=BIG)
    """Calls refused since the last raise."""
    inference_share: int | None = Field(
        default=None, sa_column=Column("inference_share", BIG, Computed(SHARE.format(kind="inference"), persisted=True))
    )
    embedding_allocation: int | None = Field(default=None, sa_type=BIG)
    embedding_month: int = Field(default=0, sa_type=BIG)
    embedding_used: int = Field(default=0, sa_type=BIG)
    embedding_reserved: int = Field(default=0, sa_type=BIG)
    embedding_previous: int = Field(default=0, sa_type=BIG)
    embedding_lifetime: int = Field(default=0, sa_type=BIG)
    embedding_stopped_at: int | None = Field(default=None, sa_type=BIG)
    embedding_refused: int = Field(default=0, sa_type=BIG)
    last_used_day: int | None = Field(default=None, sa_type=BIG)
    """The last UTC day with usage of either kind: what `idle` counts from."""
    version: int = Field(default=0, sa_type=BIG)
    created_at: int = Field(sa_type=BIG)
    ended_at: int | None = Field(default=None, sa_type=BIG)


class Pool(SQLModel, table=True):
    """One kind's counters of an organization: the row that every raise locks (security.md, section 6)."""

    __tablename__ = "pool"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_pool_organization"),
        *tokens("allocated", "used", "reserved", "previous", "lifetime"),
    )
    organization_id: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    kind: int = Field(primary_key=True, sa_type=SMALL, sa_column_kwargs={"autoincrement": False})
    allocated: int = Field(default=0, sa_type=BIG)
    month: int = Field(default=0, sa_type=BIG)
    used: int = Field(default=0, sa_type=BIG)
    reserved: int = Field(default=0, sa_type=BIG)
    previous: int = Field(default=0, sa_type=BIG)
    lifetime: int = Field(default=0, sa_type=BIG)
    started_month: int = Field(default=0, sa_type=BIG)
    """The month for which the policy's rule for a month's start was applied."""


class Purchase(SQLModel, table=True):
    """A quantity a month, from the month of its date to the month of its expiry, both included."""

    __tablename__ = "purchase"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_purchase_organization"),
        *tokens("inference", "embedding"),
    )
    organization_id: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    id: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    purchased_on: int = Field(sa_type=BIG)
    """A UTC day."""
    first_month: int = Field(sa_type=BIG)
    last_month: int | None = Field(default=None, sa_type=BIG)
    """None: no expiry."""
    inference: int = Field(default=0, sa_type=BIG)
    embedding: int = Field(default=0, sa_type=BIG)
    payer_email: str = Field(default="", sa_type=TEXT)
    comment: str = Field(default="", sa_type=TEXT)
    amount_minor: int | None = Field(default=None, sa_type=BIG)
    currency: str = Field(default="", sa_type=TEXT)
    created_at: int = Field(sa_type=BIG)
