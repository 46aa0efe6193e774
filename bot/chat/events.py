"""Server-sent events: every message of a conversation, in order, from where the reader was."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

HEARTBEAT = 15.0
"""Seconds after which an open stream looks again and shows that it is alive."""


class Hub:
    """Tells open streams that their conversation has something new; what it is they read themselves."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.closed = False

    @asynccontextmanager
    async def listen(self, conversation_id: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set when the conversation has new messages."""
        event = asyncio.Event()
        self._listeners[conversation_id].add(event)
        try:
            yield event
        finally:
            self._listeners[conversation_id].discard(event)
            if not self._listeners[conversation_id]:
                del self._listeners[conversation_id]

    def close(self) -> None:
        """End all streams, so that the process can stop at once; readers come back by themselves."""
        self.closed = True
        for conversation_id in list(self._listeners):
            self.publish(conversation_id)

    def publish(self, conversation_id: str) -> None:
        """Wake the streams of a conversation."""
        for event in self._listeners.get(conversation_id, ()):
            event.set()


async def wait(event: asyncio.Event, seconds: float = HEARTBEAT) -> bool:
    """Wait for news; False when the time passed without any."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    event.clear()
    return True


def as_event(message: dict[str, Any]) -> dict[str, str]:
    """A message as the parts of a server-sent event; its number is the id to go on from."""
    return {"data": json.dumps(message, ensure_ascii=False), "id": str(message["id"]), "event": "bericht"}
