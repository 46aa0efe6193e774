"""Begin again: what was collected for this plan is forgotten by the conversation."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction
from actions.validate_intake_form import PARTS

OF_ONE_PLAN = (
    *PARTS,
    "correction",
    "correcting",
    "summary_ok",
    "advice",
    "chosen_role",
    "chosen_goals",
    "contact_consent",
    "contact_name",
    "contact_address",
)


def emptied() -> Events:
    """Events that empty everything that belongs to one plan."""
    return [SlotSet(name, None) for name in (*OF_ONE_PLAN, "requested_slot")]


class ActionResetIntake(LoketAction):
    """Makes room for a plan."""

    def name(self) -> str:
        return "action_reset_intake"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        if tracker.get_slot("plan"):
            dispatcher.utter_message(response="utter_restarted")
        return emptied()
