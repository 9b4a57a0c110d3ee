"""Fixtures of the whole suite: databases, the clock, hypothesis profiles, where pictures lie."""

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from sage_tui.clock import FixedClock
from tests.support import NOW, postgres

if TYPE_CHECKING:
    from tests.support.world import World

TOP = Path(__file__).parents[1]
SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
settings.register_profile(
    "ci", max_examples=20, stateful_step_count=30, derandomize=True, deadline=None, suppress_health_check=SLOW_IS_FINE
)
settings.register_profile(
    "long", max_examples=500, stateful_step_count=80, deadline=None, suppress_health_check=SLOW_IS_FINE
)
settings.load_profile("ci")


def pytest_configure(config: pytest.Config) -> None:
    os.environ.pop("SAGE_TUI_DATABASE", None)
    if not hasattr(config, "workerinput"):
        postgres.begin()
        _refuse_pictures_of_another_version(config)
    _pictures_lie_at_the_top()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres.end()


def _pictures_lie_at_the_top() -> None:
    """snapshots/<test module>/: one folder a module, or equal class names would collide."""
    from pytest_textual_snapshot import SVGImageExtension

    def dirname(cls: type, *, test_location: object) -> str:
        return str(TOP / "snapshots" / Path(test_location.filepath).stem)  # type: ignore[attr-defined]

    SVGImageExtension.dirname = classmethod(dirname)


def _refuse_pictures_of_another_version(config: pytest.Config) -> None:
    """Pictures are made with one Textual and one Python; another one's would differ everywhere."""
    if config.getoption("--snapshot-update", default=False):
        import sys

        import textual

        made_with = (TOP / "snapshots" / "MADE_WITH").read_text().split()
        found = [f"textual-{textual.__version__}", f"python-{sys.version_info.major}.{sys.version_info.minor}"]
        if found != made_with:
            raise pytest.UsageError(f"pictures are made with {made_with}, this is {found}: not updated")


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at the time of all tests."""
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """This worker's name: part of the names of its databases."""
    return f"{getattr(request.config, 'workerinput', {}).get('workerid', 'main')}_{os.getpid()}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of this schema, made once a worker and copied for each test."""
    from sage_tui.store import migrate

    path = tmp_path_factory.mktemp("template") / "template.db"
    migrate.create(str(path), NOW).close()
    return path


@pytest.fixture(scope="session")
def postgres_template(worker: str) -> Iterator[str]:
    """The same on PostgreSQL: the name of a template database."""
    from sage_tui.store import migrate

    name = f"template_{worker}"
    migrate.create(postgres.create(name), NOW).close()
    yield name
    postgres.drop(name)


_numbers = itertools.count(1)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path, worker: str) -> Iterator[str]:
    """A path or URL of an empty database of this schema; SQLite unless `database` or a mark says otherwise."""
    if getattr(request, "param", "sqlite") == "sqlite":
        path = tmp_path / "sage.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        path.chmod(0o600)
        yield str(path)
    else:
        name = f"test_{worker}_{next(_numbers)}"
        yield postgres.create(name, request.getfixturevalue("postgres_template"))
        postgres.drop(name)


def _opened(url: str):
    from sage_tui.store.engine import Database

    database = Database.open(url)
    yield database
    database.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`database` means both: the test runs once on SQLite and once on PostgreSQL."""
    if "database" in metafunc.fixturenames and "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database(database_url: str):
    """An open database of this schema, on SQLite and on PostgreSQL."""
    yield from _opened(database_url)


@pytest.fixture
def sqlite_database(tmp_path: Path, sqlite_template: Path):
    """An open SQLite database, where the engine decides nothing."""
    path = tmp_path / "sage-sqlite.db"
    shutil.copy(sqlite_template, path)
    path.chmod(0o600)
    yield from _opened(str(path))


@pytest.fixture
def everywhere(database: object, database_url: str, tmp_path: Path, clock: FixedClock) -> "Iterator[World]":
    """A world on SQLite and again on PostgreSQL."""
    from tests.support import world

    made = world.make(database_url, tmp_path, clock)
    yield made
    made.host.database.close()


@pytest.fixture
def lone(sqlite_database: object, tmp_path: Path, clock: FixedClock) -> "Iterator[World]":
    """A world on SQLite."""
    from tests.support import world

    made = world.make(str(tmp_path / "sage-sqlite.db"), tmp_path, clock)
    yield made
    made.host.database.close()
