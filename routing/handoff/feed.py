"""Draws the consequences of new lines in the history, whoever wrote them: each once, in one commit.

The history is written by the chat, the desk, reply pages and clocks. What follows from a step (a webhook, the
question whether it is solved, a mail to a follower) is put into the outbox from here, so that nobody who
writes can forget it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from routing.cases.conversations import Utterance, append, find_by_client, lock, message_of
from routing.cases.live_tables import FeedCursor
from routing.cases.models import SYSTEM, Case, CaseEvent, OutboxItem
from routing.cases.states import CaseAction, CaseState
from routing.catalogue import Catalogue
from routing.handoff import letters, links, live
from routing.handoff.solved import NOT_SOLVED, SOLVED
from routing.handoff.steps import tell_followers
from routing.handoff.webhook import Receivers, announce_step
from routing.handoff.words import say

CURSOR = "steps"
ENDS = frozenset((CaseAction.CLOSE.value, CaseAction.TRANSFER.value))
"""Steps with which a partner may have no business in the conversation any more."""

AT_ONCE = 200
_OVERLAP = 500
_OVERLAP_TIME = timedelta(minutes=10)


@dataclass(frozen=True)
class Fed:
    """What a pass over the history did."""

    events: int = 0
    deliveries: int = 0
    conversations: tuple[str, ...] = ()
    """Those that have a new message."""


def feed(session: Session, catalogue: Catalogue, receivers: Receivers, now: datetime) -> Fed:
    """Draws the consequences of the next events; the same again after a crash, by the same keys."""
    cursor = session.scalars(select(FeedCursor).where(FeedCursor.name == CURSOR).with_for_update()).one()
    events = _new_events(session, cursor.event_id, now)
    known = _known_keys(session, events)
    deliveries, talked = 0, []
    for event in events:
        case = session.get_one(Case, event.case_id)
        deliveries += announce_step(session, receivers, case.reference, event, now, known.__contains__)
        deliveries += tell_followers(session, catalogue, case, event, now)
        if event.kind in ENDS and event.id > cursor.event_id:
            _end_talk(session, catalogue, case, now, talked)
        if event.kind == CaseAction.CLOSE.value and case.state is CaseState.CLOSED:
            deliveries += _ask_whether_solved(session, catalogue, case, event, now, talked)
    fresh = [event.id for event in events if event.id > cursor.event_id]
    if fresh:
        cursor.event_id = max(fresh)
    return Fed(len(fresh), deliveries, tuple(talked))


def _new_events(session: Session, after: int, now: datetime) -> list[CaseEvent]:
    """The events behind the cursor; on PostgreSQL the latest ones before it too.

    There numbers are handed out before the commit, so one may appear behind a higher one. SQLite has one
    writer at a time.
    """
    condition = CaseEvent.id > after
    if session.get_bind().dialect.name != "sqlite":
        late = (CaseEvent.id > after - _OVERLAP) & (CaseEvent.created_at > now - _OVERLAP_TIME)
        condition = or_(condition, late)
    query = select(CaseEvent).where(condition).order_by(CaseEvent.id)
    events = list(session.scalars(query.limit(AT_ONCE + _OVERLAP)))
    behind = [event for event in events if event.id <= after]
    return behind + [event for event in events if event.id > after][:AT_ONCE]


def _known_keys(session: Session, events: Iterable[CaseEvent]) -> set[str]:
    cases = {event.case_id for event in events}
    query = select(OutboxItem.key).where(OutboxItem.case_id.in_(cases), OutboxItem.channel == "webhook")
    return set(session.scalars(query)) if cases else set()


def _ask_whether_solved(
    session: Session, catalogue: Catalogue, case: Case, event: CaseEvent, now: datetime, talked: list[str]
) -> int:
    """Asks the resident, by mail and in the chat, whether closing the case has solved it."""
    key = f"{case.reference}.resident.solved-{event.id}"
    mail = letters.to_resident(
        session, catalogue, case, "resident_solved", key, now, purpose=links.SOLVED, subject=str(event.id)
    )
    if case.conversation_id is not None and _ask_in_chat(session, case, event, now):
        talked.append(case.conversation_id)
    return int(mail is not None)


def _end_talk(session: Session, catalogue: Catalogue, case: Case, now: datetime, talked: list[str]) -> None:
    """A chatbot that stays silent for a partner who has left would leave the resident alone."""
    if live.end_with_case(session, live.Desk(catalogue, now), case):
        talked.append(case.conversation_id)


def _ask_in_chat(session: Session, case: Case, event: CaseEvent, now: datetime) -> bool:
    conversation = lock(session, case.conversation_id)
    client_id = f"solved-{event.id}"
    if find_by_client(session, conversation.id, client_id) is not None:
        return False
    language = conversation.language
    buttons = (
        {"title": say(language, "button_solved"), "payload": f"{SOLVED}:{case.reference}"},
        {"title": say(language, "button_not_solved"), "payload": f"{NOT_SOLVED}:{case.reference}"},
    )
    text = say(language, "ask_solved", reference=case.reference)
    asked = Utterance(text, sender=SYSTEM, buttons=buttons, language=language)
    append(session, conversation, [message_of(asked, client_id=client_id)], now)
    return True
