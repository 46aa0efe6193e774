"""The dialogue engine's state."""

from __future__ import annotations

import pytest

from routing.cases.database import reading, unit_of_work
from routing.cases.dialogue import append_events, drop, load_events, load_snapshot, save_snapshot


def test_events_come_back_in_order_and_only_the_last(store, now) -> None:
    with unit_of_work(store.engine) as session:
        append_events(session, "a", [{"n": 1}, {"n": 2}], now)
        append_events(session, "b", [{"n": 9}], now)
        append_events(session, "a", [], now)
        append_events(session, "a", [{"n": 3, "text": "hé", "at": 1.5}], now)
    with reading(store.engine) as session:
        assert load_events(session, "a", 10) == [{"n": 1}, {"n": 2}, {"n": 3, "text": "hé", "at": 1.5}]
        assert [event["n"] for event in load_events(session, "a", 2)] == [2, 3]
        assert load_events(session, "a", 0) == []
        assert load_events(session, "nobody", 5) == []


def test_a_snapshot_replaces_the_earlier_one(store) -> None:
    with reading(store.engine) as session:
        assert load_snapshot(session, "a") is None
    for data in ({"slots": {"x": 1}}, {"slots": {}}):
        with unit_of_work(store.engine) as session:
            save_snapshot(session, "a", data)
            assert load_snapshot(session, "a") == data


def test_dropping_one_conversation_leaves_the_others(store, now) -> None:
    with unit_of_work(store.engine) as session:
        for conversation in ("a", "b"):
            append_events(session, conversation, [{"n": 1}], now)
            save_snapshot(session, conversation, {"n": 1})
        drop(session, "a")
        assert (load_events(session, "a", 5), load_snapshot(session, "a")) == ([], None)
        assert (load_events(session, "b", 5), load_snapshot(session, "b")) == ([{"n": 1}], {"n": 1})


def test_events_and_messages_share_one_transaction(store, now) -> None:
    def fail() -> None:
        with unit_of_work(store.engine) as session:
            append_events(session, "a", [{"n": 1}], now)
            save_snapshot(session, "a", {"n": 1})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with reading(store.engine) as session:
        assert (load_events(session, "a", 5), load_snapshot(session, "a")) == ([], None)
