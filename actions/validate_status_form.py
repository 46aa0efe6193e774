"""Following a case: its number and its code, once in a conversation; and what is to be added to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from rasa_sdk.executor import CollectingDispatcher

from actions.base import Said
from actions.forms import LoketForm, is_noise
from routing.cases.cases import find_case_by_code
from routing.cases.database import reading
from routing.cases.reference import InvalidReference, parse_reference

_REFERENCE = re.compile(r"\bLK[\s-]*\d{4}[\s-]*\d{6,9}[\s-]*\d{2}\b", re.IGNORECASE)
_CODE = re.compile(r"\b[0-9A-Z]{4}[\s-]+[0-9A-Z]{4}[\s-]+[0-9A-Z]{4}\b", re.IGNORECASE)
ADD = "add"


class ValidateStatusForm(LoketForm):
    """Hears a reference number, whose check digits catch a slip, and the code."""

    # Asking for the state again is no digression here, and a code looks like nonsense.
    patience: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "case_reference": {"ask_status": 1.1, "chitchat": 1.1, "service": 1.1, "add_info": 1.1},
        "case_code": {"ask_status": 1.1, "chitchat": 1.1, "service": 1.1, "add_info": 1.1},
        "case_addition": {
            "ask_status": 0.95,
            "service": 0.95,
            "greet": 0.9,
            "add_info": 1.1,
            "tell_solved": 1.1,
            "tell_not_solved": 1.1,
        },
    }

    def name(self) -> str:
        return "validate_status_form"

    def needed(self, slots: Mapping[str, Any]) -> Sequence[str]:
        known = () if slots.get("verified_case") else ("case_reference", "case_code")
        lost = slots.get("case_reference") == ""
        return (*known, "case_addition") if slots.get("case_wish") == ADD and not lost else known

    def answers(self, message: Said, asked: str) -> bool:
        return asked != "case_addition" and bool(
            _REFERENCE.search(message.text) or _CODE.search(message.text)
        )

    def heard(
        self, message: Said, asked: str | None, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        if asked == "case_addition":
            return {} if message.is_choice or is_noise(message) else {"case_addition": message.text}
        if asked and message.intent in ("skip", "deny"):
            # Without number or code: empty texts end the form, and the action says what else is possible.
            return {"case_reference": "", "case_code": ""}
        reference, code = _REFERENCE.search(message.text), _CODE.search(message.text)
        if reference:
            found = _reference(reference[0], say)
            return self._opened({**found, **({"case_code": code[0]} if code and found else {})}, slots, say)
        if asked == "case_code":
            return self._opened({"case_code": message.text}, slots, say)
        if asked == "case_reference":
            say.utter_message(response="utter_reference_unclear")
        return {}

    def _opened(
        self, given: dict[str, Any], slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        """Number and code together: right, or both asked again, since nobody learns which one was wrong."""
        reference = given.get("case_reference") or slots.get("case_reference")
        if not reference or not given.get("case_code"):
            return given
        with reading(self.office.engine) as session:
            case = find_case_by_code(session, reference, given["case_code"])
        if case is None:
            say.utter_message(response="utter_status_unknown")
            return {"case_reference": None, "case_code": None}
        return {**given, "case_reference": reference, "verified_case": reference}


def _reference(text: str, say: CollectingDispatcher) -> dict[str, Any]:
    try:
        return {"case_reference": str(parse_reference(text))}
    except InvalidReference:
        say.utter_message(response="utter_reference_unclear")
        return {}
