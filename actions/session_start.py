"""The first words: who is speaking here."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecuted, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction


class ActionSessionStart(LoketAction):
    """Opens a session; the gateway asks for a greeting by the metadata `opened`."""

    def name(self) -> str:
        return "action_session_start"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        given = tracker.get_slot("session_started_metadata") or {}
        language = given.get("language") or "nl"
        place = self.office.catalogue.municipality
        if given.get("opened"):
            # The slots below are not yet set while this is put into words.
            dispatcher.utter_message(response=f"utter_open_{language}", municipality=place.name)
        return [
            SessionStarted(),
            SlotSet("language", language),
            SlotSet("municipality", place.name),
            SlotSet("phone", place.phone),
            SlotSet("website", place.website),
            ActionExecuted("action_listen"),
        ]
