"""Not understood: ask otherwise once, offer choices once, then a person. Never the same twice in a row."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction
from actions.human import ActionHuman

TIERS = ("utter_not_understood_1", "utter_not_understood_2")


class ActionNotUnderstood(LoketAction):
    """Climbs one tier each time."""

    def name(self) -> str:
        return "action_not_understood"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        before = int(tracker.get_slot("misunderstood") or 0)
        if before < len(TIERS):
            dispatcher.utter_message(response=TIERS[before])
            return [SlotSet("misunderstood", before + 1)]
        ActionHuman(self.office).run(dispatcher, tracker, domain)
        return [SlotSet("misunderstood", len(TIERS) - 1)]
