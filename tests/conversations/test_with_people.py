"""The chat with people behind it: a partner who is there, a case that is opened again, data that is gone."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import httpx
import pytest
from sqlalchemy import Engine, func, select

from routing.backoffice import catalogue_of
from routing.cases import presence
from routing.cases.cases import THE_SYSTEM, case_for_change, contact_of, history, move
from routing.cases.database import connect, reading, unit_of_work
from routing.cases.models import Case, DialogueEvent, Message, OutboxItem
from routing.cases.states import CaseAction, CaseState
from routing.handoff import live
from routing.handoff.reach import present_partners
from routing.settings import catalogue_folder
from tests.conftest import Server
from tests.conversations.clocked_server import OPEN
from tests.talk import Resident

PLAN = "Ik wil met andere moeders een weggeefwinkel openen"


@pytest.fixture(scope="module")
def house(model, tmp_path_factory) -> Iterator[SimpleNamespace]:
    """The product on a weekday morning, its store, and a partner at the desk."""
    server = Server(
        tmp_path_factory.mktemp("open"), command=("-m", "tests.conversations.clocked_server")
    ).start()
    engine = connect(f"sqlite:///{server.data / 'loket.db'}")
    yield SimpleNamespace(server=server, engine=engine, catalogue=catalogue_of(catalogue_folder("delft")))
    engine.dispose()
    server.stop()


@pytest.fixture
def partner_there(house) -> Iterator[None]:
    with unit_of_work(house.engine) as session:
        for one in house.catalogue.partners:
            presence.said(session, one, None, OPEN)
        presence.seen(session, house.catalogue.partners, OPEN)
    yield
    with unit_of_work(house.engine) as session:
        for one in house.catalogue.partners:
            presence.said(session, one, False, OPEN)


def handed_over(house) -> tuple[Resident, str]:
    """A resident whose plan has become a case, and its number."""
    resident = Resident(house.server.url)
    resident.say(PLAN)
    while not resident.card("samenvatting"):
        resident.say("overslaan")
    resident.press("klopt")
    resident.say("ja, bewoner-7@example.org")
    resident.press("overslaan")
    return resident, resident.card("zaak")["kenmerk"]


def found(engine: Engine, reference: str) -> Case:
    with reading(engine) as session:
        return session.scalar(select(Case).where(Case.reference == reference))


def test_a_partner_who_is_there_takes_the_chat_over_and_gives_it_back(house, partner_there) -> None:
    resident = Resident(house.server.url)
    resident.say("kan ik een mens spreken?")
    assert "nu iemand van ons team" in resident.text
    resident.say("over de bankjes in het park bij mijn moeder")
    case = resident.card("zaak")
    assert case
    assert "Blijf hier" in resident.text
    desk = live.Desk(house.catalogue, OPEN)
    with unit_of_work(house.engine) as session:
        stored = case_for_change(session, case["kenmerk"])
        assert "wil graag iemand spreken" in stored.help
        speaker = live.speaker_for(house.catalogue, stored, stored.owner_id)
        live.take_over(session, desk, stored, speaker, client_id="take-1")
    assert resident.say("bent u daar?") == []
    with unit_of_work(house.engine) as session:
        live.give_back(session, desk, case_for_change(session, case["kenmerk"]), speaker, client_id="back-1")
    resident.say(PLAN)
    assert "Fijn dat je dit vertelt" in resident.text


def test_not_solved_opens_a_closed_case_again(house) -> None:
    resident, reference = handed_over(house)
    with unit_of_work(house.engine) as session:
        case = case_for_change(session, reference)
        move(session, case, CaseAction.CLOSE, actor=THE_SYSTEM, now=OPEN)
    resident.say("hoe staat het met mijn plan?")
    resident.press("nog niet opgelost")
    assert "weer open" in resident.text
    assert found(house.engine, reference).state is CaseState.RECEIVED


def test_an_addition_reaches_the_owner_once(house) -> None:
    resident, reference = handed_over(house)
    for _ in range(2):
        resident.say(
            "voeg toe aan mijn plan dat de bieb ons elke zaterdag een hoek wil lenen", client_id="add"
        )
    with reading(house.engine) as session:
        case = session.scalar(select(Case).where(Case.reference == reference))
        kinds = [event.kind for event in history(session, case)]
        mails = session.scalars(select(OutboxItem).where(OutboxItem.case_id == case.id)).all()
    assert kinds.count("resident_said") == 1
    assert [item.kind for item in mails].count("owner_resident_said") == 1


def test_satisfaction_is_kept_as_a_figure(house) -> None:
    resident, reference = handed_over(house)
    resident.say("het is opgelost, dank je")
    resident.press("heel goed")
    with reading(house.engine) as session:
        case = session.scalar(select(Case).where(Case.reference == reference))
        rated = [event.data["score"] for event in history(session, case) if event.kind == "satisfaction"]
    assert rated == [5]


def test_who_is_there_is_told_in_numbers_and_roles_without_names(house, partner_there) -> None:
    body = httpx.get(f"{house.server.url}/api/v1/bereikbaarheid").json()
    assert body["wie"] == "aanwezig"
    assert body["aantal"] == len(present(house))
    names = {role.name.nl for role in house.catalogue.roles.values()}
    assert body["rollen"]
    assert set(body["rollen"]) <= names
    assert not [one for one in house.catalogue.partners.values() if one.name in str(body)]


def test_nobody_there_is_told_too(house) -> None:
    body = httpx.get(f"{house.server.url}/api/v1/bereikbaarheid").json()
    assert (body["wie"], body["aantal"], body["rollen"]) == ("niemand", 0, [])


def present(house) -> frozenset[str]:
    with reading(house.engine) as session:
        return present_partners(session, house.catalogue, OPEN)


def test_erasing_takes_messages_dialogue_and_contact(house) -> None:
    resident, reference = handed_over(house)
    resident.say("verwijder al mijn gegevens")
    resident.say("ja, ik weet het zeker")
    assert reference in resident.text
    with reading(house.engine) as session:
        case = session.scalar(select(Case).where(Case.reference == reference))
        assert contact_of(session, case) is None
        texts = session.scalars(select(Message.text).where(Message.conversation_id == resident.id)).all()
        events = select(func.count()).where(DialogueEvent.conversation_id == resident.id)
        assert session.scalar(events) == 0
    assert not any("weggeefwinkel" in text or "bewoner-7" in text for text in texts)
    # The conversation goes on, and a next plan is a case of its own.
    resident.said.clear()
    resident.say("Wij willen in de Voorhof een buurtkamer waar eenzame ouderen samen koffie drinken.")
    while not resident.card("samenvatting"):
        resident.say("overslaan")
    resident.press("klopt")
    resident.press("code")
    assert resident.card("zaak")["kenmerk"] != reference
