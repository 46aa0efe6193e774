"""A partner and a resident in one conversation: each step with its words, history and mail, in one commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.cases import conversations, speaking
from routing.cases.cases import THE_SYSTEM, Actor, find_case, move, record
from routing.cases.conversations import Utterance
from routing.cases.models import CHATBOT, INITIATOR, PARTNER, STAFF, SYSTEM, Case, Conversation, Message
from routing.cases.speaking import Speaker
from routing.cases.states import CaseAction, CaseState
from routing.catalogue import Catalogue
from routing.handoff import letters
from routing.handoff.solved import NOT_SOLVED, SOLVED, tell_how_it_goes
from routing.handoff.words import day_in_words, say

LET_BOT, LET_WAIT = "loket:chatbot", "loket:wait"
"""What the buttons of a notice stand for; the dialogue engine never sees them."""

GONE_AFTER = timedelta(minutes=30)
"""So long after that the chatbot takes the conversation back by itself."""

LOST_AFTER = timedelta(seconds=60)
"""So long without a sign of the speaking partner's page, and the resident is told."""


@dataclass(frozen=True)
class Desk:
    """What every step here needs: the catalogue, and the moment."""

    catalogue: Catalogue
    now: datetime


def speaker_for(catalogue: Catalogue, case: Case, partner_id: str) -> Speaker:
    """The partner as the resident sees them: in the role of the case where that is theirs.

    Raises:
        KeyError: the catalogue does not have the partner.
    """
    partner = catalogue.partners[partner_id]
    is_theirs = case.role in partner.roles or (case.owner_kind, case.owner_id) == (PARTNER, partner_id)
    return Speaker(partner.id, partner.name, case.role if is_theirs else partner.roles[0])


def take_over(
    session: Session, desk: Desk, case: Case, speaker: Speaker, *, client_id: str, instead: bool = False
) -> list[Message]:
    """The partner speaks from now on, and the owner has picked the case up with that; the new messages.

    Raises:
        SpokenFor: another partner speaks, and `instead` was not said.
        UnknownConversation: the case has no conversation (any more).
    """
    conversation = _conversation(session, case)
    role = role_words(desk.catalogue, speaker, conversation.language)
    key = "taken_over" if role else "taken_over_without_role"
    notice = _notice(conversation, say(conversation.language, key, name=speaker.name, role=role))
    new = speaking.take_over(
        session, conversation.id, speaker, notice, client_id=client_id, now=desk.now, instead=instead
    )
    if new:
        actor = Actor(STAFF, speaker.id)
        _pick_up(session, desk, case, speaker)
        record(session, case, "taken_over", actor=actor, now=desk.now)
    return new


def give_back(session: Session, desk: Desk, case: Case, speaker: Speaker, *, client_id: str) -> list[Message]:
    """The chatbot speaks again and takes up what it asked last; the new messages.

    Raises:
        NotSpeaking: another partner speaks.
        UnknownConversation: the case has no conversation (any more).
    """
    conversation = _conversation(session, case)
    first = _notice(conversation, say(conversation.language, "given_back", name=speaker.name))
    new = speaking.give_back(
        session,
        conversation.id,
        [first, *_bot_again(session, conversation)],
        client_id=client_id,
        now=desk.now,
        partner_id=speaker.id,
    )
    if new:
        record(session, case, "given_back", actor=Actor(STAFF, speaker.id), now=desk.now)
    return new


def says(
    session: Session,
    desk: Desk,
    case: Case,
    speaker: Speaker,
    text: str,
    *,
    client_id: str,
    resident_there: bool,
) -> Message:
    """What the partner says to the resident: in the chat, and by mail when nobody is there to read it.

    Raises:
        UnknownConversation: the case has no conversation (any more).
    """
    conversation = _conversation(session, case)
    message, new = speaking.partner_says(
        session, conversation.id, speaker, text, client_id=client_id, now=desk.now
    )
    if new:
        _pick_up(session, desk, case, speaker)
        data = {"message": message.number, "there": resident_there}
        record(session, case, "partner_said", actor=Actor(STAFF, speaker.id), now=desk.now, data=data)
        if not resident_there:
            letters.message_to_resident(session, desk.catalogue, case, speaker, message, desk.now)
    return message


