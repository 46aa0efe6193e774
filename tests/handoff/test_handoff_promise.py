"""The clock: reminders, late answers, queues without anybody, follow-ups and what residents say to them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from routing.cases import presence
from routing.cases.cases import Actor, case_for_change, history, move
from routing.cases.conversations import find_button, messages_since
from routing.cases.database import reading, unit_of_work
from routing.cases.desk_models import Account, FollowUp
from routing.cases.models import OutboxItem
from routing.cases.states import CaseAction, CaseState
from routing.handoff import live
from routing.handoff.live import Desk
from routing.handoff.mail import Links, mail_templates, render_mail
from routing.handoff.ticker import Ticker

LINKS = Links("https://loket.example.org", secret=b"secret")


class Office:
    """The case of a handoff, a clock that a test sets, and what a tick puts into the outbox."""

    def __init__(self, engine, catalogue, case, now) -> None:
        self.engine, self.catalogue, self.reference, self.now = engine, catalogue, case.reference, now
        self.ticker = Ticker(engine, catalogue, lambda: self.now)
        self.known: set[int] = set()
        self.new()

    def new(self) -> list[tuple[str, str]]:
        with reading(self.engine) as session:
            found = list(session.scalars(select(OutboxItem).order_by(OutboxItem.id)))
        fresh = [item for item in found if item.id not in self.known]
        self.known |= {item.id for item in fresh}
        templates = mail_templates(LINKS)
        for item in fresh:
            # Every mail can be written as it stands in the outbox, in both languages.
            for language in ("nl", "en"):
                assert render_mail(templates, item.kind, language, item.payload)["Subject"]
        return [(item.kind, item.payload["to"]["email"]) for item in fresh]

    def tick(self, at: str | None = None) -> list[tuple[str, str]]:
        if at:
            self.now = datetime.fromisoformat(at)
        for _ in range(2):
            self.ticker.tick()
        return self.new()

    def step(self, *actions: CaseAction) -> None:
        with unit_of_work(self.engine) as session:
            case = case_for_change(session, self.reference)
            for action in actions:
                move(session, case, action, actor=Actor("medewerker", "1"), now=self.now)

    def press(self, title: str):
        with unit_of_work(self.engine) as session:
            shown = messages_since(session, "gesprek-1", 0)
            token = next(b["token"] for m in reversed(shown) for b in m.buttons if b["title"] == title)
            payload = find_button(session, "gesprek-1", token)["payload"]
            live.resident_said(
                session, Desk(self.catalogue, self.now), "gesprek-1",
                client_id=f"{title}{len(shown)}", text=title, payload=payload,
            )  # fmt: skip

    def type(self, text: str):
        with unit_of_work(self.engine) as session:
            message, _ = live.resident_said(
                session, Desk(self.catalogue, self.now), "gesprek-1", client_id=text, text=text
            )
        return message

    @property
    def case(self):
        with reading(self.engine) as session:
            return case_for_change(session, self.reference)

    def events(self) -> list[str]:
        with reading(self.engine) as session:
            return [event.kind for event in history(session, self.case)]

    def said(self) -> list[str]:
        with reading(self.engine) as session:
            return [m.text for m in messages_since(session, "gesprek-1", 0)]


@pytest.fixture
def office(store, handoff, delft, now) -> Office:
    """Handed over on Monday; the verbinder promises an answer in three working days: Thursday."""
    with unit_of_work(store.engine) as session:
        presence.seen(session, ["partner-2"], now)
    assert handoff.case.promised_for == date(2026, 11, 26)
    return Office(store.engine, delft, handoff.case, now)


OWNER, TEAM, RESIDENT = "partner-2@example.org", "team@example.org", "inwoner-1@example.org"


def test_the_owner_is_reminded_the_working_day_before_and_the_team_told_after(office) -> None:
    here = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    for day in range(4):
        with unit_of_work(office.engine) as session:
            presence.said(session, "partner-2", True, here + timedelta(days=day))
        if day == 0:
            assert office.tick("2026-11-24T12:00:00+01:00") == []
        if day == 1:
            assert office.tick("2026-11-25T09:30:00+01:00") == [("owner_reminder", OWNER)]
        if day == 2:
            assert office.tick("2026-11-26T16:00:00+01:00") == []
        if day == 3:
            assert office.tick("2026-11-27T09:00:00+01:00") == [("team_overdue", TEAM)]


def test_leads_hear_it_too(office) -> None:
    with unit_of_work(office.engine) as session:
        for login, role in (("lead-1@example.org", "lead"), ("reader-1@example.org", "reader")):
            session.add(
                Account(
                    login=login,
                    name="Iemand",
                    role=role,
                    language="nl",
                    active=True,
                    created_at=office.now,
                    updated_at=office.now,
                )
            )
    mails = office.tick("2026-11-27T20:00:00+01:00")
    assert mails == [("team_overdue", TEAM), ("team_overdue", "lead-1@example.org")]


def test_the_clock_stops_with_the_answer_and_starts_anew_when_opened_again(office) -> None:
    office.step(CaseAction.ANSWER)
    assert office.tick("2026-11-30T12:00:00+01:00") == []
    office.step(CaseAction.CLOSE)
    assert office.tick() == [("resident_solved", RESIDENT)]
    office.press("Niet opgelost")
    assert office.new() == [("owner_reopened", OWNER)]
    assert (office.case.state, office.case.promised_for) == (CaseState.RECEIVED, date(2026, 12, 3))
    office.step(CaseAction.PICK_UP)
    assert office.tick("2026-12-01T12:00:00+01:00") == []
    assert office.tick("2026-12-02T12:00:00+01:00") == [("owner_reminder", OWNER)]
    assert office.tick("2026-12-04T12:00:00+01:00") == [("team_overdue", TEAM)]


def test_a_new_owner_is_reminded_as_well(office) -> None:
    assert office.tick("2026-11-25T18:00:00+01:00") == [("owner_reminder", OWNER)]
    with unit_of_work(office.engine) as session:
        case = case_for_change(session, office.reference)
        case.owner_id = "partner-3"
        move(session, case, CaseAction.TRANSFER, actor=Actor("medewerker", "1"), now=office.now)
    assert office.tick() == [("owner_reminder", "partner-3@example.org")]


def test_a_queue_without_anybody_is_told_once_a_day(office) -> None:
    assert office.tick("2026-11-23T16:30:00+01:00") == []
    assert office.tick("2026-11-24T08:30:00+01:00") == []
    assert office.tick("2026-11-24T11:00:00+01:00") == [("team_unattended", TEAM)]
    with unit_of_work(office.engine) as session:
        presence.seen(session, ["partner-2"], datetime.fromisoformat("2026-11-25T10:00:00+01:00"))
    assert office.tick("2026-11-25T11:00:00+01:00") == [("owner_reminder", OWNER)]
    office.step(CaseAction.PICK_UP)
    assert office.tick("2026-11-26T11:00:00+01:00") == []


def plan(office: Office, due: date) -> None:
    with unit_of_work(office.engine) as session:
        case = case_for_change(session, office.reference)
        text = "Hoe gaat het nu met je plan?"
        session.add(
            FollowUp(
                case_id=case.id,
                kind="how_is_it",
                due_on=due,
                text=text,
                state="planned",
                created_at=office.now,
            )
        )


def test_a_follow_up_goes_out_on_its_day_and_its_answer_lands_in_the_case(office) -> None:
    office.step(CaseAction.ANSWER)
    plan(office, date(2026, 12, 7))
    assert office.tick("2026-12-06T12:00:00+01:00") == []
    assert office.tick("2026-12-07T09:00:00+01:00") == [("resident_follow_up", RESIDENT)]
    assert office.said()[-1] == "Hoe gaat het nu met je plan?"
    office.press("Het gaat niet goed")
    assert office.case.state is CaseState.RECEIVED
    assert "We pakken je plan" in office.said()[-1]
    more = office.type("We hebben nog steeds geen sleutel.")
    assert more.answered_at is not None
    assert office.events()[-4:] == ["follow_up_sent", "resident_answered", "reopen", "resident_said"]
    assert office.new() == [("owner_reopened", OWNER), ("owner_resident_said", OWNER)]


def test_good_news_is_told_and_opens_nothing(office) -> None:
    office.step(CaseAction.ANSWER)
    plan(office, date(2026, 11, 24))
    office.tick("2026-11-24T09:00:00+01:00")
    office.press("Het gaat goed")
    assert office.case.state is CaseState.ANSWERED
    assert office.new() == [("owner_resident_answered", OWNER)]
    assert office.said()[-1].startswith("Fijn om te horen.")
    assert office.type("nog een plan").answered_at is None


def test_without_an_address_the_owner_is_asked_to_look(office) -> None:
    from routing.cases.cases import erase_contact

    with unit_of_work(office.engine) as session:
        case = case_for_change(session, office.reference)
        erase_contact(session, case, actor=Actor("systeem"), now=office.now)
    plan(office, date(2026, 11, 24))
    assert office.tick("2026-11-24T08:00:00+01:00") == [("owner_follow_up", OWNER)]


def test_closing_asks_once_also_in_the_chat(office) -> None:
    office.step(CaseAction.CLOSE)
    assert office.tick() == [("resident_solved", RESIDENT)]
    assert [text for text in office.said() if "afgerond" in text] == [
        f"Je plan {office.reference} is afgerond. Ben je geholpen?"
    ]
    office.press("Opgelost")
    assert office.case.state is CaseState.CLOSED
    assert office.new() == [("owner_resident_answered", OWNER)]


def take_over(office: Office) -> None:
    with unit_of_work(office.engine) as session:
        case = case_for_change(session, office.reference)
        speaker = live.speaker_for(office.catalogue, case, "partner-2")
        live.take_over(session, Desk(office.catalogue, office.now), case, speaker, client_id="t")


@pytest.mark.parametrize("action", [CaseAction.CLOSE, CaseAction.TRANSFER])
def test_who_has_left_the_case_leaves_the_conversation_to_the_chatbot(office, action) -> None:
    take_over(office)
    office.tick()
    assert office.type("dag mens").answered_at is not None
    if action is CaseAction.TRANSFER:
        with unit_of_work(office.engine) as session:
            case_for_change(session, office.reference).owner_id = "partner-3"
    office.step(action)
    office.tick()
    assert (
        office.said().count("Partner Twee heeft het gesprek teruggegeven. Je praat weer met de chatbot.") == 1
    )
    assert office.type("dag chatbot").answered_at is None


def test_a_partner_who_stays_away_is_told_of_and_then_let_go(office) -> None:
    take_over(office)
    at = office.now
    for minutes, words in ((2, "even weg"), (20, "even weg"), (33, "Je praat weer met de chatbot.")):
        office.now = at + timedelta(minutes=minutes)
        office.tick()
        assert any(words in text for text in office.said()[-3:]), minutes
    assert office.events().count("given_back") == 1
