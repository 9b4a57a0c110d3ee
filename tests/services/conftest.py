"""The world that service tests live in, on both engines (or on SQLite, where the engine decides nothing)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sage_tui.clock import FixedClock
from tests.support import world
from tests.support.world import World


@pytest.fixture
def everywhere(database: object, database_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    """A world on SQLite and again on PostgreSQL."""
    made = world.make(database_url, tmp_path, clock)
    yield made
    made.host.database.close()


@pytest.fixture
def lone(sqlite_database: object, tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    """A world on SQLite."""
    made = world.make(str(tmp_path / "sage-sqlite.db"), tmp_path, clock)
    yield made
    made.host.database.close()
