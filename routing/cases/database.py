"""The engine, its migrations and the unit of work."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

_BUSY_MILLISECONDS = 30_000
# Any constant that nothing else in the database uses as an advisory lock.
_MIGRATION_LOCK = 5_271_843_906
_BEGIN = "loket_begin"


def connect(url: str) -> Engine:
    """An engine for `sqlite:///<file>` or `postgresql://…` (through psycopg2); it opens no connection yet.

    Its errors name the statement, not the values: those are what people typed.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(
            parsed,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"options": "-c timezone=utc"},
        )
    engine = create_engine(parsed, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def unit_of_work(engine: Engine) -> Iterator[Session]:
    """A session that commits at the end of a clean block and rolls back otherwise.

    Objects stay readable after the block. On SQLite the block holds the one write lock from its start, so
    what it reads is still true when it writes; keep blocks short and use `reading` where nothing is written.
    """
    writing = engine.execution_options(**{_BEGIN: "IMMEDIATE"})
    with Session(writing, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads: it never waits for writers and rolls back at the end."""
    with Session(engine, expire_on_commit=False, autoflush=False) as session:
        yield session


def migrate(url: str) -> None:
    """Brings the database to the newest schema; safe when several processes start at once."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = connect(url)
    try:
        with _alone(engine):
            _upgrade(engine)
    finally:
        engine.dispose()


def _upgrade(engine: Engine) -> None:
    # Imported here: the running service needs alembic once, at its start.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "routing.cases:migrations")
    # From its start the only writer: a service of the older version may still be at work.
    writing = engine.execution_options(**{_BEGIN: "IMMEDIATE"})
    with writing.connect() as connection, _foreign_keys_off(connection):
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _foreign_keys_off(connection: Connection) -> Iterator[None]:
    """Batch mode rebuilds tables, which SQLite's foreign keys would take for deletions."""
    if connection.dialect.name != "sqlite":
        yield
        return
    # Only outside a transaction does SQLite obey this.
    raw = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys = OFF")
    yield
    if raw.execute("PRAGMA foreign_key_check").fetchall():
        raise RuntimeError("a migration left rows that refer to nothing")
    raw.execute("PRAGMA foreign_keys = ON")


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Waits until no other process migrates the same database."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            yield
            # Closing the session would release it as well, but this one goes back to the pool.
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _MIGRATION_LOCK})
        return
    # A lock in the database cannot cover the switch to WAL, which happens outside transactions.
    with Path(f"{engine.url.database}.migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling would begin too late and commit before DDL.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {_BUSY_MILLISECONDS}",
        "journal_mode = WAL",
        # With WAL this survives a killed process; only a power cut can cost the last commits.
        "synchronous = NORMAL",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get(_BEGIN, "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
