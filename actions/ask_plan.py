"""Asks for the plan, and otherwise when the first answer told too little."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction
from actions.forms import REQUESTED


class ActionAskPlan(LoketAction):
    """What do you want to do?"""

    def name(self) -> str:
        return "action_ask_plan"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        asked_before = any(
            event["event"] == "slot" and event["name"] == REQUESTED and event["value"] == "plan"
            for event in tracker.events[:-2]
        )
        said_something = (tracker.latest_message.get("text") or "").strip()[:1] != "/"
        again = asked_before and said_something
        dispatcher.utter_message(response="utter_plan_more" if again else "utter_ask_plan_first")
        return []
