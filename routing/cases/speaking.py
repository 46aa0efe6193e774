"""Who speaks in a conversation: the chatbot, or a partner who has taken it over.

Every function here may be asked twice: with a client id that is known nothing happens again.
All of them hold the lock on the conversation, so resident, chatbot and partner share one numbered order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.cases.conversations import Utterance, append, find_by_client, lock, message_of
from routing.cases.models import CHATBOT, STAFF, Conversation, Message


@dataclass(frozen=True)
class Speaker:
    """A partner in a conversation: id in the catalogue, name and role as the resident sees them."""

    id: str
    name: str
    role: str

    def as_json(self) -> dict[str, str]:
        """As the store keeps it with a message."""
        return asdict(self)


class SpokenFor(Exception):
    """Another partner speaks in this conversation."""

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker
        super().__init__(f"{speaker.id} speaks already")


class NotSpeaking(Exception):
    """This partner does not speak in this conversation (any more)."""


def speaker_of(conversation: Conversation) -> Speaker | None:
    """The partner who speaks; None while it is the chatbot."""
    if conversation.speaker_id is None:
        return None
    return Speaker(conversation.speaker_id, conversation.speaker_name, conversation.speaker_role)


def take_over(
    session: Session,
    conversation_id: str,
    speaker: Speaker,
    notice: Utterance,
    *,
    client_id: str,
    now: datetime,
    instead: bool = False,
) -> list[Message]:
    """From now on the partner speaks and the chatbot is silent; a turn that it had begun is still finished.

    Returns the new messages: the notice, or none when this partner speaks already. `instead` lets the
    partner replace another one.

    Raises:
        SpokenFor: another partner speaks.
        UnknownConversation: there is none with this id.
    """
    conversation = lock(session, conversation_id)
    if find_by_client(session, conversation_id, client_id) is not None:
        return []
    present = speaker_of(conversation)
    if present is not None and present.id != speaker.id and not instead:
        raise SpokenFor(present)
    _put(conversation, speaker, now)
    if present is not None and present.id == speaker.id:
        return []
    return _say(session, conversation, [notice], now, client_id)


def give_back(
    session: Session,
    conversation_id: str,
    notices: Sequence[Utterance],
    *,
    client_id: str | None,
    now: datetime,
    partner_id: str | None = None,
    answers: int | None = None,
) -> list[Message]:
    """The chatbot speaks again; its own state of the dialogue is as it was.

    Returns the new messages; none when it speaks already. `partner_id` is who gives it back, None when the
    resident or the clock decides; `answers` is the message that asked for it.

    Raises:
        NotSpeaking: another partner speaks by now.
        UnknownConversation: there is none with this id.
    """
    conversation = lock(session, conversation_id)
    if find_by_client(session, conversation_id, client_id) is not None:
        return []
    present = speaker_of(conversation)
    if present is None:
        return []
    if partner_id not in (None, present.id):
        raise NotSpeaking(f"{present.id} speaks, not {partner_id}")
    _put(conversation, None, now)
    return _say(session, conversation, notices, now, client_id, answers)


def partner_says(
    session: Session, conversation_id: str, speaker: Speaker, text: str, *, client_id: str, now: datetime
) -> tuple[Message, bool]:
    """Stores what a partner said, whoever speaks; the same `client_id` again gives that message and False.

    Raises:
        UnknownConversation: nothing was stored.
    """
    conversation = lock(session, conversation_id)
    if (stored := find_by_client(session, conversation_id, client_id)) is not None:
        return stored, False
    if conversation.speaker_id == speaker.id:
        conversation.speaker_seen_at = now
    said = Utterance(text, sender=STAFF, language=conversation.language, author=speaker.as_json())
    return _say(session, conversation, [said], now, client_id)[0], True


def heard_of(session: Session, conversation_id: str, partner_id: str, now: datetime) -> bool:
    """Notes that the speaking partner's page is alive; True when the resident had been told it was not.

    Raises:
        UnknownConversation: there is none with this id.
    """
    conversation = lock(session, conversation_id)
    if conversation.speaker_id != partner_id:
        return False
    was_lost = conversation.speaker_lost_at is not None
    conversation.speaker_seen_at, conversation.speaker_lost_at = now, None
    return was_lost


def lost_since(session: Session, moment: datetime) -> list[Conversation]:
    """Conversations whose speaking partner was not heard of since then, and whose resident was not told."""
    query = select(Conversation).where(
        Conversation.speaker_id.is_not(None),
        Conversation.speaker_lost_at.is_(None),
        Conversation.speaker_seen_at < moment,
    )
    return list(session.scalars(query))


def lost_for(session: Session, moment: datetime) -> list[Conversation]:
    """Conversations whose resident was told at or before that moment that the partner is gone."""
    query = select(Conversation).where(
        Conversation.speaker_id.is_not(None), Conversation.speaker_lost_at <= moment
    )
    return list(session.scalars(query))


def note_lost(
    session: Session, conversation_id: str, notice: Utterance, *, since: datetime, now: datetime
) -> bool:
    """Tells the resident that the partner's connection is gone; False when that is no longer so."""
    conversation = lock(session, conversation_id)
    seen = conversation.speaker_seen_at
    if conversation.speaker_id is None or conversation.speaker_lost_at or (seen and seen >= since):
        return False
    conversation.speaker_lost_at = now
    _say(session, conversation, [notice], now)
    return True


def last_words(
    session: Session, conversation_id: str, *senders: str, before: int | None = None
) -> Message | None:
    """The newest message of one of these senders, before a number if one is given."""
    query = select(Message).where(Message.conversation_id == conversation_id, Message.sender.in_(senders))
    if before is not None:
        query = query.where(Message.number < before)
    return session.scalar(query.order_by(Message.number.desc()).limit(1))


def open_question(session: Session, conversation_id: str) -> Message | None:
    """What the chatbot asked last; its dialogue still waits for that, whatever was said to a partner."""
    asked = last_words(session, conversation_id, CHATBOT)
    if asked is None or not (asked.buttons or asked.text.rstrip().endswith("?")):
        return None
    return asked


def _put(conversation: Conversation, speaker: Speaker | None, now: datetime) -> None:
    conversation.speaker_id = speaker.id if speaker else None
    conversation.speaker_name = speaker.name if speaker else None
    conversation.speaker_role = speaker.role if speaker else None
    conversation.speaker_seen_at = now if speaker else None
    conversation.speaker_lost_at = None


def _say(
    session: Session,
    conversation: Conversation,
    utterances: Sequence[Utterance],
    now: datetime,
    client_id: str | None = None,
    answers: int | None = None,
) -> list[Message]:
    """Stores the messages; the first one carries the client id, by which a repeat is recognised."""
    messages = [
        message_of(said, answers, None if place else client_id) for place, said in enumerate(utterances)
    ]
    append(session, conversation, messages, now)
    return messages
