"""The worker: whatever fails, dies or comes twice, each key is one mail in the end."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from routing.cases.cases import history
from routing.cases.database import connect, migrate, reading, unit_of_work
from routing.cases.models import OutboxItem
from routing.handoff.delivery import DeliveryWorker, Pass
from routing.handoff.handover import hand_over
from routing.handoff.mail import CannotDeliver, Links, MailboxFolder, MailChannel, mail_templates
from routing.handoff.outbox import Claim, RetryPolicy, claim_due, enqueue

SCRIPT = Path(__file__).with_name("deliver_and_hang.py")
SENDER = "Loket <loket@example.org>"
TEMPLATES = mail_templates(Links("https://loket.example.org"))


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Scripted:
    """A channel that does as it is told, attempt by attempt, and then works."""

    def __init__(self, *outcomes: object) -> None:
        self._outcomes = list(outcomes)
        self.delivered: list[str] = []
        self.done = asyncio.Event()

    async def deliver(self, claim: Claim) -> None:
        outcome = self._outcomes.pop(0) if self._outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        if outcome == "hang":
            await asyncio.Event().wait()
        self.delivered.append(claim.key)
        self.done.set()


def mailbox(engine, folder: Path, clock: Clock, **options: object) -> DeliveryWorker:
    channel = MailChannel(TEMPLATES, MailboxFolder(folder), SENDER)
    return DeliveryWorker(engine, {"mail": channel}, clock, **options)


def put(engine, now: datetime, *keys: str, channel: str = "mail") -> None:
    with unit_of_work(engine) as session:
        for key in keys:
            enqueue(session, "note", key, {}, now, recipient="owner", channel=channel)


def states(engine) -> dict[str, str]:
    with reading(engine) as session:
        return dict(session.execute(select(OutboxItem.key, OutboxItem.state).order_by(OutboxItem.id)).all())


def deliver(worker: DeliveryWorker) -> Pass:
    return asyncio.run(worker.deliver_due())


def test_both_mails_of_a_handoff_arrive_once(store, handoff, now, tmp_path) -> None:
    worker = mailbox(store.engine, tmp_path / "box", Clock(now))
    assert deliver(worker) == Pass(sent=2)
    assert deliver(worker) == Pass()
    reference = handoff.case.reference
    assert sorted(file.name for file in (tmp_path / "box").iterdir()) == [
        f"{reference}.owner.received.eml",
        f"{reference}.resident.receipt.eml",
    ]
    assert set(states(store.engine).values()) == {"sent"}
    with reading(store.engine) as session:
        kinds = [event.kind for event in history(session, handoff.case)]
    assert kinds == ["received", "delivered", "delivered"]


def test_what_fails_is_tried_again_when_its_time_has_come(store, now) -> None:
    put(store.engine, now, "a")
    channel = Scripted(OSError("away"), OSError("away"))
    clock = Clock(now)
    worker = DeliveryWorker(store.engine, {"mail": channel}, clock)
    policy = RetryPolicy()
    for attempt in (1, 2):
        assert deliver(worker) == Pass(failed=1)
        assert deliver(worker) == Pass()
        clock.now += policy.delay(attempt)
    assert deliver(worker) == Pass(sent=1)
    assert channel.delivered == ["a"]


def test_what_can_never_work_does_not_hold_up_the_rest(store, now) -> None:
    put(store.engine, now, "a", "b", "c")
    channel = Scripted(CannotDeliver("no such address"))
    worker = DeliveryWorker(store.engine, {"mail": channel}, Clock(now), at_once=1)
    assert deliver(worker) == Pass(sent=2, failed=1)
    assert states(store.engine) == {"a": "dead", "b": "sent", "c": "sent"}


def test_an_item_for_a_channel_that_is_not_set_up_waits(store, now) -> None:
    put(store.engine, now, "a", channel="pigeon")
    worker = DeliveryWorker(store.engine, {"mail": Scripted()}, Clock(now))
    assert deliver(worker) == Pass(failed=1)
    assert states(store.engine) == {"a": "waiting"}


def test_a_delivery_that_hangs_is_cut_off_within_its_lease(store, now) -> None:
    put(store.engine, now, "a")
    policy = RetryPolicy(lease=timedelta(milliseconds=100))
    clock = Clock(now)
    worker = DeliveryWorker(store.engine, {"mail": Scripted("hang")}, clock, policy=policy)
    assert deliver(worker) == Pass(failed=1)
    clock.now += policy.delay(1)
    assert deliver(worker) == Pass(sent=1)


def test_two_workers_deliver_each_item_once(store, now) -> None:
    keys = [f"key-{number}" for number in range(20)]
    put(store.engine, now, *keys)
    channel = Scripted()
    workers = [DeliveryWorker(store.engine, {"mail": channel}, Clock(now), at_once=2) for _ in range(3)]

    async def all_at_once() -> list[Pass]:
        return await asyncio.gather(*(worker.deliver_due() for worker in workers))

    assert sum(done.sent for done in asyncio.run(all_at_once())) == len(keys)
    assert sorted(channel.delivered) == sorted(keys)


def test_the_running_worker_is_woken_from_another_thread(store, now) -> None:
    async def scenario() -> list[str]:
        channel = Scripted()
        worker = DeliveryWorker(store.engine, {"mail": channel}, Clock(now), poll_seconds=3600)
        worker.wake()
        running = asyncio.create_task(worker.run())
        for key in ("a", "b"):
            channel.done.clear()
            await asyncio.to_thread(put, store.engine, now, key)
            threading.Thread(target=worker.wake).start()
            await asyncio.wait_for(channel.done.wait(), 30)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return channel.delivered

    assert asyncio.run(scenario()) == ["a", "b"]


def test_the_running_worker_looks_by_itself(store, now) -> None:
    async def scenario() -> None:
        channel = Scripted(OSError("away"))
        hours = (now + timedelta(hours=hour) for hour in itertools.count())
        worker = DeliveryWorker(store.engine, {"mail": channel}, lambda: next(hours), poll_seconds=0.01)
        put(store.engine, now, "a")
        running = asyncio.create_task(worker.run())
        await asyncio.wait_for(channel.done.wait(), 30)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(scenario())


def test_a_database_that_is_away_does_not_end_the_worker(tmp_path, now, caplog) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    engine = connect(url)

    async def scenario() -> None:
        channel = Scripted()
        worker = DeliveryWorker(engine, {"mail": channel}, Clock(now), poll_seconds=0.01)
        running = asyncio.create_task(worker.run())
        while not caplog.records:
            await asyncio.sleep(0)
        await asyncio.to_thread(migrate, url)
        await asyncio.to_thread(put, engine, now, "a")
        await asyncio.wait_for(channel.done.wait(), 30)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(scenario())
    assert "outbox" in caplog.text


def test_logs_name_keys_and_no_people(store, handoff, now, caplog) -> None:
    channel = Scripted(OSError("inwoner-1@example.org is unknown"), OSError("x"))
    deliver(DeliveryWorker(store.engine, {"mail": channel}, Clock(now)))
    assert handoff.case.reference in caplog.text
    assert "example.org" not in caplog.text


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_worker_killed_in_the_middle_of_a_mail(store, handoff, now, tmp_path, where: str) -> None:
    box = tmp_path / "box"
    arguments = [sys.executable, str(SCRIPT), store.url, str(box), now.isoformat(), where]
    running = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    # Both mails are under way in the process that is about to die.
    keys = {running.stdout.readline().strip() for _ in range(2)}
    running.kill()
    running.wait(30)
    running.stdout.close()
    written = {file.name: file.read_bytes() for file in box.iterdir()} if box.exists() else {}
    assert set(written) == ({f"{key}.eml" for key in keys} if where == "after" else set())
    assert set(states(store.engine).values()) == {"waiting"}

    clock = Clock(now + timedelta(seconds=1))
    worker = mailbox(store.engine, box, clock)
    assert deliver(worker) == Pass()
    clock.now = now + RetryPolicy().lease
    assert deliver(worker) == Pass(sent=2)
    files = {file.name: file.read_bytes() for file in box.iterdir()}
    assert set(files) == {f"{key}.eml" for key in keys}
    assert written.items() <= files.items()
    assert set(states(store.engine).values()) == {"sent"}


class Unreliable:
    """Writes to a mailbox folder, but fails before or after it, or is stopped."""

    def __init__(self, folder: Path, outcomes: list[str]) -> None:
        self._box = MailboxFolder(folder)
        self._outcomes = outcomes
        self.messages: list[bytes] = []

    async def send(self, key: str, message: EmailMessage) -> None:
        outcome = self._outcomes.pop(0) if self._outcomes else "works"
        if outcome == "refuses":
            raise ConnectionRefusedError
        if outcome == "dies before":
            raise asyncio.CancelledError
        await self._box.send(key, message)
        self.messages.append(message.as_bytes())
        if outcome == "breaks after":
            raise ConnectionResetError
        if outcome == "dies after":
            raise asyncio.CancelledError


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(["refuses", "dies before", "breaks after", "dies after", "works"]), max_size=10)
)
def test_whatever_happens_each_key_is_one_mail(
    engine, request_payload, now, tmp_path_factory, outcomes
) -> None:
    """Faults in any order: at the end every item is sent, in one file, and no attempt said anything else."""
    folder = tmp_path_factory.mktemp("box")
    transport = Unreliable(folder, list(outcomes))
    clock = Clock(now)
    channel = MailChannel(TEMPLATES, transport, SENDER)
    key = f"key-{folder.name}"
    with unit_of_work(engine) as session:
        enqueue(session, "resident_receipt", key, request_payload, now, recipient="resident")
    for _ in range(len(outcomes) + 1):
        worker = DeliveryWorker(engine, {"mail": channel}, clock)
        # As when the process stops: nothing is written down after the last commit.
        with contextlib.suppress(asyncio.CancelledError):
            deliver(worker)
        clock.now += timedelta(hours=5)
    assert [file.name for file in folder.iterdir()] == [f"{key}.eml"]
    assert len(set(transport.messages)) == 1
    assert states(engine)[key] == "sent"


@pytest.fixture
def engine(sqlite_store):
    """On one engine: the law is about the worker."""
    return sqlite_store.engine


@pytest.fixture
def request_payload(sqlite_store, delft, a_plan, now) -> dict:
    """What the resident's mail of a handoff says."""
    with unit_of_work(sqlite_store.engine) as session:
        hand_over(session, delft, a_plan, now=now, secret=b"secret")
        claims = claim_due(session, now, 5, RetryPolicy())
        session.rollback()
    return dict(next(claim.payload for claim in claims if claim.kind == "resident_receipt"))
