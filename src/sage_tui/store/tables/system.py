"""What the program itself keeps: settings, views, drafts, commands, counters, leases, the schema's version."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from sage_tui.store.tables.types import BIG, BYTES, TEXT, partial, whole


class Setting(SQLModel, table=True):
    """One setting of the platform (organization 0) or of an organization."""

    __tablename__ = "setting"
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    key: str = Field(primary_key=True, sa_type=TEXT)
    value: str = Field(sa_type=TEXT)
    changed_at: int = Field(sa_type=BIG)
    changed_by: int | None = Field(default=None, sa_type=BIG)


class Preference(SQLModel, table=True):
    """What a person's console remembers: columns, number style. JSON."""

    __tablename__ = "preference"
    user_id: int = Field(primary_key=True, sa_type=BIG)
    key: str = Field(primary_key=True, sa_type=TEXT)
    value: str = Field(sa_type=TEXT)


class SavedView(SQLModel, table=True):
    """A named filter of a page."""

    __tablename__ = "saved_view"
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    owner_id: int = Field(primary_key=True, sa_type=BIG)
    """0: the host's own account."""
    page: str = Field(primary_key=True, sa_type=TEXT)
    name: str = Field(primary_key=True, sa_type=TEXT)
    query: str = Field(sa_type=TEXT)
    sort: str = Field(default="", sa_type=TEXT)
    shared: bool = False
    created_at: int = Field(sa_type=BIG)


class Draft(SQLModel, table=True):
    """Staged edits of one author in one organization."""

    __tablename__ = "draft"
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    author_id: int = Field(primary_key=True, sa_type=BIG)
    page: str = Field(primary_key=True, sa_type=TEXT)
    edits: str = Field(sa_type=TEXT)
    saved_at: int = Field(sa_type=BIG)


class Command(SQLModel, table=True):
    """A row in each writing transaction: asked after a lost answer to COMMIT."""

    __tablename__ = "command"
    __table_args__ = (Index("ix_command_at", "at"),)
    id: bytes = Field(primary_key=True, sa_type=BYTES)
    at: int = Field(sa_type=BIG)


class Counter(SQLModel, table=True):
    """The last number given out under a name."""

    __tablename__ = "counter"
    __table_args__ = (*whole("value"),)
    name: str = Field(primary_key=True, sa_type=TEXT)
    value: int = Field(default=0, sa_type=BIG)


class Lease(SQLModel, table=True):
    """Who does a scheduled work now, and until when."""

    __tablename__ = "lease"
    name: str = Field(primary_key=True, sa_type=TEXT)
    holder: str = Field(sa_type=TEXT)
    until: int = Field(sa_type=BIG)


class Outbox(SQLModel, table=True):
    """Messages that must leave: told once, lost never."""

    __tablename__ = "outbox"
    __table_args__ = (partial("ix_outbox_waiting", "next_try_at", where="sent_at IS NULL"),)
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    id: bytes = Field(primary_key=True, sa_type=BYTES)
    kind: str = Field(sa_type=TEXT)
    user_id: int | None = Field(default=None, sa_type=BIG)
    body: str = Field(sa_type=TEXT)
    created_at: int = Field(sa_type=BIG)
    next_try_at: int = Field(sa_type=BIG)
    tries: int = Field(default=0, sa_type=BIG)
    sent_at: int | None = Field(default=None, sa_type=BIG)


class ApiKey(SQLModel, table=True):
    """A key that a gateway accepts: its digest, never itself."""

    __tablename__ = "api_key"
    __table_args__ = (
        Index("ux_api_key_digest", "digest", unique=True),
        Index("ix_api_key_user", "organization_id", "user_id"),
    )
    id: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    organization_id: int = Field(sa_type=BIG)
    user_id: int | None = Field(default=None, sa_type=BIG)
    name: str = Field(default="", sa_type=TEXT)
    digest: bytes = Field(sa_type=BYTES)
    shown: str = Field(default="", sa_type=TEXT)
    service: bool = False
    created_at: int = Field(sa_type=BIG)
    revoked_at: int | None = Field(default=None, sa_type=BIG)


class SchemaVersion(SQLModel, table=True):
    """One row: the schema, and the oldest program that may use it."""

    __tablename__ = "schema_version"
    id: int = Field(default=1, primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    version: str = Field(sa_type=TEXT)
    oldest_program: str = Field(sa_type=TEXT)
    database_id: str = Field(sa_type=TEXT)
    key_check: bytes | None = Field(default=None, sa_type=BYTES)
    """A value made with the key file's current key: tells a wrong key from a broken secret."""
    changed_at: int = Field(sa_type=BIG)
