"""Stop: nothing was handed over, and the resident may come back."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, Said, said
from actions.go_on import PLAN_FORMS, go_on, next_form
from actions.perhaps_danger import perhaps_danger
from actions.plan_slots import emptied
from actions.second_plan import offer_parked

ASIDE = (
    "case_reference",
    "case_code",
    "case_addition",
    "case_wish",
    "human_topic",
    "human_wanted",
    "erase_ok",
)
"""What belongs to a question beside the plan."""
PERHAPS_MORE = 0.15
"""From this chance of danger on, more may be meant than that the talk shall stop: a little more than
elsewhere, since every stop sounds somewhat like it."""


class ActionStop(LoketAction):
    """Ends what was going on: the plan, or only the question beside it."""

    def name(self) -> str:
        return "action_stop"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        if self._perhaps_more(said(tracker)):
            dispatcher.utter_message(response="utter_perhaps_danger_stop")
        loop = (tracker.active_loop or {}).get("name")
        if loop and loop not in PLAN_FORMS:
            return self._leave_side_question(dispatcher, tracker)
        if not tracker.get_slot("plan") and not loop:
            dispatcher.utter_message(response="utter_goodbye")
            return []
        dispatcher.utter_message(response="utter_stopped")
        return [ActiveLoop(None), *emptied(), *offer_parked(tracker.slots, dispatcher)]

    def _perhaps_more(self, message: Said) -> bool:
        """Whether words like "I do not see it any more" may be said of a life, and not of the talk."""
        if message.is_choice:
            return False
        return perhaps_danger(self.office.advisor.advise(message.text, explain=False), PERHAPS_MORE)

    @staticmethod
    def _leave_side_question(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        events = [ActiveLoop(None), SlotSet("requested_slot", None), *(SlotSet(one, None) for one in ASIDE)]
        if next_form(tracker.slots) is None:
            dispatcher.utter_message(response="utter_left")
        return [*events, *go_on(tracker.slots, dispatcher)]
