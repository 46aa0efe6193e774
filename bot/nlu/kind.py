"""Rasa classifier: the advice decides whether words are a plan, a service, an emergency or a staff question.

Rasa's own classifier knows the acts of a conversation (yes, skip, thanks, a person please). What a
person comes for is decided by the advice alone, so that the chat and `loket advise` cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from actions.forms import NOISE
from routing.advice import Advice, Advisor
from routing.advice.decide import PERHAPS_DANGER
from routing.advice.keywords import Keywords
from routing.advice.text import is_other_script
from routing.backoffice import advisor_of, catalogue_of
from routing.settings import read_settings

OURS = frozenset(
    [
        "ik",
        "wij",
        "we",
        "mij",
        "mijn",
        "onze",
        "ons",
        "jij",
        "je",
        "jullie",
        "het",
        "een",
        "van",
        "voor",
        "met",
        "niet",
        "geen",
        "maar",
        "ook",
        "nog",
        "naar",
        "bij",
        "zijn",
        "heb",
        "wil",
        "willen",
        "kan",
        "kunnen",
        "deze",
        "dit",
        "dat",
        "wat",
        "wie",
        "waar",
        "hoe",
        "the",
        "i",
        "my",
        "our",
        "you",
        "your",
        "want",
        "would",
        "like",
        "with",
        "for",
        "this",
        "that",
        "what",
        "where",
        "how",
        "and",
        "have",
        "are",
        "not",
    ]
)
"""Frequent words of Dutch and English."""
SHARED: Mapping[str, frozenset[str]] = {
    "de": frozenset(["wie", "een"]),
    "es": frozenset(["van", "me"]),
    "fr": frozenset(["je", "met", "dit", "we"]),
    "it": frozenset(["i", "met"]),
    "pl": frozenset(["i"]),
    "pt": frozenset(["i"]),
    "tr": frozenset(["van", "kan", "dit", "i"]),
}
"""Those that another language has too, by its code."""
INTENT_OF_KIND = {"plan": "plan", "staff": "staff_question", "service": "service", "urgent": "urgent"}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class KindClassifier(IntentClassifier, GraphComponent):
    """Replaces the intent where the kind of the words is clearer than their act."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        # From `sure_act` on Rasa's conversational act stands, unless somebody is in danger. Words that
        # are an answer from `sure_answer` on are understood, so they need no numbers of help.
        # Below `doubtful_danger` a sure "stop" is not taken for a cry for help.
        # From `both_danger` on it is one where Rasa hears danger too.
        # From `clear_kind` on a kind stands where the act would be mere noise.
        # From `perhaps_danger` on, too little to act on, words not understood get the numbers of help.
        return {
            "sure_act": 0.7,
            "sure_answer": 0.6,
            "sure_kind": 0.5,
            "clear_kind": 0.85,
            "doubtful_danger": 0.6,
            "both_danger": 0.25,
            "perhaps_danger": PERHAPS_DANGER,
            "foreign_words": 3,
        }

    def __init__(self, config: dict[str, Any], advisor: Advisor, danger: Keywords) -> None:
        self._config = config
        self._advisor = advisor
        self._danger = danger

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> KindClassifier:
        folder = read_settings().catalogue
        danger = Keywords.of(catalogue_of(folder).emergencies)
        return cls({**cls.get_default_config(), **config}, advisor_of(folder), danger)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent of each message that a person typed; a chosen button is left as it is."""
        for message in messages:
            text = message.get(TEXT) or ""
            if text and not text.startswith(INTENT_MESSAGE_PREFIX):
                self._decide(message, text)
        return messages

    def _decide(self, message: Message, text: str) -> None:
        advice = self._advisor.advise(text, explain=False)
        kind, scores = advice.kind, advice.kind_scores
        act = message.get(INTENT) or {}
        name = act.get(INTENT_NAME_KEY)
        is_act = name not in INTENT_OF_KIND.values()
        sure_act = is_act and act.get(PREDICTED_CONFIDENCE_KEY, 0.0) >= self._config["sure_act"]
        # The catalogue's own words for a service: who types them does not type nonsense.
        in_words = kind == "service" and self._advisor.names_service(text)
        act_stands = sure_act and name not in self._weaker_acts(advice, in_words)
        if kind == "urgent" and name == "stop" and sure_act and self._is_doubtful(text, scores[kind]):
            # "Stop maar, ik wil niet meer": said of the talk, not of a life.
            return
        if advice.foreign and kind != "urgent" and self._is_foreign(text, advice.foreign):
            self._set(message, "foreign", 1.0)
        elif kind == "urgent" or (name == "urgent" and scores["urgent"] >= self._config["both_danger"]):
            # Whoever may be in danger is never asked to say it in other words.
            self._set(message, "urgent", 1.0)
        elif kind in INTENT_OF_KIND and not act_stands and (not is_act or in_words or self._is_wish(advice)):
            # Rasa tells acts alone: which kind it is, is the advice's, sure or not.
            self._set(message, INTENT_OF_KIND[kind], max(scores[kind], self._config["sure_kind"]))
        elif kind == "other" and self._may_be_danger(scores["urgent"], act) and not act_stands:
            # Surer than a coin, or it would be taken for not understood.
            self._set(message, "perhaps_danger", 0.5 + scores["urgent"] / 2)
        elif kind == "other" and not is_act:
            self._best_act(message)

    def _weaker_acts(self, advice: Advice, in_words: bool) -> tuple[str, ...]:
        """The acts that do not stand beside this kind, however sure: nothing is wanted in them."""
        clear = advice.kind_scores[advice.kind] >= self._config["clear_kind"]
        if advice.kind == "service" and clear:
            return (*NOISE, "chitchat", "abuse")
        return NOISE if in_words else ("abuse",) if advice.kind == "plan" and clear else ()

    def _is_wish(self, advice: Advice) -> bool:
        """Whether the kind is likely enough; a plan or a service, whichever of both, is no mere talk."""
        scores, wishes = advice.kind_scores, ("plan", "service")
        likely = sum(scores[kind] for kind in wishes) if advice.kind in wishes else scores[advice.kind]
        return likely >= self._config["sure_kind"]

    def _may_be_danger(self, urgent: float, act: Mapping[str, Any]) -> bool:
        answers = act.get(INTENT_NAME_KEY) == "inform"
        understood = answers and act[PREDICTED_CONFIDENCE_KEY] >= self._config["sure_answer"]
        return urgent >= self._config["perhaps_danger"] and not understood

    def _is_doubtful(self, text: str, urgent: float) -> bool:
        """Whether danger is no more than a guess: hardly likely, and no word of danger is said."""
        return urgent < self._config["doubtful_danger"] and not self._danger.found(text)

    def _is_foreign(self, text: str, language: str) -> bool:
        """Whether a guess at another language is to be believed: long enough, hardly a word of ours."""
        if is_other_script(text):
            return True
        words = text.casefold().split()
        ours = OURS - SHARED.get(language, frozenset())
        return (
            len(words) >= self._config["foreign_words"] and sum(w.strip(".,:;!?") in ours for w in words) < 2
        )

    def _best_act(self, message: Message) -> None:
        acts = [
            r
            for r in message.get(INTENT_RANKING_KEY) or []
            if r[INTENT_NAME_KEY] not in INTENT_OF_KIND.values()
        ]
        if acts:
            self._set(message, acts[0][INTENT_NAME_KEY], acts[0][PREDICTED_CONFIDENCE_KEY])

    @staticmethod
    def _set(message: Message, name: str, confidence: float) -> None:
        """Put an intent first; none of the others may look surer than the one that was chosen."""
        chosen = {INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: float(confidence)}
        others = [
            {**r, PREDICTED_CONFIDENCE_KEY: min(r[PREDICTED_CONFIDENCE_KEY], float(confidence))}
            for r in message.get(INTENT_RANKING_KEY) or []
            if r[INTENT_NAME_KEY] != name
        ]
        message.set(INTENT, chosen, add_to_output=True)
        message.set(INTENT_RANKING_KEY, [chosen, *others], add_to_output=True)
