"""What must leave the house: written with the case, delivered at least once, tried again until it works."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.cases.cases import THE_SYSTEM, record
from routing.cases.models import DEAD, SENT, WAITING, Case, OutboxItem

MAIL = "mail"
# Keys become file names and message ids.
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_LONGEST_ERROR = 500


@dataclass(frozen=True)
class RetryPolicy:
    """When to try again: after `first`, then each time `factor` later, at most `longest`.

    The defaults keep trying for two and a half days, so a mail server that breaks on Friday night still
    gets its mail when it is repaired.
    """

    first: timedelta = timedelta(seconds=30)
    factor: float = 2.0
    longest: timedelta = timedelta(hours=4)
    attempts: int = 24
    lease: timedelta = timedelta(minutes=2)
    """How long a worker may take before its items are given to another."""

    def delay(self, attempts: int) -> timedelta:
        """The wait after this many failed attempts (from 1)."""
        # Far past any cap the power would only grow, up to what no float can hold.
        doublings = min(attempts - 1, 64)
        seconds = self.first.total_seconds() * self.factor**doublings
        return timedelta(seconds=min(seconds, self.longest.total_seconds()))


@dataclass(frozen=True)
class Claim:
    """An outbox item that a worker has for the time of the lease; `attempt` counts from 1."""

    id: int
    key: str
    channel: str
    kind: str
    payload: Mapping[str, Any]
    created_at: datetime
    attempt: int


def enqueue(
    session: Session,
    kind: str,
    key: str,
    payload: Mapping[str, Any],
    now: datetime,
    *,
    recipient: str,
    channel: str = MAIL,
    case_id: int | None = None,
) -> OutboxItem:
    """Adds a delivery to the caller's transaction; a key that exists keeps its first item and payload.

    Raises:
        ValueError: the key is no safe file name.
    """
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key for the outbox: {key!r}")
    item = session.scalar(select(OutboxItem).where(OutboxItem.key == key))
    if item is None:
        item = OutboxItem(
            key=key,
            channel=channel,
            kind=kind,
            recipient=recipient,
            case_id=case_id,
            payload=dict(payload),
            state=WAITING,
            attempts=0,
            due_at=now,
            created_at=now,
        )
        session.add(item)
        session.flush()
    return item


def claim_due(session: Session, now: datetime, limit: int, policy: RetryPolicy) -> list[Claim]:
    """Takes items that are due, oldest first; after `policy.lease` those still unfinished are due again.

    Two workers never get the same item within a lease. An item whose last attempt killed its worker is
    given up here.
    """
    due = (
        select(OutboxItem)
        .where(OutboxItem.state == WAITING, OutboxItem.due_at <= now)
        .order_by(OutboxItem.due_at, OutboxItem.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    claims = []
    for item in session.scalars(due).all():
        if item.attempts >= policy.attempts:
            _give_up(session, item, "the last attempt never ended", now)
            continue
        item.attempts += 1
        item.due_at = now + policy.lease
        claims.append(_claim(item))
    session.flush()
    return claims


def mark_sent(session: Session, claim: Claim, now: datetime) -> None:
    """Notes that the delivery was made and forgets what it said."""
    item = _locked(session, claim.id)
    # Sent is sent, also when a slow worker lost its lease or the item was cancelled in between.
    if item.state == SENT:
        return
    item.state, item.finished_at = SENT, now
    item.payload, item.last_error = {}, None
    _note(session, item, "delivered", now)


def mark_failed(
    session: Session, claim: Claim, error: str, now: datetime, policy: RetryPolicy, *, permanent: bool = False
) -> None:
    """Plans the next attempt, or gives the item up when it was the last one or it can never work."""
    item = _locked(session, claim.id)
    # Somebody else has it by now, or it is finished: then this failure says nothing any more.
    if item.state != WAITING or item.attempts != claim.attempt:
        return
    if permanent or item.attempts >= policy.attempts:
        _give_up(session, item, error, now)
        return
    item.last_error = error[:_LONGEST_ERROR]
    item.due_at = now + policy.delay(item.attempts)


def send_again(session: Session, item_id: int, now: datetime) -> bool:
    """Gives a dead item all its attempts again; False if it is not dead."""
    item = _locked(session, item_id)
    if item.state != DEAD:
        return False
    item.state, item.attempts, item.due_at, item.finished_at = WAITING, 0, now, None
    return True


def _locked(session: Session, item_id: int) -> OutboxItem:
    query = select(OutboxItem).where(OutboxItem.id == item_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _claim(item: OutboxItem) -> Claim:
    return Claim(item.id, item.key, item.channel, item.kind, item.payload, item.created_at, item.attempts)


def _give_up(session: Session, item: OutboxItem, error: str, now: datetime) -> None:
    item.state, item.finished_at, item.last_error = DEAD, now, error[:_LONGEST_ERROR]
    _note(session, item, "delivery_failed", now)


def _note(session: Session, item: OutboxItem, kind: str, now: datetime) -> None:
    if item.case_id is None:
        return
    case = session.get_one(Case, item.case_id)
    data = {"kind": item.kind, "recipient": item.recipient, "attempts": item.attempts}
    record(session, case, kind, actor=THE_SYSTEM, now=now, data=data)
