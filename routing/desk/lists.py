"""Lists of cases: which ones, in which order, one page at a time; each rests on an index.

Pages go on from the last case seen (not from a count), so a page deep down is as fast as the first, and
nothing is shown twice when cases come in meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, String, exists, func, literal, select, tuple_, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session, load_only

from routing.cases.desk_models import Account, CaseGoal, Follower
from routing.cases.models import MAIL_EVENTS, PARTNER, TEAM, Case, CaseEvent
from routing.cases.reference import find_reference
from routing.cases.search import found_cases, search_words
from routing.cases.states import OPEN_STATES, CaseState
from routing.catalogue import Catalogue
from routing.desk.rights import sees_everybody

MINE, OF_TEAM, SOON, LATE, ALL, FOLLOWING = "mijn", "team", "bijna", "laat", "alle", "gevolgd"
VIEWS = (MINE, OF_TEAM, SOON, LATE, ALL)
PAGE = 50
_HIGHEST = 2**62
_COUNT_TO = 100


@dataclass(frozen=True)
class Filter:
    """What a list is asked for; anything that is not understood is left out."""

    view: str = ALL
    words: str = ""
    state: CaseState | None = None
    role: str | None = None
    goal: int | None = None
    neighbourhood: str | None = None
    owner: str | None = None
    """Id of a partner, or of the team."""
    after: str | None = None
    """Where the page before ended."""

    def as_query(self) -> dict[str, str]:
        """As the address of the list, without the place in it."""
        found = {
            "zoek": self.words,
            "status": self.state.value if self.state else "",
            "rol": self.role or "",
            "doel": str(self.goal or ""),
            "buurt": self.neighbourhood or "",
            "eigenaar": self.owner or "",
        }
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True)
class Page:
    """A part of a list."""

    cases: Sequence[Case]
    last_steps: Mapping[int, CaseEvent]
    next: str | None
    """Where the next page begins; None after the last one."""


def read_filter(query: Mapping[str, str], catalogue: Catalogue, views: Sequence[str] = VIEWS) -> Filter:
    """The filter in the address of a page."""
    goal, state, view = query.get("doel", ""), query.get("status", ""), query.get("lijst", "")
    owner = query.get("eigenaar", "")
    return Filter(
        view=view if view in views else views[0],
        words=query.get("zoek", "").strip()[:200],
        state=CaseState(state) if state in set(CaseState) else None,
        role=_known(query.get("rol"), catalogue.roles),
        goal=int(goal) if goal.isdecimal() and int(goal) in catalogue.goals else None,
        neighbourhood=_known(query.get("buurt"), catalogue.neighbourhoods),
        owner=owner if owner in catalogue.partners or owner == catalogue.team.id else None,
        after=query.get("na"),
    )


def page_of_cases(
    session: Session, asked: Filter, account: Account, catalogue: Catalogue, today: date, size: int = PAGE
) -> Page:
    """One page of the list, with the last step of each case."""
    cases = list(session.scalars(statement(session, asked, account, catalogue, today).limit(size + 1)))
    more = len(cases) > size
    cases = cases[:size]
    end = _place(cases[-1], by_promise(asked)) if more else None
    return Page(cases, last_steps(session, [case.id for case in cases]), end)


def statement(
    session: Session, asked: Filter, account: Account, catalogue: Catalogue, today: date
) -> Select[tuple[Case]]:
    """The query of a list, in its order."""
    query = select(Case).options(
        load_only(
            Case.id, Case.reference, Case.plan, Case.state, Case.role, Case.goals, Case.neighbourhood,
            Case.owner_kind, Case.owner_id, Case.promised_for, Case.answered_at, Case.created_at,
        )
    )  # fmt: skip
    query = _filtered(_of_view(query, asked, account, catalogue, today), asked, catalogue)
    if by_promise(asked):
        query = _with_words(session, query, asked, account)
        return _by_promise(query, asked.after)
    return _by_number(session, query, asked, account)


def by_promise(asked: Filter) -> bool:
    """Whether the list goes by promised day: the lists of work, as long as they show work to be done."""
    if asked.view in (SOON, LATE):
        return True
    return asked.view in (MINE, OF_TEAM) and (asked.state is None or asked.state in OPEN_STATES)


def counts(session: Session, account: Account, catalogue: Catalogue, today: date) -> dict[str, int]:
    """How many cases each list of work has, at most a hundred."""
    found = {}
    for view in (MINE, OF_TEAM, SOON, LATE):
        query = statement(session, Filter(view), account, catalogue, today).with_only_columns(Case.id)
        found[view] = session.scalar(select(func.count()).select_from(query.limit(_COUNT_TO).subquery()))
    return found


def last_steps(session: Session, case_ids: Sequence[int]) -> dict[int, CaseEvent]:
    """The newest line of history of each case, but for the comings and goings of mail."""
    newest = (
        select(func.max(CaseEvent.id))
        .where(CaseEvent.case_id.in_(case_ids), CaseEvent.kind.not_in(MAIL_EVENTS))
        .group_by(CaseEvent.case_id)
    )
    events = session.scalars(select(CaseEvent).where(CaseEvent.id.in_(newest)))
    return {event.case_id: event for event in events}


def _of_view(
    query: Select[tuple[Case]], asked: Filter, account: Account, catalogue: Catalogue, today: date
) -> Select[tuple[Case]]:
    if by_promise(asked):
        # The very condition of the indexes of open cases.
        query = query.where(Case.answered_at.is_(None))
    if asked.view == MINE:
        return query.where(Case.owner_kind == PARTNER, Case.owner_id == (account.partner_id or ""))
    if asked.view == OF_TEAM:
        return query.where(Case.owner_kind == TEAM, Case.owner_id == catalogue.team.id)
    if asked.view == SOON:
        until = catalogue.calendar.add_working_days(today, 1)
        return query.where(Case.promised_for >= today, Case.promised_for <= until)
    if asked.view == LATE:
        return query.where(Case.promised_for < today)
    if asked.view == FOLLOWING:
        followed = exists().where(Follower.account_id == account.id, Follower.case_id == Case.id)
        return query.where(followed)
    return query


def _filtered(query: Select[tuple[Case]], asked: Filter, catalogue: Catalogue) -> Select[tuple[Case]]:
    state = asked.state.value if asked.state else None
    for column, value in (
        (Case.state, state),
        (Case.role, asked.role),
        (Case.neighbourhood, asked.neighbourhood),
    ):
        if value is not None:
            query = query.where(_compared(column, by_promise(asked)) == value)
    if asked.owner is not None:
        kind = TEAM if asked.owner == catalogue.team.id else PARTNER
        query = query.where(Case.owner_kind == kind, Case.owner_id == asked.owner)
    if asked.goal is not None:
        query = query.where(exists().where(CaseGoal.case_id == Case.id, CaseGoal.goal == asked.goal))
    return query


def _compared(column: InstrumentedAttribute[Any], walked: bool) -> ColumnElement[str]:
    """The column to filter by; as an expression where the list is walked by the index of promised days."""
    text = type_coerce(column, String)
    return text + "" if walked else text


def _sees_closed_words(asked: Filter, account: Account) -> bool:
    """Whether messages and people may be searched: by leads, or in a list of cases they handle."""
    return sees_everybody(account) or asked.view in (MINE, OF_TEAM)


def _with_words(
    session: Session, query: Select[tuple[Case]], asked: Filter, account: Account
) -> Select[tuple[Case]]:
    if not asked.words:
        return query
    if (reference := find_reference(asked.words)) is not None:
        return query.where(Case.reference == reference)
    found = found_cases(session, asked.words, closed=_sees_closed_words(asked, account))
    # An expression instead of the bare column: the list is walked by its own index, not by what was found.
    return query.where((Case.id + literal(0)).in_(found))


def _by_promise(query: Select[tuple[Case]], after: str | None) -> Select[tuple[Case]]:
    place = _read_place(after)
    if place is not None:
        query = query.where(tuple_(Case.promised_for, Case.id) > tuple_(*place))
    return query.order_by(Case.promised_for, Case.id)


def _by_number(
    session: Session, query: Select[tuple[Case]], asked: Filter, account: Account
) -> Select[tuple[Case]]:
    before = int(asked.after) if asked.after and asked.after.isdecimal() else _HIGHEST
    before = min(before, _HIGHEST)
    if not search_words(asked.words) or find_reference(asked.words) is not None:
        query = _with_words(session, query, asked, account)
        return query.where(Case.id < before).order_by(Case.id.desc())
    found = found_cases(session, asked.words, closed=_sees_closed_words(asked, account)).subquery()
    # The full-text index gives what it found by number, so the newest come first without sorting.
    # An expression again, so that the index of words leads and the cases follow.
    joined = query.join(found, Case.id == found.c.case_id + literal(0))
    return joined.where(found.c.case_id < before).order_by(found.c.case_id.desc())


def _place(case: Case, promise: bool) -> str:
    return f"{case.promised_for.isoformat()}_{case.id}" if promise else str(case.id)


def _read_place(after: str | None) -> tuple[date, int] | None:
    day, _, number = (after or "").partition("_")
    try:
        return date.fromisoformat(day), min(int(number), _HIGHEST)
    except ValueError:
        return None


def _known(value: str | None, entries: Mapping[str, object]) -> str | None:
    return value if value in entries else None
