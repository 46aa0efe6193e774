"""The intake: listen first, then ask only what was not said yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions.base import Said, ids_of, word
from actions.forms import LoketForm
from actions.parts import heard_in, is_plan

PARTS = ("plan", "neighbourhood", "parties", "help", "phase")
BEGINNINGS = ("plan", "nlu_fallback")
CHOICES = ("whole_city", "just_me")
SURE_CORRECTION = 0.5


class ValidateIntakeForm(LoketForm):
    """Hears the plan and what is said beside it."""

    def name(self) -> str:
        return "validate_intake_form"

    def needed(self, slots: Mapping[str, Any]) -> Sequence[str]:
        return PARTS

    def answers(self, message: Said, asked: str) -> bool:
        """Our own words for a phase, such as "het loopt vast", are no cry for help."""
        typed = message.text.casefold().strip(" .!")
        return asked == "phase" and any(
            typed == word(language, "phase", phase) for phase in ids_of("phase") for language in ("nl", "en")
        )

    def heard(
        self, message: Said, asked: str | None, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        if asked is None:
            return self._plan(message, say) if message.intent in BEGINNINGS else {}
        if asked == "plan":
            return self._plan(message, say)
        if message.intent == "skip":
            return {asked: ""}
        if message.is_choice:
            return self._chosen(message, asked)
        return self._answer(message, asked, slots)

    def _plan(self, message: Said, say: CollectingDispatcher) -> dict[str, Any]:
        if message.is_choice or not is_plan(self.office, message.text):
            return {}
        say.utter_message(response="utter_plan_heard")
        return {"plan": message.text, "misunderstood": 0.0, **heard_in(self.office, message.text)}

    @staticmethod
    def _chosen(message: Said, asked: str) -> dict[str, Any]:
        part = message.entities.get("part", "")
        phase = part.removeprefix("phase_")
        if asked == "phase" and phase in ids_of("phase"):
            return {asked: phase}
        return {asked: part} if part in CHOICES else {}

    def _phase(self, message: Said) -> dict[str, Any]:
        """How far it is: one of the phases where the words tell it, else the words; "yes" tells nothing."""
        phase = heard_in(self.office, message.text).get("phase")
        bare = message.intent in ("affirm", "deny") and message.confidence >= SURE_CORRECTION
        if phase or not bare:
            return {"phase": phase or message.text}
        return {}

    def _answer(self, message: Said, asked: str, slots: Mapping[str, Any]) -> dict[str, Any]:
        named = [place.id for place in self.office.catalogue.find_neighbourhoods(message.text)]
        corrects = message.intent in ("correct", "deny") and message.confidence >= SURE_CORRECTION
        if named and asked != "neighbourhood" and corrects and slots.get("neighbourhood"):
            # An earlier answer is taken back; the question that was open is asked again. Of "not
            # Tanthof but Voorhof" the last one counts.
            return {"neighbourhood": named[-1]}
        if asked == "phase":
            return self._phase(message)
        answer = {asked: message.text}
        if named and asked == "neighbourhood":
            answer = {asked: named[-1] if corrects else named[0]}
        elif named and slots.get("neighbourhood") is None:
            answer["neighbourhood"] = named[0]
        return answer
