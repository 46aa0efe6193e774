"""The clock of the promise: who is reminded before the day, and who hears of it when it has passed.

The clock runs while a case is open. It stops with the answer and starts anew when the case is opened again;
each mail has the promised date in its key, so that it is sent once for each promise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from routing.cases.desk_models import LEAD, Account
from routing.cases.live_tables import Presence
from routing.cases.models import PARTNER, Case, OutboxItem
from routing.cases.states import OPEN_STATES, CaseState
from routing.catalogue import Catalogue
from routing.handoff import letters
from routing.handoff.letters import Addressee
from routing.handoff.reach import present_partners

AT_ONCE = 200
"""Mails of one kind in one go; what is left waits for the next tick."""


@dataclass(frozen=True)
class Promise:
    """When the clock speaks; both are settings."""

    remind_days: int = 1
    """Working days before the promised date on which the owner is reminded."""
    alarm_after: timedelta = timedelta(hours=2)
    """How long a case may lie with somebody who has not been at the desk today."""


def remind(session: Session, catalogue: Catalogue, promise: Promise, now: datetime) -> int:
    """Reminds owners of answers that are due; how many mails that are new."""
    today = catalogue.calendar.local(now).date()
    horizon = catalogue.calendar.add_working_days(today, promise.remind_days)
    sent = 0
    for case, told in _waiting(
        session, "owner_reminder", Case.promised_for >= today, Case.promised_for <= horizon
    ):
        key = f"{case.reference}.owner.remind-{case.promised_for:%Y%m%d}.{case.owner_id}"
        if key not in told:
            letters.to_owner(session, catalogue, session.get_one(Case, case.id), "owner_reminder", key, now)
            sent += 1
        if sent >= AT_ONCE:
            break
    return sent


def tell_overdue(session: Session, catalogue: Catalogue, now: datetime) -> int:
    """Tells the team and its leads of promises that were not kept; how many mails that are new."""
    today = catalogue.calendar.local(now).date()
    readers = _team_and_leads(session, catalogue)
    sent = 0
    for case, told in _waiting(session, "team_overdue", Case.promised_for < today):
        for reader in readers:
            key = f"{case.reference}.team.overdue-{case.promised_for:%Y%m%d}.{reader.id}"
            if key not in told:
                late = session.get_one(Case, case.id)
                letters.to_team(session, catalogue, late, reader, "team_overdue", key, now)
                sent += 1
        if sent >= AT_ONCE:
            break
    return sent


def alarm(session: Session, catalogue: Catalogue, promise: Promise, now: datetime) -> int:
    """Tells the team, once a day, of new cases with somebody who is not there; how many new mails."""
    if not catalogue.calendar.is_open(now):
        return 0
    local = catalogue.calendar.local(now)
    lying = (Case.state == CaseState.RECEIVED, Case.updated_at <= now - promise.alarm_after)
    queues = (
        select(Case.owner_kind, Case.owner_id, func.count())
        .where(*lying)
        .group_by(Case.owner_kind, Case.owner_id)
    )
    here = _here_today(session, catalogue, now)
    sent = 0
    for kind, owner, count in session.execute(queues).all():
        if (kind == PARTNER and owner in here) or (kind != PARTNER and here):
            continue
        of_owner = select(Case).where(*lying, Case.owner_kind == kind, Case.owner_id == owner)
        oldest = session.scalars(of_owner.order_by(Case.updated_at, Case.id).limit(1)).one()
        key = f"queue.{owner}.unattended-{local:%Y%m%d}"
        team = letters.team_of(catalogue)
        mail = letters.to_team(session, catalogue, oldest, team, "team_unattended", key, now, count=count)
        sent += mail is not None
    return sent


def _waiting(
    session: Session, kind: str, *conditions: ColumnElement[bool]
) -> Iterator[tuple[Row[Any], set[str]]]:
    """Open cases in a span of promised dates, each with the keys of the mails of this kind that went out.

    Only what the keys need is read: there may be many, and most have had their mail.
    """
    wanted = (Case.state.in_(OPEN_STATES), *conditions)
    keys = select(OutboxItem.key).join(Case, Case.id == OutboxItem.case_id)
    told = set(session.scalars(keys.where(OutboxItem.kind == kind, *wanted)))
    columns = select(Case.id, Case.reference, Case.promised_for, Case.owner_id)
    for case in session.execute(columns.where(*wanted).order_by(Case.promised_for, Case.id)).all():
        yield case, told


def _team_and_leads(session: Session, catalogue: Catalogue) -> list[Addressee]:
    leads = session.scalars(select(Account).where(Account.role == LEAD, Account.active).order_by(Account.id))
    known = [Addressee(f"account-{lead.id}", lead.name, lead.login, lead.language) for lead in leads]
    return [letters.team_of(catalogue), *known]


def _here_today(session: Session, catalogue: Catalogue, now: datetime) -> frozenset[str]:
    """Partners who were at the desk today, whether or not they are now."""
    local = catalogue.calendar.local(now)
    began = local.replace(hour=0, minute=0, second=0, microsecond=0)
    seen = session.scalars(select(Presence.partner_id).where(Presence.seen_at >= began))
    return frozenset(seen) | present_partners(session, catalogue, now)
