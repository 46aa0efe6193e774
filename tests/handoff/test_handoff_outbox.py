"""The outbox: claims, leases, attempts."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from routing.cases.cases import history
from routing.cases.database import reading, unit_of_work
from routing.cases.models import OutboxItem
from routing.handoff.outbox import (
    RetryPolicy,
    claim_due,
    enqueue,
    mark_failed,
    mark_sent,
    send_again,
)

POLICY = RetryPolicy(attempts=3)
MINUTE = timedelta(minutes=1)


def put(engine, now, *keys: str, **payload: object) -> None:
    with unit_of_work(engine) as session:
        for key in keys:
            enqueue(session, "note", key, payload, now, recipient="owner")


def claim(engine, now, limit: int = 10, policy: RetryPolicy = POLICY):
    with unit_of_work(engine) as session:
        return claim_due(session, now, limit, policy)


def failed(engine, claimed, now, **how: object) -> None:
    with unit_of_work(engine) as session:
        mark_failed(session, claimed, "server is away", now, POLICY, **how)


def sent(engine, claimed, now) -> None:
    with unit_of_work(engine) as session:
        mark_sent(session, claimed, now)


def item(engine, key: str = "a") -> OutboxItem:
    with reading(engine) as session:
        return session.scalars(select(OutboxItem).where(OutboxItem.key == key)).one()


def test_a_key_keeps_its_first_payload(store, now) -> None:
    put(store.engine, now, "a", text="first")
    put(store.engine, now + MINUTE, "a", text="second")
    [claimed] = claim(store.engine, now + MINUTE)
    assert (claimed.payload, claimed.created_at) == ({"text": "first"}, now)


@pytest.mark.parametrize("key", ["", "a/b", "../a", ".a", "a b", "a\n", "é", "a" * 121])
def test_a_key_is_a_safe_file_name(store, now, key: str) -> None:
    with pytest.raises(ValueError, match="key"), unit_of_work(store.engine) as session:
        enqueue(session, "note", key, {}, now, recipient="owner")


def test_what_the_caller_rolls_back_is_not_sent(store, now) -> None:
    def fail() -> None:
        with unit_of_work(store.engine) as session:
            enqueue(session, "note", "a", {}, now, recipient="owner")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert claim(store.engine, now) == []


def test_oldest_first_and_no_more_than_asked(store, now) -> None:
    put(store.engine, now + MINUTE, "later")
    put(store.engine, now, "b", "a")
    assert [c.key for c in claim(store.engine, now + MINUTE, limit=2)] == ["b", "a"]
    assert [c.key for c in claim(store.engine, now + MINUTE, limit=2)] == ["later"]


def test_not_before_its_time(store, now) -> None:
    put(store.engine, now, "a")
    assert claim(store.engine, now - MINUTE) == []


def test_a_claim_holds_for_the_lease_and_no_longer(store, now) -> None:
    put(store.engine, now, "a")
    [first] = claim(store.engine, now)
    assert claim(store.engine, now + POLICY.lease - timedelta(seconds=1)) == []
    [second] = claim(store.engine, now + POLICY.lease)
    assert (first.attempt, second.attempt) == (1, 2)
    assert second.payload == first.payload


def test_two_workers_at_once_never_share_an_item(store, now) -> None:
    put(store.engine, now, *(f"key-{number}" for number in range(30)))
    start = threading.Barrier(3)

    def work(_worker: int) -> list[str]:
        start.wait(30)
        taken: list[str] = []
        while claims := claim(store.engine, now, limit=2):
            taken += [c.key for c in claims]
        return taken

    with ThreadPoolExecutor(3) as pool:
        taken = [key for part in pool.map(work, range(3)) for key in part]
    assert sorted(taken) == sorted(f"key-{number}" for number in range(30))


def test_a_worker_does_not_wait_for_another_on_postgresql(postgres_store, now) -> None:
    put(postgres_store.engine, now, "a", "b")
    with unit_of_work(postgres_store.engine) as first, unit_of_work(postgres_store.engine) as second:
        assert [c.key for c in claim_due(first, now, 1, POLICY)] == ["a"]
        assert [c.key for c in claim_due(second, now, 5, POLICY)] == ["b"]


def test_a_sent_item_is_finished_and_forgets_what_it_said(store, now) -> None:
    put(store.engine, now, "a", to="inwoner-1@example.org")
    [claimed] = claim(store.engine, now)
    sent(store.engine, claimed, now + MINUTE)
    stored = item(store.engine)
    assert (stored.state, stored.payload, stored.finished_at) == ("sent", {}, now + MINUTE)
    assert claim(store.engine, now + timedelta(days=30)) == []


def test_a_failure_waits_longer_each_time_and_is_dead_at_last(store, now) -> None:
    put(store.engine, now, "a")
    for attempt in (1, 2):
        [claimed] = claim(store.engine, now)
        failed(store.engine, claimed, now)
        stored = item(store.engine)
        assert (stored.state, stored.last_error) == ("waiting", "server is away")
        assert stored.due_at == now + POLICY.delay(attempt)
        assert claim(store.engine, stored.due_at - timedelta(seconds=1)) == []
        now = stored.due_at
    [claimed] = claim(store.engine, now)
    failed(store.engine, claimed, now)
    assert (item(store.engine).state, item(store.engine).finished_at) == ("dead", now)
    assert claim(store.engine, now + timedelta(days=30)) == []


def test_what_can_never_work_is_dead_at_once(store, now) -> None:
    put(store.engine, now, "a")
    [claimed] = claim(store.engine, now)
    failed(store.engine, claimed, now, permanent=True)
    assert (item(store.engine).state, item(store.engine).attempts) == ("dead", 1)


def test_an_item_that_kills_its_workers_is_given_up(store, now) -> None:
    put(store.engine, now, "a")
    for _ in range(POLICY.attempts):
        [_claimed] = claim(store.engine, now)
        now += POLICY.lease
    assert claim(store.engine, now) == []
    assert item(store.engine).state == "dead"


def test_a_worker_that_lost_its_lease_cannot_spoil_the_next_attempt(store, now) -> None:
    put(store.engine, now, "a")
    [slow] = claim(store.engine, now)
    later = now + POLICY.lease
    [_quick] = claim(store.engine, later)
    failed(store.engine, slow, later, permanent=True)
    stored = item(store.engine)
    assert (stored.state, stored.due_at, stored.last_error) == ("waiting", later + POLICY.lease, None)


def test_a_worker_that_lost_its_lease_may_still_say_that_it_sent(store, now) -> None:
    put(store.engine, now, "a")
    [slow] = claim(store.engine, now)
    [quick] = claim(store.engine, now + POLICY.lease)
    sent(store.engine, slow, now + POLICY.lease)
    failed(store.engine, quick, now + POLICY.lease)
    sent(store.engine, quick, now + 2 * POLICY.lease)
    assert (item(store.engine).state, item(store.engine).finished_at) == ("sent", now + POLICY.lease)


def test_a_dead_item_can_be_sent_again(store, now) -> None:
    put(store.engine, now, "a", text="first")
    [claimed] = claim(store.engine, now)
    with unit_of_work(store.engine) as session:
        assert not send_again(session, claimed.id, now)
    failed(store.engine, claimed, now, permanent=True)
    with unit_of_work(store.engine) as session:
        assert send_again(session, claimed.id, now)
    [again] = claim(store.engine, now)
    assert (again.attempt, again.payload) == (1, {"text": "first"})


def test_deliveries_are_in_the_history_of_the_case(store, handoff, now) -> None:
    owner, resident = claim(store.engine, now)
    sent(store.engine, owner, now)
    failed(store.engine, resident, now, permanent=True)
    with reading(store.engine) as session:
        events = history(session, handoff.case)[1:]
    assert [(event.kind, event.data) for event in events] == [
        ("delivered", {"kind": "owner_new_case", "recipient": "owner", "attempts": 1}),
        ("delivery_failed", {"kind": "resident_receipt", "recipient": "resident", "attempts": 1}),
    ]


def test_due_items_are_found_by_their_index(sqlite_store) -> None:
    query = (
        "EXPLAIN QUERY PLAN SELECT * FROM outbox WHERE state = 'waiting' AND due_at <= '2026-11-23' "
        "ORDER BY due_at, id LIMIT 5"
    )
    with sqlite_store.engine.connect() as connection:
        plan = " ".join(str(row) for row in connection.execute(text(query)))
    assert "ix_outbox_due" in plan
    assert "TEMP B-TREE" not in plan


@given(
    st.builds(
        RetryPolicy,
        first=st.timedeltas(timedelta(milliseconds=1), timedelta(days=1)),
        factor=st.floats(1, 10),
        longest=st.timedeltas(timedelta(milliseconds=1), timedelta(days=7)),
    ),
    st.integers(1, 60),
)
def test_waits_grow_up_to_the_longest(policy: RetryPolicy, attempts: int) -> None:
    wait, next_wait = policy.delay(attempts), policy.delay(attempts + 1)
    assert timedelta(0) < wait <= next_wait <= policy.longest
    if wait < policy.longest:
        expected = policy.first * policy.factor ** (attempts - 1)
        assert abs(wait - expected) <= timedelta(milliseconds=1)


def test_the_usual_policy_outlives_a_weekend_night() -> None:
    policy = RetryPolicy()
    waited = sum((policy.delay(attempt) for attempt in range(1, policy.attempts)), timedelta())
    assert timedelta(days=2.5) < waited < timedelta(days=4)
