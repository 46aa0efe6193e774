"""A plan becomes a case with an owner, a promise and the mail that says so, in one transaction."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from routing.cases.cases import Actor, open_cases, record
from routing.cases.codes import follow_code, hash_code
from routing.cases.feedback import keep_choices
from routing.cases.models import CHATBOT, TO_OWNER, TO_RESIDENT, Case, Contact, ReferenceCounter
from routing.cases.reference import make_reference
from routing.cases.states import CaseState
from routing.catalogue import Catalogue, Facts
from routing.handoff.links import REPLY, make_link
from routing.handoff.outbox import enqueue
from routing.handoff.owner import OwnerChoice, choose_owner
from routing.handoff.payloads import owner_payload, resident_payload
from routing.handoff.promised import promised_for
from routing.handoff.reach import present_partners


@dataclass(frozen=True)
class HandoffRequest:
    """What the conversation found out.

    `handoff_key` names this one handoff: whoever asks twice with one key gets one case. `advice` has the keys
    `goals` (dicts with `goal`, `confidence`, `evidence`), `role` (a dict with `role`, `confidence`,
    `evidence`, `runner_up`, or None) and `instruments` (ids), as the advice gives it and the resident
    corrected it; then `advised` has what they did not want (`role`: an id in a list, `goals`: numbers).
    `neighbourhood` is an id of the catalogue or words.
    """

    handoff_key: str
    conversation_id: str | None
    language: str
    plan: str
    advice: Mapping[str, Any]
    neighbourhood: str | None = None
    parties: str | None = None
    help: str | None = None
    phase: str | None = None
    contact_name: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None
    consent_at: datetime | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for a handoff without a key and for contact details without consent."""
        if not self.handoff_key:
            raise ValueError("a handoff needs its key")
        if self.has_contact and self.consent_at is None:
            raise ValueError("contact details are kept with consent only")

    @property
    def has_contact(self) -> bool:
        """Whether the resident left any contact details."""
        return any((self.contact_name, self.contact_email, self.contact_phone))


@dataclass(frozen=True)
class Handoff:
    """The case, and the code with which the resident follows it.

    `code` is None only when the case is an older one and the secret has changed since.
    """

    case: Case
    code: str | None
    created: bool


def hand_over(
    session: Session, catalogue: Catalogue, request: HandoffRequest, *, now: datetime, secret: bytes
) -> Handoff:
    """Makes the case of this handoff, or finds it when it was made before.

    Case, contact, history and the outbox items for owner and resident are written in the caller's
    transaction: after a commit all of them are there, after a crash before it none.
    """
    today = catalogue.calendar.local(now).date()
    # From here on no other handoff can be between its search and its insert.
    counter = _lock_counter(session, today.year)
    code = follow_code(secret, request.handoff_key)
    existing = session.scalar(select(Case).where(Case.handoff_key == request.handoff_key))
    if existing is not None:
        return Handoff(existing, _if_still_valid(existing, code), created=False)
    counter.last += 1
    reference = make_reference(today.year, counter.last)
    place = _neighbourhood(catalogue, request.neighbourhood)
    owner = choose_owner(
        catalogue,
        _facts(request, place),
        open_cases=open_cases(session),
        today=today,
        present=present_partners(session, catalogue, now),
    )
    case = _case(request, owner, place, reference, now)
    case.code_hash = hash_code(reference, code)
    case.promised_for = promised_for(catalogue, now, owner.role)
    session.add(case)
    session.flush()
    _write_down(session, case, request, owner, now)
    _announce(session, catalogue, case, request, owner, code, now)
    return Handoff(case, code, created=True)


def _lock_counter(session: Session, year: int) -> ReferenceCounter:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    first = dialect.insert(ReferenceCounter).values(year=year, last=0)
    session.execute(first.on_conflict_do_nothing())
    query = select(ReferenceCounter).where(ReferenceCounter.year == year).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _if_still_valid(case: Case, code: str) -> str | None:
    return code if hmac.compare_digest(case.code_hash, hash_code(case.reference, code)) else None


