"""What a resident who follows a case gets to see of it: who has it, what was said to them, what happened.

Nothing that staff keep among themselves is in it: notes, reasons and names of who looked at it stay inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from routing.cases.cases import history
from routing.cases.conversations import find_message
from routing.cases.models import INITIATOR, STAFF, Case, CaseEvent
from routing.cases.states import CaseAction

SHOWN: Mapping[str, str] = MappingProxyType(
    {
        "received": "received",
        CaseAction.PICK_UP.value: "picked_up",
        CaseAction.ASK_RESIDENT.value: "asked",
        CaseAction.ANSWER.value: "answered",
        CaseAction.TRANSFER.value: "passed_on",
        CaseAction.CLOSE.value: "closed",
        CaseAction.REOPEN.value: "open_again",
        "message": "told",
        "partner_said": "told",
        "resident_said": "added",
        CaseAction.RESIDENT_REPLIES.value: "added",
        "contact_erased": "contact_erased",
        "words_erased": "words_erased",
    }
)
"""Kinds of history that are meant for the resident, with the name under which they read it."""


@dataclass(frozen=True)
class Said:
    """Words that were exchanged about the case."""

    by: str
    """One of the senders of messages."""
    text: str
    language: str | None
    name: str
    """Of the member of staff; empty for the resident."""
    role: str
    at: datetime


@dataclass(frozen=True)
class Step:
    """One thing that happened, under the name by which the resident reads it."""

    name: str
    at: datetime


@dataclass(frozen=True)
class Story:
    """A case as its resident sees it, oldest first."""

    steps: tuple[Step, ...]
    said: tuple[Said, ...]


def story_of(session: Session, case: Case) -> Story:
    """What happened to a case and what was said about it, for its resident."""
    events = history(session, case)
    steps = [step for event in events if (step := _step(event)) is not None]
    said = [words for event in events if (words := _said(session, case, event)) is not None]
    return Story(tuple(_once(steps)), tuple(said))


def _step(event: CaseEvent) -> Step | None:
    if event.kind == "resident_answered":
        return Step("solved" if event.data.get("solved") else "not_solved", event.created_at)
    name = SHOWN.get(event.kind)
    if event.kind == CaseAction.RESIDENT_REPLIES.value and not event.data.get("message"):
        # It came of something else that the resident did, which has a line of its own.
        return None
    return Step(name, event.created_at) if name else None


def _once(steps: list[Step]) -> list[Step]:
    """Without the repeats of a talk back and forth: the same again right away says nothing new."""
    return [step for place, step in enumerate(steps) if not place or steps[place - 1].name != step.name]


def _said(session: Session, case: Case, event: CaseEvent) -> Said | None:
    number = event.data.get("message")
    if number is None or case.conversation_id is None:
        return None
    message = find_message(session, case.conversation_id, number)
    if message is None or message.sender not in (STAFF, INITIATOR):
        return None
    author = message.author or {}
    return Said(
        message.sender,
        message.text,
        message.language,
        author.get("name", ""),
        author.get("role", ""),
        message.created_at,
    )
