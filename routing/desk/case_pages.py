"""The page of a case, and what its forms do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.advice.likeness import DUPLICATE
from routing.cases.cases import CaseChanged, case_for_change, find_case
from routing.cases.desk_models import Account, Follower
from routing.cases.models import Case
from routing.cases.states import ForbiddenTransition
from routing.desk import handling
from routing.desk.audit import note, note_once
from routing.desk.case_view import View, changes_since, look, others_here, view_of
from routing.desk.context import VISIT, Desk, account_of, back_to, desk_of, number_of, render
from routing.desk.forms import FORMS, INSERT, Filled, Form, Known
from routing.desk.handling import Work
from routing.desk.rights import may_handle, may_see_person
from routing.desk.talk import SELF, Talk, talk_of
from routing.desk.wording import Line, Wording
from routing.handoff import live

_SIMILAR = 5


@dataclass(frozen=True)
class Refusal:
    """Why a form was not carried out; what was typed stays in it."""

    status: int
    form: str
    typed: Mapping[str, str]
    problems: Mapping[str, str]
    changes: Sequence[Line] = ()


async def show_case(request: web.Request) -> web.Response:
    """The page of one case."""
    return await _page(request)


async def show_refusal(request: web.Request, refusal: Refusal) -> web.Response:
    """The page of the case with what is wrong; what was typed stands in the form."""
    return await _page(request, refusal)


async def who_is_here(request: web.Request) -> web.Response:
    """A sign of life of an open page, and who else has the case open."""
    desk, account = desk_of(request), account_of(request)

    def seen(session: Session) -> list[str]:
        case = _found(session, request)
        look(session, case.id, account, desk.now)
        return others_here(session, case, account, desk.now)

    return web.json_response({"anderen": await desk.write(seen)})


def handler_of(form: Form):
    """The handler that carries a form out, or shows it again with what is wrong."""

    async def handle(request: web.Request) -> web.Response:
        desk, posted = desk_of(request), request[VISIT].posted
        if form.name == "bericht" and posted.get("doe") == INSERT:
            return await _with_canned(request)
        filled = form.read(posted, Known(desk.catalogue, desk.today))
        if filled.problems:
            return await _page(request, Refusal(400, form.name, posted, filled.problems))
        return await _carry_out(request, form, filled)

    return handle


async def _carry_out(request: web.Request, form: Form, filled: Filled) -> web.Response:
    desk, account, posted = desk_of(request), account_of(request), request[VISIT].posted
    conversation = await desk.read(lambda session: _found(session, request).conversation_id)
    there = conversation is not None and desk.is_there(conversation)
    version = number_of(posted.get("versie", ""))

    def change(session: Session) -> None:
        # A page without a version has seen nothing.
        expected = (-1 if version is None else version) if form.checks_version else None
        case = case_for_change(session, request.match_info["reference"], version=expected)
        if case is None:
            raise web.HTTPNotFound
        _check_rights(form, account, case, desk)
        form.do(session, _work(session, desk, account), case, filled.values, there)

    try:
        await desk.write(change)
    except CaseChanged:
        return await _page(request, await _clash(request, form, "changed"))
    except ForbiddenTransition:
        return await _page(request, await _clash(request, form, "state"))
    except ValueError:
        # Of all forms only a transfer can ask for what only the case itself shows to be wrong.
        return await _page(request, Refusal(400, form.name, posted, {"naar": "same_owner"}))
    _tell(desk, conversation)
    raise back_to(f"{_address(request)}?klaar={form.name}#{form.name}")


def _check_rights(form: Form, account: Account, case: Case, desk: Desk) -> None:
    if form.handles and not may_handle(account, case, desk.catalogue):
        raise web.HTTPForbidden


def _work(session: Session, desk: Desk, account: Account) -> Work:
    fresh = session.get_one(Account, account.id)
    return Work(desk.catalogue, fresh, desk.now, desk.settings.public_url)


def _tell(desk: Desk, conversation: str | None) -> None:
    if conversation is not None:
        desk.notify(conversation)
    desk.wake_delivery()


async def _clash(request: web.Request, form: Form, problem: str) -> Refusal:
    """What changed since the page that was decided on, for the page that says so."""
    desk, account, visit = desk_of(request), account_of(request), request[VISIT]
    seen = number_of(visit.posted.get("gezien", "")) or 0

    def changes(session: Session) -> list[Line]:
        case = _found(session, request)
        return changes_since(
            session, case, seen, desk.catalogue, visit.language,
            reads_all=may_see_person(account, case, desk.catalogue),
        )  # fmt: skip

    return Refusal(409, form.name, visit.posted, {"": problem}, await desk.read(changes))


async def _with_canned(request: web.Request) -> web.Response:
    """The page with a canned text put behind what was typed; nothing is sent."""
    desk, posted = desk_of(request), request[VISIT].posted
    language = await desk.read(lambda session: _found(session, request).language)
    canned = desk.catalogue.canned.get(posted.get("standaard", ""))
    parts = [posted.get("tekst", "").strip(), canned.text.in_(language) if canned else ""]
    typed = {**posted, "tekst": "\n\n".join(part for part in parts if part)}
    return await _page(request, Refusal(200, "bericht", typed, {}))


async def call_off(request: web.Request) -> web.Response:
    """Calls a planned follow-up off."""
    desk, account, number = desk_of(request), account_of(request), number_of(request.match_info["number"])

    def change(session: Session) -> bool:
        case = _found(session, request)
        if not may_handle(account, case, desk.catalogue):
            raise web.HTTPForbidden
        work = _work(session, desk, account)
        return number is not None and handling.call_off(session, work, case, number)

    if not await desk.write(change):
        raise web.HTTPNotFound
    raise back_to(f"{_address(request)}?klaar=afgezegd#vervolg")


async def follow(request: web.Request) -> web.Response:
    """The account hears of each step from now on."""
    desk, account = desk_of(request), account_of(request)

    def change(session: Session) -> None:
        case = _found(session, request)
        if session.get(Follower, (case.id, account.id)) is None:
            session.add(Follower(case_id=case.id, account_id=account.id, created_at=desk.now))
            note(session, "followed", account=account, case=case, now=desk.now)

    await desk.write(change)
    raise back_to(f"{_address(request)}?klaar=volgen")


async def unfollow(request: web.Request) -> web.Response:
    """The account hears of no further steps."""
    desk, account = desk_of(request), account_of(request)

    def change(session: Session) -> None:
        case = _found(session, request)
        follower = session.get(Follower, (case.id, account.id))
        if follower is not None:
            session.delete(follower)
            note(session, "unfollowed", account=account, case=case, now=desk.now)

    await desk.write(change)
    raise back_to(f"{_address(request)}?klaar=loslaten")


async def _page(request: web.Request, refusal: Refusal | None = None) -> web.Response:
    desk, account, language = desk_of(request), account_of(request), request[VISIT].language

    def read(session: Session) -> tuple[View, Talk | None]:
        case = _found(session, request)
        view = view_of(session, case, account, desk.catalogue, language, desk.now)
        if not view.may_handle:
            return view, None
        speaker = handling.speaker_of(_work(session, desk, account), case)
        there = desk.is_there(case.conversation_id or "")
        return view, talk_of(session, case, speaker, resident_there=there)

    def leave_trace(session: Session) -> None:
        look(session, view.case.id, account, desk.now)
        if talk is not None and talk.speaks == SELF:
            # Without scripts a new page is the only sign that the speaker is still there.
            live.partner_is_back(
                session, live.Desk(desk.catalogue, desk.now), view.case.conversation_id, talk.speaker_id
            )
        if view.sees_person:
            note_once(session, "person_seen", account=account, case=view.case, now=desk.now)

    view, talk = await desk.read(read)
    await desk.write(leave_trace)
    return render(
        request,
        "case",
        refusal.status if refusal else 200,
        view=view,
        talk=talk,
        case=view.case,
        w=Wording(desk.catalogue, language),
        catalogue=desk.catalogue,
        similar=await _similar(desk, view.case),
        done=request.query.get("klaar"),
        refusal=refusal,
        forms=FORMS,
        today=desk.today,
    )


async def _similar(desk: Desk, case: Case) -> list[dict[str, Any]]:
    """Earlier cases like this one, with a likeness in whole percents."""
    found = await asyncio.to_thread(desk.similar().find, case.plan, _SIMILAR + 1)
    likeness = {reference: like for reference, like in found if reference != case.reference}
    query = select(Case).where(Case.reference.in_(likeness))
    cases = await desk.read(lambda session: list(session.scalars(query)))
    ranked = sorted(cases, key=lambda one: -likeness[one.reference])
    return [
        {
            "case": one,
            "likeness": round(100 * likeness[one.reference]),
            "double": likeness[one.reference] >= DUPLICATE,
        }
        for one in ranked[:_SIMILAR]
    ]


def _found(session: Session, request: web.Request) -> Case:
    case = find_case(session, request.match_info["reference"])
    if case is None:
        raise web.HTTPNotFound
    return case


def _address(request: web.Request) -> str:
    return f"/desk/zaken/{request.match_info['reference']}"
