"""An ordinary question: what it is and where to go."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, language_of, said


class ActionService(LoketAction):
    """Answers from the catalogue's services."""

    def name(self) -> str:
        return "action_service"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        language = language_of(tracker)
        advice = self.office.advisor.advise(said(tracker).text, language, explain=False)
        service = self.office.catalogue.services.get(advice.service or "")
        if service is None:
            dispatcher.utter_message(response="utter_service_unknown")
            return []
        shown = {
            "soort": "dienst",
            "id": service.id,
            "naam": service.name.in_(language),
            "antwoord": service.answer.in_(language),
            "telefoon": service.phone,
            "url": service.url,
        }
        dispatcher.utter_message(
            response="utter_service",
            json_message=shown,
            answer=shown["antwoord"],
            service_phone=service.phone,
            url=service.url,
        )
        return []
