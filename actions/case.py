"""Does with a case what the resident wants: tell its state, add something, say how it went, rate it."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, day_in_words, language_of, word
from actions.go_on import go_on
from actions.validate_status_form import ADD
from routing.cases.cases import case_for_change
from routing.cases.database import unit_of_work
from routing.cases.models import Case
from routing.cases.states import OPEN_STATES
from routing.handoff import afterwards
from routing.handoff.payloads import role_name

DONE = ("case_reference", "case_code", "case_addition", "case_wish")


class ActionCase(LoketAction):
    """The wish is done in one commit; then the thread of a plan at hand is taken up again."""

    def name(self) -> str:
        return "action_case"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        reference = tracker.get_slot("verified_case")
        with unit_of_work(self.office.engine) as session:
            case = case_for_change(session, reference) if reference else None
            if case is None:
                dispatcher.utter_message(response="utter_code_lost")
            else:
                self._do(session, case, dispatcher, tracker)
        events = [SlotSet(name, None) for name in DONE]
        return [*events, *go_on(tracker.slots, dispatcher)]

    def _do(self, session: Any, case: Case, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        wish, language = tracker.get_slot("case_wish"), language_of(tracker)
        if wish == ADD:
            self._add(session, case, dispatcher, tracker)
        elif wish in ("solved", "not_solved"):
            self._solved(session, case, dispatcher, tracker, solved=wish == "solved")
        else:
            response = "utter_status" if case.state in OPEN_STATES else "utter_status_answered"
            dispatcher.utter_message(response=response, **self._words(case, language))

    def _add(self, session: Any, case: Case, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        reopened = afterwards.add_information(
            session,
            self.office.catalogue,
            case,
            tracker.get_slot("case_addition"),
            conversation_id=tracker.sender_id,
            key=turn_key(tracker),
            now=self.office.clock(),
        )
        response = "utter_added_reopened" if reopened else "utter_added"
        dispatcher.utter_message(response=response, **self._words(case, language_of(tracker)))

    def _solved(
        self,
        session: Any,
        case: Case,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        *,
        solved: bool,
    ) -> None:
        was_open = case.state in OPEN_STATES
        afterwards.tell_solved(
            session,
            self.office.catalogue,
            case,
            solved=solved,
            key=turn_key(tracker),
            now=self.office.clock(),
        )
        words = self._words(case, language_of(tracker))
        if solved:
            dispatcher.utter_message(response="utter_glad", **words)
            dispatcher.utter_message(response="utter_satisfaction")
        else:
            dispatcher.utter_message(response="utter_still_open" if was_open else "utter_reopened", **words)

    def _words(self, case: Case, language: str) -> dict[str, str]:
        state = case.state.value
        return {
            "kenmerk": case.reference,
            "state": word(language, "state", state),
            "owner": role_name(self.office.catalogue, case.role, language),
            "next": word(language, "next_step", state),
            "date": day_in_words(case.promised_for, language),
        }


class ActionRate(LoketAction):
    """Keeps the figure that a resident gives."""

    def name(self) -> str:
        return "action_rate"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        score = next(tracker.get_latest_entity_values("score"), "")
        reference = tracker.get_slot("verified_case")
        if reference and str(score).isdigit():
            with unit_of_work(self.office.engine) as session:
                case = case_for_change(session, reference)
                if case is not None:
                    now = self.office.clock()
                    afterwards.rate(session, case, int(score), key=turn_key(tracker), now=now)
        dispatcher.utter_message(response="utter_rated")
        return []


def turn_key(tracker: Tracker) -> str:
    """Names the message at hand, so that a turn that is done again after a crash does nothing twice."""
    metadata = (tracker.latest_message or {}).get("metadata") or {}
    return f"{tracker.sender_id}-{metadata.get('inbound', tracker.latest_message.get('message_id'))}"
