"""Asks what a part of the summary should be."""

from __future__ import annotations

import json

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, language_of

SHOWN_GOALS = 6
SHOWN_ROLES = 4


class ActionAskCorrection(LoketAction):
    """Which part, or what it should be; for goals and roles with the likeliest ones to choose from."""

    def name(self) -> str:
        return "action_ask_correction"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        part = tracker.get_slot("correcting")
        before = tracker.get_slot("asking") or {}
        again = before.get("slot") == part
        if part == "which":
            dispatcher.utter_message(
                response="utter_ask_which_part_again" if again else "utter_ask_which_part"
            )
        else:
            dispatcher.utter_message(response=f"utter_correct_{part}", buttons=self._buttons(part, tracker))
        return [SlotSet("asking", {"slot": part, "times": before["times"] + 1 if again else 1})]

    def _buttons(self, part: str, tracker: Tracker) -> list[dict[str, str]]:
        advice, language = tracker.get_slot("advice") or {}, language_of(tracker)
        if part == "goals":
            return [self._goal(int(number), language) for number in _best(advice["goal_scores"], SHOWN_GOALS)]
        if part == "role":
            return [self._role(role, language) for role in _best(advice["role_scores"], SHOWN_ROLES)]
        return []

    def _goal(self, number: int, language: str) -> dict[str, str]:
        title = f"{number} {self.office.catalogue.goals[number].name.in_(language)}"
        return {"title": title, "payload": f"/choose_goals{json.dumps({'goals': str(number)})}"}

    def _role(self, role: str, language: str) -> dict[str, str]:
        known = self.office.catalogue.roles[role]
        return {"title": known.does.in_(language), "payload": f"/choose_role{json.dumps({'role': role})}"}


def _best(scores: dict[str, float], count: int) -> list[str]:
    return sorted(scores, key=scores.__getitem__, reverse=True)[:count]
