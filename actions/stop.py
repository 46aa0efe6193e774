"""Stop: nothing was handed over, and the resident may come back."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction
from actions.reset_intake import emptied


class ActionStop(LoketAction):
    """Ends an intake that the resident does not want to go on with."""

    def name(self) -> str:
        return "action_stop"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        dispatcher.utter_message(response="utter_stopped")
        return emptied()
