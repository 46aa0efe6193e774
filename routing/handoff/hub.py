"""Tells open streams of this process that a conversation has something new, and who is connected to it."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

RESIDENT, PARTNER = "resident", "partner"
"""The two sides of a conversation."""

HEARTBEAT = 15.0
"""Seconds after which an open stream looks again and shows that it is alive."""

GRACE = 20.0
"""Seconds for which somebody whose stream ended still counts as connected: a reload is no farewell."""

Signal = dict[str, Any]


class Listener:
    """One open stream: wakes when there is news; passing signals lie ready in `signals`."""

    def __init__(self, side: str) -> None:
        self.side = side
        # Whoever is slow misses the oldest: that somebody typed a minute ago is of no use.
        self.signals: deque[Signal] = deque(maxlen=20)
        self._event = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def wake(self) -> None:
        """There is news; from any thread."""
        self._loop.call_soon_threadsafe(self._event.set)

    async def wait(self, seconds: float = HEARTBEAT) -> bool:
        """Wait for news; False when the time passed without any."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return False
        self._event.clear()
        return True


class Hub:
    """The streams of all conversations; what is new they read themselves, except for signals, which pass."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._left: dict[tuple[str, str], float] = {}
        self._ticks = ticks
        self.closed = False

    @asynccontextmanager
    async def listen(self, conversation_id: str, side: str = RESIDENT) -> AsyncIterator[Listener]:
        """A listener on the conversation; the other side hears that it came and went."""
        listener = Listener(side)
        self._listeners[conversation_id].add(listener)
        self._left.pop((conversation_id, side), None)
        self._tell_connection(conversation_id, side)
        try:
            yield listener
        finally:
            self._listeners[conversation_id].discard(listener)
            if not self._listeners[conversation_id]:
                del self._listeners[conversation_id]
            if not self._streams(conversation_id, side):
                self._forget_long_gone()
                self._left[conversation_id, side] = self._ticks()
            self._tell_connection(conversation_id, side)

    def connected(self, conversation_id: str, side: str) -> bool:
        """Whether that side has a stream open, or had one just now."""
        left = self._left.get((conversation_id, side))
        just_now = left is not None and self._ticks() - left < GRACE
        return just_now or self._streams(conversation_id, side)

    def publish(self, conversation_id: str) -> None:
        """Wake the streams of a conversation: there are new messages, or somebody else speaks."""
        for listener in tuple(self._listeners.get(conversation_id, ())):
            listener.wake()

    def signal(self, conversation_id: str, sender: str, signal: Signal) -> None:
        """Give something that is not stored, such as typing, to the other side of the conversation."""
        for listener in tuple(self._listeners.get(conversation_id, ())):
            if listener.side != sender:
                listener.signals.append(signal)
                listener.wake()

    def close(self) -> None:
        """End all streams, so that the process can stop at once; readers come back by themselves."""
        self.closed = True
        for conversation_id in list(self._listeners):
            self.publish(conversation_id)

    def _streams(self, conversation_id: str, side: str) -> bool:
        return any(listener.side == side for listener in self._listeners.get(conversation_id, ()))

    def _tell_connection(self, conversation_id: str, side: str) -> None:
        there = self._streams(conversation_id, side)
        self.signal(conversation_id, side, {"kind": "connection", "side": side, "there": there})

    def _forget_long_gone(self) -> None:
        now = self._ticks()
        self._left = {key: left for key, left in self._left.items() if now - left < GRACE}
