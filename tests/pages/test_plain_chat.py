"""A whole conversation by plain HTTP: forms, redirects and a cookie, as an old telephone has it."""

from __future__ import annotations

import re

import pytest

from routing.cases.reference import make_reference
from routing.handoff.links import CONTINUE
from tests.conftest import Server
from tests.office import Office
from tests.pages.browser import PlainBrowser
from tests.talk import Resident

PLAN = {
    "nl": "Ik wil met de buren een moestuin beginnen op het lege veldje in Voorhof.",
    "en": "With the neighbours we want to start a vegetable garden on the empty field in Voorhof.",
}
WORDS = {
    "nl": ("/chat", "Verstuur", "Nee, geef mij een code", "Je plan is binnen", "Dit heb ik begrepen"),
    "en": ("/en/chat", "Send", "No, give me a code", "We have your plan", "This is what I understood"),
}
CHOICES = (
    "De hele stad", "Alleen ik", "Weet ik nog niet", "Het is nog een idee", "Ja, dat klopt", "Overslaan",
    "The whole city", "Just me", "I do not know yet", "It is just an idea", "Yes, that is right", "Skip",
)  # fmt: skip
REFERENCE = re.compile(r"LK-\d{4}-\d{6}-\d\d")
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


def conversation_of(browser: PlainBrowser) -> str:
    """The id of this browser's conversation."""
    return browser.client.cookies["loket_chat"].partition(".")[0]


def messages(browser: PlainBrowser) -> list[tuple[str, str]]:
    """Who said what."""
    found = re.findall(
        r'<li class="message from-(\w+)" id="b\d+".*?(?:<p class="words">(.*?)</p>|<div class="card)',
        browser.html,
        re.DOTALL,
    )
    return [(sender, re.sub(r"<[^>]+>", "", words)) for sender, words in found]


def begin(browser: PlainBrowser, text: str = PLAN["nl"], path: str = "/chat") -> None:
    browser.go(path)
    browser.press("Verstuur" if path == "/chat" else "Send", tekst=text)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_from_the_first_word_to_the_number_and_on_to_the_case(server: Server, language: str) -> None:
    path, send, no_contact, case_title, summary_title = WORDS[language]
    browser = PlainBrowser(server.url)
    assert browser.go(path).status_code == 200
    assert "loket_chat" not in browser.client.cookies
    browser.press(send, tekst=PLAN[language])
    summary = ""
    for _ in range(12):
        assert browser.page.status_code == 200
        assert browser.page.url.path == path
        summary = summary or (browser.words if summary_title in browser.words else "")
        if case_title in browser.words:
            break
        wanted = (no_contact, *CHOICES)
        browser.press(next(one for one in browser.buttons() if one in wanted))
    assert "Voorhof" in summary
    assert ("vragen zijn klaar." if language == "nl" else "questions are done.") in summary
    reference, code = REFERENCE.search(browser.words)[0], CODE.search(browser.words)[0]
    assert f'<html lang="{language}">' in browser.html
    browser.go("/zaak" if language == "nl" else "/en/case")
    browser.press("Laat zien" if language == "nl" else "Show me", nummer=reference, code=code)
    assert reference in browser.words
    assert PLAN[language] in browser.words
    # Nothing of it ever stood in an address.
    token = browser.client.cookies["loket_chat"].partition(".")[2]
    for secret in (token, code, reference, conversation_of(browser)):
        assert secret not in server.log


def test_the_same_form_twice_says_it_once(plain: PlainBrowser) -> None:
    plain.go("/chat")
    form, sent = plain.filled("Verstuur", tekst=PLAN["nl"])
    once = plain.send(form, sent).text
    first = conversation_of(plain)
    assert plain.send(form, sent).status_code == 200
    assert messages(plain).count(("resident", PLAN["nl"])) == 1
    assert conversation_of(plain) == first
    assert len(re.findall('id="b', once)) == len(re.findall('id="b', plain.html))
    form, sent = plain.filled("Verstuur", tekst="Bij ons in de straat.")
    plain.send(form, sent)
    plain.send(form, sent)
    assert messages(plain).count(("resident", "Bij ons in de straat.")) == 1


