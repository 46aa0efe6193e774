"""What a resident does with a case from the chat: add something, say how it went, rate it.

Each step is safe to repeat: `key` names the message that asked for it, and the same key does nothing twice.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.cases import conversations
from routing.cases.cases import Actor, move, record
from routing.cases.models import INITIATOR, Case, CaseEvent
from routing.cases.states import OPEN_STATES, CaseAction, CaseState
from routing.catalogue import Catalogue
from routing.handoff import letters
from routing.handoff.solved import open_again, tell_how_it_goes

SCORES = (1, 2, 3, 4, 5)
HELP, TALK = "help", "talk"
"""What a figure is about: the help with the plan, or the conversation in which it was told."""
RESIDENT = Actor(INITIATOR)


def add_information(
    session: Session,
    catalogue: Catalogue,
    case: Case,
    text: str,
    *,
    conversation_id: str,
    key: str,
    now: datetime,
) -> bool:
    """Puts what a resident adds with the case and tells the owner; True when that opened the case again.

    What was said in another conversation than that of the case is put there too, so that the owner reads it
    where they read everything.
    """
    if _done(session, case, key):
        return False
    data: dict[str, object] = {"key": key}
    if case.conversation_id is not None and case.conversation_id != conversation_id:
        message, _ = conversations.receive(session, case.conversation_id, client_id=key, text=text, now=now)
        # It is for the owner; the chatbot has nothing to say to it.
        message.answered_at = message.answered_at or now
        data["message"] = message.number
    record(session, case, "resident_said", actor=RESIDENT, now=now, data=data)
    if case.state not in OPEN_STATES:
        open_again(session, catalogue, case, RESIDENT, now, text=text, asked="chat")
        return True
    if case.state is CaseState.WAITING_FOR_RESIDENT:
        move(session, case, CaseAction.RESIDENT_REPLIES, actor=RESIDENT, now=now)
    letters.to_owner(
        session, catalogue, case, "owner_resident_said", f"{case.reference}.owner.added.{key}", now, text=text
    )
    return False


def tell_solved(
    session: Session,
    catalogue: Catalogue,
    case: Case,
    *,
    solved: bool,
    key: str,
    now: datetime,
    text: str = "",
) -> None:
    """Keeps whether it is solved, with what is said about it; not solved opens a finished case again."""
    asked = f"chat:{key}"
    if not _done(session, case, asked, name="asked"):
        tell_how_it_goes(
            session, catalogue, case, solved=solved, text=text, asked=asked, now=now, client_id=f"told-{key}"
        )


def rate(session: Session, case: Case, score: int, *, key: str, now: datetime, about: str = HELP) -> None:
    """Keeps how content the resident is, as a figure from 1 to 5.

    Raises:
        ValueError: the figure is no such one.
    """
    if score not in SCORES:
        raise ValueError(f"a score is one of {SCORES}, not {score}")
    if not _done(session, case, key):
        data = {"key": key, "score": score, "about": about}
        record(session, case, "satisfaction", actor=RESIDENT, now=now, data=data)


def rate_talk(session: Session, conversation_id: str, score: int, *, now: datetime) -> int | None:
    """Keeps how a conversation went with the newest case of it, once; the score that is kept.

    None when the conversation has no case. Raises ValueError as `rate` does.
    """
    # Locked, so that two tabs at once still give one figure.
    newest = select(Case).where(Case.conversation_id == conversation_id).order_by(Case.id.desc()).limit(1)
    case = session.scalar(newest.with_for_update())
    if case is None:
        return None
    key = f"{TALK}-{case.reference}"
    rate(session, case, score, key=key, now=now, about=TALK)
    events = session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id))
    return next(event.data["score"] for event in events if event.data.get("key") == key)


def _done(session: Session, case: Case, key: str, name: str = "key") -> bool:
    events = session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id))
    return any(event.data.get(name) == key for event in events)
