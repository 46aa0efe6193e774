"""A conversation between partner and resident, with what it does to the case, its history and the mail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from routing.cases.cases import Actor, history, move
from routing.cases.conversations import Utterance, messages_since, record_turn, speak, unanswered
from routing.cases.database import reading, unit_of_work
from routing.cases.models import Case, OutboxItem
from routing.cases.speaking import SpokenFor
from routing.cases.states import CaseAction, CaseState
from routing.handoff import live
from routing.handoff.live import Desk


@pytest.fixture
def room(store, handoff, delft, now):
    """The case of a handoff, and steps in its conversation."""
    return Room(store.engine, delft, handoff.case.reference, now)


class Room:
    def __init__(self, engine, catalogue, reference, now) -> None:
        self.engine, self.catalogue, self.reference, self.now = engine, catalogue, reference, now

    def do(self, step, *args, partner="partner-2", **values):
        with unit_of_work(self.engine) as session:
            case = session.scalar(select(Case).where(Case.reference == self.reference))
            desk = Desk(self.catalogue, self.now)
            if step is live.resident_said:
                return step(session, desk, case.conversation_id, **values)
            return step(session, desk, case, live.speaker_for(self.catalogue, case, partner), *args, **values)

    def hear(self, text="hoi", **values):
        values = {"client_id": text, "text": text, **values}
        return self.do(live.resident_said, **values)[0]

    def said(self) -> list[tuple[str, str]]:
        with reading(self.engine) as session:
            return [(m.sender, m.text) for m in messages_since(session, "gesprek-1", 0)]

    @property
    def case(self) -> Case:
        with reading(self.engine) as session:
            return session.scalar(select(Case).where(Case.reference == self.reference))

    def events(self) -> list[str]:
        with reading(self.engine) as session:
            return [event.kind for event in history(session, self.case)]

    def mail(self) -> list[tuple[str, str]]:
        with reading(self.engine) as session:
            return [
                (i.kind, i.recipient) for i in session.scalars(select(OutboxItem).order_by(OutboxItem.id))
            ][2:]


def test_the_owner_takes_over_and_picks_up_with_that(room) -> None:
    for _ in range(2):
        room.do(live.take_over, client_id="t")
    assert room.said() == [
        ("systeem", "Partner Twee (verbinder) neemt het gesprek over. Je praat nu met een mens.")
    ]
    assert room.case.state is CaseState.IN_PROGRESS
    assert room.events() == ["received", "pick_up", "taken_over"]


def test_a_colleague_can_take_over_but_not_unasked(room) -> None:
    room.do(live.take_over, client_id="t", partner="partner-3")
    assert room.case.state is CaseState.RECEIVED
    with pytest.raises(SpokenFor):
        room.do(live.take_over, client_id="u")
    room.do(live.take_over, client_id="v", instead=True)
    assert room.said()[-1][1].startswith("Partner Twee")


def test_the_chatbot_takes_its_question_up_again(room) -> None:
    with unit_of_work(room.engine) as session:
        asked = Utterance("Klopt dit?", buttons=({"title": "Ja", "payload": "/affirm"},), language="nl")
        record_turn(session, "gesprek-1", None, [asked], room.now)
    room.do(live.take_over, client_id="t")
    room.hear("ben je een mens?")
    room.do(live.says, "Ja hoor.", client_id="p", resident_there=True)
    for _ in range(2):
        room.do(live.give_back, client_id="b")
    assert room.said()[-4:] == [
        ("medewerker", "Ja hoor."),
        ("systeem", "Partner Twee heeft het gesprek teruggegeven. Je praat weer met de chatbot."),
        ("chatbot", "Ik ben er weer. We gaan verder waar we waren. Ik vroeg je:"),
        ("chatbot", "Klopt dit?"),
    ]
    with reading(room.engine) as session:
        again = messages_since(session, "gesprek-1", 0)[-1]
        assert [(b["title"], b["payload"]) for b in again.buttons] == [("Ja", "/affirm")]
        assert unanswered(session) == []
    assert room.hear("ja").answered_at is None


def test_who_is_away_gets_mail_with_a_link(room) -> None:
    room.do(live.take_over, client_id="t")
    room.do(live.says, "Ben je er nog?", client_id="p1", resident_there=True)
    assert room.mail() == []
    for _ in range(2):
        room.do(live.says, "Ik heb een zaaltje voor je.", client_id="p2", resident_there=False)
    assert room.mail() == [("resident_message", "resident")]


def test_the_owner_who_is_away_hears_once_that_the_resident_wrote(room) -> None:
    room.do(live.take_over, client_id="t")
    room.do(live.says, "Zeg het maar.", client_id="p", resident_there=True)
    room.hear("een", partner_there=True)
    assert room.mail() == []
    room.hear("twee")
    room.hear("drie")
    assert room.mail() == [("owner_resident_said", "owner")]


def test_a_reply_to_a_partner_goes_to_the_partner_also_while_the_chatbot_speaks(room) -> None:
    room.do(live.says, "Hoeveel mensen doen er mee?", client_id="p", resident_there=True)
    with unit_of_work(room.engine) as session:
        case = session.scalar(select(Case))
        move(session, case, CaseAction.ASK_RESIDENT, actor=Actor("medewerker"), now=room.now)
    reply = room.hear("een stuk of tien")
    room.hear("misschien twaalf")
    assert reply.answered_at is not None
    assert room.case.state is CaseState.IN_PROGRESS
    assert [text for sender, text in room.said() if sender == "systeem"] == [
        "Dank je wel. Je bericht gaat naar Partner Twee. Typ gerust verder."
    ]
    assert room.events()[-2:] == ["resident_replies", "resident_said"]
    room.hear("Verder met de chatbot", payload=live.LET_BOT, client_id="b")
    assert room.said()[-1] == ("chatbot", "Ik ben er weer. Waarmee kan ik je nog helpen?")
    assert room.hear("nieuw plan").answered_at is None


def test_a_lost_partner_is_told_and_the_resident_chooses(room) -> None:
    room.do(live.take_over, client_id="t")
    room.now += timedelta(seconds=61)
    for told in (["gesprek-1"], []):
        with unit_of_work(room.engine) as session:
            assert live.tell_lost(session, Desk(room.catalogue, room.now)) == told
    sender, text = room.said()[-1]
    assert sender == "systeem"
    assert text.startswith("De verbinding met Partner Twee is even weg. Je kunt wachten of verdergaan")
    room.hear("Ik wacht", payload=live.LET_WAIT, client_id="w")
    assert room.said()[-1][1].startswith("Goed, we wachten op Partner Twee.")
    with unit_of_work(room.engine) as session:
        assert live.partner_is_back(session, Desk(room.catalogue, room.now), "gesprek-1", "partner-2")
    assert room.said()[-1] == ("systeem", "Partner Twee is er weer.")
    room.hear("Verder met de chatbot", payload=live.LET_BOT, client_id="b")
    assert [sender for sender, _ in room.said()[-3:]] == ["inwoner", "systeem", "chatbot"]
    assert room.events()[-1] == "let_go"
    assert ("owner_resident_said", "owner") in room.mail()


def test_notices_are_in_the_language_of_the_conversation(room) -> None:
    with unit_of_work(room.engine) as session:
        speak(session, "gesprek-1", "en")
    room.do(live.take_over, client_id="t")
    assert room.said()[-1][1].startswith("Partner Twee (connector) takes over the conversation.")
