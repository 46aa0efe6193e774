"""What the gateway hands to the assistant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Inbound:
    """A resident's message on its way in: its number, and either free text or a button's payload."""

    number: int
    text: str = ""
    payload: str | None = None

    def for_rasa(self) -> str:
        """Free text never looks like a command: the slash by which Rasa knows intents is taken off."""
        return self.payload if self.payload is not None else self.text.lstrip().lstrip("/").lstrip() or "…"


class Answering(Protocol):
    """Who answers residents: the assistant, as the gateway knows it."""

    async def open(self, conversation_id: str, language: str | None) -> None:
        """Say the first words of a conversation."""

    async def handle(self, conversation_id: str, inbound: Inbound) -> None:
        """Answer one message and store dialogue state and answers in one commit."""

    async def forget(self, conversation_id: str) -> None:
        """Drop what is remembered of a conversation: its words were erased."""
