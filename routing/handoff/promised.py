"""The date before which a person gets an answer, in working hours of the municipality."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from routing.catalogue import Catalogue


def promised_for(catalogue: Catalogue, now: datetime, role: str) -> date:
    """The promised date of something that comes in now, for this role.

    What comes in after closing time counts as received on the next working day. A role that the catalogue
    has lost promises what the slowest one does.
    """
    received = received_on(catalogue, now)
    known = catalogue.roles.get(role)
    days = known.promise_days if known else max(one.promise_days for one in catalogue.roles.values())
    return catalogue.calendar.add_working_days(received, days)


def received_on(catalogue: Catalogue, now: datetime) -> date:
    """The working day on which something that comes in now is received."""
    calendar = catalogue.calendar
    local = calendar.local(now)
    today = local.date()
    if calendar.is_working_day(today):
        closes = max(opening.end for opening in calendar.hours[today.weekday()])
        if local.time() < closes:
            return today
    return calendar.add_working_days(today + timedelta(days=1), 0)
