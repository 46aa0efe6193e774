"""Begin again: what was collected for this plan is forgotten by the conversation."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction
from actions.plan_slots import emptied


class ActionResetIntake(LoketAction):
    """Makes room for a plan, and asks for it."""

    def name(self) -> str:
        return "action_reset_intake"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        if tracker.get_slot("plan"):
            dispatcher.utter_message(response="utter_restarted")
        return [ActiveLoop(None), *emptied(), FollowupAction("intake_form")]
