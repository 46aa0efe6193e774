"""Links that are good for one purpose, until a moment, and most of them once.

The store knows a link by its id; the token in the address is the id with a keyed hash over purpose and id. So
neither the database nor the outbox holds anything that opens a page, and a token for one page opens no other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.cases.conversations import UnknownConversation, lock
from routing.cases.live_tables import ConversationKey, Link
from routing.cases.models import Case

CONTINUE, REPLY, FOLLOW_UP, SOLVED = "continue", "reply", "follow_up", "solved"
VALID = {
    CONTINUE: timedelta(days=30),
    REPLY: timedelta(days=30),
    FOLLOW_UP: timedelta(days=60),
    SOLVED: timedelta(days=60),
}
"""How long a link of each purpose is good."""

PATHS = {CONTINUE: "/verder", REPLY: "/antwoord", FOLLOW_UP: "/hoe-gaat-het", SOLVED: "/opgelost"}
"""Where the page of each purpose is; the token follows."""

UNKNOWN, EXPIRED, USED = "unknown", "expired", "used"
_ID_BYTES, _MAC_BYTES = 9, 18


class LinkRefused(Exception):
    """The link opens nothing: `reason` is `unknown`, `expired` or `used`."""

    def __init__(self, reason: str, link: Link | None = None) -> None:
        self.reason, self.link = reason, link
        super().__init__(reason)


def make_link(
    session: Session,
    purpose: str,
    now: datetime,
    *,
    case: Case | None = None,
    conversation_id: str | None = None,
    partner_id: str | None = None,
    subject: str | None = None,
) -> str:
    """Notes a new link in the caller's transaction; its id, which `token_of` turns into an address."""
    link = Link(
        id=secrets.token_urlsafe(_ID_BYTES),
        purpose=purpose,
        case_id=case.id if case else None,
        conversation_id=conversation_id,
        partner_id=partner_id,
        subject=subject,
        expires_at=now + VALID[purpose],
        created_at=now,
    )
    session.add(link)
    session.flush()
    return link.id


def continue_link(session: Session, case: Case, *, now: datetime) -> str | None:
    """The id of a new link with which the resident goes on in the chat; None without a conversation.

    It is asked for in the transaction that puts the mail into the outbox. The template makes the address of
    it, with `go_on`.
    """
    if case.conversation_id is None:
        return None
    return make_link(session, CONTINUE, now, case=case, conversation_id=case.conversation_id)


def token_of(secret: bytes, purpose: str, link_id: str) -> str:
    """The token of a link, the same each time it is asked for."""
    digest = hmac.digest(secret, f"link\x00{purpose}\x00{link_id}".encode(), "sha256")[:_MAC_BYTES]
    return f"{link_id}.{base64.urlsafe_b64encode(digest).decode()}"


def find_link(session: Session, secret: bytes, purpose: str, token: str, now: datetime) -> Link:
    """The link behind a token, which may still be used; looking does not use it.

    Raises:
        LinkRefused: it is none of ours or for another purpose, too old, or used.
    """
    link_id = token.partition(".")[0]
    if not hmac.compare_digest(token.encode(), token_of(secret, purpose, link_id).encode()):
        raise LinkRefused(UNKNOWN)
    query = select(Link).where(Link.id == link_id, Link.purpose == purpose).with_for_update()
    link = session.scalar(query.execution_options(populate_existing=True))
    if link is None:
        raise LinkRefused(UNKNOWN)
    if link.used_at is not None:
        raise LinkRefused(USED, link)
    if link.expires_at <= now:
        raise LinkRefused(EXPIRED, link)
    return link


def use_link(session: Session, secret: bytes, purpose: str, token: str, now: datetime) -> Link:
    """As `find_link`, and from the commit on it is used.

    Raises:
        LinkRefused: as `find_link`.
    """
    link = find_link(session, secret, purpose, token, now)
    link.used_at = now
    session.flush()
    return link


def open_again(session: Session, secret: bytes, token: str, now: datetime) -> tuple[str, str]:
    """Exchanges a link to go on for a conversation and a new token of it; once.

    Raises:
        LinkRefused: as `find_link`, or the conversation has been erased.
    """
    link = use_link(session, secret, CONTINUE, token, now)
    if link.conversation_id is None:
        raise LinkRefused(UNKNOWN)
    key = secrets.token_urlsafe(32)
    try:
        lock(session, link.conversation_id)
    except UnknownConversation:
        raise LinkRefused(UNKNOWN) from None
    session.add(ConversationKey(token_hash=_hash(key), conversation_id=link.conversation_id, created_at=now))
    return link.conversation_id, key


def opens(session: Session, conversation_id: str, token: str) -> bool:
    """Whether a token that was given in exchange for a link opens this conversation."""
    found = session.get(ConversationKey, _hash(token))
    return found is not None and found.conversation_id == conversation_id


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
