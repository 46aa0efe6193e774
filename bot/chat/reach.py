"""Whether a person can be reached now: for everybody to see, in numbers and roles, without names."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from routing.backoffice import Backoffice
from routing.cases.database import reading
from routing.catalogue import Catalogue
from routing.handoff.reach import CLOSED, HOLIDAY, NOBODY, SOMEBODY, Reach, reach

REASONS = {SOMEBODY: "aanwezig", CLOSED: "gesloten", HOLIDAY: "feestdag", NOBODY: "niemand"}
"""The names of the API for who is there, or why nobody is."""


async def read_reach(backoffice: Backoffice, language: str) -> dict[str, Any]:
    """Who can be reached at this moment, as the API says it in a language."""

    def read(work: Callable[[Session], Reach]) -> Reach:
        with reading(backoffice.engine) as session:
            return work(session)

    now = backoffice.clock()
    found = await asyncio.to_thread(read, lambda s: reach(s, backoffice.catalogue, now))
    return _as_json(backoffice.catalogue, found, language)


def _as_json(catalogue: Catalogue, found: Reach, language: str) -> dict[str, Any]:
    hours = catalogue.calendar.opening_text
    roles = sorted({catalogue.partners[one].roles[0] for one in found.partners})
    return {
        "wie": REASONS[found.reason],
        "aantal": len(found.partners),
        "rollen": [catalogue.roles[role].name.in_(language) for role in roles],
        "opentWeer": found.opens_at.isoformat() if found.opens_at else None,
        "feestdag": found.holiday.in_(language) if found.holiday else None,
        "openingstijden": hours.in_(language) if hours else None,
        "telefoon": catalogue.municipality.phone,
    }
