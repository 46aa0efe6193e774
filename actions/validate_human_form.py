"""What a person is wanted for: in a few words, or the plan that was told already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from rasa_sdk.executor import CollectingDispatcher

from actions.base import Said
from actions.forms import LoketForm, is_noise

NOTHING = "-"
"""The topic of who would rather not pass anything on."""
PLAN = "plan"
"""The topic of who passes the plan on that was told."""
SURE = 0.5
SHORT = 4


class ValidateHumanForm(LoketForm):
    """Hears the topic; anything that is told counts, also what the chatbot would have answered itself."""

    patience: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "human_topic": {
            "service": 1.1,
            "ask_human": 1.1,
            "ask_status": 1.1,
            "add_info": 1.1,
            "tell_not_solved": 1.1,
            "second_plan": 1.1,
            "chitchat": 1.1,
            "pause": 0.8,
            "abuse": 0.8,
            "greet": 0.9,
        }
    }

    def name(self) -> str:
        return "validate_human_form"

    def needed(self, slots: Mapping[str, Any]) -> Sequence[str]:
        return ("human_topic",)

    def heard(
        self, message: Said, asked: str | None, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        if asked is None:
            return {}
        short = message.words <= SHORT and message.confidence >= SURE
        if message.intent in ("deny", "skip", "resume") and short:
            return {"human_topic": NOTHING}
        if message.intent == "affirm" and short:
            return {"human_topic": PLAN} if slots.get("plan") else {}
        if message.is_choice or is_noise(message) or (message.intent == "ask_human" and short):
            return {}
        return {"human_topic": message.text}
