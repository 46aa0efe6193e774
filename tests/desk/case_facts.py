"""What the store and the mailbox say about a case, for the tests of its page."""

from __future__ import annotations

from sqlalchemy import select

from routing.cases.database import reading
from routing.cases.desk_models import AuditEvent
from routing.cases.models import Case, CaseEvent, OutboxItem

REPLY = {"tekst": "Wat leuk! Ik bel je morgen.", "soort": "answer"}
"""The form of an answer to the resident."""


def events_of(store, case: Case) -> list[CaseEvent]:
    with reading(store) as session:
        query = select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id)
        return list(session.scalars(query))


def kinds_of(store, case: Case) -> list[str]:
    """What happened to the case, without the comings and goings of mail."""
    return [one.kind for one in events_of(store, case) if one.kind not in ("delivered", "delivery_failed")]


def mail_of(store, case: Case) -> list[OutboxItem]:
    with reading(store) as session:
        query = select(OutboxItem).where(OutboxItem.case_id == case.id).order_by(OutboxItem.id)
        return list(session.scalars(query))


def kinds_of_mail(store, case: Case) -> list[str]:
    return [item.kind for item in mail_of(store, case)]


def last_mail(server, needle: str) -> str:
    """The text of the newest mail in the folder that speaks of something."""
    from email import message_from_bytes, policy

    mails = sorted((server.data / "mailbox").glob("*.eml"), key=lambda path: path.stat().st_mtime)
    texts = [
        message_from_bytes(path.read_bytes(), policy=policy.default).get_content() for path in reversed(mails)
    ]
    return next(text for text in texts if needle in text)


def audit_of(store, case: Case) -> list[str]:
    with reading(store) as session:
        query = select(AuditEvent.kind).where(AuditEvent.case_id == case.id).order_by(AuditEvent.id)
        return list(session.scalars(query))
