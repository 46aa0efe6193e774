"""Pages of leads: how cases travel, what was not delivered, and the log that nobody changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError

from routing.cases.database import reading, unit_of_work
from routing.cases.desk_models import AuditEvent
from routing.cases.models import DEAD, SENT, AppendOnlyViolation, Case, OutboxItem
from routing.desk.audit import note
from routing.desk.lead_pages import read_overview
from routing.desk.ratings import read_ratings
from routing.handoff.afterwards import rate, rate_talk
from routing.handoff.outbox import enqueue

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_the_overview_adds_the_ways_up(lead, partner, make_case) -> None:
    case = make_case(owner="team")
    partner.on_case(case, "oppakken")
    partner.on_case(case, "doorzetten", naar="team", waarom="Toch niet.")
    partner.on_case(case, "oppakken")
    partner.on_case(case, "bericht", tekst="Dag!", soort="answer")
    text = lead.text("/desk/overzicht", dagen="30")
    assert case.reference in text
    assert "Team Publiek Ondernemen → Partner Een" in text
    assert "inwoner Partner Een" in text.replace("inwoner  ", "inwoner ")
    assert "Geen zaken in deze periode." not in text


def test_an_odd_period_is_the_usual_one(lead) -> None:
    for days in ("x", "1", "999999999999999999999", "-30"):
        assert "afgelopen 90 dagen" in lead.text("/desk/overzicht", dagen=days)


def test_only_the_period_counts(store, make_case) -> None:
    make_case()
    later = datetime.now(UTC) + timedelta(minutes=5)
    with reading(store) as session:
        total, far = read_overview(session, later, later)
    assert (total.cases, far) == (0, [])


def test_figures_of_residents_are_shown_with_the_case_and_added_up(lead, store, make_case) -> None:
    cases = [make_case() for _ in range(3)]
    now = datetime.now(UTC)
    with unit_of_work(store) as session:
        for case, score in zip(cases, (5, 4, 4), strict=True):
            assert rate_talk(session, case.conversation_id, score, now=now) == score
        rate(session, session.get(Case, cases[0].id), 2, key="help", now=now)
    words = lead.text(f"/desk/zaken/{cases[0].reference}")
    assert "Cijfer van de inwoner voor het gesprek met de chatbot: 5 van 5." in words
    assert "Cijfer van de inwoner voor de hulp: 2 van 5." in words
    with reading(store) as session:
        ratings = read_ratings(session, now)
    assert (ratings["talk"].times, ratings["talk"].mean_in_words("nl")) == (3, "4,3")
    assert (ratings["help"].times, ratings["help"].mean_in_words("en")) == (1, "2.0")
    assert "Cijfer voor het gesprek met de chatbot" in lead.text("/desk/overzicht", dagen="30")


@pytest.fixture
def dead(store, make_case) -> OutboxItem:
    """A mail that was given up, to an address that can be reached again."""
    case = make_case()
    with unit_of_work(store) as session:
        payload = {
            "to": {"name": "X", "email": "x@example.org"},
            "language": "nl",
            "reference": case.reference,
        }
        payload |= {"step": "pick_up", "by": None, "owner": "Team", "plan": case.plan}
        payload |= {"municipality": {"name": "Delft"}}
        item = enqueue(
            session, "follower_step", f"dead-{case.id}", payload, datetime.now(UTC), recipient="follower",
            case_id=case.id,
        )  # fmt: skip
        item.state, item.attempts, item.last_error = DEAD, 24, "TimeoutError: <b>weg</b>"
        item.finished_at = datetime.now(UTC)
    return item


def test_what_was_not_delivered_is_sent_again(lead, dead, store, until) -> None:
    html = lead.get("/desk/postvak-uit").text
    assert "Stap, aan een volger" in html
    assert "TimeoutError: &lt;b&gt;weg&lt;/b&gt;" in html
    page = f"/desk/postvak-uit/{dead.id}/opnieuw"
    assert lead.post(page, page="/desk/postvak-uit").status_code == 303

    def state() -> str:
        with reading(store) as session:
            return session.get(OutboxItem, dead.id).state

    until(lambda: state() == SENT)
    assert lead.post(page, page="/desk/account").status_code == 404
    with reading(store) as session:
        kinds = session.scalars(select(AuditEvent.kind).where(AuditEvent.case_id == dead.case_id)).all()
    assert "sent_again" in kinds


@pytest.mark.parametrize("item", ["0", "x", "99999999", "9" * 60, "-1"])
def test_what_is_not_there_cannot_be_sent_again(lead, item: str) -> None:
    assert lead.post(f"/desk/postvak-uit/{item}/opnieuw", page="/desk/account").status_code == 404


def test_the_log_tells_who_did_what(lead, partner, make_case) -> None:
    case = make_case()
    partner.on_case(case, "oppakken")
    text = lead.text("/desk/logboek")
    assert f"Collega Partner Zaak opgepakt {case.reference}" in text
    only = lead.text("/desk/logboek", soort="signed_in")
    assert "Ingelogd" in only
    assert case.reference not in only
    assert "Ouder" not in lead.text("/desk/logboek", na="1")
    for odd in ("x", "9" * 30, "-1"):
        lead.text("/desk/logboek", na=odd, soort=odd)


def test_the_log_goes_on_page_by_page(lead, store) -> None:
    with unit_of_work(store) as session:
        for _ in range(105):
            note(session, "exported", account=None, now=datetime.now(UTC))
    html = lead.get("/desk/logboek", soort="exported").text
    assert html.count("Lijst opgeslagen als bestand</td>") == 100
    assert "Oudere regels" in html


def test_nobody_changes_the_log(store) -> None:
    with unit_of_work(store) as session:
        event = note(session, "signed_in", account=None, now=NOW)
    with pytest.raises(AppendOnlyViolation), unit_of_work(store) as session:
        session.get(AuditEvent, event.id).kind = "signed_out"
    for statement in (
        update(AuditEvent).values(kind="x"),
        delete(AuditEvent),
        text(
            f"INSERT OR REPLACE INTO audit_event VALUES ({event.id}, 'x', NULL, NULL, '{{}}', '2026-01-01')"
        ),
    ):
        with pytest.raises(IntegrityError, match="append-only"), unit_of_work(store) as session:
            session.execute(statement)


def test_the_log_holds_no_words_of_people(partner, make_case, store) -> None:
    case = make_case()
    partner.on_case(case, "notitie", tekst="Geheim woord pimpelpaars")
    partner.on_case(case, "doorzetten", naar="team", waarom="pimpelpaars")
    partner.get("/desk/zaken", zoek="pimpelpaars")
    partner.get("/desk/initiatieven.csv", zoek="pimpelpaars")
    with reading(store) as session:
        events = session.scalars(select(AuditEvent)).all()
    assert "exported" in {event.kind for event in events}
    assert not any("pimpelpaars" in str(event.data) for event in events)


def test_nothing_typed_at_the_desk_reaches_a_log(partner, make_case, server) -> None:
    case = make_case()
    partner.on_case(case, "notitie", tekst="kwikzilverkleurig")
    partner.get("/desk/zaken", zoek="kwikzilverkleurig")
    partner.get(f"/desk/zaken/{case.reference}", klaar="kwikzilverkleurig")
    assert "kwikzilverkleurig" not in server.log
    assert case.reference not in server.log
