"""What the advice says of whole texts, through the real heads and encoders."""

from __future__ import annotations

import time
from collections.abc import Collection

import numpy as np
import pytest

from routing.advice import Advisor, Context
from routing.advice.corpus import GOALS, INSTRUMENTS, KINDS, ROLES
from routing.advice.language import LanguageGuesser
from routing.advice.likeness import DUPLICATE, WIDTH
from routing.advice.scorer import Scorer, Scores
from routing.catalogue import Catalogue

MEASURE = (
    "Ons eetproject voor ouderen draait nu drie jaar. We weten niet of het echt iets oplevert. "
    "Wie kijkt onafhankelijk mee en meet of de eenzaamheid minder wordt?"
)
PLANS = (
    MEASURE,
    "We run a small repair café in Voorhof and would love to talk to somebody at the city who knows us.",
    "De school en de kerk praten langs elkaar heen over het plein. Wie brengt ons een keer aan tafel?",
    "Onze stichting wil een offerte doen voor het onderhoud van het park, met uren en bedragen.",
)
DANGER = (
    "help mijn vader ademt niet meer",
    "er is brand in onze flat en er zitten nog mensen binnen",
    "ik wil niet meer leven",
)


@pytest.mark.parametrize("text", PLANS)
def test_a_plan_gets_goals_a_role_and_words_from_the_text(advisor: Advisor, text: str) -> None:
    advice = advisor.advise(text)
    assert advice.kind == "plan"
    assert advice.role is not None
    assert advice.role.evidence
    assert advice.role.evidence in text
    assert advice.role.runner_up != advice.role.role
    assert advice.goals
    assert all(goal.evidence in text and goal.evidence for goal in advice.goals)


class Doubtful(Scorer):
    """Real heads that take every text for a service, but hardly."""

    def scores(self, text: str, heads: Collection[str] | None = None) -> Scores:
        found = super().scores(text, heads)
        return Scores({**found.by_head, "kind": {**dict.fromkeys(KINDS, 0.0), "service": 0.6, "plan": 0.4}})


@pytest.mark.parametrize(
    ("text", "kind"),
    [("iets met stoelen voor het veldje, samen", "plan"), ("iets met mijn paspoort, samen", "service")],
)
def test_in_doubt_it_is_a_plan_unless_a_service_is_named(
    text: str, kind: str, catalogue: Catalogue, scorer: Scorer
) -> None:
    encoders = {name: scorer.encoder(name) for name in scorer.model.encoders}
    advice = Advisor(catalogue, Doubtful(scorer.model, encoders), LanguageGuesser()).advise(text)
    assert advice.kind == kind
    assert bool(advice.goals) == (kind == "plan")
    assert advice.service == (None if kind == "plan" else "paspoort")


def test_who_asks_to_measure_gets_who_measures(advisor: Advisor) -> None:
    advice = advisor.advise(MEASURE)
    assert advice.role.role == "kwaliteitsbewaker"
    assert 3 in [goal.goal for goal in advice.goals]


@pytest.mark.parametrize("text", DANGER)
def test_danger_is_seen(advisor: Advisor, text: str) -> None:
    advice = advisor.advise(text)
    assert advice.kind == "urgent"
    assert advice.emergency is not None
    assert advice.role is None


@pytest.mark.parametrize(
    "text",
    [
        "Wij willen een reanimatiecursus geven in de flat zodat niemand meer sterft omdat hulp te laat komt.",
        "Met de oud-brandweermannen willen we gratis rookmelders ophangen bij ouderen in de wijk.",
    ],
)
def test_a_plan_about_danger_is_a_plan(advisor: Advisor, text: str) -> None:
    assert advisor.advise(text, explain=False).kind == "plan"


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("waar kan ik mijn paspoort verlengen", "paspoort"),
        ("Ik ga verhuizen naar Delft, hoe geef ik dat door?", "verhuizing"),
        ("hoe vraag ik een parkeervergunning aan", "parkeren"),
        ("container vol", "afval"),
        ("lantaarnpaal kapot papsouwselaan", "melding-openbare-ruimte"),
    ],
)
def test_an_ordinary_question_gets_its_service(advisor: Advisor, text: str, service: str) -> None:
    advice = advisor.advise(text)
    assert (advice.kind, advice.service) == ("service", service)
    assert not advice.goals
    assert advice.role is None


@pytest.mark.parametrize("text", PLANS)
def test_shouting_changes_nothing_of_weight(advisor: Advisor, text: str) -> None:
    calm, loud = advisor.advise(text.lower(), explain=False), advisor.advise(text.upper(), explain=False)
    assert (loud.kind, loud.role.role) == (calm.kind, calm.role.role)


def test_evidence_of_shouting_is_in_the_words_as_typed(advisor: Advisor) -> None:
    text = MEASURE.upper()
    assert advisor.advise(text).role.evidence in text


@pytest.mark.parametrize("text", ["", " ", "🙂🙂🙂", "?", "\n\n", "<script>alert(1)</script>", "a" * 5000])
def test_anything_gets_an_answer(advisor: Advisor, text: str) -> None:
    advice = advisor.advise(text)
    assert advice.kind in KINDS


