"""What the catalogue of Delft must hold, and how its texts must read."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from routing.catalogue.check import check
from routing.catalogue.texts import all_texts

ROLES = [
    "adviseur",
    "ketenregisseur",
    "partner",
    "projectleider",
    "veranderaar",
    "verbinder",
    "kwaliteitsbewaker",
    "opdrachtnemer",
    "procesbegeleider",
]
INSTRUMENTS = [
    "prestatieverklaring",
    "barometer",
    "maex",
    "maex-impuls",
    "social-handprint",
    "subsidiescan",
    "workshop-crowdfunding",
    "workshop-fondsenwerving",
    "fondsenspreekuur",
]
SERVICES = [
    "paspoort",
    "rijbewijs",
    "verhuizing",
    "uittreksel",
    "geboorte",
    "overlijden",
    "trouwen",
    "naturalisatie",
    "verkiezingen",
    "parkeren",
    "afval",
    "melding-openbare-ruimte",
    "overlast",
    "belasting",
    "bijstand",
    "schuldhulp",
    "wmo",
    "jeugdhulp",
    "leerlingenvervoer",
    "inburgering",
    "woning",
    "omgevingsvergunning",
    "evenement-vergunning",
    "ondernemersloket",
    "klacht",
    "bezwaar",
    "vog",
    "legalisatie",
    "huisdier",
    "begraafplaats",
    "energie-subsidie",
    "subsidie",
    "vrije-tijd",
    "contact",
]
NUMBERS = {
    "nood-112": {"112", "0900-8844"},
    "suicide": {"113", "0800-0113", "112"},
    "geweld-thuis": {"112", "0800-2000"},
    "gas": {"0800-9009", "112"},
    "medisch": {"112"},
    "kind": {"112", "0800-0432", "0800-2000"},
    "dier": {"144", "112"},
    "dakloos": {"14015", "0900-8844", "112"},
}
LONGEST_SENTENCE = 20
LONGEST_TEXT = 60
DISTRICTS = [
    "binnenstad",
    "vrijenban",
    "hof-van-delft",
    "voordijkshoorn",
    "delftse-hout",
    "tanthof-west",
    "tanthof-oost",
    "voorhof",
    "buitenhof",
    "abtswoude",
    "schieweg",
    "wippolder",
    "ruiven",
]


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?])\s+", text) if part]


def test_it_loads_without_warnings_and_its_rules_do_what_they_say(delft):
    assert delft.warnings == ()
    assert check(delft) == []


def test_everything_that_others_count_on_is_there(delft):
    assert sorted(delft.goals) == list(range(1, 18))
    assert sorted(delft.roles) == sorted(ROLES)
    assert sorted(delft.instruments) == sorted(INSTRUMENTS)
    assert sorted(delft.services) == sorted(SERVICES)
    assert sorted(delft.emergencies) == sorted(NUMBERS)
    assert set(DISTRICTS) <= set(delft.neighbourhoods)
    assert set(delft.questions) == {frozenset(pair) for pair in combinations(ROLES, 2)}


def test_the_municipality(delft):
    municipality = delft.municipality
    assert (municipality.name, municipality.phone) == ("Delft", "14015")
    assert municipality.website == "https://www.delft.nl"
    assert municipality.timezone == "Europe/Amsterdam"


def test_supporting_roles_are_the_three_of_the_story(delft):
    supporting = {role.id for role in delft.roles.values() if role.supporting}
    assert supporting == {"kwaliteitsbewaker", "opdrachtnemer", "procesbegeleider"}


def test_colours_differ(delft):
    assert len({goal.colour for goal in delft.goals.values()}) == 17


def test_partners_are_examples_and_cover_every_role(delft):
    assert len(delft.partners) >= 12
    assert all(partner.email.endswith("@example.org") for partner in delft.partners.values())
    assert all(partner.deputy for partner in delft.partners.values())
    for role in delft.roles:
        holders = [partner for partner in delft.partners.values() if role in partner.roles]
        assert len(holders) >= 2, role
        assert any("en" in partner.languages for partner in holders), role


def test_every_neighbourhood_has_a_partner(delft):
    for neighbourhood in delft.neighbourhoods:
        assert any(
            "partner" in partner.roles and partner.covers(neighbourhood)
            for partner in delft.partners.values()
        )


@pytest.mark.parametrize("language", ["nl", "en"])
def test_emergencies_say_the_number_first_and_no_other_than_known_ones(delft, language):
    for emergency in delft.emergencies.values():
        answer = emergency.answer.in_(language)
        assert emergency.phone in sentences(answer)[0]
        assert set(re.findall(r"\d[\d-]{2,}", answer)) == NUMBERS[emergency.id], emergency.id


def test_services_name_no_money_and_no_hours(delft):
    for service in delft.services.values():
        for language in ("nl", "en"):
            answer = service.answer.in_(language)
            assert "€" not in answer
            assert not re.search(r"\beuros?\b|\d\d?[:.]\d\d|\buur\b", answer), service.id


def test_every_service_says_where_to_go(delft):
    for service in delft.services.values():
        for language in ("nl", "en"):
            assert re.search(r"\d{3}|\.nl\b", service.answer.in_(language)), service.id


@pytest.mark.parametrize("language", ["nl", "en"])
def test_texts_are_short_and_plain(delft, language):
    for section, entry, words in all_texts(delft):
        text = words.in_(language)
        assert text == text.strip() != "", (section, entry)
        assert "{" not in text, (section, entry)
        assert len(text.split()) <= LONGEST_TEXT, (section, entry)
        for sentence in sentences(text):
            assert len(sentence.split()) <= LONGEST_SENTENCE, (section, entry, sentence)


def test_nobody_is_called_regisseur(delft):
    for section, entry, words in all_texts(delft):
        assert "regisseur" not in (words.nl + words.en).lower(), (section, entry)
    assert delft.roles["ketenregisseur"].name.nl == "ketenpartner"


def test_people_are_addressed_alike(delft):
    """The chat says "je"; one "u" in between would sound like another speaker."""
    for section, entry, words in all_texts(delft):
        assert not re.search(r"\b(u|uw)\b", words.nl.lower()), (section, entry)


def test_dutch_and_english_differ(delft):
    same = {"MAEX", "social handprint", "partner", "barometer", "contact"}
    for section, entry, words in all_texts(delft):
        assert words.nl != words.en or words.nl in same, (section, entry)


def test_a_question_asks_one_thing_in_one_sentence(delft):
    for pair, words in delft.questions.items():
        for text in (words.nl, words.en):
            assert text.endswith("?"), pair
            assert text.count("?") == len(sentences(text)) == 1, pair


def test_questions_differ(delft):
    assert len({words.nl for words in delft.questions.values()}) == len(delft.questions)


def test_the_question_of_a_pair_can_be_asked_in_any_order(delft):
    question = delft.question_between("partner", "verbinder")
    assert question is delft.question_between("verbinder", "partner")
    assert delft.question_between("partner", "partner") is None
    assert question.in_("en").startswith("Do you")
    assert question.in_("de") == question.nl
