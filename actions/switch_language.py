"""Goes on in the language that was asked for."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, language_of, said


class ActionSwitchLanguage(LoketAction):
    """Sets the language; without a name for it, the other one."""

    def name(self) -> str:
        return "action_switch_language"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        other = "nl" if language_of(tracker) == "en" else "en"
        wanted = said(tracker).entities.get("to_language", other)
        language = wanted if wanted in ("nl", "en") else other
        dispatcher.utter_message(response=f"utter_language_{language}")
        return [SlotSet("language", language)]
