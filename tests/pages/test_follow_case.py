"""Following a case with its number and code, by plain HTTP."""

from __future__ import annotations

import re
import uuid

import httpx
import pytest

from routing.cases.reference import make_reference
from routing.cases.states import CaseAction, CaseState
from routing.handoff.following import SHOWN
from tests.conftest import Server
from tests.office import Office
from tests.pages.browser import PlainBrowser
from tests.talk import Resident


def test_it_says_how_it_is_who_has_it_and_what_comes(opened, office: Office) -> None:
    browser, reference = opened()
    assert "We hebben je plan ontvangen." in browser.words
    # Whoever it went to: partners may be full of what others brought, and then the team has it.
    assert re.search(f"{office.owner(reference)} ?, verbinder", browser.words)
    assert "Jij hoeft nu niets te doen." in browser.words
    assert "Antwoord uiterlijk op" in browser.words
    assert "Je plan kwam binnen en kreeg een eigenaar." in browser.words
    assert "&lt;b&gt;Echt&lt;/b&gt;" in browser.html
    office.step(reference, CaseAction.PICK_UP)
    browser.press("Ververs")
    assert "We werken aan je plan." in browser.words
    assert "Iemand pakte je plan op." in browser.words
    # Who left a name and an address is not shown: number and code say nothing about who holds them.
    assert "inwoner-1@example.org" not in browser.html
    assert "Inwoner Een" not in browser.html


def test_the_same_in_english(opened) -> None:
    browser, _ = opened(language="en")
    assert browser.page.url.path == "/en/case"
    assert "We have received your plan." in browser.words
    assert '<html lang="en">' in browser.html


