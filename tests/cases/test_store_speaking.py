"""Who speaks: takeover, what is said meanwhile, giving back; all of it once and in one order."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from routing.cases.conversations import (
    Utterance,
    find_conversation,
    messages_since,
    receive,
    record_turn,
    start_conversation,
    unanswered,
)
from routing.cases.database import reading, unit_of_work
from routing.cases.speaking import (
    NotSpeaking,
    Speaker,
    SpokenFor,
    give_back,
    heard_of,
    lost_since,
    note_lost,
    open_question,
    partner_says,
    speaker_of,
    take_over,
)

EEN = Speaker("partner-1", "Partner Een", "verbinder")
TWEE = Speaker("partner-2", "Partner Twee", "partner")
NOTICE = Utterance("neemt over", sender="systeem", language="nl")


@pytest.fixture
def talk(store, now) -> str:
    """A conversation in which the chatbot has asked something."""
    with unit_of_work(store.engine) as session:
        start_conversation(session, id="g", token_hash="-", language="nl", now=now)
        said, _ = receive(session, "g", client_id="1", text="een plan", now=now)
        asked = Utterance("Waar is het?", buttons=({"title": "Weet ik niet", "payload": "/unknown"},))
        record_turn(session, "g", said.number, [asked], now)
    return "g"


def over(store, now, speaker=EEN, client_id="t1", **values):
    with unit_of_work(store.engine) as session:
        return take_over(session, "g", speaker, NOTICE, client_id=client_id, now=now, **values)


def all_of(store) -> list[tuple[int, str, str]]:
    with reading(store.engine) as session:
        return [(m.number, m.sender, m.text) for m in messages_since(session, "g", 0)]


def test_taking_over_is_said_once(store, talk, now) -> None:
    assert [m.text for m in over(store, now)] == ["neemt over"]
    assert over(store, now) == []
    assert over(store, now, client_id="t2") == []
    with reading(store.engine) as session:
        assert speaker_of(find_conversation(session, "g")) == EEN
    assert [text for _, _, text in all_of(store)].count("neemt over") == 1


def test_another_partner_is_told_who_speaks(store, talk, now) -> None:
    over(store, now)
    with pytest.raises(SpokenFor) as refused:
        over(store, now, TWEE, "t2")
    assert refused.value.speaker == EEN
    over(store, now, TWEE, "t3", instead=True)
    with reading(store.engine) as session:
        assert speaker_of(find_conversation(session, "g")) == TWEE


def test_what_the_resident_says_meanwhile_is_kept_and_never_the_chatbots(store, talk, now) -> None:
    over(store, now)
    with unit_of_work(store.engine) as session:
        message, new = receive(session, "g", client_id="2", text="hallo mens", now=now)
        assert (new, message.answered_at) == (True, now)
        again, new = receive(session, "g", client_id="2", text="hallo mens", now=now)
        assert (new, again.number) == (False, message.number)
    with reading(store.engine) as session:
        assert unanswered(session) == []


def test_both_talk_in_one_order_also_at_once(store, talk, now) -> None:
    over(store, now)
    barrier = Barrier(2)

    def partner() -> None:
        barrier.wait()
        for turn in range(8):
            for _ in range(2):
                with unit_of_work(store.engine) as session:
                    partner_says(session, "g", EEN, f"p{turn}", client_id=f"p{turn}", now=now)

    def resident() -> None:
        barrier.wait()
        for turn in range(8):
            for _ in range(2):
                with unit_of_work(store.engine) as session:
                    receive(session, "g", client_id=f"r{turn}", text=f"r{turn}", now=now)

    threads = [Thread(target=partner), Thread(target=resident)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = all_of(store)
    assert [number for number, _, _ in said] == list(range(1, len(said) + 1))
    assert [text for _, sender, text in said if sender == "medewerker"] == [f"p{n}" for n in range(8)]
    assert [text for _, sender, text in said[3:] if sender == "inwoner"] == [f"r{n}" for n in range(8)]


def test_what_a_partner_said_names_them(store, talk, now) -> None:
    with unit_of_work(store.engine) as session:
        message, new = partner_says(session, "g", EEN, "Dag!", client_id="p", now=now)
        assert (new, message.author) == (
            True,
            {"id": "partner-1", "name": "Partner Een", "role": "verbinder"},
        )


def test_giving_back(store, talk, now) -> None:
    over(store, now)
    with unit_of_work(store.engine) as session, pytest.raises(NotSpeaking):
        give_back(session, "g", [NOTICE], client_id="b", now=now, partner_id="partner-2")
    for _ in range(2):
        with unit_of_work(store.engine) as session:
            give_back(session, "g", [NOTICE], client_id="b", now=now, partner_id="partner-1")
    with unit_of_work(store.engine) as session:
        assert speaker_of(find_conversation(session, "g")) is None
        message, _ = receive(session, "g", client_id="3", text="dank", now=now)
        assert message.answered_at is None
    assert len(all_of(store)) == 5


def test_the_open_question_is_what_the_chatbot_asked_last(store, talk, now) -> None:
    with reading(store.engine) as session:
        assert open_question(session, "g").text == "Waar is het?"
    with unit_of_work(store.engine) as session:
        record_turn(session, "g", None, [Utterance("Dank je wel.")], now)
        assert open_question(session, "g") is None


def test_a_turn_that_had_begun_is_finished(store, talk, now) -> None:
    with unit_of_work(store.engine) as session:
        message, _ = receive(session, "g", client_id="2", text="in Voorhof", now=now)
    over(store, now)
    with unit_of_work(store.engine) as session:
        assert [m.text for m in record_turn(session, "g", message.number, [Utterance("Dank.")], now)] == [
            "Dank."
        ]


def test_a_lost_partner_is_told_once_and_comes_back(store, talk, now) -> None:
    over(store, now)
    later = now + timedelta(seconds=90)
    since = later - timedelta(seconds=60)
    with unit_of_work(store.engine) as session:
        assert [c.id for c in lost_since(session, since)] == ["g"]
        assert note_lost(session, "g", NOTICE, since=since, now=later)
        assert lost_since(session, since) == []
        assert not note_lost(session, "g", NOTICE, since=since, now=later)
    with unit_of_work(store.engine) as session:
        assert not heard_of(session, "g", "partner-2", later)
        assert heard_of(session, "g", "partner-1", later)
        assert not heard_of(session, "g", "partner-1", later)
        assert lost_since(session, since) == []
