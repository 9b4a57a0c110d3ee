"""The house: all tables, as they were frozen for each engine in v0001.<engine>.sql."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything, in one transaction."""
    frozen = Path(__file__).with_name(f"v0001.{op.get_bind().dialect.name}.sql").read_text(encoding="utf-8")
    for statement in frozen.split("\n--;\n"):
        op.get_bind().exec_driver_sql(statement.strip())
