"""Did I understand you well? Advises on the plan and shows all that was understood."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, language_of
from actions.parts import advice_on
from actions.summary import as_text, card, stored, with_choices


class ActionAskSummaryOk(LoketAction):
    """Shows the summary with goals, role and the words that led to them."""

    def name(self) -> str:
        return "action_ask_summary_ok"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        language, slots = language_of(tracker), tracker.slots
        advice = stored(advice_on(self.office, slots, language))
        if advice["role"] is None:
            # The resident says that it is a plan, and so it is: a first contact looks at it.
            first = min(
                self.office.catalogue.roles.values(), key=lambda role: (role.id != "partner", role.id)
            )
            advice["role"] = {"role": first.id, "confidence": 0.0, "evidence": "", "runner_up": None}
        if not advice["instruments"]:
            advice["instruments"] = [i.id for i in self.office.catalogue.instruments.values() if i.starts]
        advice = with_choices(advice, slots.get("chosen_role"), slots.get("chosen_goals"))
        shown = card(self.office, slots, advice, language)
        words = as_text(shown, language)
        response = "utter_summary" if words["evidence"] else "utter_summary_plain"
        dispatcher.utter_message(response=response, json_message=shown, **words)
        return [SlotSet("advice", advice)]
