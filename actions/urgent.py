"""Danger: the right number at once, nothing else first."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import Events, LoketAction, language_of, now_listen, said
from actions.foreign import LANGUAGES
from routing.catalogue.model import GENERAL_EMERGENCY

LIFE = "112"


class ActionUrgent(LoketAction):
    """Answers from the catalogue's emergencies; the number first, also in other languages."""

    def name(self) -> str:
        return "action_urgent"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        language, known = language_of(tracker), self.office.catalogue.emergencies
        advice = self.office.advisor.advise(said(tracker).text, language, explain=False)
        emergency = known[advice.emergency or GENERAL_EMERGENCY]
        abroad = self._abroad(said(tracker).text, advice.foreign)
        if abroad:
            dispatcher.utter_message(response=f"utter_danger_{abroad}", emergency_phone=emergency.phone)
            if emergency.phone != LIFE:
                dispatcher.utter_message(response=f"utter_danger_life_{abroad}")
        shown = {
            "soort": "nood",
            "id": emergency.id,
            "naam": emergency.name.in_(language),
            "antwoord": emergency.answer.in_(language),
            "telefoon": emergency.phone,
        }
        dispatcher.utter_message(response="utter_urgent", json_message=shown, answer=shown["antwoord"])
        dispatcher.utter_message(response="utter_urgent_after")
        # No question now; the next answer goes on where the conversation was.
        return now_listen(tracker)

    def _abroad(self, text: str, guessed: str | None) -> str | None:
        """The other language in which to say the number: that of the words of danger, or as it looks."""
        spoken = [code for code in self.office.catalogue.certain_danger(text) if code in LANGUAGES]
        if guessed in LANGUAGES and (guessed in spoken or not spoken):
            return guessed
        return spoken[0] if spoken else None
