"""Conversations and their numbered messages: what the chat, the desk and the event stream read."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from routing.cases import dialogue
from routing.cases.columns import storable
from routing.cases.models import CHATBOT, INITIATOR, Conversation, Message

_TOKEN_BYTES = 12


class UnknownConversation(LookupError):
    """There is no conversation with this id."""


class UnknownMessage(LookupError):
    """There is no inbound message with this number in the conversation."""


@dataclass(frozen=True)
class Utterance:
    """One message to be said.

    Buttons are dicts with `title` and `payload`; an opaque `token` is added where there is none.
    """

    text: str
    sender: str = CHATBOT
    buttons: Sequence[Mapping[str, Any]] = ()
    card: Mapping[str, Any] | None = None
    language: str | None = None
    author: Mapping[str, Any] | None = None
    """Who it was, for what staff said: `id`, `name` and `role`."""


def start_conversation(
    session: Session, *, id: str, token_hash: str, language: str, now: datetime
) -> Conversation:
    """Adds an empty conversation; the caller made the id and the token, of which only the hash is kept."""
    conversation = Conversation(
        id=id, token_hash=token_hash, language=language, last_number=0, created_at=now, updated_at=now
    )
    session.add(conversation)
    session.flush()
    return conversation


def find_conversation(session: Session, id: str) -> Conversation | None:
    """The conversation with this id, if there is one."""
    return session.scalar(select(Conversation).where(Conversation.id == id))


def speak(session: Session, conversation_id: str, language: str) -> None:
    """Notes the language in which the conversation goes on."""
    conversation = find_conversation(session, conversation_id)
    if conversation is not None and conversation.language != language:
        conversation.language = language


def receive(
    session: Session,
    conversation_id: str,
    *,
    client_id: str | None,
    text: str,
    payload: str | None = None,
    now: datetime,
) -> tuple[Message, bool]:
    """Stores what the resident sent; the same `client_id` again gives the stored message and False.

    While a partner speaks the message is theirs: the chatbot has nothing to answer any more.

    Raises:
        UnknownConversation: nothing was stored.
    """
    conversation = lock(session, conversation_id)
    stored = find_by_client(session, conversation_id, client_id)
    if stored is not None:
        return stored, False
    message = Message(
        sender=INITIATOR,
        text=text,
        language=conversation.language,
        payload=payload,
        client_id=client_id,
        answered_at=now if conversation.speaker_id is not None else None,
    )
    append(session, conversation, [message], now)
    return message, True


def record_turn(
    session: Session,
    conversation_id: str,
    inbound_number: int | None,
    utterances: Sequence[Utterance],
    now: datetime,
) -> list[Message]:
    """Stores what the chatbot, staff or the system said, and marks the inbound message as answered.

    When the inbound message was answered before, nothing is stored and the earlier answers come back.
    No utterances: the message needs no answer (a person has taken over, say).

    Raises:
        UnknownConversation, UnknownMessage: nothing was stored.
    """
    conversation = lock(session, conversation_id)
    if inbound_number is not None:
        inbound = _inbound(session, conversation_id, inbound_number)
        if inbound.answered_at is not None:
            return answers_to(session, conversation_id, inbound_number)
        inbound.answered_at = now
    messages = [message_of(utterance, inbound_number) for utterance in utterances]
    append(session, conversation, messages, now)
    return messages


def answers_to(session: Session, conversation_id: str, inbound_number: int) -> list[Message]:
    """The messages that answered this one, in order."""
    return _messages(session, conversation_id, Message.answers == inbound_number)


def messages_since(session: Session, conversation_id: str, after: int) -> list[Message]:
    """All messages with a higher number than `after`, in order."""
    return _messages(session, conversation_id, Message.number > after)


def unanswered(session: Session) -> list[Message]:
    """Inbound messages of all conversations whose turn was never finished, oldest first."""
    query = (
        select(Message)
        .where(Message.answered_at.is_(None), Message.sender == INITIATOR)
        .order_by(Message.created_at, Message.conversation_id, Message.number)
    )
    return list(session.scalars(query))


def find_message(session: Session, conversation_id: str, number: int) -> Message | None:
    """The message with this number, if there is one."""
    return session.get(Message, (conversation_id, number))


def find_by_client(session: Session, conversation_id: str, client_id: str | None) -> Message | None:
    """The message that was sent with this client id, if there is one."""
    if client_id is None:
        return None
    return session.scalar(
        select(Message).where(Message.conversation_id == conversation_id, Message.client_id == client_id)
    )


def find_button(session: Session, conversation_id: str, token: str) -> Mapping[str, Any] | None:
    """The button (title, payload, token) with this token, if this conversation ever showed it."""
    query = (
        select(Message.buttons)
        .where(Message.conversation_id == conversation_id, Message.sender != INITIATOR)
        .order_by(Message.number.desc())
    )
    for buttons in session.scalars(query):
        for button in buttons:
            if button["token"] == token:
                return button
    return None


def erase_conversation(session: Session, conversation_id: str) -> None:
    """Erases a conversation with its messages and dialogue state; a case of it stays, without the link."""
    dialogue.drop(session, conversation_id)
    session.execute(delete(Conversation).where(Conversation.id == conversation_id))


def erase_words(session: Session, conversation_id: str, before: int) -> None:
    """Erases the messages before this number and the dialogue state; what comes after may still be read.

    The conversation stays, so that its resident can go on in it; its numbers are not used again.
    """
    dialogue.drop(session, conversation_id)
    session.execute(
        delete(Message).where(Message.conversation_id == conversation_id, Message.number < before)
    )


def lock(session: Session, conversation_id: str) -> Conversation:
    """The conversation, locked until the transaction ends: whoever holds it hands out numbers.

    Raises:
        UnknownConversation: there is none with this id.
    """
    conversation = session.scalar(
        select(Conversation)
        .where(Conversation.id == conversation_id)
        # Not the key: a case may refer to the conversation meanwhile.
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if conversation is None:
        raise UnknownConversation(conversation_id)
    return conversation


def _inbound(session: Session, conversation_id: str, number: int) -> Message:
    message = session.get(Message, (conversation_id, number), populate_existing=True)
    if message is None or message.sender != INITIATOR:
        raise UnknownMessage(f"{conversation_id}: no inbound message {number}")
    return message


def message_of(utterance: Utterance, answers: int | None = None, client_id: str | None = None) -> Message:
    """The message that says this; it gets its number from `append`."""
    buttons = [{"token": secrets.token_urlsafe(_TOKEN_BYTES), **button} for button in utterance.buttons]
    return Message(
        sender=utterance.sender,
        text=utterance.text,
        language=utterance.language,
        buttons=buttons,
        card=dict(utterance.card) if utterance.card is not None else None,
        author=dict(utterance.author) if utterance.author is not None else None,
        answers=answers,
        client_id=client_id,
    )


def append(session: Session, conversation: Conversation, messages: Sequence[Message], now: datetime) -> None:
    """Adds messages with the next numbers; the caller holds the lock on the conversation."""
    for number, message in enumerate(messages, start=conversation.last_number + 1):
        message.conversation_id, message.number, message.created_at = conversation.id, number, now
        # As the database will give it back, so that a first answer and a repeat compare equal.
        message.text, message.buttons = storable(message.text), message.buttons or []
        session.add(message)
    conversation.last_number += len(messages)
    conversation.updated_at = now
    session.flush()


def _messages(session: Session, conversation_id: str, condition: Any) -> list[Message]:
    query = select(Message).where(Message.conversation_id == conversation_id, condition)
    return list(session.scalars(query.order_by(Message.number)))
