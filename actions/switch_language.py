"""Goes on in the language that was asked for."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, language_of, said
from actions.parts import is_plan, new_plan
from actions.second_plan import told_at_once


class ActionSwitchLanguage(LoketAction):
    """Sets the language; without a name for it, the other one."""

    def name(self) -> str:
        return "action_switch_language"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        other = "nl" if language_of(tracker) == "en" else "en"
        wanted = said(tracker).entities.get("to_language", other)
        language = wanted if wanted in ("nl", "en") else other
        dispatcher.utter_message(response=f"utter_language_{language}")
        if tracker.active_loop:
            return [SlotSet("language", language)]
        plan = told_at_once(said(tracker))
        if plan and is_plan(self.office, plan):
            found = {"language": language, **new_plan(self.office, plan)}
            return [*(SlotSet(name, value) for name, value in found.items()), FollowupAction("intake_form")]
        # Put into words by hand: the slot is not set yet while this is said.
        dispatcher.utter_message(response=f"utter_language_{language}_go")
        return [SlotSet("language", language)]
