"""Every turn: in which language does this person write?"""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, language_of, said

ENOUGH_WORDS = 5
"""A name or "ok, school" tells nothing; from five words on the language is clear."""


class ActionValidateSlotMappings(LoketAction):
    """Follows a person who goes on in the other language."""

    def name(self) -> str:
        return "action_validate_slot_mappings"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        message = said(tracker)
        loop = (tracker.active_loop or {}).get("name")
        if message.is_choice or loop == "contact_form":
            return []
        # Names of places are the same in both languages.
        text = message.text
        for mention in reversed(self.office.catalogue.find_mentions(text)):
            text = text[: mention.start] + text[mention.start + len(mention.words) :]
        if len(text.split()) < ENOUGH_WORDS:
            return []
        spoken = self.office.advisor.advise(text, language_of(tracker), explain=False).language
        return [] if spoken == language_of(tracker) else [SlotSet("language", spoken)]
