"""Alembic migrations, shipped in the package; `store/migrate.py` runs them."""
