"""A person please: always a way, and honest about who is there."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, language_of, moment_in_words
from routing.cases.database import reading
from routing.handoff.reach import CLOSED, HOLIDAY, SOMEBODY, Reach, reach


class ActionHuman(LoketAction):
    """Says whether somebody is there now, and if not why; then asks what it is about."""

    def name(self) -> str:
        return "action_human"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        say_reach(self.office, dispatcher, language_of(tracker))
        cleared = [SlotSet("human_topic", None), SlotSet("asking", None), SlotSet("misunderstood", 0.0)]
        return [ActiveLoop(None), SlotSet("requested_slot", None), *cleared, FollowupAction("human_form")]


def say_reach(office: Any, dispatcher: CollectingDispatcher, language: str) -> Reach:
    """Puts into words whether a person can be reached in the chat now; the phone number is always in it."""
    with reading(office.engine) as session:
        found = reach(session, office.catalogue, office.clock())
    opens = moment_in_words(found.opens_at, language) if found.opens_at else ""
    if found.reason == SOMEBODY:
        dispatcher.utter_message(response="utter_human_open")
    elif found.reason == HOLIDAY:
        holiday = found.holiday.in_(language) if found.holiday else ""
        dispatcher.utter_message(response="utter_human_holiday", holiday=holiday, opens=opens)
    elif found.reason == CLOSED:
        dispatcher.utter_message(response="utter_human_closed", opens=opens)
    else:
        dispatcher.utter_message(response="utter_human_nobody")
    return found
