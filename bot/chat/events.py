"""Server-sent events: every message of a conversation, in order, from where the reader was."""

from __future__ import annotations

import json
from typing import Any


def as_event(message: dict[str, Any]) -> dict[str, str]:
    """A message as the parts of a server-sent event; its number is the id to go on from."""
    return {"data": json.dumps(message, ensure_ascii=False), "id": str(message["id"]), "event": "bericht"}


def passing_event(name: str, data: dict[str, Any] | None) -> dict[str, str]:
    """Something that is not stored, such as typing: without an id, so that no reader goes on from it."""
    return {"data": json.dumps(data, ensure_ascii=False), "event": name}
