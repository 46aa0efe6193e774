"""A migrated store on SQLite and on a real PostgreSQL; a test that uses `store` runs on both."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pgserver
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from routing.cases.database import connect, migrate

_TEMPLATE = "loket_template"


@dataclass(frozen=True)
class Store:
    """A database of the test's own."""

    url: str
    engine: Engine


@pytest.fixture
def now() -> datetime:
    """A Monday in winter, 15:00 in Amsterdam."""
    return datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy: migrating takes longer than most tests."""
    file = tmp_path_factory.mktemp("template") / "store.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres() -> str:
    """The URL of a PostgreSQL server of this test run, with a migrated database to copy.

    The server runs as another user when the tests run as root. It cannot live in pytest's own folder, which
    every other run of pytest closes again for all other users. It stops and is removed when the process ends.
    """
    folder = Path(tempfile.gettempdir()) / f"loket-postgres-{os.getpid()}"
    url = pgserver.get_server(folder, cleanup_mode="delete").get_uri()
    if not _databases(url, f"SELECT 1 FROM pg_database WHERE datname = '{_TEMPLATE}'"):
        # Nothing here has to survive a power cut, and making databases waits for little else.
        _databases(url, "ALTER SYSTEM SET fsync = off")
        _databases(url, "SELECT pg_reload_conf()")
        _databases(url, f"CREATE DATABASE {_TEMPLATE}")
        migrate(_in_database(url, _TEMPLATE))
    return url


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'store.db')}"


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """A migrated PostgreSQL database."""
    name = f"test_{uuid.uuid4().hex}"
    _databases(postgres, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    yield _in_database(postgres, name)
    _databases(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """For what does not depend on the engine."""
    engine = connect(sqlite_url)
    yield Store(sqlite_url, engine)
    engine.dispose()


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    """For what only PostgreSQL can do."""
    engine = connect(postgres_url)
    yield Store(postgres_url, engine)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A migrated database, on each of the two engines."""
    fixture = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url = request.getfixturevalue(fixture)
    engine = connect(url)
    yield Store(url, engine)
    engine.dispose()


def _databases(url: str, statement: str) -> list[object]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        result = connection.execute(text(statement))
        rows = list(result) if result.returns_rows else []
    engine.dispose()
    return rows


def _in_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