def test_two_first_forms_at_once_open_one_conversation(server: Server, plain: PlainBrowser) -> None:
    """A double press reaches us before the first answer has brought the cookie."""
    plain.go("/chat")
    form, sent = plain.filled("Verstuur", tekst=PLAN["nl"])
    twin = PlainBrowser(server.url)
    twin.client.cookies = dict(plain.client.cookies)
    plain.send(form, sent)
    twin.send(form, sent)
    assert conversation_of(plain) == conversation_of(twin)
    assert messages(twin).count(("resident", PLAN["nl"])) == 1


def test_a_form_used_for_something_else_gets_a_new_number(plain: PlainBrowser) -> None:
    begin(plain)
    form, sent = plain.filled("Verstuur", tekst="eerste")
    plain.send(form, sent)
    assert plain.send(form, {**sent, "tekst": "iets anders"}).status_code == 409
    assert "Dit formulier was al verstuurd." in plain.words
    again, resent = plain.filled("Verstuur")
    assert resent["tekst"] == "iets anders"
    assert plain.send(again, resent).status_code == 200
    assert ("resident", "iets anders") in messages(plain)


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("/chat", "   ", "Typ eerst een bericht."),
        ("/en/chat", "x" * 4001, "Your message has 4001 characters. 4000 fit."),
    ],
)
def test_what_is_wrong_is_said_and_typed_text_is_kept(plain, path: str, text: str, words: str) -> None:
    plain.go(path)
    button = "Verstuur" if path == "/chat" else "Send"
    assert plain.press(button, tekst=text).status_code == 422
    assert words in plain.words
    assert 'aria-invalid="true"' in plain.html
    assert plain.filled(button)[1]["tekst"] == text
    assert "loket_chat" not in plain.client.cookies


def test_a_text_as_long_as_may_be_fits(plain: PlainBrowser) -> None:
    plain.go("/chat")
    text = "é" * 3000
    assert plain.press("Verstuur", tekst=text).status_code == 200
    assert ("resident", text) in messages(plain)


def test_too_much_at_once_is_a_page_that_says_so(plain: PlainBrowser) -> None:
    plain.go("/chat")
    answer = plain.press("Verstuur", tekst="x" * 70_000)
    assert answer.status_code == 413
    assert "Dit was te veel in één keer" in plain.words


def test_forms_of_others_are_refused_and_the_text_stays(server: Server, plain: PlainBrowser) -> None:
    begin(plain)
    before = messages(plain)
    form, sent = plain.filled("Verstuur", tekst="van elders")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elders.example"}):
        assert plain.send(form, sent, **headers).status_code == 403
        assert plain.filled("Verstuur")[1]["tekst"] == "van elders"
    assert plain.send(form, {**sent, "formulier": "0" * 64}).status_code == 403
    stranger = PlainBrowser(server.url)
    stranger.go("/chat")
    assert stranger.send(form, sent).status_code == 403
    plain.go("/chat")
    assert messages(plain) == before


