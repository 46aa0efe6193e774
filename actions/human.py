"""A person please: always a way, and honest about the hour."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, language_of


class ActionHuman(LoketAction):
    """Says how to reach a person, now or when the municipality opens."""

    def name(self) -> str:
        return "action_human"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        calendar = self.office.catalogue.calendar
        if calendar.is_open(self.office.clock()):
            dispatcher.utter_message(response="utter_human_open")
        else:
            hours = calendar.opening_text.in_(language_of(tracker))
            dispatcher.utter_message(response="utter_human_closed", hours=hours)
        return []
