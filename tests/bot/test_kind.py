"""What the component makes of a message: the kind of the advice, or the act that Rasa heard."""

from __future__ import annotations

import pytest
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.kind import KindClassifier
from routing.advice import Advice
from routing.advice.corpus import KINDS
from routing.advice.keywords import Keywords
from routing.backoffice import catalogue_of
from routing.settings import read_settings


class Said:
    """An advisor that has made up its mind."""

    def __init__(self, kind: str, foreign: str | None = None, **scores: float) -> None:
        self._advice = Advice("nl", kind, {**dict.fromkeys(KINDS, 0.0), **scores}, foreign=foreign)

    def advise(self, text: str, explain: bool) -> Advice:
        return self._advice

    def names_service(self, text: str) -> bool:
        return False


def _intent(advisor: Said, text: str, act: str, confidence: float) -> str:
    danger = Keywords.of(catalogue_of(read_settings().catalogue).emergencies)
    message = Message({TEXT: text, INTENT: {"name": act, "confidence": confidence}})
    KindClassifier(KindClassifier.get_default_config(), advisor, danger).process([message])
    return message.get(INTENT)["name"]


@pytest.mark.parametrize("act", ["urgent", "service", "plan"])
def test_which_kind_it_is_is_never_told_by_the_acts(act: str) -> None:
    unsure = Said("plan", plan=0.4, service=0.3, urgent=0.14, other=0.16)
    assert _intent(unsure, "mijn buurman schreeuwt elke nacht", act, 0.6) == "plan"


@pytest.mark.parametrize(("act", "heard"), [("urgent", "urgent"), ("service", "plan")])
def test_what_both_hear_danger_in_is_danger(act: str, heard: str) -> None:
    advisor = Said("plan", plan=0.5, urgent=0.4, other=0.1)
    assert _intent(advisor, "voor school staan alle ouders om hem heen", act, 0.8) == heard


def test_what_may_be_a_plan_or_a_service_is_no_talk() -> None:
    either = Said("plan", plan=0.35, service=0.35, other=0.3)
    assert _intent(either, "al jaren ruzie over de heg", "chitchat", 0.3) == "plan"
    hardly = Said("plan", plan=0.25, service=0.2, other=0.24, urgent=0.2)
    assert _intent(hardly, "de heg dan maar", "inform", 0.6) == "inform"


@pytest.mark.parametrize(
    ("act", "sure", "heard"),
    [
        ("chitchat", 0.9, "service"),
        ("abuse", 0.9, "service"),
        ("nonsense", 0.9, "service"),
        ("unclear", 0.9, "service"),
        ("inform", 0.9, "inform"),
        ("inform", 0.6, "service"),
    ],
)
def test_a_clear_report_goes_before_an_act_in_which_nothing_is_wanted(
    act: str, sure: float, heard: str
) -> None:
    assert _intent(Said("service", service=0.9, other=0.1), "de speeltuin is kapot", act, sure) == heard


@pytest.mark.parametrize(
    ("act", "heard"), [("abuse", "plan"), ("chitchat", "chitchat"), ("unclear", "unclear")]
)
def test_a_clear_plan_goes_before_swear_words_and_who_only_begins_is_asked_to_tell(
    act: str, heard: str
) -> None:
    assert _intent(Said("plan", plan=0.95, other=0.05), "wij willen iets doen", act, 0.9) == heard


def test_an_unclear_report_does_not_go_before_a_sure_act() -> None:
    assert _intent(Said("service", service=0.6, other=0.4), "lekker dan", "chitchat", 0.9) == "chitchat"


@pytest.mark.parametrize(
    ("act", "chance", "heard"), [("stop", 0.45, "stop"), ("stop", 0.7, "urgent"), ("skip", 0.45, "urgent")]
)
def test_a_sure_stop_is_a_stop_unless_danger_is_likely(act: str, chance: float, heard: str) -> None:
    advisor = Said("urgent", urgent=chance, other=1 - chance)
    assert _intent(advisor, "hou maar op ermee", act, 0.99) == heard


def test_words_of_danger_are_never_a_stop() -> None:
    advisor = Said("urgent", urgent=0.45, other=0.55)
    assert _intent(advisor, "stop, er is brand", "stop", 0.99) == "urgent"


@pytest.mark.parametrize(
    ("text", "foreign", "heard"),
    [
        ("Je veux créer un jardin avec mes voisins, mais je ne sais pas où demander", "fr", "foreign"),
        ("Chcemy założyć ogród z sąsiadami i plac zabaw dla dzieci, i szukamy miejsca", "pl", "foreign"),
        ("我想和邻居一起建花园，请问可以吗", "und", "foreign"),
        ("wij willen dit met de buren", "de", "plan"),
    ],
)
def test_another_language_is_answered_in_that_language(text: str, foreign: str, heard: str) -> None:
    assert _intent(Said("plan", foreign, plan=0.9), text, "plan", 0.5) == heard


def test_a_chosen_button_is_left_as_it_is() -> None:
    assert _intent(Said("urgent", urgent=1.0), "/stop", "stop", 1.0) == "stop"
