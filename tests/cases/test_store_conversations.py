"""Messages: numbering, repeats and turns."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from routing.cases import dialogue
from routing.cases.conversations import (
    UnknownConversation,
    UnknownMessage,
    Utterance,
    answers_to,
    erase_conversation,
    find_button,
    find_conversation,
    find_message,
    messages_since,
    receive,
    record_turn,
    speak,
    start_conversation,
    unanswered,
)
from routing.cases.database import reading, unit_of_work

WRITERS, EACH = 4, 12


@pytest.fixture
def talk(store, now):
    """A store with the conversation `a`."""
    with unit_of_work(store.engine) as session:
        start_conversation(session, id="a", token_hash="hash", language="nl", now=now)
    return store.engine


def say(engine, client_id: str | None, now, conversation: str = "a", text: str = "hoi"):
    with unit_of_work(engine) as session:
        return receive(session, conversation, client_id=client_id, text=text, now=now)


def answer(engine, number: int | None, now, *texts: str):
    with unit_of_work(engine) as session:
        return record_turn(session, "a", number, [Utterance(text) for text in texts], now)


def everything(engine):
    with reading(engine) as session:
        return messages_since(session, "a", 0)


def test_a_turn_is_numbered_in_order(talk, now) -> None:
    greeting = answer(talk, None, now, "welkom")
    message, new = say(talk, "c1", now)
    replies = answer(talk, message.number, now, "een", "twee")
    assert new
    assert [m.number for m in everything(talk)] == [1, 2, 3, 4]
    assert [(m.sender, m.text) for m in everything(talk)] == [
        ("chatbot", "welkom"),
        ("inwoner", "hoi"),
        ("chatbot", "een"),
        ("chatbot", "twee"),
    ]
    assert [m.answers for m in (*greeting, *replies)] == [None, 2, 2]
    with reading(talk) as session:
        assert [m.number for m in messages_since(session, "a", 2)] == [3, 4]
        assert find_conversation(session, "a").last_number == 4


def test_the_same_client_id_is_stored_once(talk, now) -> None:
    first, _ = say(talk, "c1", now, text="een")
    again, new = say(talk, "c1", now + timedelta(minutes=1), text="iets anders")
    assert not new
    assert (again.number, again.text, again.created_at) == (first.number, "een", now)
    assert len(everything(talk)) == 1


def test_the_same_client_id_in_another_conversation_is_another_message(talk, now) -> None:
    with unit_of_work(talk) as session:
        start_conversation(session, id="b", token_hash="-", language="en", now=now)
    say(talk, "c1", now)
    message, new = say(talk, "c1", now, conversation="b")
    assert (new, message.number, message.language) == (True, 1, "en")


def test_without_a_client_id_every_message_is_new(talk, now) -> None:
    assert [say(talk, None, now)[0].number for _ in range(2)] == [1, 2]


def test_a_turn_is_recorded_once(talk, now) -> None:
    message, _ = say(talk, "c1", now)
    first = answer(talk, message.number, now, "een", "twee")
    again = answer(talk, message.number, now + timedelta(minutes=1), "een", "twee", "drie")
    assert [m.number for m in again] == [m.number for m in first]
    assert [m.text for m in everything(talk)] == ["hoi", "een", "twee"]
    with reading(talk) as session:
        assert [m.text for m in answers_to(session, "a", message.number)] == ["een", "twee"]


def test_what_a_crash_left_unanswered_is_found_oldest_first(talk, now) -> None:
    with unit_of_work(talk) as session:
        start_conversation(session, id="b", token_hash="-", language="nl", now=now)
    say(talk, "c1", now + timedelta(minutes=2))
    say(talk, "c2", now + timedelta(minutes=1), conversation="b")
    say(talk, "c3", now + timedelta(minutes=3))
    answer(talk, 1, now, "ja")
    with reading(talk) as session:
        assert [(m.conversation_id, m.client_id) for m in unanswered(session)] == [("b", "c2"), ("a", "c3")]


def test_a_turn_without_words_finishes_the_message(talk, now) -> None:
    say(talk, "c1", now)
    assert answer(talk, 1, now) == []
    with reading(talk) as session:
        assert unanswered(session) == []


def test_buttons_stand_for_what_the_server_decides(talk, now) -> None:
    buttons = [{"title": "Ja", "payload": "/affirm"}, {"title": "Nee", "payload": "/deny", "token": "own"}]
    with unit_of_work(talk) as session:
        start_conversation(session, id="b", token_hash="-", language="nl", now=now)
        [message] = record_turn(session, "a", None, [Utterance("goed?", buttons=buttons)], now)
    first, second = message.buttons
    assert {"title": "Ja", "payload": "/affirm"}.items() <= first.items()
    assert len(first["token"]) >= 16
    with reading(talk) as session:
        assert find_button(session, "a", first["token"])["payload"] == "/affirm"
        assert find_button(session, "a", "own")["payload"] == "/deny"
        assert find_button(session, "a", "/affirm") is None
        assert find_button(session, "b", first["token"]) is None
    assert second["token"] == "own"


def test_what_the_chat_reads_again(talk, now) -> None:
    message, _ = say(talk, "c1", now, text="dag\x00")
    with unit_of_work(talk) as session:
        button = {"title": "Ja", "payload": "/affirm", "token": "own"}
        record_turn(session, "a", 1, [Utterance("goed?", buttons=[button])], now)
        speak(session, "a", "en")
        speak(session, "nobody", "en")
    with reading(talk) as session:
        assert find_button(session, "a", "own") == button
        assert find_button(session, "a", "other") is None
        assert find_message(session, "a", 1).text == message.text == "dag\ufffd"
        assert find_message(session, "a", 9) is None
        assert find_conversation(session, "a").language == "en"
    assert say(talk, "c2", now)[0].language == "en"


def test_all_of_an_utterance_is_kept(talk, now) -> None:
    card = {"soort": "zaak", "doelen": [11]}
    with unit_of_work(talk) as session:
        said = Utterance("hello", sender="medewerker", card=card, language="en")
        record_turn(session, "a", None, [said, Utterance("klaar", sender="systeem")], now)
    first, second = everything(talk)
    assert (first.sender, first.card, first.language, first.buttons) == ("medewerker", card, "en", [])
    assert (second.sender, second.card, second.language) == ("systeem", None, None)


def test_what_does_not_exist_is_named(talk, now) -> None:
    answer(talk, None, now, "welkom")
    with pytest.raises(UnknownConversation):
        say(talk, "c1", now, conversation="nobody\x00")
    for number in (1, 7):
        with pytest.raises(UnknownMessage):
            answer(talk, number, now, "ja")
    with reading(talk) as session:
        assert find_conversation(session, "nobody\ud83d") is None
    assert len(everything(talk)) == 1


def test_concurrent_writers_leave_no_gap_and_no_double(talk, now) -> None:
    start = threading.Barrier(WRITERS)

    def write(writer: int) -> None:
        start.wait(30)
        for count in range(EACH):
            message, _ = say(talk, f"{writer}-{count}", now)
            answer(talk, message.number, now, "een", "twee")

    run_all(write)
    messages = everything(talk)
    assert [m.number for m in messages] == list(range(1, 3 * WRITERS * EACH + 1))
    inbound = {m.number for m in messages if m.sender == "inwoner"}
    answered = [m.answers for m in messages if m.sender == "chatbot"]
    assert sorted(answered) == sorted([*inbound, *inbound])


def test_one_message_sent_twice_at_once_is_one_message(talk, now) -> None:
    start = threading.Barrier(WRITERS)

    def write(_writer: int) -> tuple[int, bool]:
        start.wait(30)
        message, new = say(talk, "same", now)
        return message.number, new

    results = run_all(write)
    assert {number for number, _ in results} == {1}
    assert [new for _, new in results].count(True) == 1


def test_one_turn_recorded_twice_at_once_is_one_turn(talk, now) -> None:
    say(talk, "c1", now)
    start = threading.Barrier(WRITERS)

    def write(_writer: int) -> list[int]:
        start.wait(30)
        return [message.number for message in answer(talk, 1, now, "een", "twee")]

    assert run_all(write) == [[2, 3]] * WRITERS
    assert len(everything(talk)) == 3


def run_all(write) -> list:
    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(write, range(WRITERS)))


def test_an_erased_conversation_is_gone_with_its_dialogue(talk, now) -> None:
    say(talk, "c1", now)
    with unit_of_work(talk) as session:
        dialogue.append_events(session, "a", [{"event": "user"}], now)
        dialogue.save_snapshot(session, "a", {"slot": 1})
    with unit_of_work(talk) as session:
        erase_conversation(session, "a")
    assert everything(talk) == []
    with reading(talk) as session:
        assert find_conversation(session, "a") is None
        assert dialogue.load_events(session, "a", 10) == []
        assert dialogue.load_snapshot(session, "a") is None


def test_unfinished_turns_are_found_by_their_index(sqlite_store) -> None:
    query = (
        "EXPLAIN QUERY PLAN SELECT * FROM message WHERE answered_at IS NULL AND sender = 'inwoner' "
        "ORDER BY created_at"
    )
    with sqlite_store.engine.connect() as connection:
        plan = " ".join(str(row) for row in connection.execute(text(query)))
    assert "ix_message_unanswered" in plan


clients = st.sampled_from(["c1", "c2", "c3"])
steps = st.lists(
    st.tuples(st.just("receive"), clients) | st.tuples(st.just("answer"), st.integers(0, 3)), max_size=12
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_any_order_of_repeats_gives_the_same_conversation(sqlite_store, now, steps) -> None:
    """Against a list: repeats change nothing, numbers have no gaps, no message is answered twice."""
    expected: list[tuple[str, str]] = []
    numbers: dict[str, int] = {}
    answered: set[int] = set()
    with unit_of_work(sqlite_store.engine) as session:
        start_conversation(session, id="a", token_hash="-", language="nl", now=now)
        for step, value in steps:
            if step == "receive":
                message, new = receive(session, "a", client_id=value, text=value, now=now)
                assert new == (value not in numbers)
                if new:
                    expected.append(("inwoner", value))
                    numbers[value] = len(expected)
                assert message.number == numbers[value]
            elif value < len(numbers):
                number = list(numbers.values())[value]
                [reply] = record_turn(session, "a", number, [Utterance(f"re {number}")], now)
                if number not in answered:
                    expected.append(("chatbot", f"re {number}"))
                    answered.add(number)
                assert (reply.answers, reply.text) == (number, f"re {number}")
        stored = messages_since(session, "a", 0)
        assert [(m.sender, m.text) for m in stored] == expected
        assert [m.number for m in stored] == list(range(1, len(expected) + 1))
        assert {m.number for m in unanswered(session)} == set(numbers.values()) - answered
        session.rollback()
