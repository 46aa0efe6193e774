"""Pages that a link in a mail opens, on the running product: once, for one purpose, and by a form only."""

from __future__ import annotations

import re
import uuid

import httpx
import pytest

from routing.cases.models import Case
from routing.cases.states import CaseAction, CaseState
from routing.handoff import links
from routing.handoff.links import CONTINUE, FOLLOW_UP, REPLY, SOLVED
from tests.conftest import Server
from tests.office import Office
from tests.talk import Resident


@pytest.fixture(scope="module")
def office(server: Server) -> Office:
    return Office(server.data)


@pytest.fixture
def resident(server: Server) -> Resident:
    return Resident(server.url)


@pytest.fixture
def reference(office: Office, resident: Resident) -> str:
    resident.say("hoi")
    return office.case_from(resident.id, f"links-{uuid.uuid4()}")


def test_looking_uses_nothing_up_and_nothing_travels_on(server, office, reference) -> None:
    for purpose in (CONTINUE, REPLY, FOLLOW_UP, SOLVED):
        path = office.link(purpose, reference)
        for _ in range(3):
            page = httpx.get(server.url + path)
            assert page.status_code == 200, page.text
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert "<script" not in page.text
        assert path.rpartition("/")[2] not in page.text
        assert path.rpartition("/")[2] not in server.log


def test_the_conversation_goes_on_in_another_browser_once(server, office, resident, reference) -> None:
    path = office.link(CONTINUE, reference)
    page = httpx.post(server.url + path)
    assert page.status_code == 200
    found = re.search(r'data-gesprek="([^"]+)" data-sleutel="([^"]+)"', page.text)
    assert found
    assert found[1] == resident.id
    headers = {"Authorization": f"Bearer {found[2]}"}
    said = httpx.get(f"{resident.path}/berichten", headers=headers).json()["berichten"]
    assert said == resident.all()
    again = httpx.post(server.url + path)
    assert again.status_code == 410
    assert "Deze link is al gebruikt" in again.text
    assert "data-sleutel" not in again.text
    other = Resident(server.url)
    assert httpx.get(f"{other.path}/berichten", headers=headers).status_code == 401


def test_a_partner_answers_once_without_an_account(server, office, resident, reference) -> None:
    path = office.link(REPLY, reference)
    page = httpx.get(server.url + path)
    assert "moestuin maken. &lt;b&gt;Echt&lt;/b&gt;" in page.text
    assert "inwoner-1@example.org" not in page.text
    empty = httpx.post(server.url + path, data={"antwoord": "  "})
    assert empty.status_code == 422
    assert "Typ eerst een antwoord." in empty.text
    long = httpx.post(server.url + path, data={"antwoord": "x" * 4001})
    assert long.status_code == 422
    assert "x" * 4001 in long.text
    done = httpx.post(server.url + path, data={"antwoord": "Er is een zaaltje, kom langs."})
    assert done.status_code == 200
    assert "Je antwoord is verstuurd" in done.text
    last = resident.all()[-1]
    assert (last["van"], last["tekst"]) == ("medewerker", "Er is een zaaltje, kom langs.")
    assert last["wie"] == {"naam": last["wie"]["naam"], "rol": "verbinder", "rolNaam": "verbinder"}
    assert last["wie"]["naam"].startswith("Partner ")
    assert office.case(reference).state is CaseState.ANSWERED
    assert office.events(reference)[-1] in ("answer", "delivered")
    assert "resident_message" in office.mail(reference)
    assert httpx.post(server.url + path, data={"antwoord": "nog een keer"}).status_code == 410
    assert resident.all()[-1] == last


def test_who_is_no_longer_the_owner_cannot_answer(server, office, reference) -> None:
    path = office.link(REPLY, reference)
    with office.work() as session:
        case = session.get(Case, office.case(reference).id)
        case.owner_id = "partner-3"
    for answer in (httpx.get(server.url + path), httpx.post(server.url + path, data={"antwoord": "toch"})):
        assert answer.status_code == 410
        assert "ligt bij een ander" in answer.text


def test_not_solved_opens_the_case_again(server, office, resident, reference) -> None:
    office.step(reference, CaseAction.ANSWER, CaseAction.CLOSE)
    path = office.link(SOLVED, reference, subject="1")
    missing = httpx.post(server.url + path, data={"tekst": "de sleutel ontbreekt"})
    assert missing.status_code == 422
    assert "de sleutel ontbreekt" in missing.text
    done = httpx.post(server.url + path, data={"gaat": "nee", "tekst": "de sleutel ontbreekt"})
    assert "We pakken het weer op" in done.text
    assert office.case(reference).state is CaseState.RECEIVED
    assert "de sleutel ontbreekt" in [m["tekst"] for m in resident.all()]
    assert "owner_reopened" in office.mail(reference)
    assert httpx.post(server.url + path, data={"gaat": "ja"}).status_code == 410


def test_a_follow_up_that_goes_well_changes_no_state(server, office, reference) -> None:
    office.step(reference, CaseAction.ANSWER)
    path = office.link(FOLLOW_UP, reference, subject="7")
    assert "Fijn om te horen." in httpx.post(server.url + path, data={"gaat": "ja"}).text
    assert office.case(reference).state is CaseState.ANSWERED
    assert "resident_answered" in office.events(reference)


def test_pages_speak_the_language_of_the_case(server, office) -> None:
    english = office.case_from(None, f"english-{uuid.uuid4()}", "en")
    office.step(english, CaseAction.ANSWER)
    page = httpx.get(server.url + office.link(SOLVED, english, subject="1"))
    assert '<html lang="en">' in page.text
    assert "Did we help you?" in page.text


@pytest.mark.parametrize(
    "path", ["/verder/x", "/antwoord/a.b", "/hoe-gaat-het/" + "a" * 200, "/opgelost/%00"]
)
def test_what_is_no_link_is_told_so(server, path) -> None:
    for answer in (httpx.get(server.url + path), httpx.post(server.url + path)):
        assert answer.status_code == 404
        assert "Deze link kennen we niet" in answer.text


def test_a_link_for_one_page_opens_no_other(server, office, reference) -> None:
    token = office.link(SOLVED, reference).rpartition("/")[2]
    for purpose in (CONTINUE, REPLY, FOLLOW_UP):
        assert httpx.post(f"{server.url}{links.PATHS[purpose]}/{token}").status_code == 404


def test_another_site_cannot_send_the_form(server, office, reference) -> None:
    path = office.link(CONTINUE, reference)
    for site in ("cross-site", "same-site", "none"):
        page = httpx.post(server.url + path, headers={"Sec-Fetch-Site": site})
        assert page.status_code == 200
        assert "data-sleutel" not in page.text
    assert "data-sleutel" in httpx.post(server.url + path, headers={"Sec-Fetch-Site": "same-origin"}).text
