"""Alembic's environment: runs on the connection that `store/migrate.py` opened and locked."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
