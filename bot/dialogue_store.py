"""Rasa's tracker store on our own tables: append-only, one commit a turn.

The commit that keeps the dialogue state also keeps the messages that the turn caused. So after a
crash a resident's message is either wholly answered or not at all, and may simply be handled again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActiveLoop, BotUttered, Event, SlotSet, UserUttered, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bot.utterances import utterance_of
from routing.cases import conversations, dialogue
from routing.cases.database import reading, unit_of_work

WINDOW = 200
"""Events that a conversation is rebuilt from. Policies look back five turns; slots have a snapshot."""

ERASED = "erased"
"""The slot by which a turn says that all before it is to be erased."""

LIVE = 500
"""Conversations whose tracker stays in memory."""


class DialogueStore(TrackerStore):
    """Keeps trackers live in memory and writes each turn through to the database."""

    def __init__(self, domain: Domain | None, engine: Engine, clock: Callable[[], datetime]) -> None:
        super().__init__(domain)
        self._engine = engine
        self._clock = clock
        # A tracker, and how many of its events are in the database.
        self._live: OrderedDict[str, tuple[DialogueStateTracker, int]] = OrderedDict()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The live tracker, or one rebuilt from the last events and the snapshot of the slots."""
        if sender_id in self._live:
            self._live.move_to_end(sender_id)
            return self._live[sender_id][0]
        with reading(self._engine) as session:
            snapshot = dialogue.load_snapshot(session, sender_id)
            rows = dialogue.load_events(session, sender_id, WINDOW)
        if snapshot is None:
            return None
        events = _restored(snapshot) + _from_a_turn_on(deserialise_events(rows))
        tracker = DialogueStateTracker.from_events(sender_id, events, slots=self.domain.slots)
        self._keep(tracker)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Commit the new events, the snapshot and the messages of this turn."""
        _, stored = self._live.get(tracker.sender_id, (None, 0))
        new = list(tracker.events)[stored:]
        if new:
            with unit_of_work(self._engine) as session:
                self._write(session, tracker, new)
        if _erases(new):
            self.forget(tracker.sender_id)
            return
        self._keep(tracker)

    def forget(self, sender_id: str) -> None:
        """Drop the live tracker of a turn that failed; the next turn starts from the database."""
        self._live.pop(sender_id, None)

    def _write(self, session: Session, tracker: DialogueStateTracker, new: list[Event]) -> None:
        now = self._clock()
        dialogue.append_events(session, tracker.sender_id, [event.as_dict() for event in new], now)
        dialogue.save_snapshot(session, tracker.sender_id, _snapshot(tracker))
        language = tracker.get_slot("language") or "nl"
        utterances = [utterance_of(e, language) for e in new if isinstance(e, BotUttered)]
        conversations.speak(session, tracker.sender_id, language)
        inbound = _inbound(new)
        conversations.record_turn(session, tracker.sender_id, inbound, utterances, now)
        if _erases(new) and inbound is not None:
            conversations.erase_words(session, tracker.sender_id, inbound)

    def _keep(self, tracker: DialogueStateTracker) -> None:
        count = len(tracker.events)
        if count > 2 * WINDOW:
            # Cost grows with the events of a tracker: from here on it is rebuilt from its window.
            self.forget(tracker.sender_id)
            return
        self._live[tracker.sender_id] = (tracker, count)
        self._live.move_to_end(tracker.sender_id)
        while len(self._live) > LIVE:
            self._live.popitem(last=False)


def _erases(events: list[Event]) -> bool:
    """Whether the resident had everything erased in this turn."""
    return any(isinstance(e, SlotSet) and e.key == ERASED and e.value for e in events)


def _inbound(events: list[Event]) -> int | None:
    """The number of the resident's message that this turn answers; None for an opening."""
    numbers = [
        e.metadata["inbound"] for e in events if isinstance(e, UserUttered) and "inbound" in e.metadata
    ]
    return numbers[-1] if numbers else None


def _snapshot(tracker: DialogueStateTracker) -> dict[str, Any]:
    loop = tracker.active_loop
    return {"slots": tracker.current_slot_values(), "loop": loop.name if loop else None}


def _restored(snapshot: dict[str, Any]) -> list[Event]:
    """Events that bring slots and form back to where the events of the window may assume them.

    A slot that the window sets too ends with the same value, since the snapshot is of its end.
    """
    events: list[Event] = [
        SlotSet(key, value) for key, value in snapshot["slots"].items() if value is not None
    ]
    return [*events, ActiveLoop(snapshot["loop"])] if snapshot["loop"] else events


def _from_a_turn_on(events: list[Event]) -> list[Event]:
    """A full window, cut at the first resident's message in it, so that no half turn comes first."""
    if len(events) < WINDOW:
        return events
    first = next((i for i, event in enumerate(events) if isinstance(event, UserUttered)), 0)
    return events[first:]
