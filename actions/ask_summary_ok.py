"""Did I understand you well? Advises on the plan and shows all that was understood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.advice import advice_for
from actions.base import Events, LoketAction, language_of
from actions.plan_slots import PARTS
from actions.summary import as_text, card, with_choices


class ActionAskSummaryOk(LoketAction):
    """Shows the summary with goals, role and the words that led to them."""

    def name(self) -> str:
        return "action_ask_summary_ok"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        language, slots = language_of(tracker), tracker.slots
        advice = advice_for(self.office, slots, language)
        advice = with_choices(advice, slots.get("chosen_role"), slots.get("chosen_goals"))
        asking = _asking(slots, advice, language)
        if (slots.get("asking") or {}) == asking:
            # Nothing has changed since it was shown: the question alone, in other words.
            dispatcher.utter_message(response="utter_summary_again")
            return []
        shown = card(self.office, slots, advice, language)
        words = as_text(shown, language)
        response = "utter_summary" if words["evidence"] else "utter_summary_plain"
        dispatcher.utter_message(response=response, json_message=shown, **words)
        return [SlotSet("advice", advice), SlotSet("asking", asking)]


def _asking(slots: Mapping[str, Any], advice: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What a summary is about: one that would show the same need not be shown twice."""
    shown = [slots.get(part) for part in PARTS]
    goals = [goal["goal"] for goal in advice["goals"]]
    return {"slot": "summary_ok", "shown": [*shown, advice["role"]["role"], goals, language]}
