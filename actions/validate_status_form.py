"""Following a case: its number and its code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from rasa_sdk.executor import CollectingDispatcher

from actions.base import Said
from actions.forms import DIGRESSIONS, LoketForm
from routing.cases.reference import InvalidReference, parse_reference

_REFERENCE = re.compile(r"\bLK[\s-]*\d{4}[\s-]*\d{6,9}[\s-]*\d{2}\b", re.IGNORECASE)


class ValidateStatusForm(LoketForm):
    """Hears a reference number, whose check digits catch a slip, and the code."""

    # Asking for the state again is no digression here, and a code looks like nonsense.
    digressions: ClassVar[Mapping[str, float]] = {
        k: v for k, v in DIGRESSIONS.items() if k not in ("ask_status", "chitchat", "service")
    }

    def name(self) -> str:
        return "validate_status_form"

    def needed(self, slots: Mapping[str, Any]) -> Sequence[str]:
        return ("case_reference", "case_code")

    def digresses(self, message: Said) -> bool:
        return not re.search(r"\d", message.text) and super().digresses(message)

    def heard(
        self, message: Said, asked: str | None, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        found = _REFERENCE.search(message.text)
        if found:
            return _reference(found[0], say)
        if asked == "case_code":
            return {"case_code": message.text}
        if asked == "case_reference":
            say.utter_message(response="utter_reference_unclear")
        return {}


def _reference(text: str, say: CollectingDispatcher) -> dict[str, Any]:
    try:
        return {"case_reference": str(parse_reference(text))}
    except InvalidReference:
        say.utter_message(response="utter_reference_unclear")
        return {}
