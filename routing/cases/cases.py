"""Finding cases, moving them through their states, and the history of what happened to them."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from routing.cases.codes import hash_code
from routing.cases.contact_marks import without
from routing.cases.desk_models import CaseNote, FollowUp
from routing.cases.models import (
    CANCELLED,
    DEAD,
    PARTNER,
    SYSTEM,
    TO_RESIDENT,
    WAITING,
    Case,
    CaseEvent,
    Contact,
    OutboxItem,
)
from routing.cases.reference import InvalidReference, parse_reference
from routing.cases.states import OPEN_STATES, CaseAction, CaseState, next_state


class CaseChanged(Exception):
    """Somebody else changed the case since it was read."""


@dataclass(frozen=True)
class Actor:
    """Who did something: one of the senders of messages, and the account for staff."""

    kind: str
    id: str | None = None


THE_SYSTEM = Actor(SYSTEM)
_NO_CASE = "0" * 64
"""Compared with where there is no case; no code has this hash."""


def find_case(session: Session, reference: str) -> Case | None:
    """The case with this reference number, written in any way that `parse_reference` reads."""
    try:
        wanted = str(parse_reference(reference))
    except InvalidReference:
        return None
    return session.scalar(select(Case).where(Case.reference == wanted))


def find_case_by_code(session: Session, reference: str, code: str) -> Case | None:
    """The case, only for who also knows its follow code; nobody learns which of the two was wrong.

    A number that does not exist takes the same work as a wrong code, so that time does not tell either.
    """
    case = find_case(session, reference)
    expected = case.code_hash if case else _NO_CASE
    is_right = hmac.compare_digest(expected, hash_code(case.reference if case else reference, code))
    return case if case is not None and is_right else None


def case_for_change(session: Session, reference: str, *, version: int | None = None) -> Case | None:
    """The case, locked and freshly read; `version` is the one that the person who decides has seen.

    Raises:
        CaseChanged: the case has another version by now.
    """
    found = find_case(session, reference)
    if found is None:
        return None
    fresh = select(Case).where(Case.id == found.id).with_for_update(key_share=True)
    case = session.scalars(fresh.execution_options(populate_existing=True)).one()
    if version is not None and case.version != version:
        raise CaseChanged(f"{case.reference}: version {case.version}, not {version}")
    return case


def move(
    session: Session,
    case: Case,
    action: CaseAction,
    *,
    actor: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
) -> CaseEvent:
    """Does the action, with its line in the history.

    Raises:
        ForbiddenTransition: the case is as it was.
    """
    case.state = next_state(case.state, action)
    case.updated_at = now
    if case.state in OPEN_STATES:
        case.answered_at = case.closed_at = None
    elif case.answered_at is None:
        case.answered_at = now
    if case.state is CaseState.CLOSED:
        case.closed_at = now
    return record(session, case, action.value, actor=actor, now=now, data=data)


def record(
    session: Session,
    case: Case,
    kind: str,
    *,
    actor: Actor,
    now: datetime,
    data: Mapping[str, Any] | None = None,
) -> CaseEvent:
    """Adds a line to the history of a case. `data` holds ids and figures, never what a person wrote."""
    event = CaseEvent(
        case_id=case.id,
        kind=kind,
        state=case.state,
        actor_kind=actor.kind,
        actor_id=actor.id,
        data=dict(data or {}),
        created_at=now,
    )
    session.add(event)
    session.flush()
    return event


def history(session: Session, case: Case) -> list[CaseEvent]:
    """What happened to the case, oldest first."""
    return list(session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id)))


def open_cases(session: Session) -> dict[str, int]:
    """How many open cases each partner owns, by partner id; partners without any are not in it."""
    query = (
        select(Case.owner_id, func.count())
        .where(Case.owner_kind == PARTNER, Case.state.in_(OPEN_STATES))
        .group_by(Case.owner_id)
    )
    return dict(session.execute(query).tuples().all())


def contact_of(session: Session, case: Case) -> Contact | None:
    """How to reach the person behind the case; None if nothing was left or it has been erased."""
    return session.get(Contact, case.id)


def erase_contact(session: Session, case: Case, *, actor: Actor, now: datetime) -> None:
    """Erases who is behind the case, also from what still waits to be delivered and from what staff wrote.

    What was to go to the resident is cancelled; the owner still hears of the case.
    """
    contact = contact_of(session, case)
    if contact is not None:
        _unname(session, case, contact)
    session.execute(delete(Contact).where(Contact.case_id == case.id))
    items = select(OutboxItem).where(OutboxItem.case_id == case.id).with_for_update()
    for item in session.scalars(items.execution_options(populate_existing=True)):
        item.last_error = None
        if item.recipient == TO_RESIDENT:
            item.payload = {}
            if item.state in (WAITING, DEAD):
                item.state, item.finished_at = CANCELLED, now
        else:
            item.payload = {name: value for name, value in item.payload.items() if name != "contact"}
    record(session, case, "contact_erased", actor=actor, now=now)


def _unname(session: Session, case: Case, contact: Contact) -> None:
    """Marks stand where a note or a planned question holds the address or the number."""
    for table in (CaseNote, FollowUp):
        for written in session.scalars(select(table).where(table.case_id == case.id)):
            cleaned = without(written.text, contact.email, contact.phone)
            if cleaned != written.text:
                written.text = cleaned
