"""All tables, one file a noun (house.md, "Who belongs where"). Importing this package fills `metadata`."""

from sqlalchemy import DefaultClause, text
from sqlmodel import SQLModel

from sage_tui.store.tables import audit, distribution, models, organizations, people, system, usage

metadata = SQLModel.metadata


def _literal(value: object) -> str | None:
    """A default as SQL that both engines read; None where there is nothing to say."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else None


def _server_defaults() -> None:
    """The models' defaults hold in SQL too: volume is written past SQLModel (speed.md, fact 4)."""
    for table in metadata.tables.values():
        for column in table.columns:
            literal = _literal(getattr(column.default, "arg", None))
            if literal is not None and column.server_default is None:
                column.server_default = DefaultClause(text(literal))


_server_defaults()

__all__ = ["audit", "distribution", "metadata", "models", "organizations", "people", "system", "usage"]
