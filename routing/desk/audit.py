"""The log of what is done at the desk: append-only, with ids and figures, never what somebody wrote."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.cases.desk_models import Account, AuditEvent
from routing.cases.models import Case

_ONE_VISIT = timedelta(hours=1)


def note(
    session: Session,
    kind: str,
    *,
    account: Account | None,
    now: datetime,
    case: Case | None = None,
    data: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Adds a line to the log, in the transaction of what it tells about."""
    event = AuditEvent(
        kind=kind,
        account_id=account.id if account else None,
        case_id=case.id if case else None,
        data=dict(data or {}),
        created_at=now,
    )
    session.add(event)
    session.flush()
    return event


def note_once(session: Session, kind: str, *, account: Account, case: Case, now: datetime) -> None:
    """Notes that somebody looks at a case; once an hour, so that reloading a page does not flood the log."""
    latest = session.scalar(
        select(AuditEvent.created_at)
        .where(AuditEvent.case_id == case.id, AuditEvent.account_id == account.id, AuditEvent.kind == kind)
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    if latest is None or now - latest >= _ONE_VISIT:
        note(session, kind, account=account, case=case, now=now)


def page_of_log(
    session: Session, *, before: int | None, kind: str | None, account_id: int | None, limit: int
) -> list[AuditEvent]:
    """The newest lines before an id, newest first."""
    query = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEvent.id < before)
    if kind is not None:
        query = query.where(AuditEvent.kind == kind)
    if account_id is not None:
        query = query.where(AuditEvent.account_id == account_id)
    return list(session.scalars(query))
