"""Takes the thread of a plan up again, where it was left for something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, last_said
from actions.plan_slots import PARTS

PLAN_FORMS = ("intake_form", "summary_form", "contact_form")


def next_form(slots: Mapping[str, Any]) -> str | None:
    """The form that has the next question about the plan at hand; None without a plan."""
    if not slots.get("plan"):
        return None
    if any(slots.get(part) is None for part in PARTS):
        return "intake_form"
    return "contact_form" if slots.get("summary_ok") else "summary_form"


def go_on(slots: Mapping[str, Any], dispatcher: CollectingDispatcher, *, say: bool = True) -> Events:
    """Events that bring the conversation back to the plan at hand; without one it listens."""
    form = next_form(slots)
    if form is None:
        return [FollowupAction("action_listen")]
    if say:
        dispatcher.utter_message(response="utter_back_to_plan")
    return [ActiveLoop(None), SlotSet("requested_slot", None), FollowupAction(form)]


def what_else(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Asks what the chatbot can do; with choices when that was asked just now."""
    again = last_said(tracker) == "utter_what_else"
    dispatcher.utter_message(response="utter_what_else_again" if again else "utter_what_else")


class ActionGoOn(LoketAction):
    """Back to the plan, or ready for one."""

    def name(self) -> str:
        return "action_go_on"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        if next_form(tracker.slots) is None:
            what_else(dispatcher, tracker)
        return go_on(tracker.slots, dispatcher)
