"""Pages of leads: how cases travel, mail that did not arrive, and the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.cases.desk_models import Account, AuditEvent
from routing.cases.journey import Journey, Overview, journey, overview
from routing.cases.models import DEAD, MAIL_EVENTS, Case, CaseEvent, OutboxItem
from routing.cases.states import CaseState
from routing.desk.audit import note, page_of_log
from routing.desk.context import VISIT, account_of, back_to, desk_of, number_of, render
from routing.desk.ratings import read_ratings
from routing.desk.texts import keys_under
from routing.desk.wording import Wording
from routing.handoff.outbox import send_again

PERIODS = (30, 90, 365)
_FARTHEST = 10
_MOST_DEAD = 200
_LINES = 100


class _Step(NamedTuple):
    """A line of history, as far as the way of a case needs it."""

    kind: str
    state: CaseState
    data: Mapping[str, str | None]
    created_at: datetime


@dataclass(frozen=True)
class Far:
    """A case that travelled, with its way."""

    reference: str
    way: Journey


async def show_overview(request: web.Request) -> web.Response:
    """How the cases that came in lately went through the house."""
    desk = desk_of(request)
    days = request.query.get("dagen", "")
    period = int(days) if days.isdecimal() and int(days) in PERIODS else PERIODS[1]
    since = desk.now - timedelta(days=period)
    total, far = await desk.read(lambda session: read_overview(session, since, desk.now))
    ratings = await desk.read(lambda session: read_ratings(session, since))
    return render(
        request,
        "overview",
        total=total,
        far=far,
        ratings=ratings,
        period=period,
        periods=PERIODS,
        w=Wording(desk.catalogue, request[VISIT].language),
    )


def read_overview(session: Session, since: datetime, until: datetime) -> tuple[Overview, list[Far]]:
    """The ways of all cases that came in since then, added up, and those that went farthest."""
    # Of the data only the owner: reading all of it would take most of the time.
    owner = CaseEvent.data["owner_id"].as_string()
    query = (
        select(CaseEvent.case_id, CaseEvent.kind, CaseEvent.state, owner, CaseEvent.created_at)
        .join(Case, Case.id == CaseEvent.case_id)
        .where(Case.created_at >= since, CaseEvent.kind.not_in(MAIL_EVENTS))
        .order_by(CaseEvent.case_id, CaseEvent.id)
    )
    steps: dict[int, list[_Step]] = defaultdict(list)
    for case_id, kind, state, owner_id, at in session.execute(query):
        steps[case_id].append(_Step(kind, state, {"owner_id": owner_id}, at))
    ways = {case_id: journey(lines, until) for case_id, lines in steps.items()}
    farthest = sorted(ways.items(), key=lambda pair: (-pair[1].transfers, -pair[1].without_answer))
    far = {case_id: way for case_id, way in farthest[:_FARTHEST] if way.transfers}
    names = dict(session.execute(select(Case.id, Case.reference).where(Case.id.in_(far))).all())
    return overview(ways.values()), [Far(names[case_id], way) for case_id, way in far.items()]


async def show_outbox(request: web.Request) -> web.Response:
    """What could not be delivered."""
    desk = desk_of(request)
    query = (
        select(OutboxItem, Case.reference)
        .outerjoin(Case, Case.id == OutboxItem.case_id)
        .where(OutboxItem.state == DEAD)
        .order_by(OutboxItem.due_at.desc(), OutboxItem.id.desc())
        .limit(_MOST_DEAD)
    )
    items = await desk.read(lambda session: session.execute(query).all())
    return render(
        request,
        "outbox",
        items=items,
        done=request.query.get("klaar"),
        w=Wording(desk.catalogue, request[VISIT].language),
    )


async def deliver_again(request: web.Request) -> web.Response:
    """Gives an item all its attempts again."""
    desk, account, number = desk_of(request), account_of(request), number_of(request.match_info["item"])

    def change(session: Session) -> bool:
        item = session.get(OutboxItem, number) if number is not None else None
        if item is None or not send_again(session, item.id, desk.now):
            return False
        data = {"item": item.id, "kind": item.kind}
        case = session.get(Case, item.case_id) if item.case_id is not None else None
        note(session, "sent_again", account=account, case=case, now=desk.now, data=data)
        return True

    if not await desk.write(change):
        raise web.HTTPNotFound
    desk.wake_delivery()
    raise back_to("/desk/postvak-uit?klaar=opnieuw")


@dataclass(frozen=True)
class LogLine:
    """A line of the log as people read it."""

    at: datetime
    who: str | None
    kind: str
    reference: str | None
    data: Mapping[str, Any]


async def show_log(request: web.Request) -> web.Response:
    """What was done at the desk, newest first."""
    desk = desk_of(request)
    kinds = keys_under("audit.kind")
    kind = request.query.get("soort")
    before = number_of(request.query.get("na", ""))
    wanted = kind if kind in kinds else None

    def read(session: Session) -> tuple[list[LogLine], int | None]:
        events = page_of_log(
            session,
            before=before,
            kind=wanted,
            account_id=None,
            limit=_LINES + 1,
        )
        more = events[_LINES - 1].id if len(events) > _LINES else None
        return _log_lines(session, events[:_LINES]), more

    lines, more = await desk.read(read)
    return render(
        request, "log", lines=lines, more=more, kinds=kinds, kind=wanted,
        w=Wording(desk.catalogue, request[VISIT].language),
    )  # fmt: skip


def _log_lines(session: Session, events: list[AuditEvent]) -> list[LogLine]:
    accounts = {event.account_id for event in events} | {event.data.get("account") for event in events}
    accounts |= {event.data.get("for") for event in events}
    names = dict(session.execute(select(Account.id, Account.name).where(Account.id.in_(accounts))).all())
    cases = {event.case_id for event in events}
    references = dict(session.execute(select(Case.id, Case.reference).where(Case.id.in_(cases))).all())
    return [
        LogLine(
            event.created_at,
            names.get(event.account_id),
            event.kind,
            references.get(event.case_id),
            {**event.data, "about": names.get(event.data.get("account") or event.data.get("for"))},
        )
        for event in events
    ]
