"""The summary: yes, or a correction of any part, in any order, in any words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions.base import Said
from actions.forms import LoketForm
from actions.parts import heard_in
from actions.validate_intake_form import PARTS

OF_ADVICE = {"goals": "chosen_goals", "role": "chosen_role"}
SURE = 0.5
SHORT = 4
"""Words in a refusal that tells nothing of its own, such as "nee dat klopt niet"."""


class ValidateSummaryForm(LoketForm):
    """Hears whether the summary is right, and mends it where it is not."""

    def name(self) -> str:
        return "validate_summary_form"

    def needed(self, slots: Mapping[str, Any]) -> Sequence[str]:
        return ("correction", "summary_ok") if slots.get("correcting") else ("summary_ok",)

    def heard(
        self, message: Said, asked: str | None, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        if asked is None:
            return {}
        if message.intent == "affirm" and message.confidence >= SURE:
            return {"summary_ok": True, "correcting": None}
        part = message.entities.get("part")
        if message.is_choice:
            return self._chosen(message, part, slots, say)
        correcting = slots.get("correcting")
        if correcting and correcting != "which":
            return self._mend(correcting, message.text, slots, say)
        if correcting and message.intent == "skip":
            return {"correcting": None, "correction": None}
        return self._free(message, part, say)

    def _chosen(
        self, message: Said, part: str | None, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        if message.intent == "choose_role":
            return self._mend("role", message.entities["role"], slots, say)
        if message.intent == "choose_goals":
            return self._mend("goals", message.entities["goals"], slots, say)
        return {"correcting": part if part in (*PARTS, *OF_ADVICE) else "which"}

    def _free(self, message: Said, part: str | None, say: CollectingDispatcher) -> dict[str, Any]:
        """A correction in own words: what it tells is taken over; what it only names is asked."""
        told = self._told(message)
        if told:
            say.utter_message(response="utter_summary_updated")
            return {**told, "correcting": None}
        if part in (*PARTS, *OF_ADVICE):
            return {"correcting": part}
        return {"correcting": "which"}

    def _told(self, message: Said) -> dict[str, Any]:
        told = heard_in(self.office, message.text)
        places = self.office.catalogue.find_neighbourhoods(message.text)
        if places:
            # "Not Tanthof but Voorhof": the last one counts.
            return {"neighbourhood": places[-1].id}
        return told if message.words > SHORT else {}

    def _mend(
        self, part: str, value: str, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        mended = self._value(part, value, slots)
        if mended is None:
            return {"correcting": part}
        say.utter_message(response="utter_summary_updated")
        return {OF_ADVICE.get(part, part): mended, "correcting": None}

    def _value(self, part: str, value: str, slots: Mapping[str, Any]) -> Any:
        if part == "goals":
            return self._goals(value)
        if part == "role":
            return self._role(value, slots)
        places = self.office.catalogue.find_neighbourhoods(value) if part == "neighbourhood" else []
        return places[-1].id if places else value

    def _goals(self, value: str) -> list[int] | None:
        """Goals by number or name, or else by what the words are about."""
        goals = self.office.catalogue.goals
        numbers = [int(n) for n in re.findall(r"\d+", value) if int(n) in goals]
        folded = value.casefold()
        named = [g.number for g in goals.values() if folded in (g.name.nl.casefold(), g.name.en.casefold())]
        meant = [g.goal for g in self.office.advisor.advise(value, explain=False).goals]
        return list(dict.fromkeys(numbers or named or meant)) or None

    def _role(self, value: str, slots: Mapping[str, Any]) -> str | None:
        """A role by its id or name, or else the one that fits the help described."""
        roles = self.office.catalogue.roles
        folded = value.casefold()
        named = [r.id for r in roles.values() if folded in (r.id, r.name.nl.casefold(), r.name.en.casefold())]
        meant = self.office.advisor.advise(f"{slots['plan']}\n{value}", explain=False).role
        return named[0] if named else meant.role if meant else None
