"""What people say instead of an answer: what it takes to believe that, and what is said to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events
from routing.backoffice import Backoffice

LEAVES: Mapping[str, float] = {
    "urgent": 0.0,
    "was_service": 0.0,
    "stop": 0.5,
    "start_over": 0.5,
    "second_plan": 0.5,
    "pause": 0.5,
    "goodbye": 0.7,
    "ask_human": 0.5,
    "ask_status": 0.6,
    "add_info": 0.6,
    "tell_solved": 0.7,
    "tell_not_solved": 0.7,
    "ask_erase": 0.5,
    "foreign": 0.5,
}
"""Intents that lead away from the question, each with the certainty it takes. Rules say where to."""


@dataclass(frozen=True)
class Say:
    """One reply: a response of the domain, or an action that finds the words itself."""

    least: float
    response: str = ""
    action: str = ""
    of_slots: tuple[str, ...] = ()
    """Slots for which the response has a variant, named after them."""

    def say(
        self,
        office: Backoffice | None,
        asked: str,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Events:
        """Puts the reply into words; what it has to remember."""
        if not self.action:
            response = f"{self.response}_{asked}" if asked in self.of_slots else self.response
            dispatcher.utter_message(response=response)
            return []
        module, kind = self.action.split(":")
        return getattr(import_module(module), kind)(office).run(dispatcher, tracker, domain)


REASONS = (
    "plan",
    "neighbourhood",
    "parties",
    "help",
    "phase",
    "contact_consent",
    "contact_name",
    "contact_address",
    "case_reference",
    "case_code",
    "human_topic",
)
"""Slots whose question has a reason of its own."""

STAYS: Mapping[str, Say] = {
    "ask_why": Say(0.5, "utter_why", of_slots=REASONS),
    "ask_bot": Say(0.5, "utter_bot"),
    "ask_privacy": Say(0.5, "utter_privacy"),
    "ask_hours": Say(0.6, action="actions.hours:ActionHours"),
    "ask_duration": Say(0.6, "utter_duration"),
    "ask_next": Say(0.6, "utter_next"),
    "switch_language": Say(0.5, action="actions.switch_language:ActionSwitchLanguage"),
    "service": Say(0.8, action="actions.service:ActionService"),
    "injection": Say(0.7, "utter_injection_short"),
}
"""Questions that are answered on the spot; then the open question is asked again in other words."""

REMARKS: Mapping[str, Say] = {
    "resume": Say(0.6, "utter_welcome_back"),
    "greet": Say(0.7, "utter_greet_short"),
    "thank": Say(0.7, "utter_thank"),
    "chitchat": Say(0.8, "utter_chitchat_short"),
    "abuse": Say(0.6, action="actions.abuse:ActionAbuse"),
    "perhaps_danger": Say(0.68, action="actions.perhaps_danger:ActionPerhapsDanger"),
}
"""Remarks that need a word and nothing more."""
