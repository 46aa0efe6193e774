"""Words that may be a cry for help, too unsure to act on: where there is help, and the talk goes on."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, last_said
from actions.urgent import ActionUrgent
from routing.advice import Advice
from routing.advice.decide import PERHAPS_DANGER

RESPONSE = "utter_perhaps_danger"


def perhaps_danger(advice: Advice, least: float = PERHAPS_DANGER) -> bool:
    """Whether danger may be behind words that were taken for something else."""
    return advice.kind_scores["urgent"] >= least


class ActionPerhapsDanger(LoketAction):
    """Names the numbers of help; who says such words twice gets the answer to danger."""

    def name(self) -> str:
        return "action_perhaps_danger"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        if last_said(tracker) == RESPONSE:
            return ActionUrgent(self.office).run(dispatcher, tracker, domain)
        dispatcher.utter_message(response=RESPONSE)
        return []
