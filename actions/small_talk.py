"""A greeting or a chat while no question is open: friendly, and never the same words twice in a row."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, last_said, said
from actions.go_on import what_else


class ActionSmallTalk(LoketAction):
    """Says something back, and what this door is for."""

    def name(self) -> str:
        return "action_small_talk"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        first = "utter_greet_again" if said(tracker).intent == "greet" else "utter_chitchat"
        if last_said(tracker) not in ("utter_greet_again", "utter_chitchat", "utter_chitchat_again"):
            dispatcher.utter_message(response=first)
        elif first == "utter_chitchat" and last_said(tracker) == "utter_chitchat":
            dispatcher.utter_message(response="utter_chitchat_again")
        else:
            what_else(dispatcher, tracker)
        return []
