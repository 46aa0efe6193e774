"""The advice for a municipality that has less than the heads learnt, or something of its own."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.advice import Advice, Advisor, Context
from routing.advice.context import context_row, known_of, weigh
from routing.advice.corpus import ROLES
from routing.advice.decide import decide_id
from routing.advice.language import LanguageGuesser
from routing.advice.scorer import Scorer
from routing.catalogue import Catalogue

PLANS = (
    "Ons eetproject voor ouderen draait drie jaar. Wie meet of de eenzaamheid minder wordt?",
    "We run a small repair café in Voorhof and would love to talk to somebody at the city who knows us.",
    "Onze stichting wil een offerte doen voor het onderhoud van het park, met uren en bedragen.",
    "We willen met de straat het uitdaagrecht gebruiken voor het groen op ons plein.",
    "iets met de buurt en een veldje",
)
CONTEXTS = (
    Context(),
    Context(help=("facilitate",), phase="stuck"),
    Context(help="geld", parties=("school",)),
)
GARDEN = "Wij zijn bezig met een tuin achter de school."

Make = Callable[..., Advisor]


@pytest.fixture(scope="module")
def elsewhere(catalogue: Catalogue, scorer: Scorer) -> Make:
    """Makes the advisor of a municipality with these changes."""
    return lambda **changes: Advisor(replace(catalogue, **changes), scorer, LanguageGuesser())


def _only(catalogue: Catalogue, roles: Collection[str]) -> dict[str, object]:
    """What changes where a municipality has these roles alone."""
    pairs = {frozenset(pair) for pair in combinations(roles, 2)}
    return {
        "roles": {name: role for name, role in catalogue.roles.items() if name in roles},
        "questions": {pair: words for pair, words in catalogue.questions.items() if pair in pairs},
        "rules": tuple(r for r in catalogue.rules if r.then.role is None or r.then.role in roles),
    }


def _named(advice: Advice) -> set[str]:
    """All roles that an advice names."""
    role = advice.role
    stated = {role.role, role.runner_up} if role else set()
    return {*advice.role_scores, *(advice.question or ()), *stated} - {None}


@settings(deadline=None, max_examples=40)
@given(
    others=st.sets(st.sampled_from(sorted(set(ROLES) - {"partner"}))),
    text=st.sampled_from(PLANS),
    context=st.sampled_from(CONTEXTS),
)
def test_only_roles_of_the_catalogue_are_advised(
    elsewhere: Make, catalogue: Catalogue, others: set[str], text: str, context: Context
) -> None:
    roles = {"partner", *others}
    advice = elsewhere(**_only(catalogue, roles)).advise(text, context=context, explain=False)
    assert advice.role is not None
    assert _named(advice) <= roles
    assert set(advice.role_scores) == roles
    assert sum(advice.role_scores.values()) == pytest.approx(1)
    assert sum(advice.weights.values()) == pytest.approx(1)


def test_the_other_roles_keep_their_proportion(elsewhere: Make, catalogue: Catalogue) -> None:
    all_of_them = elsewhere().advise(PLANS[0], explain=False).role_scores
    kept = elsewhere(**_only(catalogue, {"partner", "adviseur"})).advise(PLANS[0], explain=False).role_scores
    assert kept["partner"] / kept["adviseur"] == pytest.approx(
        all_of_them["partner"] / all_of_them["adviseur"]
    )


def test_with_one_role_nothing_is_left_to_ask(elsewhere: Make, catalogue: Catalogue) -> None:
    advice = elsewhere(**_only(catalogue, {"partner"})).advise(PLANS[0])
    assert (advice.role.role, advice.role.runner_up, advice.question) == ("partner", None, None)
    assert advice.role.evidence


def test_a_rule_decides_where_its_role_is_the_only_one(elsewhere: Make, catalogue: Catalogue) -> None:
    rule = next(rule for rule in catalogue.rules if rule.id == "uitdaagrecht")
    mine = replace(rule, then=replace(rule.then, role="partner"))
    advice = elsewhere(**_only(catalogue, {"partner"}) | {"rules": (mine,)}).advise(PLANS[3])
    assert (advice.rule, advice.role.role, advice.role.runner_up) == (rule.id, "partner", None)


def test_a_rule_may_decide_on_a_role_of_its_own(elsewhere: Make, catalogue: Catalogue) -> None:
    rule = next(rule for rule in catalogue.rules if rule.id == "uitdaagrecht")
    mine = replace(rule, then=replace(rule.then, role="dorpscoach"))
    roles = {**catalogue.roles, "dorpscoach": replace(catalogue.roles["partner"], id="dorpscoach")}
    advice = elsewhere(roles=roles, rules=(mine,)).advise(PLANS[3])
    assert (advice.role.role, advice.role.evidence) == ("dorpscoach", "")
    assert advice.role.runner_up in ROLES


@pytest.mark.parametrize("text", PLANS)
def test_only_instruments_of_the_catalogue_are_offered(
    elsewhere: Make, catalogue: Catalogue, text: str
) -> None:
    tools = {"barometer": catalogue.instruments["barometer"]}
    rules = tuple(rule for rule in catalogue.rules if not rule.then.instruments)
    advice = elsewhere(instruments=tools, rules=rules).advise(text, explain=False)
    assert set(advice.instruments) <= set(tools)


def test_the_words_of_an_own_service_count(elsewhere: Make, catalogue: Catalogue) -> None:
    own = replace(catalogue.services["parkeren"], id="fietsdepot", keywords=("fietsdepot",))
    advisor = elsewhere(services={**catalogue.services, "fietsdepot": own})
    question = "Hoe laat is het fietsdepot open? Mijn fiets is weggehaald."
    advice = advisor.advise(question)
    assert (advice.kind, advice.service) == ("service", "fietsdepot")
    assert advisor.advise("waar kan ik mijn paspoort verlengen").service == "paspoort"


def test_a_service_that_the_catalogue_lacks_is_not_guessed_at(elsewhere: Make, catalogue: Catalogue) -> None:
    advisor = elsewhere(services={"parkeren": catalogue.services["parkeren"]})
    advice = advisor.advise("waar kan ik mijn paspoort verlengen")
    assert (advice.kind, advice.service) == ("service", None)


def test_danger_that_the_catalogue_lacks_is_danger_all_the_same(
    elsewhere: Make, catalogue: Catalogue
) -> None:
    advisor = elsewhere(emergencies={"nood-112": catalogue.emergencies["nood-112"]})
    for text in ("help mijn vader ademt niet meer", "Mijn man slaat mij en de kinderen, ik ben bang."):
        advice = advisor.advise(text)
        assert advice.kind == "urgent"
        assert advice.emergency in (None, "nood-112")


SCORES = {"a": 0.9, "b": 0.08, "c": 0.02}


@pytest.mark.parametrize(
    ("by_words", "known", "chosen"),
    [
        ((), "abc", "a"),
        (("c",), "abc", "a"),
        (("new",), ("a", "new"), "new"),
        (("a", "new"), ("a", "new"), "new"),
        (("c", "new"), ("c", "new"), "new"),
        ((), "bc", None),
        (("b",), "bc", "b"),
        ((), (), None),
    ],
)
def test_an_id_is_of_the_catalogue_and_its_own_words_find_it(
    by_words: tuple[str, ...], known: Collection[str], chosen: str | None
) -> None:
    assert decide_id(SCORES, by_words, 1.0, known) == chosen


@pytest.mark.parametrize(("by_words", "chosen"), [((), None), (("a",), "a"), (("b",), "b")])
def test_a_guess_must_be_likely(by_words: tuple[str, ...], chosen: str | None) -> None:
    assert decide_id(SCORES, by_words, 1.0, "abc", least=0.95) == chosen


def test_answers_in_own_words_count_beside_answers_that_are_ids(advisor: Advisor, scorer: Scorer) -> None:
    words = "een neutrale gespreksleider, want we komen er samen niet uit"
    context = Context(help=words, parties=("school",))
    told = advisor.advise(GARDEN, context=context, explain=False)
    silent = advisor.advise(GARDEN, context=Context(parties=("school",)), explain=False)
    assert told.role_scores["procesbegeleider"] > silent.role_scores["procesbegeleider"]

    known, own = known_of(context)
    logits = scorer.logits([f"{GARDEN} {own}"], ("role",))["role"][0]
    roles, _ = weigh(scorer.model.context, context_row(logits, known), ROLES)
    assert told.role_scores == pytest.approx(roles)
