"""Somebody comes about a plan that was handed over: what they want, and which plan it is."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, said
from actions.validate_status_form import _CODE, _REFERENCE, ADD
from routing.cases.cases import find_case_by_code
from routing.cases.database import reading
from routing.handoff.live import case_of

WISHES = {"ask_status": "status", "add_info": ADD, "tell_solved": "solved", "tell_not_solved": "not_solved"}
TOLD = 10
"""From so many words on, who wants to add something has told it at once."""


class ActionCaseWish(LoketAction):
    """A plan of this conversation is known; of another one, number and code are asked."""

    def name(self) -> str:
        return "action_case_wish"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        message = said(tracker)
        wish = WISHES.get(message.intent, "status")
        reference = self._known(tracker, message.text)
        addition = message.text if wish == ADD and message.words >= TOLD else None
        events = [
            ActiveLoop(None),
            SlotSet("requested_slot", None),
            SlotSet("asking", None),
            SlotSet("case_wish", wish),
            SlotSet("case_addition", addition),
            SlotSet("case_reference", None),
            SlotSet("case_code", None),
            SlotSet("verified_case", reference),
        ]
        complete = reference and (wish != ADD or addition)
        return [*events, FollowupAction("action_case" if complete else "status_form")]

    def _known(self, tracker: Tracker, text: str) -> str | None:
        """The case that is meant: of this conversation, opened before, or by number and code in the text."""
        number, code = _REFERENCE.search(text), _CODE.search(text)
        with reading(self.office.engine) as session:
            if number and code:
                case = find_case_by_code(session, number[0], code[0])
                return case.reference if case else None
            own = case_of(session, tracker.sender_id)
            verified = tracker.get_slot("verified_case") or (own.reference if own else None)
            # Another number than the known one has to be opened with its code.
            other = number and "".join(filter(str.isalnum, number[0].upper())) != "".join(
                filter(str.isalnum, verified or "")
            )
            return None if other else verified