def _neighbourhood(catalogue: Catalogue, words: str | None) -> str | None:
    """The catalogue's id for the neighbourhood; the words themselves where it knows none in them."""
    if words is None or words in catalogue.neighbourhoods:
        return words
    found = catalogue.find_neighbourhoods(words)
    return found[0].id if found else words


def _facts(request: HandoffRequest, neighbourhood: str | None) -> Facts:
    said = (request.plan, request.parties, request.help, request.phase)
    return Facts(
        text="\n".join(part for part in said if part),
        kind="plan",
        goals=tuple(goal["goal"] for goal in request.advice.get("goals") or ()),
        role=(request.advice.get("role") or {}).get("role"),
        neighbourhood=neighbourhood,
        language=request.language,
        audience="resident",
    )


def _case(
    request: HandoffRequest, owner: OwnerChoice, neighbourhood: str | None, reference: str, now: datetime
) -> Case:
    advised = request.advice.get("role") or {}
    # A rule may have put another role first; then the figures are about what is now the second one.
    is_advised = advised.get("role") == owner.role
    return Case(
        reference=reference,
        handoff_key=request.handoff_key,
        conversation_id=request.conversation_id,
        language=request.language,
        state=CaseState.RECEIVED,
        role=owner.role,
        second_role=advised.get("runner_up") if is_advised else advised.get("role"),
        role_confidence=advised.get("confidence") if is_advised else None,
        role_evidence=advised.get("evidence") if is_advised else None,
        role_weights=advised.get("weights") if is_advised else None,
        owner_kind=owner.kind,
        owner_id=owner.id,
        owner_reason=owner.reason.as_json(),
        goals=[dict(goal) for goal in request.advice.get("goals") or ()],
        instruments=list(request.advice.get("instruments") or ()),
        plan=request.plan,
        neighbourhood=neighbourhood,
        parties=request.parties,
        help=request.help,
        phase=request.phase,
        created_at=now,
        updated_at=now,
    )


def _write_down(
    session: Session, case: Case, request: HandoffRequest, owner: OwnerChoice, now: datetime
) -> None:
    if request.has_contact:
        contact = Contact(
            case_id=case.id,
            name=request.contact_name,
            email=request.contact_email,
            phone=request.contact_phone,
            consent_at=request.consent_at,
        )
        session.add(contact)
    data = {
        "owner_kind": owner.kind,
        "owner_id": owner.id,
        "reason": owner.reason.as_json(),
        "role": case.role,
        "second_role": case.second_role,
        "goals": [goal["goal"] for goal in case.goals],
        "instruments": case.instruments,
        "promised_for": case.promised_for.isoformat(),
    }
    record(session, case, "received", actor=Actor(CHATBOT), now=now, data=data)
    keep_choices(session, case, request.advice, now)


def _announce(
    session: Session,
    catalogue: Catalogue,
    case: Case,
    request: HandoffRequest,
    owner: OwnerChoice,
    code: str,
    now: datetime,
) -> None:
    contact = {
        "name": request.contact_name,
        "email": request.contact_email,
        "phone": request.contact_phone,
    }
    payload = owner_payload(catalogue, case, owner, contact if request.has_contact else None)
    payload["link"] = make_link(session, REPLY, now, case=case, partner_id=owner.id)
    key = f"{case.reference}.owner.received"
    enqueue(session, "owner_new_case", key, payload, now, recipient=TO_OWNER, case_id=case.id)
    if request.contact_email:
        payload = resident_payload(catalogue, case, owner, request.contact_name, request.contact_email, code)
        key = f"{case.reference}.resident.receipt"
        enqueue(session, "resident_receipt", key, payload, now, recipient=TO_RESIDENT, case_id=case.id)
