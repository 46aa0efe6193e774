"""From what Rasa said to the messages that people read."""

from __future__ import annotations

from rasa.shared.core.events import BotUttered

from routing.cases.conversations import Utterance


def utterance_of(event: BotUttered, language: str) -> Utterance:
    """The message behind an event: text, buttons (title and payload) and card (its custom part)."""
    data = event.data or {}
    card = data.get("custom") or None
    buttons = tuple({"title": b["title"], "payload": b["payload"]} for b in data.get("buttons") or ())
    return Utterance(text=event.text or "", buttons=buttons, card=card, language=language)
