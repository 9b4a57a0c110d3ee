"""People: global, not of an organization (house.md). Their organization is where they are a member now."""

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from sage_tui.store.tables.types import BIG, BYTES, SMALL, TEXT, one_of, partial, whole


class User(SQLModel, table=True):
    """A person. `email_key` is the e-mail folded for comparison; `epoch` rises when sessions must end."""

    __tablename__ = "user"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_user_organization"),
        Index("ux_user_email", "email_key", unique=True),
        partial("ux_user_gateway", "gateway_id", where="gateway_id IS NOT NULL", unique=True),
        Index("ix_user_org_email", "organization_id", "email_key"),
        Index("ix_user_org_name", "organization_id", "name_key", "id"),
        Index("ix_user_name", "name_key", "id"),
        Index("ix_user_org_seen", "organization_id", "last_sign_in_at", "id"),
        Index("ix_user_seen", "last_sign_in_at", "id"),
        Index("ix_user_org_created", "organization_id", "created_at", "id"),
        Index("ix_user_created", "created_at", "id"),
        Index("ix_user_org_id", "organization_id", "id"),
        *whole("id", "organization_id", "epoch", "last_sign_in_at", "created_at"),
    )
    id: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    email: str = Field(sa_type=TEXT)
    email_key: str = Field(sa_type=TEXT)
    first_name: str = Field(default="", sa_type=TEXT)
    last_name: str = Field(default="", sa_type=TEXT)
    name_key: str = Field(default="", sa_type=TEXT)
    """Last name, then first, folded: what the column Name sorts by."""
    company: str = Field(default="", sa_type=TEXT)
    phone: str = Field(default="", sa_type=TEXT)
    country: str = Field(default="", sa_type=TEXT)
    organization_id: int = Field(default=0, sa_type=BIG)
    gateway_id: str | None = Field(default=None, sa_type=TEXT)
    banned: bool = False
    verified: bool = False
    cac: bool = False
    mfa: bool = False
    """An authenticator is confirmed; kept equal to the row in `mfa`, so that lists need no join."""
    password_hash: str | None = Field(default=None, sa_type=TEXT)
    password_one_time: bool = False
    password_expires_at: int | None = Field(default=None, sa_type=BIG)
    password_disabled: bool = False
    """After 100 failures from known origins: until reset (security.md, section 3)."""
    epoch: int = Field(default=0, sa_type=BIG)
    time_zone: str = Field(default="", sa_type=TEXT)
    terms_accepted_at: int | None = Field(default=None, sa_type=BIG)
    last_sign_in_at: int | None = Field(default=None, sa_type=BIG)
    created_at: int = Field(sa_type=BIG)


class Session(SQLModel, table=True):
    """A signed-in session (security.md, section 5). The token itself is nowhere stored."""

    __tablename__ = "session"
    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_session_user"),
        Index("ix_session_user", "user_id"),
        Index("ix_session_created", "created_at"),
    )
    token_hash: bytes = Field(primary_key=True, sa_type=BYTES)
    user_id: int = Field(sa_type=BIG)
    epoch: int = Field(sa_type=BIG)
    origin: str = Field(sa_type=TEXT)
    created_at: int = Field(sa_type=BIG)
    last_seen: int = Field(sa_type=BIG)
    admin_until: int | None = Field(default=None, sa_type=BIG)
    step_up_at: int | None = Field(default=None, sa_type=BIG)
    read_only: bool = False
    password_only: bool = False
    """A one-time password opened it: it may change the password and nothing else."""
    ended_at: int | None = Field(default=None, sa_type=BIG)
    end_reason: str = Field(default="", sa_type=TEXT)


class Mfa(SQLModel, table=True):
    """A person's authenticator: the confirmed secret and, beside it, one that waits for its first code."""

    __tablename__ = "mfa"
    __table_args__ = (ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_mfa_user"),)
    user_id: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    confirmed: bool = False
    key_id: str = Field(default="", sa_type=TEXT)
    secret: bytes | None = Field(default=None, sa_type=BYTES)
    last_step: int = Field(default=0, sa_type=BIG)
    drift: int = Field(default=0, sa_type=SMALL)
    drifted: int = Field(default=0, sa_type=SMALL)
    """How many codes in a row came with the same drift of one step."""
    disabled: bool = False
    pending_secret: bytes | None = Field(default=None, sa_type=BYTES)
    pending_key_id: str = Field(default="", sa_type=TEXT)
    pending_until: int | None = Field(default=None, sa_type=BIG)
    pending_session: bytes | None = Field(default=None, sa_type=BYTES)
    confirmed_at: int | None = Field(default=None, sa_type=BIG)


class RecoveryCode(SQLModel, table=True):
    """A recovery code's digest; the code was shown once."""

    __tablename__ = "recovery_code"
    __table_args__ = (ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_recovery_user"),)
    user_id: int = Field(primary_key=True, sa_type=BIG)
    digest: bytes = Field(primary_key=True, sa_type=BYTES)
    created_at: int = Field(sa_type=BIG)
    used_at: int | None = Field(default=None, sa_type=BIG)


class Throttle(SQLModel, table=True):
    """Failures counted per subject, and until when the subject waits."""

    __tablename__ = "throttle"
    kind: str = Field(primary_key=True, sa_type=TEXT)
    subject: str = Field(primary_key=True, sa_type=TEXT)
    failures: int = Field(default=0, sa_type=BIG)
    window_start: int = Field(sa_type=BIG)
    locked_until: int = Field(default=0, sa_type=BIG)


class SignIn(SQLModel, table=True):
    """The sign-in log: every attempt of a known account, with its outcome."""

    __tablename__ = "sign_in"
    __table_args__ = (
        Index("ix_sign_in_user", "user_id", "at"),
        one_of("outcome", "in", "failed", "waiting", "code failed", "admin", "recovery", "banned"),
    )
    id: bytes = Field(primary_key=True, sa_type=BYTES)
    user_id: int = Field(sa_type=BIG)
    at: int = Field(sa_type=BIG)
    origin: str = Field(sa_type=TEXT)
    outcome: str = Field(sa_type=TEXT)
