"""What the validation of every form shares: is this an answer, and what is asked next?"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, Said, said

REQUESTED = "requested_slot"

# From which confidence on a message is a remark or a question instead of the answer that was asked
# for. The rules in data/stories/digressions.yml say what is done with it.
DIGRESSIONS: Mapping[str, float] = {
    "urgent": 0.0,
    "stop": 0.5,
    "start_over": 0.5,
    "pause": 0.5,
    "ask_human": 0.5,
    "ask_bot": 0.5,
    "ask_privacy": 0.5,
    "ask_erase": 0.5,
    "ask_why": 0.5,
    "ask_status": 0.6,
    "switch_language": 0.5,
    "injection": 0.7,
    "abuse": 0.6,
    "greet": 0.7,
    "thank": 0.7,
    "goodbye": 0.7,
    "chitchat": 0.8,
    "service": 0.8,
}


class LoketForm(LoketAction):
    """Validates one form. A subclass hears answers and says which slots are needed, in order."""

    digressions: ClassVar[Mapping[str, float]] = DIGRESSIONS

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
        fresh = _is_fresh(tracker)
        if asked and not self.answers(message, asked) and self.digresses(message):
            # Nothing: the form rejects, and a rule answers. When it comes back it asks again.
            return [] if fresh else [SlotSet(REQUESTED, asked)]
        slots = dict(tracker.slots)
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

    def digresses(self, message: Said) -> bool:
        """Whether the message is something else than an answer."""
        least = self.digressions.get(message.intent)
        return least is not None and message.confidence >= least


def _is_fresh(tracker: Tracker) -> bool:
    """Whether the message is heard for the first time, and not again after a digression was answered."""
    actions = [event["name"] for event in tracker.events if event["event"] == "action"]
    # The last action is the form itself.
    return len(actions) < 2 or actions[-2] == "action_listen"
