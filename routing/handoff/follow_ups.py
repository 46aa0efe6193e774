"""Follow-ups: on the planned day the resident is asked how it goes, by mail and in the chat."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.cases.cases import THE_SYSTEM, contact_of, record
from routing.cases.conversations import Utterance, append, find_by_client, lock, message_of
from routing.cases.desk_models import FOLLOWED_UP, PLANNED, FollowUp
from routing.cases.models import SYSTEM, Case
from routing.catalogue import Catalogue
from routing.handoff import letters, links
from routing.handoff.solved import NOT_SOLVED, SOLVED
from routing.handoff.words import say

_AT_ONCE = 100


def send_due(session: Session, catalogue: Catalogue, now: datetime) -> tuple[int, list[str]]:
    """Sends the follow-ups that are due; how many, and the conversations that have a new message."""
    today = catalogue.calendar.local(now).date()
    due = (
        select(FollowUp)
        .where(FollowUp.state == PLANNED, FollowUp.due_on <= today)
        .order_by(FollowUp.due_on, FollowUp.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    talked, sent = [], 0
    for planned in session.scalars(due).all():
        case = session.get_one(Case, planned.case_id)
        _ask(session, catalogue, case, planned, now)
        if _ask_in_chat(session, case, planned, now):
            talked.append(case.conversation_id)
        planned.state, planned.finished_at = FOLLOWED_UP, now
        record(session, case, "follow_up_sent", actor=THE_SYSTEM, now=now, data={"follow_up": planned.id})
        sent += 1
    return sent, talked


def _ask(session: Session, catalogue: Catalogue, case: Case, planned: FollowUp, now: datetime) -> None:
    contact = contact_of(session, case)
    if contact is not None and contact.email:
        letters.to_resident(
            session,
            catalogue,
            case,
            "resident_follow_up",
            f"{case.reference}.resident.follow-up-{planned.id}",
            now,
            purpose=links.FOLLOW_UP,
            subject=str(planned.id),
            text=planned.text,
        )
        return
    # Nobody to write to: then it is for the owner to call, or to look into the chat.
    key = f"{case.reference}.owner.follow-up-{planned.id}"
    letters.to_owner(session, catalogue, case, "owner_follow_up", key, now, text=planned.text)


def _ask_in_chat(session: Session, case: Case, planned: FollowUp, now: datetime) -> bool:
    if case.conversation_id is None:
        return False
    conversation = lock(session, case.conversation_id)
    client_id = f"follow-up-{planned.id}"
    if find_by_client(session, conversation.id, client_id) is not None:
        return False
    language = conversation.language
    subject = f"{case.reference}:{planned.id}"
    buttons = (
        {"title": say(language, "button_well"), "payload": f"{SOLVED}:{subject}"},
        {"title": say(language, "button_not_well"), "payload": f"{NOT_SOLVED}:{subject}"},
    )
    asked = Utterance(planned.text, sender=SYSTEM, buttons=buttons, language=language)
    append(session, conversation, [message_of(asked, client_id=client_id)], now)
    return True
