"""Engine, migrations and unit of work."""

from __future__ import annotations

import math
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

import routing.cases.live_tables  # noqa: F401 - its tables belong to the metadata
from routing.cases.columns import storable
from routing.cases.conversations import find_conversation, receive, start_conversation
from routing.cases.database import connect, migrate, reading, unit_of_work
from routing.cases.desk_models import Base
from routing.cases.migrations import append_only
from routing.cases.models import Conversation

MIGRATE = "import sys; from routing.cases.database import migrate; migrate(sys.argv[1])"


def of_full_text_search(name: str | None) -> bool:
    """Tables and indexes that only one of the two databases has, and no model describes."""
    return bool(name) and name.startswith(("case_fts", "fts_"))


def test_the_migrated_schema_is_that_of_the_models(store) -> None:
    options = {
        "compare_type": True,
        "include_name": lambda name, _kind, _parent: not of_full_text_search(name),
    }
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_changes_nothing(store) -> None:
    before = tables(store.engine)
    migrate(store.url)
    assert tables(store.engine) == before


def test_processes_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'folder' / 'store.db'}"
    # From another folder, so that nothing is found by the place one happens to be in.
    running = [subprocess.Popen([sys.executable, "-c", MIGRATE, url], cwd=tmp_path) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert "zaak" in tables(connect(url))


def test_processes_that_start_at_once_migrate_once_on_postgresql(postgres: str, tmp_path: Path) -> None:
    url = an_empty_database(postgres, "at_once")
    running = [subprocess.Popen([sys.executable, "-c", MIGRATE, url], cwd=tmp_path) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert "zaak" in tables(connect(url))


@pytest.mark.parametrize("engine_name", ["sqlite", "postgresql"])
def test_a_migration_that_stops_halfway_leaves_nothing_behind(
    engine_name: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    if engine_name == "postgresql":
        url = an_empty_database(request.getfixturevalue("postgres"), "halfway")
    with monkeypatch.context() as patch:
        patch.setattr(append_only, "protect", lambda _table: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            migrate(url)
    assert tables(connect(url)) == set()
    migrate(url)
    assert "zaak" in tables(connect(url))


def test_sqlite_is_set_up_for_many_readers_and_one_writer(sqlite_store) -> None:
    with sqlite_store.engine.connect() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        values = [connection.execute(text(f"PRAGMA {pragma}")).scalar() for pragma in pragmas]
    assert values == ["wal", 1, 1, 30_000]


def test_a_clean_block_is_committed(store, now) -> None:
    with unit_of_work(store.engine) as session:
        conversation = start_conversation(session, id="a", token_hash="-", language="nl", now=now)
    assert (conversation.id, conversation.created_at) == ("a", now)
    with reading(store.engine) as session:
        found = find_conversation(session, "a")
    assert found.created_at == now
    assert found.created_at.utcoffset().total_seconds() == 0


def test_a_block_with_an_error_is_rolled_back(store, now) -> None:
    def fail() -> None:
        with unit_of_work(store.engine) as session:
            start_conversation(session, id="a", token_hash="-", language="nl", now=now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with reading(store.engine) as session:
        assert find_conversation(session, "a") is None


def test_reading_never_waits_for_a_writer(store, now) -> None:
    with unit_of_work(store.engine) as writer:
        start_conversation(writer, id="a", token_hash="-", language="nl", now=now)
        with reading(store.engine) as reader:
            assert find_conversation(reader, "a") is None


def test_a_unit_of_work_is_the_only_writer_on_sqlite_from_its_start(sqlite_store) -> None:
    file = sqlite_store.engine.url.database
    with unit_of_work(sqlite_store.engine) as session:
        session.execute(text("SELECT 1"))
        with sqlite3.connect(file, timeout=0) as other, pytest.raises(sqlite3.OperationalError):
            other.execute("BEGIN IMMEDIATE")


def test_foreign_keys_hold(store, now) -> None:
    with pytest.raises(IntegrityError), unit_of_work(store.engine) as session:
        session.execute(
            text(
                "INSERT INTO message (conversation_id, number, sender, text, buttons, created_at)"
                " VALUES ('nobody', 1, 'inwoner', 'hoi', '[]', '2026-11-23 14:00:00')"
            )
        )


def test_a_moment_without_a_time_zone_is_refused(store, now) -> None:
    with pytest.raises(StatementError, match="time zone"), unit_of_work(store.engine) as session:
        start_conversation(session, id="a", token_hash="-", language="nl", now=now.replace(tzinfo=None))


def test_an_unreachable_database_is_an_error_and_no_empty_store(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'no such folder' / 'store.db'}")
    with pytest.raises(OperationalError), reading(engine) as session:
        session.query(Conversation).all()


texts = st.text(st.characters(exclude_categories=())) | st.sampled_from(["\x00", "\ud83d", "\ude00\ud83d"])
floats = st.floats(-1e15, 1e15) | st.sampled_from([math.nan, math.inf, -math.inf])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | floats | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@given(texts)
def test_any_text_can_be_stored_and_good_text_stays_as_it_is(value: str) -> None:
    stored = storable(value)
    stored.encode("utf-8")
    assert "\x00" not in stored
    assert storable(stored) == stored
    if value == value.encode("utf-8", "ignore").decode() and "\x00" not in value:
        assert stored == value


def test_two_halves_of_a_character_become_one() -> None:
    assert storable("\ud83d\ude00") == "\U0001f600"


def test_any_text_and_any_json_survives_both_engines(store, now) -> None:
    with unit_of_work(store.engine) as session:
        start_conversation(session, id="a", token_hash="-", language="nl", now=now)

    @settings(deadline=None)
    @given(texts, values)
    def survives(written: str, data: object) -> None:
        with unit_of_work(store.engine) as session:
            message, _ = receive(session, "a", client_id=None, text=written, now=now)
            message.card = {"data": data}
            session.flush()
            session.expire(message)
            assert message.text == storable(written)
            assert message.card == {"data": storable(data)}
            session.rollback()

    survives()


def an_empty_database(server: str, name: str) -> str:
    engine = connect(server)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return engine.url.set(database=name).render_as_string(hide_password=False)


def tables(engine) -> set[str]:
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names
