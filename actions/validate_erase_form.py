"""Is it sure that everything goes? Only a clear yes erases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from rasa_sdk.executor import CollectingDispatcher

from actions.base import Said, cues
from actions.forms import LoketForm

SURE = 0.5


class ValidateEraseForm(LoketForm):
    """Hears yes or no."""

    patience: ClassVar[Mapping[str, Mapping[str, float]]] = {"erase_ok": {"ask_erase": 1.1, "stop": 1.1}}

    def name(self) -> str:
        return "validate_erase_form"

    def needed(self, slots: Mapping[str, Any]) -> Sequence[str]:
        return ("erase_ok",)

    def heard(
        self, message: Said, asked: str | None, slots: Mapping[str, Any], say: CollectingDispatcher
    ) -> dict[str, Any]:
        if asked is None or message.confidence < SURE:
            return {}
        if message.intent in ("deny", "skip", "stop"):
            return {"erase_ok": False}
        repeated = message.intent == "ask_erase" and cues(message.text, "data") == ["erase"]
        return {"erase_ok": True} if message.intent == "affirm" or repeated else {}
