"""Tells how a case is doing, to who knows its number and its code."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, day_in_words, language_of, word
from routing.cases.cases import find_case_by_code
from routing.cases.database import unit_of_work


class ActionStatus(LoketAction):
    """State, owner and promised date of a case."""

    def name(self) -> str:
        return "action_status"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        language = language_of(tracker)
        reference, code = tracker.get_slot("case_reference"), tracker.get_slot("case_code")
        with unit_of_work(self.office.engine) as session:
            case = find_case_by_code(session, reference or "", code or "")
            if case is None:
                dispatcher.utter_message(response="utter_status_unknown")
            else:
                dispatcher.utter_message(
                    response="utter_status",
                    kenmerk=case.reference,
                    state=word(language, "state", case.state.value),
                    owner=self.office.catalogue.roles[case.role].name.in_(language),
                    date=day_in_words(case.promised_for, language),
                )
        return [SlotSet("case_reference", None), SlotSet("case_code", None)]
