"""Rasa classifier: the acts of a conversation, by the encoder of the advice and the letters.

What a person comes for is decided by the advice (``bot.nlu.kind``), which encodes the same words with the
same encoder: it remembers its last texts, so that nothing is encoded twice in a turn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
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
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.act_model import ActModel, encoded, fit_acts
from bot.nlu.vectors import remembered
from routing.advice.encoder import Encoder
from routing.backoffice import BEST_ENCODER, heads_fingerprint, shared_encoder

KINDS = ("plan", "service", "staff_question", "urgent")
"""Intents that the advice decides on."""
FILE = "acts.npz"


def learnt_from(messages: list[Message], every: int) -> list[Message]:
    """The examples to learn acts from: all acts, and one in ``every`` of what the advice decides on.

    Those are only there for acts to be told from; they are long, and encoding them all takes a minute.
    """
    examples = [m for m in messages if m.get(TEXT) and m.get(INTENT)]
    kinds = [m for m in examples if m.get(INTENT) in KINDS]
    return [m for m in examples if m.get(INTENT) not in KINDS] + kinds[::every]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ActClassifier(IntentClassifier, GraphComponent):
    """Sets the intent and its ranking."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"encoder": BEST_ENCODER, "every": 6, "ranking_length": 10}

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._encoder: Encoder = shared_encoder(config["encoder"])
        self._model: ActModel | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ActClassifier:
        return cls({**cls.get_default_config(), **config}, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ActClassifier:
        component = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            component._model = ActModel.load(folder / FILE)
        return component

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """The encoder learns with the heads of the advice: other heads, other vectors."""
        return heads_fingerprint()

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples that have an intent."""
        examples = learnt_from(training_data.training_examples, self._config["every"])
        texts = [m.get(TEXT) for m in examples]
        vectors = remembered(self._encoder, texts, heads_fingerprint())
        self._model = fit_acts(texts, vectors, [m.get(INTENT) for m in examples])
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder / FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent of each message; a chosen button names its own, which Rasa reads afterwards."""
        texts = [m.get(TEXT) or "" for m in messages]
        typed = [text for text in texts if not text.startswith(INTENT_MESSAGE_PREFIX)]
        rows = iter(self._model.probabilities(typed, encoded(self._encoder, typed)) if typed else ())
        for message, text in zip(messages, texts, strict=True):
            self._set(message, [] if text.startswith(INTENT_MESSAGE_PREFIX) else self._ranked(next(rows)))
        return messages

    def _ranked(self, probabilities: np.ndarray) -> list[dict[str, Any]]:
        best = probabilities.argsort()[::-1][: self._config["ranking_length"]]
        return [
            {INTENT_NAME_KEY: self._model.labels[i], PREDICTED_CONFIDENCE_KEY: float(probabilities[i])}
            for i in best
        ]

    @staticmethod
    def _set(message: Message, ranking: list[dict[str, Any]]) -> None:
        nothing = {INTENT_NAME_KEY: None, PREDICTED_CONFIDENCE_KEY: 1.0}
        message.set(INTENT, ranking[0] if ranking else nothing, add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
