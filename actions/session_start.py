"""The first words: who is speaking here."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecuted, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction
from routing.cases.conversations import find_conversation
from routing.cases.database import reading
from routing.handoff.own_data import cases_of


class ActionSessionStart(LoketAction):
    """Opens a session; the gateway asks for a greeting by the metadata `opened`."""

    def name(self) -> str:
        return "action_session_start"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        given = tracker.get_slot("session_started_metadata") or {}
        spoken, handoffs = self._before(tracker.sender_id)
        language = given.get("language") or spoken or "nl"
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
            SlotSet("handoffs", float(handoffs)),
            ActionExecuted("action_listen"),
        ]

    def _before(self, sender: str) -> tuple[str | None, int]:
        """Language and number of handoffs of a conversation whose dialogue was erased."""
        with reading(self.office.engine) as session:
            conversation = find_conversation(session, sender)
            if conversation is None:
                return None, 0
            return conversation.language, len(cases_of(session, sender))
