"""The summary: yes, or a correction of any part, in any order, in any words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from rasa_sdk.executor import CollectingDispatcher

from actions.base import Said, cues
from actions.forms import LoketForm, is_noise
from actions.parts import heard_in, is_whole_city, wanted_place
from actions.plan_slots import PARTS
from actions.validate_intake_form import after_but

OF_ADVICE = {"goals": "chosen_goals", "role": "chosen_role"}
SURE = 0.5
SHORT = 4
"""Words in a yes or a no that tells nothing of its own, such as "nee dat klopt niet"."""


class ValidateSummaryForm(LoketForm):
    """Hears whether the summary is right, and mends it where it is not."""

    patience: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "correction": {"service": 0.95, "ask_human": 0.85, "ask_status": 0.9, "greet": 0.9, "add_info": 1.1},
        "summary_ok": {"add_info": 1.1},
    }

    def name(self) -> str:
        return "validate_summary_form"

    def needed(self, slots: Mapping[str, Any]) -> Sequence[str]:
        return ("correction", "summary_ok") if slots.get("correcting") else ("summary_ok",)

    def heard(
        self, message: Said, asked: str | None, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        if asked is None:
            return {}
        correcting = slots.get("correcting")
        if message.is_choice:
            return self._chosen(message, message.entities.get("part"), slots, say)
        if correcting and correcting != "which":
            return self._answer(correcting, message, slots, say)
        if message.intent == "affirm" and message.confidence >= SURE and not self._told(message):
            return {"summary_ok": True, "correcting": None}
        if correcting and message.intent in ("skip", "deny") and message.words <= SHORT:
            return {"correcting": None, "correction": None}
        if is_noise(message) and not self._told(message):
            return {}
        return self._free(message, message.entities.get("part"), slots, say)

    def _answer(
        self, correcting: str, message: Said, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        """What a part should be; who would rather leave it as it was may."""
        if message.intent == "skip" and message.confidence >= SURE:
            return {"correcting": None, "correction": None}
        return self._mend(correcting, message.text, slots, say)

    def _chosen(
        self, message: Said, part: str | None, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        if message.intent == "affirm":
            return {"summary_ok": True, "correcting": None}
        if message.intent == "choose_role":
            return self._mend("role", message.entities["role"], slots, say)
        if message.intent == "choose_goals":
            return self._mend("goals", message.entities["goals"], slots, say)
        return {"correcting": part if part in (*PARTS, *OF_ADVICE) else "which"}

    def _free(
        self, message: Said, part: str | None, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        """A correction in own words: what it tells is taken over; what it only names is asked."""
        told = self._told(message)
        rest = after_but(message.text)
        if part in PARTS and part not in told and rest and message.words > SHORT:
            told[part] = rest
        if told:
            say.utter_message(response="utter_summary_updated")
            return {**told, "correcting": None}
        return {"correcting": part if part in (*PARTS, *OF_ADVICE) else "which"}

    def _told(self, message: Said) -> dict[str, Any]:
        place = wanted_place(self.office.catalogue, message.text)
        if place or is_whole_city(self.office, message.text):
            return {"neighbourhood": place or "whole_city"}
        if message.words <= SHORT:
            return {}
        told = heard_in(self.office, message.text)
        if "parties" in told:
            # Their own words say more than the kinds that were recognised in them.
            told["parties"] = after_but(message.text) or message.text
        return told

    def _mend(
        self, part: str, value: str, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        mended = self._value(part, value, slots)
        if mended is None:
            return {"correcting": part, "correction": None}
        say.utter_message(response="utter_summary_updated")
        return {OF_ADVICE.get(part, part): mended, "correcting": None}

    def _value(self, part: str, value: str, slots: Mapping[str, Any]) -> Any:
        if part == "goals":
            return self._goals(value)
        if part == "role":
            return self._role(value, slots)
        if part == "neighbourhood":
            return wanted_place(self.office.catalogue, value) or (
                "whole_city" if is_whole_city(self.office, value) else value
            )
        return value

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
        described = cues(value, "role")
        meant = self.office.advisor.advise(f"{slots['plan']}\n{value}", explain=False).role
        found = [*named, *(role for role in described if role in roles)]
        return found[0] if found else meant.role if meant else None
