"""Whether a person can be reached now, and if not, honestly why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from routing.cases import presence
from routing.catalogue import Catalogue
from routing.catalogue.words import Words

SOMEBODY, CLOSED, HOLIDAY, NOBODY, VACANT = "open", "closed", "holiday", "nobody", "vacant"
_LONGEST_CLOSURE = 366


@dataclass(frozen=True)
class Reach:
    """Who can be reached now; `reason` names the text that says so, each with its own next step."""

    reason: str
    """`open`, `closed`, `holiday`, `nobody` (the office is open, nobody is at the desk) or `vacant`."""
    partners: tuple[str, ...] = ()
    """Ids of the partners who are there, for `open`."""
    opens_at: datetime | None = None
    """For `closed` and `holiday`: when the municipality opens again, on its own clock."""
    holiday: Words | None = None


def present_partners(session: Session, catalogue: Catalogue, now: datetime) -> frozenset[str]:
    """Partners who are at the desk while the municipality is open, without those the catalogue calls away."""
    if not catalogue.calendar.is_open(now):
        return frozenset()
    local = catalogue.calendar.local(now)
    began = local.replace(hour=0, minute=0, second=0, microsecond=0)
    there = presence.present(session, now, day_began=began)
    return frozenset(
        one
        for one in there
        if one in catalogue.partners and not catalogue.partners[one].is_absent(local.date())
    )


def reach(session: Session, catalogue: Catalogue, now: datetime, role: str | None = None) -> Reach:
    """Whether somebody (in that role, if one is given) can be reached now, and if not, why."""
    calendar = catalogue.calendar
    today = calendar.local(now).date()
    holiday = calendar.holiday(today)
    if holiday is not None:
        return Reach(HOLIDAY, opens_at=opens_at(catalogue, now), holiday=holiday.name)
    if not calendar.is_open(now):
        return Reach(CLOSED, opens_at=opens_at(catalogue, now))
    if role is not None and not _anybody(catalogue, role, today):
        return Reach(VACANT)
    suited = {one.id for one in catalogue.partners.values() if role is None or role in one.roles}
    there = tuple(sorted(present_partners(session, catalogue, now) & suited))
    return Reach(SOMEBODY, partners=there) if there else Reach(NOBODY)


def opens_at(catalogue: Catalogue, now: datetime) -> datetime | None:
    """When the municipality opens next, on its own clock; None if it does not within a year."""
    calendar = catalogue.calendar
    local = calendar.local(now)
    for days in range(_LONGEST_CLOSURE):
        day = local.date() + timedelta(days=days)
        if not calendar.is_working_day(day):
            continue
        for opening in sorted(calendar.hours[day.weekday()], key=lambda one: one.start):
            moment = datetime.combine(day, opening.start, calendar.timezone)
            if moment > local:
                return moment
    return None


def _anybody(catalogue: Catalogue, role: str, day: date) -> bool:
    """Whether anybody has the role and is not away."""
    return any(role in one.roles and not one.is_absent(day) for one in catalogue.partners.values())
