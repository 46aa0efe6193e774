"""Telling who must know of a step of a case: its owner, and who follows it.

A step is a line of the case's history. Its id is in the keys of the mail, so a step that is announced twice
is told once: the desk does it in its own commit, and the feed goes through all lines, whoever wrote them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.cases.cases import contact_of
from routing.cases.desk_models import Account, CaseNote, Follower
from routing.cases.models import PARTNER, TO_OWNER, Case, CaseEvent, OutboxItem
from routing.catalogue import Catalogue
from routing.handoff.links import REPLY, make_link
from routing.handoff.outbox import enqueue
from routing.handoff.owner import OwnerChoice, Reason
from routing.handoff.payloads import owner_payload, step_payload

TO_FOLLOWER = "follower"
FOLLOWED = frozenset(
    ("pick_up", "ask_resident", "resident_replies", "answer", "transfer", "close", "reopen", "corrected")
)
"""Kinds of events that followers hear of."""
_FOR_OWNER = frozenset(("transfer", "reopen"))


def announce(
    session: Session,
    catalogue: Catalogue,
    case: Case,
    event: CaseEvent,
    now: datetime,
    *,
    by: Account | None = None,
) -> None:
    """Puts the mail about a step into the outbox; nobody hears of what they did themselves."""
    if event.kind in _FOR_OWNER and not _is_owner(case, by):
        _tell_owner(session, catalogue, case, event, now)
    tell_followers(session, catalogue, case, event, now)


def owner_now(catalogue: Catalogue, case: Case) -> OwnerChoice:
    """The owner of a case as somebody to write to; the team where the catalogue knows the partner no more."""
    reason = Reason(case.owner_reason["id"], case.owner_reason.get("params", {}))
    partner = catalogue.partners.get(case.owner_id) if case.owner_kind == PARTNER else None
    if partner is None:
        team = catalogue.team
        return OwnerChoice("team", team.id, team.name.nl, team.email, "nl", case.role, reason)
    language = "nl" if "nl" in partner.languages or not partner.languages else partner.languages[0]
    return OwnerChoice(PARTNER, partner.id, partner.name, partner.email, language, case.role, reason)


def _is_owner(case: Case, by: Account | None) -> bool:
    return by is not None and by.partner_id is not None and by.partner_id == case.owner_id


def _tell_owner(session: Session, catalogue: Catalogue, case: Case, event: CaseEvent, now: datetime) -> None:
    owner, contact = owner_now(catalogue, case), contact_of(session, case)
    known = {"name": contact.name, "email": contact.email, "phone": contact.phone} if contact else None
    payload = owner_payload(catalogue, case, owner, known) | {
        "step": event.kind,
        "why": _why(session, event),
        "by": _who(session, catalogue, event),
    }
    key = f"{case.reference}.owner.{event.kind}-{event.id}"
    payload["link"] = make_link(session, REPLY, now, case=case, partner_id=owner.id)
    enqueue(session, "owner_step", key, payload, now, recipient=TO_OWNER, case_id=case.id)


def tell_followers(
    session: Session, catalogue: Catalogue, case: Case, event: CaseEvent, now: datetime
) -> int:
    """Puts the mail about a step to who follows the case into the outbox; how many that are new."""
    if event.kind not in FOLLOWED:
        return 0
    new = 0
    query = (
        select(Account, Follower.created_at)
        .join(Follower, Follower.account_id == Account.id)
        .where(Follower.case_id == case.id, Account.active)
        .order_by(Account.id)
    )
    for follower, since in session.execute(query).all():
        key = f"{case.reference}.follower-{follower.id}.{event.kind}-{event.id}"
        if _did_it(follower, event) or since > event.created_at or _is_queued(session, key):
            continue
        to = {"name": follower.name, "email": follower.login}
        payload = step_payload(catalogue, case, event.kind, to, follower.language)
        payload["by"] = _who(session, catalogue, event)
        payload["owner"] = owner_now(catalogue, case).name
        enqueue(session, "follower_step", key, payload, now, recipient=TO_FOLLOWER, case_id=case.id)
        new += 1
    return new


def _is_queued(session: Session, key: str) -> bool:
    return session.scalar(select(OutboxItem.id).where(OutboxItem.key == key)) is not None


def _did_it(account: Account, event: CaseEvent) -> bool:
    """Whether the account itself made the step, at the desk or as a partner."""
    return event.actor_id in (str(account.id), account.partner_id or "-")


def _why(session: Session, event: CaseEvent) -> str | None:
    """What somebody wrote to explain a step; it stands apart from the history, so that it can be erased."""
    number = event.data.get("note")
    note = session.get(CaseNote, number) if number is not None else None
    return note.text if note else None


def _who(session: Session, catalogue: Catalogue, event: CaseEvent) -> str | None:
    return actor_name(session, catalogue, event.actor_id)


def actor_name(session: Session, catalogue: Catalogue, actor_id: str | None) -> str | None:
    """The name of who did something: an account by its number, a partner by the id of the catalogue."""
    if actor_id is None:
        return None
    if actor_id.isdecimal():
        account = session.get(Account, int(actor_id))
        return account.name if account else None
    partner: Any = catalogue.partners.get(actor_id)
    return partner.name if partner else None