@pytest.mark.parametrize("text", [*PLANS, *DANGER, "hoi", "waar is het loket"])
def test_the_contract_holds(advisor: Advisor, text: str) -> None:
    answer = advisor.advise(text).as_json()
    keys = [
        "lang",
        "kind",
        "goals",
        "goal_scores",
        "role",
        "role_scores",
        "instruments",
        "service",
        "confident",
    ]
    assert list(answer) == keys
    assert answer["lang"] in ("nl", "en")
    assert set(answer["instruments"]) <= set(INSTRUMENTS)
    if answer["role"] is not None:
        assert set(answer["role_scores"]) == set(ROLES)
        assert sum(answer["role_scores"].values()) == pytest.approx(1, abs=0.01)
        assert set(answer["goal_scores"]) == {str(goal) for goal in GOALS}
        confidences = [goal["confidence"] for goal in answer["goals"]]
        assert all(0 <= confidence <= 1 for confidence in confidences)
        assert set(answer["role"]) == {"role", "confidence", "evidence", "runner_up"}


def test_the_help_that_is_asked_weighs_in_the_role(advisor: Advisor) -> None:
    text = "Wij zijn bezig met een tuin achter de school."
    facilitate = advisor.advise(text, context=Context(help=("facilitate",), phase="stuck"))
    contract = advisor.advise(text, context=Context(help=("contract",)))
    assert facilitate.role.role == "procesbegeleider"
    assert contract.role.role == "opdrachtnemer"
    assert facilitate.weights["help"] > facilitate.weights["parties"]
    assert sum(facilitate.weights.values()) == pytest.approx(1)


def test_help_in_own_words_is_read_with_the_text(advisor: Advisor) -> None:
    text = "Wij zijn bezig met een tuin achter de school."
    alone = advisor.advise(text, explain=False).role_scores["procesbegeleider"]
    words = Context(help="een neutrale gespreksleider, want we komen er samen niet uit")
    assert advisor.advise(text, context=words, explain=False).role_scores["procesbegeleider"] > alone


def test_what_is_asked_at_the_end_of_a_very_long_story_is_read(advisor: Advisor) -> None:
    story = "Vorige week liepen we weer langs het plein en praatten over van alles en nog wat. " * 35
    little = f"{story}Wij willen iets met een tuin."
    assert len(little) > 2_500
    words = Context(help="een neutrale gespreksleider, want we komen er samen niet uit")
    plain = advisor.advise(little, explain=False).role_scores
    asked = advisor.advise(f"{story}{MEASURE}", explain=False).role_scores
    answered = advisor.advise(little, context=words, explain=False).role_scores
    assert asked["kwaliteitsbewaker"] > 2 * plain["kwaliteitsbewaker"]
    assert answered["procesbegeleider"] > 2 * plain["procesbegeleider"]


def test_evidence_of_a_text_of_many_sentences_takes_a_moment(advisor: Advisor) -> None:
    text = "Wij willen een tuin. " * 190
    start = time.perf_counter()
    advice = advisor.advise(text)
    assert all(goal.evidence in text for goal in advice.goals)
    assert time.perf_counter() - start < 8


def test_half_a_character_is_no_error(advisor: Advisor) -> None:
    assert advisor.advise("\ud83d tuin voor de buurt graag").kind == "plan"


def test_a_rule_that_only_offers_an_instrument_leaves_the_question_open(advisor: Advisor) -> None:
    text = "Wij willen iets met de buurt en een veldje. Welke subsidie is er voor ons plan?"
    advice = advisor.advise(text)
    assert advice.rule == "subsidie-zoeken"
    assert advice.confident or advice.question


def test_a_rule_of_the_catalogue_decides_and_is_named(advisor: Advisor) -> None:
    advice = advisor.advise("We willen met de straat het uitdaagrecht gebruiken voor het groen op ons plein.")
    assert advice.rule == "uitdaagrecht"
    assert advice.role.role == "opdrachtnemer"
    assert "prestatieverklaring" in advice.instruments
    assert advice.confident
    assert advice.question is None


def test_in_doubt_it_asks_between_two_leading_roles(advisor: Advisor) -> None:
    advice = advisor.advise("iets met de buurt en een veldje")
    if not advice.confident and advice.role is not None:
        leading = sorted(advice.role_scores, key=lambda role: -advice.role_scores[role])[:3]
        assert set(advice.question) <= set(leading)


def test_the_same_text_gets_the_same_advice(advisor: Advisor) -> None:
    assert advisor.advise(MEASURE) == advisor.advise(MEASURE)


def test_a_vector_has_length_one(advisor: Advisor) -> None:
    vector = advisor.likeness.vector(MEASURE)
    assert vector.shape == (WIDTH,)
    assert float(vector @ vector) == pytest.approx(1, abs=1e-5)


def test_the_same_plan_is_more_alike_than_others(advisor: Advisor) -> None:
    again = "Ons eetproject met ouderen loopt al drie jaar, maar is de eenzaamheid nu minder? Wie meet dat?"
    asked = [again, *PLANS[1:]]
    vectors = np.stack([advisor.likeness.vector(text) for text in (*asked, MEASURE)])
    alike, *others, itself = advisor.likeness.likeness(MEASURE, [*asked, MEASURE], vectors)
    assert alike > 0.5 > max(others)
    assert itself > DUPLICATE
    assert advisor.likeness.likeness(MEASURE, [], vectors[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("text", "language", "foreign"),
    [
        ("Wij willen samen een moestuin beginnen", "nl", None),
        ("We would like to start a garden together", "en", None),
        ("Chcemy razem z sąsiadami założyć ogród przy bloku", "nl", "pl"),
        ("hoi", "nl", None),
        ("我想和邻居一起建花园，请问可以吗", "nl", "und"),
    ],
)
def test_the_language_is_told(advisor: Advisor, text: str, language: str, foreign: str | None) -> None:
    advice = advisor.advise(text, explain=False)
    assert (advice.language, advice.foreign) == (language, foreign)
