"""An ordinary question: what it is and where to go; and the ways between a question and a plan."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, language_of, said, word
from actions.parts import new_plan
from actions.perhaps_danger import perhaps_danger
from actions.plan_slots import emptied
from routing.catalogue.model import Service


class ActionService(LoketAction):
    """Answers from the catalogue's services."""

    def name(self) -> str:
        return "action_service"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        language, message = language_of(tracker), said(tracker)
        if message.is_choice:
            dispatcher.utter_message(response="utter_service_which")
            return []
        # In the middle of a plan nobody needs to be asked whether this was one.
        buttons = [] if tracker.get_slot("plan") else [_was_plan(language)]
        advice = self.office.advisor.advise(message.text, language, explain=False)
        # An emergency may be behind what sounds like a question for a desk.
        if perhaps_danger(advice) and not self.office.advisor.names_service(message.text):
            dispatcher.utter_message(response="utter_perhaps_danger_short")
        _answer(dispatcher, self.office.catalogue.services.get(advice.service or ""), language, buttons)
        return [] if tracker.get_slot("plan") else [SlotSet("maybe_plan", message.text)]


class ActionWasPlan(LoketAction):
    """What was taken for something else is heard as the plan that it is."""

    def name(self) -> str:
        return "action_was_plan"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        told = tracker.get_slot("maybe_plan")
        if not told or tracker.get_slot("plan"):
            return [FollowupAction("intake_form")]
        dispatcher.utter_message(response="utter_plan_heard")
        found = new_plan(self.office, told)
        return [*(SlotSet(name, value) for name, value in found.items()), FollowupAction("intake_form")]


class ActionWasService(LoketAction):
    """What was heard as a plan is answered as the ordinary question that it is; nothing is kept as a plan."""

    def name(self) -> str:
        return "action_was_service"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        language, told = language_of(tracker), tracker.get_slot("plan")
        if not told:
            dispatcher.utter_message(response="utter_service_which")
            return []
        service = self.office.catalogue.services.get(self.office.advisor.service_in(told) or "")
        _answer(dispatcher, service, language, [_was_plan(language)])
        return [ActiveLoop(None), *emptied(), SlotSet("maybe_plan", told)]


def _answer(
    dispatcher: CollectingDispatcher, service: Service | None, language: str, buttons: list[dict[str, str]]
) -> None:
    if service is None:
        dispatcher.utter_message(response="utter_service_unknown", buttons=buttons)
    else:
        _tell(dispatcher, service, language, buttons)


def _tell(
    dispatcher: CollectingDispatcher, service: Service, language: str, buttons: list[dict[str, str]]
) -> None:
    opening = service.opening.in_(language) if service.opening else ""
    shown = {
        "soort": "dienst",
        "id": service.id,
        "naam": service.name.in_(language),
        "antwoord": service.answer.in_(language),
        "telefoon": service.phone,
        "url": service.url,
        "open": opening or None,
    }
    complete = service.phone in shown["antwoord"] and service.url in shown["antwoord"]
    plain = "utter_service_short" if complete else "utter_service"
    dispatcher.utter_message(
        response="utter_service_open" if opening else plain,
        json_message=shown,
        buttons=buttons,
        answer=shown["antwoord"],
        service_phone=service.phone,
        url=service.url,
        opening=opening,
    )


def _was_plan(language: str) -> dict[str, str]:
    return {"title": word(language, "buttons", "was_plan"), "payload": "/was_plan"}
