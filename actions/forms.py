"""What the validation of every form shares: is this an answer, and what is asked next?"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, Said, cues, said
from actions.digressions import LEAVES, REMARKS, STAYS, Say

REQUESTED = "requested_slot"
NOISE = ("nonsense", "unclear", "nlu_fallback")
SURE_NOISE = 0.75
QUESTIONS = ("ask_bot", "ask_privacy", "ask_hours", "ask_next", "ask_duration")
SURE_QUESTION = 0.97
"""The certainty it takes to hear a question in words that have not the shape of one."""


class LoketForm(LoketAction):
    """Validates one form. A subclass hears answers and says which slots are needed, in order.

    A remark or a question instead of an answer is answered here, and the form asks again in other words
    (`STAYS`); what leads away from the question (`LEAVES`) is left to the rules in data/stories.
    """

    patience: ClassVar[Mapping[str, Mapping[str, float]]] = {}
    """By slot: intents that need more certainty than elsewhere before they count as no answer to it."""

    @abstractmethod
    def heard(
        self, message: Said, asked: str | None, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        """The slots that an answer fills; ``asked`` is None while the form begins."""

    @abstractmethod
    def needed(self, slots: Mapping[str, Any]) -> Sequence[str]:
        """The slots to ask for, in order; those with a value are passed over."""

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        message, asked = said(tracker), tracker.get_slot(REQUESTED)
        fresh, slots = _is_fresh(tracker), dict(tracker.slots)
        if fresh and asked and not self.answers(message, asked):
            if self._is(message, asked, LEAVES):
                # Nothing: the form rejects, and a rule answers.
                return []
            if self._is(message, asked, STAYS) or self._is(message, asked, REMARKS):
                return self._reply(message, asked, dispatcher, tracker, domain)
        filled = self.heard(message, asked, slots, dispatcher) if fresh else {}
        if fresh and asked and not filled:
            # Not understood as an answer: Rasa's form would reject, and so not ask again.
            filled = {asked: None}
        slots.update(filled)
        open_slot = next((name for name in self.needed(slots) if slots.get(name) is None), None)
        return [*(SlotSet(name, value) for name, value in filled.items()), SlotSet(REQUESTED, open_slot)]

    def answers(self, message: Said, asked: str) -> bool:
        """Whether the message is an answer beyond doubt, whatever else it may look like."""
        return False

    def _is(self, message: Said, asked: str, among: Mapping[str, Any]) -> bool:
        if message.intent not in among:
            return False
        found = among[message.intent]
        least = found.least if isinstance(found, Say) else found
        patience = self.patience.get(asked, {}).get(message.intent, 0.0)
        if message.intent in QUESTIONS and not message.text.endswith("?") and not asks(message.text):
            patience = max(patience, SURE_QUESTION)
        return message.is_choice or message.confidence >= max(least, patience)

    def _reply(
        self,
        message: Said,
        asked: str,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Events:
        """Answers the remark; the form then asks its question once more."""
        reply = {**STAYS, **REMARKS}[message.intent]
        done = reply.say(self._given, asked, dispatcher, tracker, domain)
        return [*done, SlotSet(asked, None), SlotSet(REQUESTED, asked)]


def asks(text: str) -> bool:
    """Whether a text begins as a question does."""
    return bool(cues(" ".join(text.split()[:2]), "asks"))


def is_noise(message: Said) -> bool:
    """Whether words were typed in which there is nothing to find."""
    return not message.is_choice and message.intent in NOISE and message.confidence >= SURE_NOISE


def _is_fresh(tracker: Tracker) -> bool:
    """Whether the message is heard for the first time, not after something else was done with it."""
    actions = [event["name"] for event in tracker.events if event["event"] == "action"]
    # The last action is the form itself.
    return len(actions) < 2 or actions[-2] == "action_listen"
