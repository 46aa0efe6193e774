"""Rude words: met calmly, once; after that the conversation simply goes on."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, last_said
from actions.go_on import what_else


class ActionAbuse(LoketAction):
    """Says once that a person can be called; the next time only what is possible here."""

    def name(self) -> str:
        return "action_abuse"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        times = int(tracker.get_slot("abused") or 0)
        if times == 0:
            dispatcher.utter_message(response="utter_abuse")
        elif not tracker.active_loop:
            if last_said(tracker) == "utter_abuse_again":
                what_else(dispatcher, tracker)
            else:
                dispatcher.utter_message(response="utter_abuse_again")
        return [SlotSet("abused", float(times + 1))]
