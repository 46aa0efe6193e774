"""May the chatbot learn from what the resident corrected? Only a yes lets the text be used."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction
from routing.cases.cases import case_for_change
from routing.cases.database import unit_of_work
from routing.cases.feedback import allow_learning

YES = "yes"


class ActionAllowLearning(LoketAction):
    """Keeps the yes or the no with the corrections of the case that was just made."""

    def name(self) -> str:
        return "action_allow_learning"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        allowed = next(tracker.get_latest_entity_values("allowed"), "") == YES
        reference = tracker.get_slot("verified_case")
        with unit_of_work(self.office.engine) as session:
            case = case_for_change(session, reference) if reference else None
            kept = case is not None and allow_learning(session, case, allowed=allowed)
        dispatcher.utter_message(response="utter_learning_on" if kept and allowed else "utter_learning_off")
        return []
