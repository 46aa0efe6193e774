"""From what Rasa said to the messages that people read."""

from __future__ import annotations

import re

from rasa.shared.core.events import BotUttered

from routing.cases.conversations import Utterance

_OTHER_LANGUAGE = re.compile(r"utter_(?:foreign|danger)_([a-z]{2})")
"""Responses in one language, whatever that of the conversation is; their names end with it."""


def utterance_of(event: BotUttered, language: str) -> Utterance:
    """The message behind an event: text, buttons (title and payload) and card (its custom part)."""
    data = event.data or {}
    card = data.get("custom") or None
    buttons = tuple({"title": b["title"], "payload": b["payload"]} for b in data.get("buttons") or ())
    other = _OTHER_LANGUAGE.fullmatch(str((event.metadata or {}).get("utter_action")))
    return Utterance(
        text=event.text or "", buttons=buttons, card=card, language=other[1] if other else language
    )
