"""The mails about a case, each put into the outbox once: what they say, to whom, and under which key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.cases.cases import contact_of
from routing.cases.models import PARTNER, STAFF, TO_OWNER, TO_RESIDENT, Case, Message, OutboxItem
from routing.cases.speaking import Speaker, last_words
from routing.catalogue import Catalogue
from routing.handoff import links
from routing.handoff.outbox import enqueue
from routing.handoff.payloads import about, describe_reason, role_name

TO_TEAM = "team"


@dataclass(frozen=True)
class Addressee:
    """Somebody of the municipality to write to."""

    id: str
    name: str
    email: str
    language: str = "nl"


def owner_of(catalogue: Catalogue, case: Case) -> Addressee:
    """Who owns the case; the team when the partner is no longer in the catalogue."""
    partner = catalogue.partners.get(case.owner_id) if case.owner_kind == PARTNER else None
    if partner is None:
        return team_of(catalogue)
    language = "nl" if "nl" in partner.languages or not partner.languages else partner.languages[0]
    return Addressee(partner.id, partner.name, partner.email, language)


def team_of(catalogue: Catalogue) -> Addressee:
    """The team."""
    team = catalogue.team
    return Addressee(team.id, team.name.nl, team.email)


def message_to_resident(
    session: Session, catalogue: Catalogue, case: Case, speaker: Speaker, message: Message, now: datetime
) -> OutboxItem | None:
    """What a partner said in the chat when nobody was there to read it, with a link that goes on there."""
    return to_resident(
        session,
        catalogue,
        case,
        "resident_message",
        f"{case.reference}.resident.chat-{message.number}",
        now,
        purpose=links.CONTINUE,
        what="message",
        text=message.text,
        by=speaker.name,
        role=role_name(catalogue, speaker.role or case.role, case.language),
    )


def answer_to_resident(
    session: Session, catalogue: Catalogue, case: Case, speaker: Speaker, text: str, mark: str, now: datetime
) -> OutboxItem | None:
    """The answer of the owner by mail, with a link that goes on in the chat; `mark` makes the key its own."""
    return to_resident(
        session,
        catalogue,
        case,
        "resident_message",
        f"{case.reference}.resident.answer-{mark}",
        now,
        purpose=links.CONTINUE,
        what="answer",
        text=text,
        by=speaker.name,
        role=role_name(catalogue, speaker.role or case.role, case.language),
    )


def resident_said(
    session: Session, catalogue: Catalogue, case: Case, message: Message, now: datetime
) -> OutboxItem | None:
    """Tells the owner, once for each time that staff spoke, that the resident said something."""
    spoke = last_words(session, message.conversation_id, STAFF, before=message.number)
    key = f"{case.reference}.owner.said.{spoke.number if spoke else 0}.{case.owner_id}"
    return to_owner(session, catalogue, case, "owner_resident_said", key, now, text=message.text)


def to_owner(
    session: Session, catalogue: Catalogue, case: Case, kind: str, key: str, now: datetime, **values: Any
) -> OutboxItem | None:
    """A mail of this kind to the owner, with a link to answer without an account; None if sent before."""
    if _is_there(session, key):
        return None
    owner = owner_of(catalogue, case)
    link = links.make_link(session, links.REPLY, now, case=case, partner_id=owner.id)
    payload = _full(session, catalogue, case, owner) | values | {"link": link}
    return enqueue(session, kind, key, payload, now, recipient=TO_OWNER, case_id=case.id)


def to_team(
    session: Session,
    catalogue: Catalogue,
    case: Case,
    addressee: Addressee,
    kind: str,
    key: str,
    now: datetime,
    **values: Any,
) -> OutboxItem | None:
    """A mail of this kind to the team or a lead; None if it was sent before."""
    if _is_there(session, key):
        return None
    owner = owner_of(catalogue, case)
    payload = _staff(catalogue, case, addressee) | {"owner": owner.name} | values
    return enqueue(session, kind, key, payload, now, recipient=TO_TEAM, case_id=case.id)


def to_resident(
    session: Session,
    catalogue: Catalogue,
    case: Case,
    kind: str,
    key: str,
    now: datetime,
    *,
    purpose: str,
    subject: str | None = None,
    **values: Any,
) -> OutboxItem | None:
    """A mail of this kind with a link of that purpose; None if sent before or there is no address."""
    contact = contact_of(session, case)
    if contact is None or not contact.email or _is_there(session, key):
        return None
    link = _resident_link(session, case, purpose, subject, now)
    payload = {
        **_about_plan(catalogue, case, case.language),
        "to": {"name": contact.name, "email": contact.email},
        "link": link,
        **values,
    }
    return enqueue(session, kind, key, payload, now, recipient=TO_RESIDENT, case_id=case.id)


def _resident_link(
    session: Session, case: Case, purpose: str, subject: str | None, now: datetime
) -> str | None:
    if purpose == links.CONTINUE:
        return links.continue_link(session, case, now=now)
    return links.make_link(session, purpose, now, case=case, subject=subject)


def _full(session: Session, catalogue: Catalogue, case: Case, owner: Addressee) -> dict[str, Any]:
    contact = contact_of(session, case)
    return {
        **about(catalogue, case, case.role, owner.language),
        "to": {"name": owner.name, "email": owner.email},
        "contact": {"name": contact.name, "email": contact.email, "phone": contact.phone}
        if contact
        else None,
        "reason": describe_reason(catalogue, case.owner_reason, owner.language),
    }


def _staff(catalogue: Catalogue, case: Case, addressee: Addressee) -> dict[str, Any]:
    return {
        **_about_plan(catalogue, case, addressee.language),
        "to": {"name": addressee.name, "email": addressee.email},
    }


def _about_plan(catalogue: Catalogue, case: Case, language: str) -> dict[str, Any]:
    known: Mapping[str, Any] = about(catalogue, case, case.role, language)
    names = ("language", "reference", "promised_for", "plan", "neighbourhood", "role", "municipality")
    return {name: known[name] for name in names}


def _is_there(session: Session, key: str) -> bool:
    return session.scalar(select(OutboxItem.id).where(OutboxItem.key == key)) is not None
