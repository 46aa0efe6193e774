"""What a resident says about how it went, in the chat or on a page; "not solved" opens a case again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from routing.cases.cases import Actor, move, record
from routing.cases.conversations import UnknownConversation, receive
from routing.cases.models import INITIATOR, Case, CaseEvent
from routing.cases.states import CaseAction, CaseState
from routing.catalogue import Catalogue
from routing.handoff import letters
from routing.handoff.promised import promised_for

SOLVED, NOT_SOLVED = "loket:solved", "loket:not-solved"
"""What the two buttons in the chat stand for, followed by a colon and the reference number."""


def tell_how_it_goes(
    session: Session,
    catalogue: Catalogue,
    case: Case,
    *,
    solved: bool,
    text: str,
    asked: str,
    now: datetime,
    client_id: str | None = None,
) -> CaseEvent:
    """Keeps what the resident says with the case, and tells the owner.

    Not solved opens an answered or closed case again, with a new promise. `asked` says to what this answers,
    such as `solved` or `follow_up:12`. Words go into the conversation; `client_id` keeps them from going
    there twice.
    """
    data: dict[str, object] = {"asked": asked, "solved": solved}
    if text and (number := _into_conversation(session, case, text, client_id, now)) is not None:
        data["message"] = number
    event = record(session, case, "resident_answered", actor=Actor(INITIATOR), now=now, data=data)
    if not solved and case.state in (CaseState.ANSWERED, CaseState.CLOSED):
        return open_again(session, catalogue, case, Actor(INITIATOR), now, text=text, asked=asked)
    if case.state is CaseState.WAITING_FOR_RESIDENT:
        move(session, case, CaseAction.RESIDENT_REPLIES, actor=Actor(INITIATOR), now=now)
    key = f"{case.reference}.owner.answered-{event.id}"
    letters.to_owner(
        session, catalogue, case, "owner_resident_answered", key, now, solved=solved, text=text or None
    )
    return event


def open_again(
    session: Session,
    catalogue: Catalogue,
    case: Case,
    actor: Actor,
    now: datetime,
    *,
    text: str = "",
    asked: str | None = None,
) -> CaseEvent:
    """Opens the case again: the clock starts anew, and the owner is told.

    Raises:
        ForbiddenTransition: the case is open.
    """
    case.result = None
    case.promised_for = promised_for(catalogue, now, case.role)
    data = {"promised_for": case.promised_for.isoformat(), "asked": asked}
    event = move(session, case, CaseAction.REOPEN, actor=actor, now=now, data=data)
    key = f"{case.reference}.owner.reopen-{event.id}"
    letters.to_owner(session, catalogue, case, "owner_reopened", key, now, text=text or None)
    return event


def _into_conversation(
    session: Session, case: Case, text: str, client_id: str | None, now: datetime
) -> int | None:
    if case.conversation_id is None:
        return None
    try:
        message, _ = receive(session, case.conversation_id, client_id=client_id, text=text, now=now)
    except UnknownConversation:
        return None
    # It is for the owner; the chatbot has nothing to say to it.
    message.answered_at = message.answered_at or now
    return message.number
