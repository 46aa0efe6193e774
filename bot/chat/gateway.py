"""The public face: takes a resident's words in, has them answered, and gives every message out in order."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy.orm import Session

from bot.chat import problems
from bot.chat.inbound import Answering, Inbound
from bot.chat.masking import Masks, mask
from bot.chat.problems import FieldError, Problem
from bot.chat.progress import progress_of
from routing.backoffice import Backoffice
from routing.cases import conversations, dialogue
from routing.cases.columns import storable
from routing.cases.conversations import Utterance
from routing.cases.database import reading, unit_of_work
from routing.cases.models import Conversation, Message
from routing.cases.speaking import speaker_of
from routing.errors import where
from routing.handoff import afterwards, links, live, own_data
from routing.handoff.hub import PARTNER, RESIDENT, Hub

CHATBOT_SPEAKS = {"wie": "chatbot"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Incoming:
    """A valid request of a resident: free text, or the token of a button."""

    client_id: str
    text: str = ""
    choice: str | None = None


Key = tuple[str, str]
"""Id and token of a conversation."""


@dataclass(frozen=True)
class Opened:
    """A new conversation. The token is shown once and kept only as a hash."""

    id: str
    token: str
    messages: list[dict[str, Any]]


@dataclass(frozen=True)
class Standing:
    """How a conversation stands: who speaks, and how far the plan is where one is being told."""

    speaks: dict[str, Any]
    progress: dict[str, Any] | None = None


class Gateway:
    """Conversations of residents with the assistant."""

    def __init__(
        self, backoffice: Backoffice, hub: Hub, after_turn: Callable[[], None] = lambda: None
    ) -> None:
        """``after_turn`` is called when a turn may have put mail into the outbox."""
        self._backoffice = backoffice
        self._hub = hub
        self._after_turn = after_turn
        self._assistant: Answering | None = None
        self._recovered = False
        # One message of a conversation at a time; a lock lives as long as somebody waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def attach(self, assistant: Answering) -> int:
        """From now on this assistant answers, first of all what a crash left without an answer.

        Returns the number of messages answered.
        """
        self._assistant = assistant
        waiting = await self._read(conversations.unanswered)
        for message in waiting:
            async with self._lock(message.conversation_id):
                await self._answer(message)
        self._recovered = True
        return len(waiting)

    def check_ready(self) -> None:
        """Raises Problem `not_ready` while the assistant is still being loaded."""
        if not self._recovered:
            raise Problem("not_ready", headers={"Retry-After": "2"})

    async def open(self, language: str | None, key: Key | None = None) -> Opened:
        """Start a conversation and say the first words.

        With a `key` of its own it can be asked for twice: the second time gives what the first time made.
        """
        identifier, token = key or (str(uuid.uuid4()), secrets.token_urlsafe(32))
        async with self._lock(identifier):
            if key is None or not await self._read(lambda s: conversations.find_conversation(s, identifier)):
                await self._start(identifier, token, language)
            if not await self.since(identifier, 0):
                await self._assistant.open(identifier, language)
        return Opened(identifier, token, await self.since(identifier, 0))

    async def _start(self, identifier: str, token: str, language: str | None) -> None:
        await self._store(
            lambda session: conversations.start_conversation(
                session,
                id=identifier,
                token_hash=_hash(token),
                language=language or "nl",
                now=self._backoffice.clock(),
            )
        )

    async def authorise(self, conversation_id: str, token: str, own: bool = False) -> None:
        """Raises Problem when the conversation does not exist or the token does not open it.

        A link in a mail opens it as well, unless only its `own` token will do.
        """

        def read(session: Session) -> bool | None:
            conversation = conversations.find_conversation(session, conversation_id)
            if conversation is None:
                return None
            is_own = hmac.compare_digest(conversation.token_hash, _hash(token))
            return is_own or (not own and links.opens(session, conversation_id, token))

        known = await self._read(read)
        if known is None:
            raise Problem("not_found")
        if not known:
            raise Problem("unauthorised", headers={"WWW-Authenticate": "Bearer"})

    async def send(self, conversation_id: str, incoming: Incoming) -> list[dict[str, Any]]:
        """Store a message, answer it, and give the answers; the same client id gives the same answers."""
        async with self._lock(conversation_id):
            message = await self._receive(conversation_id, incoming)
            self._hub.publish(conversation_id)
            return await self._answer(message)

    async def since(self, conversation_id: str, after: int) -> list[dict[str, Any]]:
        """All messages behind the number ``after``, oldest first."""
        messages = await self._read(lambda s: conversations.messages_since(s, conversation_id, after))
        return [self._shown(m) for m in messages]

    async def standing(self, conversation_id: str) -> Standing:
        """Who speaks to the resident now, and how far the plan is, as the API says both."""

        def read(session: Session) -> Standing:
            conversation = conversations.find_conversation(session, conversation_id)
            speaker = speaker_of(conversation) if conversation else None
            if speaker is None:
                progress = progress_of(dialogue.load_snapshot(session, conversation_id))
                return Standing(CHATBOT_SPEAKS, progress)
            there = conversation.speaker_lost_at is None
            shown = self._author(speaker.as_json(), conversation.language)
            return Standing({"wie": "medewerker", **shown, "verbonden": there})

        return await self._read(read)

    async def speaks(self, conversation_id: str) -> dict[str, Any]:
        """Who speaks to the resident now: the chatbot, or a member of staff."""
        return (await self.standing(conversation_id)).speaks

    async def progress(self, conversation_id: str) -> dict[str, Any] | None:
        """How far the plan in this conversation is; None while none is told, or a person speaks."""
        return (await self.standing(conversation_id)).progress

    async def rate(self, conversation_id: str, score: int) -> int:
        """Keeps how the conversation went with the case that came of it; the score that counts is the first.

        Raises Problem `no_case` when there is no case to keep it with.
        """
        now = self._backoffice.clock()
        rated = await self._store(
            lambda session: afterwards.rate_talk(session, conversation_id, score, now=now)
        )
        if rated is None:
            raise Problem("no_case")
        return rated

    async def held(self, conversation_id: str) -> dict[str, Any]:
        """The copy of what is kept of the conversation, for its resident."""
        return await self._read(lambda session: own_data.export_of(session, conversation_id))

    async def erase(self, conversation_id: str) -> list[str]:
        """Erases it in one commit. Returns the cases that stay open, without their person."""

        def write(session: Session) -> list[str]:
            conversation = conversations.lock(session, conversation_id)
            kept = own_data.erase_of(session, conversation_id, None, self._backoffice.clock())
            conversations.erase_words(session, conversation_id, conversation.last_number + 1)
            return kept

        async with self._lock(conversation_id):
            kept = await self._store(write)
            await self._assistant.forget(conversation_id)
        self._hub.publish(conversation_id)
        return kept

    def typing(self, conversation_id: str) -> None:
        """The resident is typing: whoever has the conversation open at the desk sees it."""
        self._hub.signal(conversation_id, RESIDENT, {"kind": "typing"})

    async def _receive(self, conversation_id: str, incoming: Incoming) -> Message:
        payload, text = None, storable(masked(incoming.text))
        if incoming.choice is not None:
            payload, text = await self._choice(conversation_id, incoming.choice)
        message, _ = await self._store(
            lambda session: live.resident_said(
                session,
                live.Desk(self._backoffice.catalogue, self._backoffice.clock()),
                conversation_id,
                client_id=incoming.client_id,
                text=text,
                payload=payload,
                partner_there=self._hub.connected(conversation_id, PARTNER),
            )
        )
        if (message.text, message.payload) != (text, payload):
            raise Problem("invalid", (FieldError("clientId", "client_id_reused"),))
        return message

    async def _choice(self, conversation_id: str, token: str) -> tuple[str, str]:
        """Payload and title of a button that this conversation was shown."""
        button = await self._read(lambda s: conversations.find_button(s, conversation_id, token))
        if button is None:
            raise Problem("invalid", (FieldError("keuze", "choice"),))
        return button["payload"], button["title"]

    async def _answer(self, message: Message) -> list[dict[str, Any]]:
        answers = await self._answers(message)
        if answers is None:
            await self._turn(message)
            answers = await self._answers(message) or []
        self._hub.publish(message.conversation_id)
        return [self._shown(m) for m in answers]

    async def _answers(self, message: Message) -> list[Message] | None:
        """The stored answers; None while the message was not handled yet."""
        key = (message.conversation_id, message.number)

        def read(session: Session) -> list[Message] | None:
            stored = conversations.find_message(session, *key)
            return conversations.answers_to(session, *key) if stored and stored.answered_at else None

        return await self._read(read)

    async def _turn(self, message: Message) -> None:
        """Have the assistant answer. When it fails the resident hears so, and nothing internal."""
        if await self._silent(message):
            return
        try:
            await self._assistant.handle(
                message.conversation_id, Inbound(message.number, message.text, message.payload)
            )
        except Exception as error:
            # Only the kind of error: its text may hold what a resident typed.
            log.error("a turn failed: %s", where(error))
            await self._apologise(message)
        self._after_turn()

    async def _silent(self, message: Message) -> bool:
        """Whether a partner has taken over since the message came in; then it is theirs to answer."""

        def write(session: Session) -> bool:
            conversation = conversations.lock(session, message.conversation_id)
            if conversation.speaker_id is None:
                return False
            conversations.record_turn(
                session, message.conversation_id, message.number, (), self._backoffice.clock()
            )
            return True

        spoken_for = await self._read(lambda s: _is_spoken_for(s, message.conversation_id))
        return spoken_for and await self._store(write)

    async def _apologise(self, message: Message) -> None:
        def write(session: Session) -> None:
            conversation = conversations.find_conversation(session, message.conversation_id)
            language = conversation.language if conversation else "nl"
            phone = self._backoffice.catalogue.municipality.phone
            sorry = Utterance(
                problems.text(language, "failed", phone=phone), sender="systeem", language=language
            )
            conversations.record_turn(
                session, message.conversation_id, message.number, [sorry], self._backoffice.clock()
            )

        await self._store(write)

    def _shown(self, message: Message) -> dict[str, Any]:
        """A message as the API shows it, with the name and role of staff in its own language."""
        shown = as_json(message)
        author = message.author
        return shown | {"wie": self._author(author, message.language or "nl")} if author else shown

    def _author(self, author: dict[str, Any], language: str) -> dict[str, str]:
        role = self._backoffice.catalogue.roles.get(author["role"])
        return {
            "naam": author["name"],
            "rol": author["role"],
            "rolNaam": role.name.in_(language) if role else "",
        }

    def _lock(self, conversation_id: str) -> asyncio.Lock:
        lock = self._locks.get(conversation_id)
        if lock is None:
            lock = self._locks[conversation_id] = asyncio.Lock()
        return lock

    async def _store(self, work: Callable[[Session], Any]) -> Any:
        """Do work that writes, off the event loop, in one commit."""
        return await asyncio.to_thread(self._within, unit_of_work, work)

    async def _read(self, work: Callable[[Session], Any]) -> Any:
        """Do work that only reads, off the event loop; it waits for no writer."""
        return await asyncio.to_thread(self._within, reading, work)

    def _within(self, transaction: Callable[..., Any], work: Callable[[Session], Any]) -> Any:
        with transaction(self._backoffice.engine) as session:
            return work(session)


def masked(text: str) -> str:
    """A text that somebody typed, without citizen service numbers and account numbers."""
    masks = Masks(bsn=problems.text("nl", "masked_bsn"), iban=problems.text("nl", "masked_iban"))
    return mask(text, masks)


def _is_spoken_for(session: Session, conversation_id: str) -> bool:
    conversation: Conversation | None = conversations.find_conversation(session, conversation_id)
    return conversation is not None and conversation.speaker_id is not None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def as_json(message: Message) -> dict[str, Any]:
    """A message as the API shows it; what a button stands for stays with us."""
    return {
        "id": message.number,
        "van": message.sender,
        "tekst": message.text,
        "taal": message.language,
        "knoppen": [{"titel": b["title"], "keuze": b["token"]} for b in message.buttons or ()],
        "kaart": message.card,
        "clientId": message.client_id,
        "tijd": message.created_at.isoformat().replace("+00:00", "Z"),
    }
