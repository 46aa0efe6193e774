"""Another language: said in that language that Dutch and English work, and how to reach a person."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, language_of, now_listen, said

LANGUAGES = ("tr", "ar", "pl", "de", "fr", "es", "uk", "it", "pt", "fa")
"""Languages that domain.yml has a word in."""
LAST_RESORT = "utter_foreign_other"


class ActionForeign(LoketAction):
    """Answers in the language that was recognised."""

    def name(self) -> str:
        return "action_foreign"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        advice = self.office.advisor.advise(said(tracker).text, language_of(tracker), explain=False)
        known = advice.foreign in LANGUAGES
        dispatcher.utter_message(response=f"utter_foreign_{advice.foreign}" if known else LAST_RESORT)
        return [SlotSet("misunderstood", 0.0), *now_listen(tracker)]
