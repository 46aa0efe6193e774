"""Erases what the chat holds of somebody; what stays, and why, is said."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction
from actions.go_on import go_on
from actions.plan_slots import emptied
from routing.cases.database import unit_of_work
from routing.handoff.own_data import erase_of


class ActionErase(LoketAction):
    """Erases contact details and personal words of the cases, and marks the conversation for erasing.

    The messages and the dialogue itself go in the commit of this turn: `bot.dialogue_store` sees the mark.
    """

    def name(self) -> str:
        return "action_erase"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        if not tracker.get_slot("erase_ok"):
            dispatcher.utter_message(response="utter_not_erased")
            return [SlotSet("erase_ok", None), *go_on(tracker.slots, dispatcher)]
        with unit_of_work(self.office.engine) as session:
            kept = erase_of(
                session, tracker.sender_id, tracker.get_slot("verified_case"), self.office.clock()
            )
        if kept:
            dispatcher.utter_message(response="utter_erased_kept", cases=", ".join(kept))
        else:
            dispatcher.utter_message(response="utter_erased")
        gone = (SlotSet(name, None) for name in ("parked", "verified_case", "erase_ok"))
        return [*emptied(), *gone, SlotSet("erased", True)]
