"""An answer without a question: perhaps it was a plan all the same."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, language_of, said
from actions.go_on import what_else
from actions.not_understood import ActionNotUnderstood
from actions.parts import ENOUGH_WORDS, is_plan, new_plan, thank_for_plan
from actions.second_plan import ActionDropParked, ActionResume
from actions.service import ActionService

ANSWERS = ("affirm", "deny", "skip")


class ActionOutOfContext(LoketAction):
    """A correction, a yes or a no while nothing was asked."""

    def name(self) -> str:
        return "action_out_of_context"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        message = said(tracker)
        if message.words >= ENOUGH_WORDS and is_plan(self.office, message.text):
            thank_for_plan(self.office, message.text, language_of(tracker), dispatcher)
            found = new_plan(self.office, message.text)
            return [*(SlotSet(name, value) for name, value in found.items()), FollowupAction("intake_form")]
        if message.words >= ENOUGH_WORDS and self._is_service(message.text):
            return ActionService(self._given).run(dispatcher, tracker, domain)
        if tracker.get_slot("parked") and not tracker.get_slot("plan"):
            # "Do you want to go on with the other plan?"
            if message.intent == "affirm":
                return ActionResume(self._given).run(dispatcher, tracker, domain)
            if message.intent == "deny":
                return ActionDropParked(self._given).run(dispatcher, tracker, domain)
        if message.is_choice or message.intent in ANSWERS:
            what_else(dispatcher, tracker)
            return []
        return ActionNotUnderstood(self._given).run(dispatcher, tracker, domain)

    def _is_service(self, text: str) -> bool:
        return self.office.advisor.advise(text, explain=False).kind == "service"
