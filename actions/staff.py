"""A civil servant asks the public door where something belongs: the role and the way, nothing internal."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, language_of, said


class ActionStaff(LoketAction):
    """Names the role that fits the question, and where to send it."""

    def name(self) -> str:
        return "action_staff"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        language, catalogue = language_of(tracker), self.office.catalogue
        role = self.office.advisor.advise(said(tracker).text, language, explain=False).role
        if role is None:
            dispatcher.utter_message(response="utter_staff_unknown", team_email=catalogue.team.email)
            return []
        fitting = catalogue.roles[role.role]
        dispatcher.utter_message(
            response="utter_staff",
            role_name=fitting.name.in_(language),
            role_does=fitting.does.in_(language),
            team_email=catalogue.team.email,
        )
        return []
