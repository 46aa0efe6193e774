"""What the chat holds of a resident: shown to them, and erased when they ask for it.

The conversation itself is the proof (only its resident has the token); a case that was opened with number and
code counts as theirs as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from routing.cases.cases import Actor, contact_of, erase_contact, find_case, record
from routing.cases.conversations import find_conversation, messages_since
from routing.cases.desk_models import CaseVector
from routing.cases.feedback import withdraw_consent
from routing.cases.models import INITIATOR, Case, Message
from routing.cases.states import OPEN_STATES
from routing.handoff.own_case import case_json

ERASED = "[-]"
"""Stands where a resident's words stood."""


@dataclass(frozen=True)
class Held:
    """What is kept of somebody."""

    messages: int
    since: datetime
    contact: Mapping[str, str | None]
    cases: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As the card of the chat shows it."""
        return {
            "berichten": self.messages,
            "sinds": self.since.isoformat(),
            "contact": dict(self.contact),
            "zaken": list(self.cases),
        }


def held_of(session: Session, conversation_id: str, opened: str | None = None) -> Held:
    """A summary of what is kept; `opened` is a case that was opened with number and code.

    Raises:
        LookupError: there is no such conversation.
    """
    conversation = find_conversation(session, conversation_id)
    if conversation is None:
        raise LookupError(conversation_id)
    cases = cases_of(session, conversation_id, opened)
    count = select(func.count()).where(Message.conversation_id == conversation_id)
    contact = next(filter(None, (contact_of(session, case) for case in cases)), None)
    known = {"name": contact.name, "email": contact.email, "phone": contact.phone} if contact else {}
    return Held(session.scalar(count) or 0, conversation.created_at, known, tuple(c.reference for c in cases))


def export_of(session: Session, conversation_id: str) -> dict[str, Any]:
    """The copy of a conversation that its resident takes along: its messages word for word, and its cases.

    `docs/conversation.md` says what is in it and what is not.

    Raises:
        LookupError: there is no such conversation.
    """
    conversation = find_conversation(session, conversation_id)
    if conversation is None:
        raise LookupError(conversation_id)
    return {
        "gesprek": {
            "id": conversation.id,
            "taal": conversation.language,
            "begonnen": conversation.created_at.isoformat(),
        },
        "berichten": [
            {"id": m.number, "van": m.sender, "tekst": m.text, "tijd": m.created_at.isoformat()}
            for m in messages_since(session, conversation_id, 0)
        ],
        "zaken": [case_json(session, case) for case in cases_of(session, conversation_id)],
    }


def erase_of(session: Session, conversation_id: str, opened: str | None, now: datetime) -> list[str]:
    """Erases contact details, and the resident's words in cases that are done; the cases that stay open.

    A partner still works on an open case: its plan stays, without the person, and is not learned from. The
    messages go with `erase_words` of `routing.cases.conversations`, in the commit that ends the turn.
    """
    open_ones = []
    for case in cases_of(session, conversation_id, opened):
        withdraw_consent(session, case)
        if contact_of(session, case) is not None:
            erase_contact(session, case, actor=Actor(INITIATOR), now=now)
        if case.state in OPEN_STATES:
            open_ones.append(case.reference)
        elif case.plan != ERASED:
            _blank(case, now)
            # What the plan was about can be read from its vector too.
            session.execute(delete(CaseVector).where(CaseVector.case_id == case.id))
            record(session, case, "words_erased", actor=Actor(INITIATOR), now=now)
    return open_ones


def cases_of(session: Session, conversation_id: str, opened: str | None = None) -> list[Case]:
    """The cases of a conversation, and the one that was opened with its code; oldest first."""
    own = select(Case).where(Case.conversation_id == conversation_id).order_by(Case.id)
    found = list(session.scalars(own))
    other = find_case(session, opened) if opened else None
    return found if other is None or other in found else [*found, other]


def _blank(case: Case, now: datetime) -> None:
    """Takes the resident's own words out; role, goals and dates stay, to account for what was done."""
    case.plan = ERASED
    case.role_evidence = None
    case.goals = [{**goal, "evidence": ""} for goal in case.goals]
    case.parties = case.help = case.phase = None
    case.updated_at = now
