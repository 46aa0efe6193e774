"""Which partners are there: their page at the desk is open, or they said so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from routing.cases.live_tables import Presence

PRESENT_FOR = timedelta(seconds=90)
"""So long after the last sign of life somebody still counts as present.

An open page sends one every 20 seconds; browsers let a page in the background do so once a minute.
"""


def seen(session: Session, partner_ids: Iterable[str], now: datetime) -> None:
    """Notes a sign of life of these partners."""
    for partner_id in partner_ids:
        _put(session, partner_id, {"seen_at": now})


def said(session: Session, partner_id: str, available: bool | None, now: datetime) -> None:
    """Notes what a partner said: there, not there, or (None) as their open page shows.

    "There" holds for the rest of the day, "not there" until the partner says otherwise.
    """
    _put(session, partner_id, {"available": available, "said_at": now})


def find_presence(session: Session, partner_id: str) -> Presence | None:
    """What is known of a partner's presence."""
    return session.get(Presence, partner_id, populate_existing=True)


def present(session: Session, now: datetime, *, day_began: datetime) -> frozenset[str]:
    """Ids of the partners who are there. `day_began` is when the municipality's day began.

    Whether the municipality is open and who is away by the catalogue, the caller knows.
    """
    query = select(Presence.partner_id).where(
        Presence.available.is_distinct_from(False),
        or_(
            Presence.seen_at >= now - PRESENT_FOR,
            Presence.available.is_(True) & (Presence.said_at >= day_began),
        ),
    )
    return frozenset(session.scalars(query))


def _put(session: Session, partner_id: str, values: dict[str, datetime | bool | None]) -> None:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(Presence).values(partner_id=partner_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=[Presence.partner_id], set_=values))
