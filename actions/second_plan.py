"""A second plan: the first one is put aside with all that was said about it, and comes back afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, Said, said
from actions.go_on import next_form
from actions.parts import ENOUGH_WORDS, is_plan, new_plan
from actions.plan_slots import brought_back, emptied, kept

LONG_ENOUGH = 7
"""From so many words on, who says that there is a second plan may have told it at once."""
SHOWN = 60


class ActionSecondPlan(LoketAction):
    """Makes room for another plan."""

    def name(self) -> str:
        return "action_second_plan"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        slots, message = tracker.slots, said(tracker)
        parked = list(slots.get("parked") or [])
        told = told_at_once(message)
        if slots.get("plan"):
            parked.append(kept({**slots, "maybe_plan": None, "second_plan_ok": None}))
            dispatcher.utter_message(response="utter_second_plan")
        events = [ActiveLoop(None), *emptied(), SlotSet("parked", parked)]
        if told and is_plan(self.office, told, asked=True):
            if not slots.get("plan"):
                dispatcher.utter_message(response="utter_plan_heard")
            found = new_plan(self.office, told)
            events += [SlotSet(name, value) for name, value in found.items()]
        return [*events, FollowupAction("intake_form")]


class ActionResume(LoketAction):
    """Who comes back goes on where they were; or with the plan that was put aside."""

    def name(self) -> str:
        return "action_resume"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        parked = list(tracker.get_slot("parked") or [])
        if not parked or tracker.get_slot("plan"):
            dispatcher.utter_message(response="utter_greet_again")
            return []
        last = parked.pop()
        dispatcher.utter_message(response="utter_resumed", plan=shortened(last["plan"]))
        events = [ActiveLoop(None), *brought_back(last), SlotSet("parked", parked)]
        return [*events, FollowupAction(next_form(last) or "intake_form")]


class ActionDropParked(LoketAction):
    """The plan that was put aside need not go on."""

    def name(self) -> str:
        return "action_drop_parked"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        dispatcher.utter_message(response="utter_dropped")
        return [SlotSet("parked", (tracker.get_slot("parked") or [])[:-1])]


def offer_parked(slots: Mapping[str, Any], dispatcher: CollectingDispatcher) -> Events:
    """Reminds of the plan that was put aside, if there is one."""
    parked = slots.get("parked") or []
    if parked:
        dispatcher.utter_message(response="utter_parked", plan=shortened(parked[-1]["plan"]))
    return []


def told_at_once(message: Said) -> str:
    """The plan itself, in "another plan: …" what stands after the colon."""
    if message.words < LONG_ENOUGH:
        return ""
    _, colon, rest = message.text.partition(":")
    return rest.strip() if colon and len(rest.split()) >= ENOUGH_WORDS else message.text


def shortened(plan: str) -> str:
    """The first words of a plan."""
    return plan if len(plan) <= SHOWN else plan[:SHOWN].rsplit(" ", 1)[0] + "…"
