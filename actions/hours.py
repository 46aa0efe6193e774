"""When are you open?"""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, language_of


class ActionHours(LoketAction):
    """The hours of the catalogue; the chatbot itself is always there."""

    def name(self) -> str:
        return "action_hours"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        text = self.office.catalogue.calendar.opening_text
        hours = text.in_(language_of(tracker)) if text else ""
        dispatcher.utter_message(response="utter_hours", hours=hours)
        return []
