"""Contact details: only with consent, and never needed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from rasa_sdk.executor import CollectingDispatcher

from actions.base import Said
from actions.forms import LoketForm, is_noise

SURE = 0.4
NAME_LENGTH = 80
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}")
_PHONE = re.compile(r"(?<!\d)(?:\+|00)?\d(?:[\s\-().]*\d){8,12}(?!\d)")


class ValidateContactForm(LoketForm):
    """Hears consent, name and address, in any order in which they are given."""

    # A name may look like anything; only what is clearly no name is a digression.
    patience: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "contact_consent": {"service": 0.95, "ask_erase": 0.8, "ask_human": 0.8},
        "contact_name": {
            "greet": 0.9,
            "thank": 0.9,
            "chitchat": 0.95,
            "service": 0.97,
            "abuse": 0.8,
            "foreign": 1.1,
            "resume": 0.9,
            "tell_solved": 1.1,
            "goodbye": 0.9,
        },
        "contact_address": {"service": 0.97, "foreign": 1.1, "ask_human": 0.8},
    }

    def name(self) -> str:
        return "validate_contact_form"

    def needed(self, slots: Mapping[str, Any]) -> Sequence[str]:
        details = ("contact_name", "contact_address") if slots.get("contact_consent") else ()
        return ("contact_consent", *details)

    def answers(self, message: Said, asked: str) -> bool:
        return not message.is_choice and find_address(message.text) is not None

    def heard(
        self, message: Said, asked: str | None, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        if asked is None:
            return {}
        address = None if message.is_choice else find_address(message.text)
        if asked == "contact_consent":
            return _consent(message, address)
        if asked == "contact_address":
            return _address(message, address, say)
        return {} if is_noise(message) else _name(message, address)


def find_address(text: str) -> str | None:
    """The first e-mail address or Dutch phone number in a text."""
    email = _EMAIL.search(text)
    if email:
        return email[0].strip(".")
    for found in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        national = re.sub(r"^(?:0031|31)(?=\d{9}$)", "0", digits)
        if len(national) == 10 and national.startswith("0"):
            return national
    return None


def _consent(message: Said, address: str | None) -> dict[str, Any]:
    if address:
        # Who gives an address in answer to "may we note it?" says yes.
        return {"contact_consent": True, "contact_address": address}
    if message.confidence >= SURE and message.intent in ("deny", "skip"):
        return {"contact_consent": False}
    if message.confidence >= SURE and message.intent == "affirm":
        return {"contact_consent": True}
    return {}


def _name(message: Said, address: str | None) -> dict[str, Any]:
    if message.intent == "skip" or message.is_choice:
        return {"contact_name": ""}
    if address:
        rest = message.text.replace(address, "").strip(" ,;:")
        return {"contact_name": rest[:NAME_LENGTH], "contact_address": address}
    return {"contact_name": message.text[:NAME_LENGTH]}


def _address(message: Said, address: str | None, say: CollectingDispatcher) -> dict[str, Any]:
    if address:
        return {"contact_address": address}
    if message.intent in ("deny", "skip"):
        return {"contact_consent": False, "contact_name": None}
    say.utter_message(response="utter_address_unclear")
    return {}
