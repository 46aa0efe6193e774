"""Signed-in browsers: a random token in a cookie, its hash in the store."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from routing.cases.desk_models import Account, StaffSession

_TOKEN_BYTES = 32
# Writing this down at every page would make each reader a writer.
_NOTICE_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class Expiry:
    """How long a sign-in lasts: without a page asked for, and at most."""

    idle: timedelta
    absolute: timedelta


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def start_session(session: Session, account: Account, now: datetime, expiry: Expiry) -> str:
    """Signs an account in; returns the token for its browser, which is new at every sign-in."""
    session.execute(delete(StaffSession).where(StaffSession.expires_at < now))
    token = new_token()
    session.add(
        StaffSession(
            token_hash=_hash(token),
            account_id=account.id,
            created_at=now,
            seen_at=now,
            expires_at=now + expiry.absolute,
        )
    )
    session.flush()
    return token


def account_of(session: Session, token: str, now: datetime, expiry: Expiry) -> Account | None:
    """The active account that is signed in with this token; None when it expired or never was."""
    found = _find(session, token)
    if found is None or now >= found.expires_at or now - found.seen_at >= expiry.idle:
        return None
    account = session.get(Account, found.account_id)
    return account if account is not None and account.active else None


def needs_notice(session: Session, token: str, now: datetime) -> bool:
    """Whether it is time to note that the browser is still in use."""
    found = _find(session, token)
    return found is not None and now - found.seen_at >= _NOTICE_AFTER


def touch(session: Session, token: str, now: datetime) -> None:
    """Notes that the browser is still in use."""
    found = _find(session, token)
    if found is not None:
        found.seen_at = now


def end_session(session: Session, token: str) -> None:
    """Signs one browser out."""
    session.execute(delete(StaffSession).where(StaffSession.token_hash == _hash(token)))


def csrf_token(secret: bytes, token: str) -> str:
    """What the forms of this session carry; it says nothing about the token itself."""
    return hmac.digest(secret, b"desk-form\x00" + token.encode(), "sha256").hex()


def is_csrf_token(secret: bytes, token: str, given: str) -> bool:
    """Whether a form was made for this session."""
    return hmac.compare_digest(csrf_token(secret, token).encode(), given.encode())


def _find(session: Session, token: str) -> StaffSession | None:
    return session.scalar(select(StaffSession).where(StaffSession.token_hash == _hash(token)))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