def test_the_key_is_in_a_cookie_that_scripts_cannot_read(server: Server, plain: PlainBrowser) -> None:
    begin(plain)
    given = [h for r in plain.page.history for h in r.headers.get_list("set-cookie")]
    (cookie,) = [one for one in given if one.startswith("loket_chat=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert plain.page.headers["Cache-Control"] == "no-store"
    token = plain.client.cookies["loket_chat"].partition(".")[2]
    assert token not in plain.html


def test_a_wrong_key_opens_nothing(server: Server, plain: PlainBrowser) -> None:
    begin(plain)
    thief = PlainBrowser(server.url)
    thief.client.cookies.set("loket_chat", f"{conversation_of(plain)}.wrong")
    thief.go("/chat")
    assert PLAN["nl"] not in thief.html
    assert "Je vorige gesprek is er niet meer." in thief.words


def test_language_person_and_a_new_beginning(plain: PlainBrowser) -> None:
    begin(plain)
    plain.press("Switch to English")
    assert plain.page.url.path == "/en/chat"
    assert ("resident", "English, please") in messages(plain)
    assert messages(plain)[-1][0] == "chatbot"
    plain.press("To a person")
    assert ("resident", "I want to talk to a person") in messages(plain)
    old = plain.filled("Send", tekst="weer terug")
    first = conversation_of(plain)
    plain.press("Yes, start again")
    assert "loket_chat" not in plain.client.cookies
    assert PLAN["nl"] not in plain.html
    # The way back of the browser does not lead into the conversation that was left.
    assert plain.send(*old).status_code == 403
    begin(plain, "We want a street party.", "/en/chat")
    assert conversation_of(plain) != first


def test_what_staff_say_is_seen_after_refreshing(plain: PlainBrowser, office: Office) -> None:
    begin(plain)
    reference = office.case_from(conversation_of(plain), f"plain-{conversation_of(plain)}")
    office.take_over(reference)
    office.say(reference, "Dag! Ik kom kijken: https://www.delft.nl/moestuin.")
    plain.press("Ververs")
    assert "Je praat nu met een mens: Partner Twee" in plain.words
    assert '<a href="https://www.delft.nl/moestuin">' in plain.html
    assert re.search(r"Partner Twee\s+Medewerker, [\w ]+\s+\d\d:\d\d\s+Dag!", plain.words)
    plain.press("Verstuur", tekst="Fijn, tot dan.")
    assert messages(plain)[-1] == ("resident", "Fijn, tot dan.")
    office.give_back(reference)
    plain.press("Ververs")
    assert "Je praat met de chatbot." in plain.words


def test_everything_that_was_typed_is_escaped_and_masked(plain: PlainBrowser) -> None:
    begin(plain, "<script>alert(1)</script> mijn bsn is 111222333")
    assert "<script>alert" not in plain.html
    assert "111222333" not in plain.html
    assert "[burgerservicenummer weggehaald]" in plain.words


def test_api_and_page_show_the_same_conversation(server: Server, plain: PlainBrowser) -> None:
    resident = Resident(server.url)
    resident.say(PLAN["nl"])
    plain.client.cookies.set("loket_chat", f"{resident.id}.{resident.token}")
    plain.go("/chat")
    said = [text for sender, text in messages(plain) if sender == "resident"]
    assert said == [m["tekst"] for m in resident.all() if m["van"] == "inwoner"]


def test_while_it_starts_the_text_waits_in_the_form(own_server) -> None:
    server = own_server(settings={"LOKET_RATE_CASES": "3 per minute"}).start(wait=False)
    browser = PlainBrowser(server.url)
    server.wait_listening()
    guess_a_case(browser)
    browser.go("/chat")
    assert browser.press("Verstuur", tekst=PLAN["nl"]).status_code == 503
    assert "De chatbot start op." in browser.words
    assert browser.filled("Verstuur")[1]["tekst"] == PLAN["nl"]
    # Nobody needs the assistant that is still being loaded.
    server.kill()


def guess_a_case(browser: PlainBrowser) -> None:
    """Guessing codes ends soon, and whoever is told so hears for how long."""
    browser.go("/zaak")
    number = make_reference(2020, 1)
    for _ in range(3):
        assert browser.press("Laat zien", nummer=number, code="AAAA-BBBB-CCCC").status_code == 422
    answer = browser.press("Laat zien", nummer=number, code="AAAA-BBBB-CCCC")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Wacht een paar minuten" in browser.words


def test_a_link_in_a_mail_goes_on_without_scripts(
    server: Server, plain: PlainBrowser, office: Office
) -> None:
    resident = Resident(server.url)
    resident.say(PLAN["nl"])
    reference = office.case_from(resident.id, f"link-{resident.id}")
    plain.go(office.link(CONTINUE, reference))
    form, sent = plain.filled("Ga verder")
    plain.send(form.at(plain.page.url.path), sent)
    assert plain.page.url.path == "/chat"
    assert ("resident", PLAN["nl"]) in messages(plain)
    plain.press("Verstuur", tekst="Ik ben er weer.")
    assert "Ik ben er weer." in [m["tekst"] for m in resident.all() if m["van"] == "inwoner"]
