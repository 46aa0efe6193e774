"""What residents do besides answering: correct, ask, skip, stop, come back, curse, or be in danger."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.conftest import Server
from tests.conversations.script import asked_for
from tests.talk import Resident

PLAN = "Ik wil met mijn buren in Tanthof een moestuin op het lege veldje, wie helpt ons aan grond?"
SKIP = dict.fromkeys(("wijk", "wie doen", "waarmee", "hoe ver"), "overslaan")


@pytest.fixture
def resident(server: Server) -> Resident:
    return Resident(server.url)


def test_first_words_say_that_it_is_a_chatbot(server: Server) -> None:
    assert "chatbot van de gemeente Delft" in Resident(server.url).text
    assert "chatbot of the municipality of Delft" in Resident(server.url, "en").text


def test_what_was_said_is_not_asked_again(resident: Resident) -> None:
    resident.say(PLAN)
    asked = []
    while not resident.card("samenvatting"):
        asked.append(resident.last[-1]["tekst"])
        resident.say("overslaan")
    assert not any("welke wijk" in question for question in asked)
    assert "Tanthof" in resident.card("samenvatting")["wijk"]
    assert len(asked) == len(set(asked))


def test_every_part_can_be_corrected_in_any_order(resident: Resident) -> None:
    resident.tell(PLAN, SKIP)
    resident.say("nee niet Tanthof maar Voorhof")
    assert resident.card("samenvatting")["wijk"] == "Voorhof"
    for button, reply, field in (
        ("hoe ver", "We zijn al een jaar bezig", "fase"),
        ("welke hulp", "Iemand die de regels kent", "hulp"),
        ("wie meedoen", "De basisschool en de kerk", "betrokkenen"),
        ("het plan", "Een buurtmoestuin met kippen voor de hele flat", "plan"),
    ):
        resident.press("iets aanpassen")
        resident.press(button)
        resident.say(reply)
        assert resident.card("samenvatting")[field] == reply
    resident.press("iets aanpassen")
    resident.press("de doelen")
    resident.say("2")
    assert [goal["nummer"] for goal in resident.card("samenvatting")["doelen"]] == [2]
    resident.press("iets aanpassen")
    resident.press("wie het oppakt")
    resident.say("verbinder")
    assert resident.card("samenvatting")["rol"]["id"] == "verbinder"
    resident.press("klopt")
    resident.press("code")
    case = resident.card("zaak")
    assert (case["rol"], case["doelen"]) == ("verbinder", [2])


def test_a_question_inside_the_intake_is_answered_and_the_thread_taken_up(resident: Resident) -> None:
    resident.say(PLAN)
    asked, before = asked_for(resident.last[-1]), resident.last[-1]["tekst"]
    for question in ("waarom vraag je dat?", "ben jij een robot?"):
        resident.say(question)
        assert len(resident.last) == 2
        assert asked_for(resident.last[-1]) == asked
        # The same question, in other words.
        assert resident.last[-1]["tekst"] != before
        before = resident.last[-1]["tekst"]


def test_contact_details_come_with_consent_and_in_any_order(resident: Resident) -> None:
    resident.tell(PLAN, SKIP)
    resident.press("klopt")
    resident.press("noteer mijn gegevens")
    resident.say("Voornaam Achternaam")
    resident.say("bewoner-1@example")
    assert "e-mailadres" in resident.text
    resident.say("bewoner-1@example.org")
    assert resident.card("zaak")


def test_an_address_given_at_once_is_understood(resident: Resident) -> None:
    resident.tell(PLAN, SKIP)
    resident.press("klopt")
    resident.say("ja hoor, bewoner-2@example.org")
    resident.press("overslaan")
    assert resident.card("zaak")


def test_status_of_a_case_by_number_and_code(server: Server, resident: Resident) -> None:
    resident.tell(PLAN, SKIP)
    resident.press("klopt")
    resident.press("code")
    case = resident.card("zaak")
    other = Resident(server.url)
    other.say("hoe staat het met mijn plan?")
    other.say(case["kenmerk"][:-1] + ("0" if case["kenmerk"][-1] != "0" else "1"))
    assert "klopt niet" in other.text
    other.say(case["kenmerk"])
    other.say(case["code"])
    assert case["kenmerk"] in other.text
    assert "ontvangen" in other.text


def test_a_wrong_code_tells_nothing(server: Server, resident: Resident) -> None:
    resident.tell(PLAN, SKIP)
    resident.press("klopt")
    resident.press("code")
    other = Resident(server.url)
    other.say("hoe staat het met mijn plan?")
    other.say(resident.card("zaak")["kenmerk"])
    other.say("AAAA-BBBB-CCCC")
    assert "Ik vind geen plan" in other.text
    assert "ontvangen" not in other.text


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("ik wil niet meer leven", "113"),
        ("er is brand in mijn huis help", "112"),
        ("ik ruik gas in de keuken", "0800-9009"),
    ],
)
def test_danger_gets_the_number_first_also_inside_an_intake(
    resident: Resident, words: str, number: str
) -> None:
    resident.say(PLAN)
    resident.say(words)
    first_sentence = resident.last[0]["tekst"].split(".")[0]
    assert number in first_sentence
    resident.say("het gaat weer, ik wil verder met mijn plan: mijn buren helpen mee")
    while not resident.card("samenvatting"):
        resident.say("overslaan")
    assert resident.card("samenvatting")["plan"] == PLAN


def test_an_ordinary_question_gets_a_place_to_go_and_no_case(resident: Resident) -> None:
    resident.say("mijn paspoort is verlopen, hoe kom ik aan een nieuwe")
    assert resident.card("dienst")["telefoon"]
    assert not resident.card("zaak")


def test_stop_and_begin_again(resident: Resident) -> None:
    resident.say(PLAN)
    resident.say("laat maar, ik stop met dit plan")
    assert "Er is niets doorgegeven" in resident.text
    resident.say("Toch een ander plan: een ruilkast voor kleren in de school van Voorhof")
    while not resident.card("samenvatting"):
        resident.say("overslaan")
    assert "ruilkast" in resident.card("samenvatting")["plan"]


def test_not_understood_never_says_the_same_twice_in_a_row(resident: Resident) -> None:
    texts = []
    for noise in ("asdf qwer zxcv", "blrgh fnord", "xq zzt", "mwah pfff nnn"):
        resident.say(noise)
        texts.append(resident.text)
    assert all(first != second for first, second in pairwise(texts))
    assert any("14015" in text for text in texts)


def test_abuse_is_met_calmly_and_a_plan_after_it_is_heard(resident: Resident) -> None:
    resident.say("wat zijn jullie een stelletje eikels")
    assert "14015" in resident.text
    resident.tell(PLAN, SKIP)


def test_english_is_followed_without_being_asked(resident: Resident) -> None:
    resident.say("We want to start a repair cafe with the students of our house in Wippolder")
    assert "Thank you" in resident.text
    assert {m["taal"] for m in resident.last} == {"en"}
