"""What somebody typed reaches no log, also when the database or a delivery fails on those very words."""

from __future__ import annotations

import asyncio
import contextlib
import logging

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from routing.cases.database import unit_of_work
from routing.cases.models import Message
from routing.errors import where
from routing.handoff.delivery import DeliveryWorker
from routing.handoff.outbox import enqueue

TYPED = "Ik heet Inwoner Negen en wil een moestuin"
SQLITE = f"""
CREATE TRIGGER refuse BEFORE UPDATE ON outbox WHEN NEW.state = 'sent'
BEGIN SELECT RAISE(ABORT, '{TYPED}'); END
"""
POSTGRESQL = f"""
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{TYPED}'; END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON outbox FOR EACH ROW WHEN (NEW.state = 'sent')
EXECUTE FUNCTION refuse()
"""
TRIGGERS = {"sqlite": SQLITE, "postgresql": POSTGRESQL}
"""A database that repeats what somebody typed in the text of its error."""


class Refusing:
    """A way out that fails with the words it was given."""

    async def deliver(self, claim) -> None:
        raise RuntimeError(f"554 refused: {claim.payload['text']}")


class Accepting:
    """A way out that works."""

    async def deliver(self, claim) -> None:
        return


def _put(store, now) -> None:
    with unit_of_work(store.engine) as session:
        enqueue(session, "note", "a-key", {"text": TYPED}, now, recipient="owner")


async def _run_for_a_moment(worker: DeliveryWorker) -> None:
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(1)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def test_a_statement_that_fails_does_not_tell_its_values(store, now) -> None:
    message = Message(conversation_id="nobody", number=1, sender="somebody", text=TYPED, created_at=now)
    with pytest.raises(IntegrityError) as caught, unit_of_work(store.engine) as session:
        session.add(message)
    assert "INSERT INTO message" in str(caught.value)
    assert "[SQL parameters hidden" in str(caught.value)
    assert TYPED not in where(caught.value)
    assert where(caught.value).startswith("IntegrityError at ")


def test_a_delivery_that_fails_is_logged_without_words(store, now, caplog) -> None:
    _put(store, now)
    worker = DeliveryWorker(store.engine, {"mail": Refusing()}, lambda: now)
    with caplog.at_level(logging.DEBUG):
        asyncio.run(worker.deliver_due())
    assert "attempt 1 for a-key failed: RuntimeError at " in caplog.text
    assert TYPED not in caplog.text


def test_an_outbox_that_cannot_be_written_is_logged_without_words(store, now, caplog) -> None:
    _put(store, now)
    with unit_of_work(store.engine) as session:
        session.execute(text(TRIGGERS[store.engine.dialect.name]))
    worker = DeliveryWorker(store.engine, {"mail": Accepting()}, lambda: now, poll_seconds=60)
    with pytest.raises(DBAPIError, match=TYPED):
        asyncio.run(worker.deliver_due())
    _put_back(store, now)
    with caplog.at_level(logging.DEBUG):
        asyncio.run(_run_for_a_moment(worker))
    assert "the outbox could not be read or written: " in caplog.text
    assert TYPED not in caplog.text


def _put_back(store, now) -> None:
    with unit_of_work(store.engine) as session:
        session.execute(text("UPDATE outbox SET attempts = 0, due_at = created_at"))
