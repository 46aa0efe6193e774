"""The ordered rules and the check that tries them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.catalogue import Facts, load_catalogue
from routing.catalogue.check import check
from routing.catalogue.loader import SHIPPED
from routing.catalogue.phrases import Phrase, find_phrase, fold
from routing.catalogue.rules import Condition

DELFT = load_catalogue(SHIPPED / "delft")
CHALLENGE = "Wij willen met het uitdaagrecht het groen beheren"


def test_the_right_to_challenge_goes_to_the_opdrachtnemer(delft):
    rule = delft.first_rule(Facts(CHALLENGE, kind="plan"))
    assert rule.id == "uitdaagrecht"
    assert rule.then.role == "opdrachtnemer"
    assert rule.then.instruments == ("prestatieverklaring",)


def test_the_first_rule_wins(delft):
    text = f"{CHALLENGE}, en welke subsidie is er?"
    assert delft.first_rule(Facts(text, kind="plan")).id == "uitdaagrecht"
    assert delft.first_rule(Facts("welke subsidie is er?", kind="plan")).id == "subsidie-zoeken"


@pytest.mark.parametrize("kind", ["service", "urgent", "other", None])
def test_rules_for_plans_leave_the_rest_alone(delft, kind):
    assert delft.first_rule(Facts(CHALLENGE, kind=kind)) is None


def test_no_rule_for_ordinary_words(delft):
    assert delft.first_rule(Facts("Een moestuin op het dak", kind="plan")) is None


@given(st.text(max_size=200))
def test_any_text_can_be_tried(text):
    DELFT.first_rule(Facts(text, kind="plan"))
    DELFT.find_mentions(text)


CONDITIONS = [
    (Condition(all_words=(Phrase.of("dak"), Phrase.of("tuin"))), Facts("een tuin op het dak"), True),
    (Condition(all_words=(Phrase.of("dak"), Phrase.of("tuin"))), Facts("een tuin"), False),
    (Condition(any_words=(Phrase.of("dak"),), no_words=(Phrase.of("geen dak"),)), Facts("geen dak"), False),
    (Condition(goals=(2, 13)), Facts("", goals=(13, 7)), True),
    (Condition(goals=(2, 13)), Facts("", goals=(7,)), False),
    (Condition(role=("partner",)), Facts("", role="partner"), True),
    (Condition(role=("partner",)), Facts(""), False),
    (
        Condition(neighbourhood=("voorhof",), language=("en",)),
        Facts("", None, (), None, "voorhof", "en"),
        True,
    ),
    (
        Condition(neighbourhood=("voorhof",), language=("en",)),
        Facts("", None, (), None, "voorhof", "nl"),
        False,
    ),
    (Condition(audience=("staff",)), Facts("", audience="staff"), True),
    (Condition(audience=("staff",)), Facts("", audience="resident"), False),
]


@pytest.mark.parametrize(("condition", "facts", "holds"), CONDITIONS)
def test_all_that_is_set_must_hold(condition, facts, holds):
    assert condition.holds(facts) is holds


PHRASES = [
    ("uitdaag*", "Het Uitdaagrecht!", ["Uitdaagrecht"]),
    ("*recht", "uitdaagrecht of rechtvaardig", ["uitdaagrecht"]),
    ("*daag*", "uitdaagrecht", ["uitdaagrecht"]),
    ("dag", "elke dag, dagelijks", ["dag"]),
    ("één dag", "Een\n  DAG per week", ["Een\n  DAG"]),
    ("café", "in het cafe\u0301 en in het cafe", ["cafe\u0301", "cafe"]),
    ("id-kaart", "mijn ID kaart", ["ID kaart"]),
    ("don t", "I don't and I don’t", ["don't", "don’t"]),
    ("niets", "", []),
]


@pytest.mark.parametrize(("pattern", "text", "found"), PHRASES)
def test_phrases_are_whole_words_in_any_case(pattern, text, found):
    assert [text[start:end] for start, end in find_phrase(text, Phrase.of(pattern))] == found


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


def check_messages(folder) -> list[str]:
    return [problem.message for problem in check(load_catalogue(folder))]


def test_check_finds_an_example_that_its_rule_does_not_match(edited):
    folder = edited(rules=[("het uitdaagrecht gebruiken", "een recht gebruiken")])
    assert any("uitdaagrecht does not match its example" in message for message in check_messages(folder))


def test_check_finds_an_example_that_must_not_match(edited):
    folder = edited(rules=[("Wij willen de stad uitdagen", "Wij willen het uitdaagrecht")])
    assert any("uitdaagrecht must not match its example" in message for message in check_messages(folder))


def test_check_finds_an_example_that_an_earlier_rule_takes_away(edited):
    folder = edited(rules=[("We willen crowdfunden voor", "Uitdaagrecht en crowdfunden voor")])
    assert any("rule uitdaagrecht comes first" in message for message in check_messages(folder))


def test_check_finds_a_rule_that_catches_an_ordinary_plan(edited):
    folder = edited(rules=[("any_words: [uitdaagrecht,", "any_words: [moestuin, uitdaagrecht,")])
    problems = check(load_catalogue(folder))
    assert [problem.mark.line for problem in problems] == [6]
    assert "catches the ordinary plan" in problems[0].message


def test_check_finds_an_answer_that_does_not_begin_with_the_number(edited):
    folder = edited(emergencies=[("Bel 144 als een dier", "Wat erg. Bel 144 als een dier")])
    assert check_messages(folder) == ["the nl answer of dier does not begin with 144"]


def test_check_finds_a_word_to_avoid(edited):
    folder = edited(roles=[("De partner is je vaste gezicht", "De wijkregisseur is je vaste gezicht")])
    assert check_messages(folder) == [
        "a text of roles partner contains 'wijkregisseur', which is to be avoided"
    ]


def test_check_finds_a_keyword_of_two_services(edited):
    folder = edited(services=[("[rijbewijs,", "[paspoort, rijbewijs,")])
    assert check_messages(folder) == ["the keyword 'paspoort' of rijbewijs already belongs to paspoort"]


def test_check_repeats_the_warnings_of_loading(edited):
    folder = edited(partners=[("deputy: partner-8", "deputy: partner-9")])
    assert check_messages(folder) == ["deputy partner-9 has none of the roles of partner-7"]