def resident_said(
    session: Session,
    desk: Desk,
    conversation_id: str,
    *,
    client_id: str | None,
    text: str,
    payload: str | None = None,
    partner_there: bool = False,
) -> tuple[Message, bool]:
    """Stores what the resident said, for whom it is: for a partner who speaks or spoke last, or the chatbot.

    A message for a partner counts as answered, so that the chatbot never answers it, also not after a crash.

    Raises:
        UnknownConversation: nothing was stored.
    """
    conversation = conversations.lock(session, conversation_id)
    last = speaking.last_words(session, conversation_id, CHATBOT, STAFF)
    message, new = conversations.receive(
        session, conversation_id, client_id=client_id, text=text, payload=payload, now=desk.now
    )
    if not new:
        return message, False
    if payload in (LET_BOT, LET_WAIT):
        message.answered_at = desk.now
        _choose(session, desk, conversation, message, wait=payload == LET_WAIT)
    elif payload is not None and payload.startswith((SOLVED, NOT_SOLVED)):
        message.answered_at = desk.now
        _tell_how_it_goes(session, desk, conversation, message)
    elif conversation.speaker_id is not None:
        _to_partner(session, desk, conversation, message, partner_there)
    elif payload is None and (_spoke_last(last) or _invited(session, message)):
        message.answered_at = desk.now
        _acknowledge(session, desk, conversation, message, last)
        _to_partner(session, desk, conversation, message, partner_there)
    session.flush()
    return message, True


def partner_is_back(session: Session, desk: Desk, conversation_id: str, partner_id: str) -> bool:
    """Notes a sign of life of the speaking partner; True when the resident hears that they are back."""
    if not speaking.heard_of(session, conversation_id, partner_id, desk.now):
        return False
    conversation = conversations.lock(session, conversation_id)
    text = say(conversation.language, "partner_back", name=conversation.speaker_name)
    conversations.record_turn(session, conversation_id, None, [_notice(conversation, text)], desk.now)
    return True


def tell_lost(session: Session, desk: Desk) -> list[str]:
    """Tells residents whose partner's connection is gone; the conversations that have news."""
    since = desk.now - LOST_AFTER
    told = []
    for conversation in speaking.lost_since(session, since):
        language = conversation.language
        text = say(language, "partner_lost", name=conversation.speaker_name)
        buttons = (
            {"title": say(language, "button_bot"), "payload": LET_BOT},
            {"title": say(language, "button_wait"), "payload": LET_WAIT},
        )
        notice = Utterance(text, sender=SYSTEM, buttons=buttons, language=language)
        if speaking.note_lost(session, conversation.id, notice, since=since, now=desk.now):
            told.append(conversation.id)
    return told


def let_go_of_long_lost(session: Session, desk: Desk) -> list[str]:
    """Gives conversations back whose partner has been gone for long, so that nobody talks to a wall."""
    given = []
    for conversation in speaking.lost_for(session, desk.now - GONE_AFTER):
        speaker = speaking.speaker_of(conversation)
        notices = [_notice(conversation, say(conversation.language, "let_go", name=speaker.name))]
        notices += _bot_again(session, conversation)
        speaking.give_back(session, conversation.id, notices, client_id=None, now=desk.now)
        case = case_of(session, conversation.id)
        if case is not None:
            record(session, case, "given_back", actor=THE_SYSTEM, now=desk.now)
        given.append(conversation.id)
    return given


def end_with_case(session: Session, desk: Desk, case: Case) -> bool:
    """Gives the conversation of a case back when who speaks has nothing to do with the case any more.

    That is so when it was closed, or given to somebody else. True when the conversation has news.
    """
    conversation = conversations.find_conversation(session, case.conversation_id or "")
    speaker = speaking.speaker_of(conversation) if conversation else None
    if speaker is None or (case.state is not CaseState.CLOSED and speaker.id == case.owner_id):
        return False
    first = _notice(conversation, say(conversation.language, "given_back", name=speaker.name))
    notices = [first, *_bot_again(session, conversation)]
    return bool(speaking.give_back(session, conversation.id, notices, client_id=None, now=desk.now))


def case_of(session: Session, conversation_id: str) -> Case | None:
    """The newest case that came from a conversation."""
    query = select(Case).where(Case.conversation_id == conversation_id).order_by(Case.id.desc()).limit(1)
    return session.scalar(query)


def role_words(catalogue: Catalogue, speaker: Speaker, language: str) -> str:
    """The role of a speaker as people read it; empty without one."""
    known = catalogue.roles.get(speaker.role)
    return known.name.in_(language) if known else ""


def _choose(
    session: Session, desk: Desk, conversation: Conversation, message: Message, *, wait: bool
) -> None:
    """The resident's choice while a partner is away: the chatbot, or to wait."""
    speaker = speaking.speaker_of(conversation)
    language = conversation.language
    if wait and speaker is not None:
        notice = _notice(conversation, say(language, "waiting", name=speaker.name))
        conversations.append(
            session, conversation, [conversations.message_of(notice, message.number)], desk.now
        )
        return
    if speaker is None:
        again = [conversations.message_of(one, message.number) for one in _bot_again(session, conversation)]
        conversations.append(session, conversation, again, desk.now)
        return
    notices = [_notice(conversation, say(language, "let_go", name=speaker.name))]
    notices += _bot_again(session, conversation)
    speaking.give_back(
        session, conversation.id, notices, client_id=None, now=desk.now, answers=message.number
    )
    case = case_of(session, conversation.id)
    if case is not None:
        record(session, case, "let_go", actor=Actor(INITIATOR), now=desk.now)
        letters.resident_said(session, desk.catalogue, case, message, desk.now)


