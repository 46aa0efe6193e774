"""What was told goes to a person: at once when somebody is there, otherwise with a way to answer."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.advice import advice_for
from actions.base import Events, LoketAction, language_of
from actions.go_on import go_on, next_form, what_else
from actions.validate_human_form import NOTHING, PLAN
from routing.cases.database import reading
from routing.handoff.reach import present_partners


class ActionHumanCase(LoketAction):
    """Makes ready what is handed over; a plan in the making goes as it is."""

    def name(self) -> str:
        return "action_human_case"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        topic, slots = tracker.get_slot("human_topic"), dict(tracker.slots)
        if topic == NOTHING:
            if next_form(slots) is None:
                what_else(dispatcher, tracker)
            return [SlotSet("human_topic", None), *go_on(slots, dispatcher)]
        if topic != PLAN:
            before = slots.get("plan")
            slots["plan"] = f"{before}\n{topic}" if before else topic
        advice = slots.get("advice") or advice_for(self.office, slots, language_of(tracker))
        with reading(self.office.engine) as session:
            somebody = bool(present_partners(session, self.office.catalogue, self.office.clock()))
        return [
            SlotSet("plan", slots["plan"]),
            SlotSet("advice", advice),
            SlotSet("human_wanted", True),
            SlotSet("human_topic", None),
            # Who is there can answer in the chat: no address is needed for that.
            FollowupAction("action_hand_over" if somebody else "contact_form"),
        ]
