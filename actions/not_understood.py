"""Not understood: other words once, the likeliest choices once, then a person. Never the same twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, language_of, said, word

PAYLOADS: Mapping[str, str] = {
    "start_over": "/start_over",
    "ask_status": "/ask_status",
    "service": "/service",
    "ask_privacy": "/ask_privacy",
    "ask_erase": "/ask_erase",
    "ask_hours": "/ask_hours",
    "ask_bot": "/ask_bot",
    "add_info": "/add_info",
    "tell_not_solved": "/tell_not_solved",
}
"""What may have been meant, with the button for it; in this order where nothing is likelier."""
ALIKE = {"plan": "start_over", "second_plan": "start_over", "unclear": "start_over"}
SHOWN = 3
A_SENTENCE = 6
"""Words from which on something was told, whatever it was."""
HUMAN = {"payload": "/ask_human"}


class ActionNotUnderstood(LoketAction):
    """Climbs one step each time: other words, choices, a person; and on, never twice the same in a row."""

    def name(self) -> str:
        return "action_not_understood"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        before, language = int(tracker.get_slot("misunderstood") or 0), language_of(tracker)
        if before == 0:
            return [*self._first(dispatcher, tracker, language), SlotSet("misunderstood", 1.0)]
        if before % 2:
            response = "utter_not_understood_2" if before == 1 else "utter_not_understood_4"
            dispatcher.utter_message(response=response, buttons=choices(tracker, language))
        else:
            dispatcher.utter_message(response="utter_not_understood_3")
        return [SlotSet("misunderstood", float(before + 1))]

    @staticmethod
    def _first(dispatcher: CollectingDispatcher, tracker: Tracker, language: str) -> Events:
        """Other words, please; who only said that there is something is asked to tell it.

        Who told a whole sentence may say that it was a plan.
        """
        message = said(tracker)
        told = message.words >= A_SENTENCE and not tracker.get_slot("plan")
        title = word(language, "buttons", "was_plan")
        buttons = [{"title": title, "payload": "/was_plan"}] if told else []
        begins = message.intent == "unclear" and not tracker.get_slot("plan")
        response = "utter_tell_me" if begins else "utter_not_understood_1"
        dispatcher.utter_message(response=response, buttons=buttons)
        return [SlotSet("maybe_plan", message.text)] if told else []


def choices(tracker: Tracker, language: str, plan: bool = True) -> list[dict[str, str]]:
    """Buttons for what was most likely meant, and always one for a person."""
    ranked = [ALIKE.get(i["name"], i["name"]) for i in _ranking(tracker)]
    known = [name for name in PAYLOADS if plan or name != "start_over"]
    names = [name for name in dict.fromkeys((*ranked, *known)) if name in known][:SHOWN]
    if plan and "start_over" not in names:
        names[-1] = "start_over"
    offered = [{"title": word(language, "buttons", name), "payload": PAYLOADS[name]} for name in names]
    return [*offered, {"title": word(language, "buttons", "human"), **HUMAN}]


def _ranking(tracker: Tracker) -> list[dict[str, Any]]:
    ranking = (tracker.latest_message or {}).get("intent_ranking") or []
    return [intent for intent in ranking if intent["confidence"] >= 0.1]
