"""The audit chain: append-only, one chain an organization and one for the platform (security.md, section 7)."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from sage_tui.store.tables.types import BIG, BYTES, TEXT, whole


class AuditEntry(SQLModel, table=True):
    """One act. `body` is the canonical text exactly as hashed; the other columns are for searching."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_org_at", "organization_id", "at"),
        Index("ix_audit_at", "at", "organization_id", "seq"),
        Index("ix_audit_target", "target_user_id", "at"),
        Index("ix_audit_actor", "actor_user_id", "at"),
        *whole("organization_id", "seq", "at"),
    )
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    """0 is the platform's chain."""
    seq: int = Field(primary_key=True, sa_type=BIG)
    chain: str = Field(sa_type=TEXT)
    at: int = Field(sa_type=BIG)
    actor_user_id: int | None = Field(default=None, sa_type=BIG)
    target_user_id: int | None = Field(default=None, sa_type=BIG)
    action: str = Field(sa_type=TEXT)
    batch: int | None = Field(default=None, sa_type=BIG)
    body: str = Field(sa_type=TEXT)
    hash: bytes = Field(sa_type=BYTES)


class AuditDetail(SQLModel, table=True):
    """What is personal in an entry, apart from it: erasing value and salt leaves the chain valid."""

    __tablename__ = "audit_detail"
    __table_args__ = (Index("ix_detail_user", "user_id"),)
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    seq: int = Field(primary_key=True, sa_type=BIG)
    part: int = Field(primary_key=True, sa_type=BIG)
    user_id: int | None = Field(default=None, sa_type=BIG)
    field: str = Field(sa_type=TEXT)
    salt: bytes | None = Field(default=None, sa_type=BYTES)
    value: str | None = Field(default=None, sa_type=TEXT)
    erased_at: int | None = Field(default=None, sa_type=BIG)


class AuditHead(SQLModel, table=True):
    """The last entry of a chain; its lock serialises the writers."""

    __tablename__ = "audit_head"
    organization_id: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    chain: str = Field(sa_type=TEXT)
    seq: int = Field(default=0, sa_type=BIG)
    hash: bytes = Field(sa_type=BYTES)
    mac: bytes = Field(sa_type=BYTES)
