"""Where does this belong? A colleague's question gets the advice; a case comes of it only on request."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.advice import Advice, Context
from routing.advice.likeness import DUPLICATE
from routing.cases.cases import open_cases
from routing.cases.desk_models import Account
from routing.cases.models import Case
from routing.cases.states import OPEN_STATES
from routing.catalogue import Facts
from routing.desk.audit import note
from routing.desk.context import VISIT, Desk, account_of, back_to, desk_of, render
from routing.desk.rights import may
from routing.desk.wording import Wording
from routing.handoff.handover import HandoffRequest, hand_over
from routing.handoff.owner import OwnerChoice, choose_owner
from routing.handoff.payloads import describe_reason
from routing.handoff.reach import present_partners

PATH, TO_CASE = "/desk/vraag", "/desk/vraag/zaak"
_SIMILAR = 5
_FEWEST, _MOST = 3, 4000
"""Words and characters of a question that can be advised on."""


@dataclass(frozen=True)
class Earlier:
    """A case that is about the same."""

    case: Case
    likeness: float

    @property
    def may_be_the_same(self) -> bool:
        """Whether it may be this very plan, which somebody has already."""
        return self.likeness >= DUPLICATE and self.case.state in OPEN_STATES


async def show_question(request: web.Request) -> web.Response:
    """The form, empty."""
    return _page(request)


async def answer_question(request: web.Request) -> web.Response:
    """The advice on a text. Of the text nothing is stored; that somebody asked is."""
    desk, account = desk_of(request), account_of(request)
    text = _asked(request)
    problem = _problem(text)
    if problem:
        return _page(request, 400, text=text, problem=problem)
    advice = await _advised(desk, text)
    found = await asyncio.to_thread(desk.similar().find, text, _SIMILAR)

    def look(session: Session) -> tuple[OwnerChoice, bool, Sequence[Earlier]]:
        data = {"role": advice.role.role if advice.role else None, "kind": advice.kind}
        note(session, "asked_advice", account=account, now=desk.now, data=data)
        owner = _owner(session, desk, advice, text)
        there = owner.id in present_partners(session, desk.catalogue, desk.now)
        return owner, there, _earlier(session, found)

    owner, there, earlier = await desk.write(look)
    return _page(request, text=text, advice=advice, owner=owner, there=there, earlier=earlier)


async def make_case(request: web.Request) -> web.Response:
    """The text becomes a case, by the same way as a resident's plan; sent twice it is one case."""
    desk, account = desk_of(request), account_of(request)
    text = _asked(request)
    problem = _problem(text)
    if problem:
        return _page(request, 400, text=text, problem=problem)
    advice = await _advised(desk, text)
    reference = await desk.write(lambda session: _handed_over(session, desk, account, text, advice))
    desk.wake_delivery()
    raise back_to(f"/desk/zaken/{reference}")


def _handed_over(session: Session, desk: Desk, account: Account, text: str, advice: Advice) -> str:
    # The same text of the same person on one day is the same question.
    digest = hashlib.sha256(f"{desk.today}\0{text}".encode()).hexdigest()[:32]
    told = advice.as_json()
    place = desk.catalogue.find_neighbourhoods(text)
    request = HandoffRequest(
        handoff_key=f"desk:{account.id}:{digest}",
        conversation_id=None,
        language=advice.language,
        plan=text,
        advice={key: told[key] for key in ("goals", "role", "instruments")},
        neighbourhood=place[0].id if place else None,
    )
    office = desk.backoffice
    handoff = hand_over(session, desk.catalogue, request, now=desk.now, secret=office.secret)
    if handoff.created:
        note(session, "made_case", account=account, now=desk.now, case=handoff.case)
    return handoff.case.reference


def _owner(session: Session, desk: Desk, advice: Advice, text: str) -> OwnerChoice:
    """Who would get it now."""
    place = desk.catalogue.find_neighbourhoods(text)
    facts = Facts(
        text=text,
        kind="plan",
        goals=tuple(goal.goal for goal in advice.goals),
        role=advice.role.role if advice.role else None,
        neighbourhood=place[0].id if place else None,
        language=advice.language,
        audience="staff",
    )
    day: date = desk.today
    present = present_partners(session, desk.catalogue, desk.now)
    return choose_owner(desk.catalogue, facts, open_cases=open_cases(session), today=day, present=present)


def _earlier(session: Session, found: Sequence[tuple[str, float]]) -> list[Earlier]:
    likeness = dict(found)
    cases = session.scalars(select(Case).where(Case.reference.in_(likeness)))
    return sorted((Earlier(case, likeness[case.reference]) for case in cases), key=lambda e: -e.likeness)


def _asked(request: web.Request) -> str:
    return request[VISIT].posted.get("tekst", "").strip()


async def _advised(desk: Desk, text: str) -> Advice:
    return await asyncio.to_thread(desk.backoffice.advisor.advise, text, None, Context(audience="staff"))


def _problem(text: str) -> str | None:
    if len(text.split()) < _FEWEST:
        return "short"
    return "long" if len(text) > _MOST else None


def _page(request: web.Request, status: int = 200, **values: Any) -> web.Response:
    desk, account = desk_of(request), account_of(request)
    language = request[VISIT].language
    owner: OwnerChoice | None = values.get("owner")
    known: dict[str, Any] = {
        "text": "",
        "problem": None,
        "advice": None,
        "owner": None,
        "there": False,
        "earlier": (),
        "reason": describe_reason(desk.catalogue, owner.reason.as_json(), language) if owner else None,
        "may_make": may(account.role, "POST", TO_CASE),
        "w": Wording(desk.catalogue, language),
        "catalogue": desk.catalogue,
    }
    return render(request, "ask", status, **(known | values))
