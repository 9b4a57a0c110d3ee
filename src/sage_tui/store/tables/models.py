"""Models and who may use them."""

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from sage_tui.store.tables.types import BIG, TEXT, tokens


class Model(SQLModel, table=True):
    """A model. Weights are millionths: 1,000,000 is weight 1. `known` is False for one that only usage named."""

    __tablename__ = "model"
    __table_args__ = (
        Index("ux_model_key", "key", unique=True),
        *tokens("prompt_weight", "cached_weight", "completion_weight"),
    )
    id: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs={"autoincrement": False})
    key: str = Field(sa_type=TEXT)
    name: str = Field(default="", sa_type=TEXT)
    provider: str = Field(default="", sa_type=TEXT)
    tags: str = Field(default="", sa_type=TEXT)
    prompt_weight: int = Field(default=1_000_000, sa_type=BIG)
    cached_weight: int | None = Field(default=None, sa_type=BIG)
    """None: as the prompt's."""
    completion_weight: int = Field(default=1_000_000, sa_type=BIG)
    active: bool = True
    known: bool = True
    created_at: int = Field(sa_type=BIG)


class ModelAccess(SQLModel, table=True):
    """The models an organization may use, where `organization.models_restricted`."""

    __tablename__ = "model_access"
    __table_args__ = (
        ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_access_organization"),
        ForeignKeyConstraint(["model_id"], ["model.id"], name="fk_access_model"),
    )
    organization_id: int = Field(primary_key=True, sa_type=BIG)
    model_id: int = Field(primary_key=True, sa_type=BIG)