def _tell_how_it_goes(session: Session, desk: Desk, conversation: Conversation, message: Message) -> None:
    """The resident pressed "solved" or "not solved" under a question about a case of this conversation."""
    said, reference, *follow_up = message.payload.removeprefix("loket:").split(":")
    case = find_case(session, reference)
    if case is None or case.conversation_id != conversation.id:
        return
    asked = f"follow_up:{follow_up[0]}" if follow_up else "solved"
    solved, was = said == "solved", case.state
    tell_how_it_goes(session, desk.catalogue, case, solved=solved, text="", asked=asked, now=desk.now)
    language = conversation.language
    reopened = was is not case.state and case.state is CaseState.RECEIVED
    key = "glad" if solved else "open_again" if reopened else "noted"
    owner = letters.owner_of(desk.catalogue, case).name
    day = day_in_words(case.promised_for, language)
    text = say(language, key, reference=case.reference, owner=owner, day=day)
    notice = conversations.message_of(_notice(conversation, text), message.number)
    conversations.append(session, conversation, [notice], desk.now)


def _spoke_last(last: Message | None) -> bool:
    return last is not None and last.sender == STAFF


def _invited(session: Session, message: Message) -> bool:
    """Whether the resident was just asked to say more about what is not right yet."""
    before = speaking.last_words(
        session, message.conversation_id, CHATBOT, STAFF, SYSTEM, before=message.number
    )
    if before is None or before.sender != SYSTEM or before.answers is None:
        return False
    pressed = conversations.find_message(session, message.conversation_id, before.answers)
    return pressed is not None and (pressed.payload or "").startswith(NOT_SOLVED)


def _to_partner(
    session: Session, desk: Desk, conversation: Conversation, message: Message, partner_there: bool
) -> None:
    """The case moves on when it waited for this, and who is not there gets a mail."""
    case = case_of(session, conversation.id)
    if case is None:
        return
    data = {"message": message.number}
    if case.state is CaseState.WAITING_FOR_RESIDENT:
        move(session, case, CaseAction.RESIDENT_REPLIES, actor=Actor(INITIATOR), now=desk.now, data=data)
    elif conversation.speaker_id is None:
        record(session, case, "resident_said", actor=Actor(INITIATOR), now=desk.now, data=data)
    if not partner_there:
        letters.resident_said(session, desk.catalogue, case, message, desk.now)


def _acknowledge(
    session: Session, desk: Desk, conversation: Conversation, message: Message, last: Message | None
) -> None:
    """Says once to whom it goes, with the way to the chatbot."""
    notice = speaking.last_words(session, conversation.id, SYSTEM)
    said_before = notice is not None and (last is None or notice.number > last.number) and notice.buttons
    if said_before and notice.buttons[0]["payload"] == LET_BOT:
        return
    language = conversation.language
    author = last.author if _spoke_last(last) else None
    name = (author or {}).get("name") or _owner_name(session, desk, conversation)
    button = {"title": say(language, "button_bot"), "payload": LET_BOT}
    text = say(language, "passed_on", name=name)
    said = Utterance(text, sender=SYSTEM, buttons=(button,), language=language)
    conversations.append(session, conversation, [conversations.message_of(said, message.number)], desk.now)


def _owner_name(session: Session, desk: Desk, conversation: Conversation) -> str:
    case = case_of(session, conversation.id)
    if case is None:
        return desk.catalogue.team.name.in_(conversation.language)
    return letters.owner_of(desk.catalogue, case).name


def _bot_again(session: Session, conversation: Conversation) -> list[Utterance]:
    """What the chatbot says when it comes back: its open question once more, with its buttons."""
    language = conversation.language
    asked = speaking.open_question(session, conversation.id)
    if asked is None:
        return [Utterance(say(language, "bot_is_back"), language=language)]
    buttons = [{"title": one["title"], "payload": one["payload"]} for one in asked.buttons or ()]
    again = Utterance(asked.text, buttons=buttons, card=asked.card, language=asked.language)
    if asked.text == say(language, "bot_is_back"):
        return [again]
    return [Utterance(say(language, "bot_goes_on"), language=language), again]


def _pick_up(session: Session, desk: Desk, case: Case, speaker: Speaker) -> None:
    is_owner = (case.owner_kind, case.owner_id) == (PARTNER, speaker.id)
    if is_owner and case.state is CaseState.RECEIVED:
        move(session, case, CaseAction.PICK_UP, actor=Actor(STAFF, speaker.id), now=desk.now)


def _conversation(session: Session, case: Case) -> Conversation:
    if case.conversation_id is None:
        raise conversations.UnknownConversation(case.reference)
    return conversations.lock(session, case.conversation_id)


def _notice(conversation: Conversation, text: str) -> Utterance:
    return Utterance(text, sender=SYSTEM, language=conversation.language)