def test_nothing_of_it_stands_in_an_address(server: Server, opened) -> None:
    browser, reference = opened()
    assert [r.url.query for r in browser.page.history] == [b""]
    assert browser.page.url.query == b""
    assert reference not in str(browser.page.url)
    assert browser.page.headers["Cache-Control"] == "no-store"
    cookies = [h for r in browser.page.history for h in r.headers.get_list("set-cookie")]
    (cookie,) = [one for one in cookies if one.startswith("loket_case=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert reference not in server.log


def test_unknown_number_and_wrong_code_get_the_same_answer(server: Server, office: Office) -> None:
    reference, _ = office.case_with_code(None, f"same-{uuid.uuid4()}")
    answers = []
    for number in (reference, make_reference(2020, 1)):
        browser = PlainBrowser(server.url)
        browser.go("/zaak")
        answer = browser.press("Laat zien", nummer=number, code="AAAA-BBBB-CCCC")
        assert answer.status_code == 422
        assert "Dit nummer en deze code horen niet bij elkaar." in browser.words
        assert browser.filled("Laat zien")[1]["nummer"] == number
        answers.append(browser.words.replace(number, "…"))
    assert answers[0] == answers[1]


def test_what_is_wrong_with_the_writing_is_said_at_once(plain: PlainBrowser) -> None:
    plain.go("/zaak")
    assert plain.press("Laat zien", nummer="", code="").status_code == 422
    assert plain.words.count("Vul het nummer in.") == 2
    assert plain.words.count("Vul de code in.") == 2
    plain.press("Laat zien", nummer="LK-2026-000123-99", code="x" * 300)
    assert "Dit nummer klopt niet." in plain.words


def test_number_and_code_are_read_as_people_write_them(server: Server, office: Office) -> None:
    reference, code = office.case_with_code(None, f"loose-{uuid.uuid4()}")
    browser = PlainBrowser(server.url)
    browser.go("/zaak")
    browser.press("Laat zien", nummer=f" {reference.lower().replace('-', ' ')} ", code=code.lower())
    assert reference in browser.words


def test_an_addition_reaches_the_owner_once_and_without_numbers_of_people(
    server: Server, opened, office: Office
) -> None:
    resident = Resident(server.url)
    browser, reference = opened(resident.id)
    form, sent = browser.filled(
        "Verstuur", tekst="De school doet ook mee. Mijn bsn is 111222333.", doe="vul-aan"
    )
    browser.send(form, sent)
    assert "Dank je wel. Je bericht staat bij je plan" in browser.words
    browser.send(form, sent)
    assert office.events(reference).count("resident_said") == 1
    assert office.mail(reference).count("owner_resident_said") == 1
    said = [m["tekst"] for m in resident.all() if m["van"] == "inwoner"]
    assert said == ["De school doet ook mee. Mijn bsn is [burgerservicenummer weggehaald]."]
    assert browser.words.count("De school doet ook mee.") == 1
    assert "111222333" not in browser.html


def test_a_question_of_the_owner_is_answered_here(server: Server, opened, office: Office) -> None:
    resident = Resident(server.url)
    browser, reference = opened(resident.id)
    office.take_over(reference)
    office.say(reference, "Hoeveel buren doen er mee?", there=False)
    office.step(reference, CaseAction.ASK_RESIDENT)
    browser.press("Ververs")
    assert "Hoeveel buren doen er mee?" in browser.words
    assert "We hebben je iets gevraagd." in browser.words
    assert "Geef antwoord" in browser.words
    form = next(one for one in browser.forms if one.fields.get("doe") == "vul-aan")
    browser.send(form, {**form.fields, "tekst": "Zes gezinnen."})
    assert office.case(reference).state is CaseState.IN_PROGRESS
    assert browser.words.index("Zes gezinnen.") < browser.words.index("Hoeveel buren doen er mee?")


def test_not_solved_opens_the_case_again_and_solved_is_kept(opened, office: Office) -> None:
    browser, reference = opened()
    office.step(reference, CaseAction.PICK_UP, CaseAction.ANSWER, CaseAction.CLOSE)
    browser.press("Ververs")
    assert "We hebben je plan afgerond." in browser.words
    assert "Voeg iets toe" not in browser.words
    assert browser.press("Verstuur", tekst="Er kwam niemand langs.").status_code == 422
    assert "Kies een van de twee antwoorden." in browser.words
    form, sent = browser.filled("Verstuur", gaat="nee")
    assert sent["tekst"] == "Er kwam niemand langs."
    browser.send(form, sent)
    assert "We kijken er weer naar." in browser.words
    browser.send(form, sent)
    assert office.case(reference).state is CaseState.RECEIVED
    assert office.events(reference).count("reopen") == 1
    assert "We pakten je plan weer op." in browser.words
    form = next(one for one in browser.forms if one.fields.get("doe") == "opgelost")
    browser.send(form, {**form.fields, "gaat": "ja"})
    assert "Fijn om te horen." in browser.words
    assert office.events(reference).count("resident_answered") == 2


@pytest.mark.parametrize(
    ("text", "words"), [(" ", "Typ eerst een bericht."), ("x" * 4001, "je hebt er 4001")]
)
def test_a_wrong_text_stays_in_its_form(opened, text: str, words: str) -> None:
    browser, _ = opened()
    form = next(one for one in browser.forms if one.fields.get("doe") == "vul-aan")
    assert browser.send(form, {**form.fields, "tekst": text}).status_code == 422
    assert words in browser.words
    kept = {one.fields["doe"]: one.fields.get("tekst") for one in browser.forms if "doe" in one.fields}
    assert kept["vul-aan"] == text
    assert kept["opgelost"] == ""


def test_closing_it_closes_it_and_what_was_typed_meanwhile_is_kept(server: Server, opened) -> None:
    browser, reference = opened()
    form = next(one for one in browser.forms if one.fields.get("doe") == "vul-aan")
    browser.press("Sluit deze pagina af")
    assert reference not in browser.html
    answer = browser.send(form, {**form.fields, "tekst": "Nog een woord over de tuin."})
    assert answer.status_code == 403
    assert "Je plan was intussen gesloten" in browser.words
    assert "Nog een woord over de tuin." in browser.words


def test_a_ticket_cannot_be_made_by_others(server: Server, opened, office: Office) -> None:
    browser, reference = opened()
    other, _ = office.case_with_code(None, f"other-{uuid.uuid4()}")
    ticket = browser.client.cookies["loket_case"]
    for forged in (
        ticket.replace(reference, other),
        ticket[:-1],
        f"{other}.9999999999.",
        "",
        "x" * 300,
        ".é.",
    ):
        answer = httpx.get(f"{server.url}/zaak", headers={"Cookie": f"loket_case={forged}".encode()})
        assert answer.status_code == 200
        assert "Laat zien" in answer.text
    stale = ticket.split(".")
    stale[1] = "1"
    assert other not in httpx.get(f"{server.url}/zaak", cookies={"loket_case": ".".join(stale)}).text


def test_forms_of_other_sites_are_refused(opened, office: Office) -> None:
    browser, reference = opened()
    form = next(one for one in browser.forms if one.fields.get("doe") == "vul-aan")
    sent = {**form.fields, "tekst": "van elders"}
    assert browser.send(form, sent, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert "resident_said" not in office.events(reference)


def test_erased_words_are_said_to_be_erased(server: Server, opened, office: Office) -> None:
    browser, reference = opened()
    with office.work() as session:
        office.find(session, reference).plan = "[-]"
    browser.press("Ververs")
    assert "Je woorden zijn op jouw verzoek weggehaald." in browser.words


def test_what_staff_keep_among_themselves_stays_inside() -> None:
    inside = {
        "note",
        "corrected",
        "follow_up_planned",
        "follow_up_sent",
        "follow_up_cancelled",
        "satisfaction",
    }
    assert not inside & set(SHOWN)
