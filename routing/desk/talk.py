"""The conversation of a case as the desk shows it: who speaks, whether the resident is there, what is new."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from routing.cases.conversations import find_conversation, messages_since
from routing.cases.models import STAFF, Case, Message
from routing.cases.speaking import Speaker, speaker_of
from routing.desk.wording import Wording, actor

CHATBOT, SELF, OTHER = "chatbot", "self", "other"


@dataclass(frozen=True)
class Talk:
    """The state of a conversation for one account."""

    speaks: str
    """`chatbot`, `self` or `other`."""
    speaker_id: str
    """As whom the account would speak."""
    name: str
    """Of the partner who speaks; empty while it is the chatbot."""
    resident_there: bool
    last: int
    """The number of the newest message on the page."""
    form_id: str
    """Goes along with a form, so that one that is sent twice counts once."""


def talk_of(session: Session, case: Case, speaker: Speaker, *, resident_there: bool) -> Talk | None:
    """The state of the case's conversation; None when it has none (any more)."""
    conversation = find_conversation(session, case.conversation_id) if case.conversation_id else None
    if conversation is None:
        return None
    speaks, name = who_speaks(session, conversation.id, speaker)
    return Talk(speaks, speaker.id, name, resident_there, conversation.last_number, uuid.uuid4().hex)


def who_speaks(session: Session, conversation_id: str, speaker: Speaker) -> tuple[str, str]:
    """Who speaks, seen from this speaker, and the name of the partner if it is one."""
    conversation = find_conversation(session, conversation_id)
    now = speaker_of(conversation) if conversation else None
    if now is None:
        return CHATBOT, ""
    return (SELF if now.id == speaker.id else OTHER), now.name


def news(session: Session, wording: Wording, conversation_id: str, after: int) -> list[dict[str, Any]]:
    """The messages behind a number, as the page shows them."""
    return [_shown(session, wording, one) for one in messages_since(session, conversation_id, after)]


def _shown(session: Session, wording: Wording, message: Message) -> dict[str, Any]:
    author = message.author["name"] if message.sender == STAFF and message.author else None
    return {
        "nummer": message.number,
        "van": message.sender,
        "wie": author or actor(session, wording, message.sender, None),
        "tekst": message.text,
        "tijd": message.created_at.isoformat(),
        "moment": wording.moment(message.created_at),
        "formulier": message.client_id if message.sender == STAFF else None,
    }
