"""Talking with a resident in the chat: take over, say something, give back, and the stream of what happens.

Every step is a form that works without scripts. A script may send the same form and ask for JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from aiohttp import hdrs, web
from aiohttp_sse import sse_response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from routing.cases import presence
from routing.cases.cases import find_case
from routing.cases.conversations import UnknownConversation
from routing.cases.desk_models import Account
from routing.cases.models import PARTNER as PARTNER_OWNER
from routing.cases.models import Case
from routing.cases.speaking import NotSpeaking, Speaker, SpokenFor
from routing.cases.states import CaseState
from routing.desk import case_pages, sessions
from routing.desk.audit import note
from routing.desk.context import VISIT, Desk, account_of, back_to, desk_of, render
from routing.desk.forms import read_text
from routing.desk.handling import Work, speaker_of
from routing.desk.rights import may_handle
from routing.desk.talk import news, who_speaks
from routing.desk.wording import Wording
from routing.handoff import live
from routing.handoff.hub import PARTNER, RESIDENT, Listener

SIGN_OF_LIFE = timedelta(seconds=10)
"""An open page is noted as alive at most this often."""
_LONGEST_FORM_ID = 64
_PRESENCE = {"wel": True, "niet": False, "vanzelf": None}

Step = Callable[[Session, live.Desk, Case, Speaker, str], None]


async def take_over(request: web.Request) -> web.Response:
    """The account speaks from now on."""
    instead = request[VISIT].posted.get("toch") == "ja"

    def step(session: Session, now: live.Desk, case: Case, speaker: Speaker, form_id: str) -> None:
        if live.take_over(session, now, case, speaker, client_id=form_id, instead=instead):
            note(session, "taken_over", account=account_of(request), case=case, now=now.now)

    return await _step(request, step)


async def give_back(request: web.Request) -> web.Response:
    """The chatbot speaks again."""

    def step(session: Session, now: live.Desk, case: Case, speaker: Speaker, form_id: str) -> None:
        if live.give_back(session, now, case, speaker, client_id=form_id):
            note(session, "given_back", account=account_of(request), case=case, now=now.now)

    return await _step(request, step)


async def say(request: web.Request) -> web.Response:
    """Something to the resident, in the chat; by mail as well when nobody is there to read it."""
    desk, posted = desk_of(request), request[VISIT].posted
    words, problems = read_text(posted, "tekst")
    if problems:
        if _wants_json(request):
            texts = Wording(desk.catalogue, request[VISIT].language).t
            return web.json_response({"fout": texts(f"case.problems.{problems['tekst']}")}, status=400)
        return await case_pages.show_refusal(request, case_pages.Refusal(400, "zeg", posted, problems))

    def step(session: Session, now: live.Desk, case: Case, speaker: Speaker, form_id: str) -> None:
        there = desk.is_there(case.conversation_id or "")
        said = live.says(session, now, case, speaker, words, client_id=form_id, resident_there=there)
        # The same form again gives the message that it was the first time.
        if said.created_at == now.now:
            data = {"message": said.number}
            note(session, "partner_said", account=account_of(request), case=case, now=now.now, data=data)

    return await _step(request, step)


async def types(request: web.Request) -> web.Response:
    """The account is typing: the resident sees it while the account speaks."""
    desk, account = desk_of(request), account_of(request)

    def read(session: Session) -> tuple[str | None, Speaker, bool]:
        case, speaker = _case_and_speaker(session, request, account, desk)
        speaks = case.conversation_id and who_speaks(session, case.conversation_id, speaker)[0] == "self"
        return case.conversation_id, speaker, bool(speaks)

    conversation, speaker, speaks = await desk.read(read)
    if speaks:
        desk.hub().signal(conversation, PARTNER, {"kind": "typing", "name": speaker.name})
    return web.json_response({})


async def _step(request: web.Request, step: Step) -> web.Response:
    desk, account, posted = desk_of(request), account_of(request), request[VISIT].posted
    form_id = posted.get("formulier-nummer", "")
    if not 0 < len(form_id) <= _LONGEST_FORM_ID:
        raise web.HTTPBadRequest

    def change(session: Session) -> str | None:
        case, speaker = _case_and_speaker(session, request, account, desk)
        step(session, live.Desk(desk.catalogue, desk.now), case, speaker, form_id)
        return case.conversation_id

    try:
        conversation = await desk.write(change)
    except (SpokenFor, NotSpeaking, UnknownConversation):
        # Somebody else was faster: the page shows who speaks now, and what can be done about it.
        return _answer(request, 409)
    if conversation is not None:
        desk.notify(conversation)
    desk.wake_delivery()
    return _answer(request, 200)


def _answer(request: web.Request, status: int) -> web.Response:
    if _wants_json(request):
        return web.json_response({}, status=status)
    raise back_to(f"/desk/zaken/{request.match_info['reference']}#gesprek")


def _wants_json(request: web.Request) -> bool:
    return "application/json" in request.headers.get(hdrs.ACCEPT, "")


def _case_and_speaker(
    session: Session, request: web.Request, account: Account, desk: Desk
) -> tuple[Case, Speaker]:
    case = find_case(session, request.match_info["reference"])
    if case is None:
        raise web.HTTPNotFound
    fresh = session.get_one(Account, account.id)
    if not fresh.active or not may_handle(fresh, case, desk.catalogue):
        raise web.HTTPForbidden
    return case, speaker_of(Work(desk.catalogue, fresh, desk.now, desk.settings.public_url), case)


async def stream(request: web.Request) -> web.StreamResponse:
    """What happens in the conversation, from a message's number on: as it happens, or once as JSON."""
    desk, account = desk_of(request), account_of(request)

    def read(session: Session) -> str | None:
        return _case_and_speaker(session, request, account, desk)[0].conversation_id

    conversation = await desk.read(read)
    if conversation is None:
        raise web.HTTPNotFound
    follower = _Follower(request, desk, account, conversation, _after(request))
    if "text/event-stream" not in request.headers.get(hdrs.ACCEPT, ""):
        return web.json_response({"berichten": await desk.read(follower.new_messages)})
    async with desk.hub().listen(conversation, PARTNER) as listener, sse_response(request) as response:
        await follower.follow(response, listener)
    return response


def _after(request: web.Request) -> int:
    """The number that the reader has; a browser that reconnects says it in a header."""
    text = request.headers.get("Last-Event-ID") or request.query.get("na", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class _Follower:
    """One open page that follows a conversation."""

    def __init__(
        self, request: web.Request, desk: Desk, account: Account, conversation: str, after: int
    ) -> None:
        self._request, self._desk, self._account = request, desk, account
        self._conversation, self._after = conversation, after
        self._wording = Wording(desk.catalogue, request[VISIT].language)
        self._speaks: tuple[str, str] | None = None
        self._there: bool | None = None
        self._alive_at: datetime | None = None

    def new_messages(self, session: Session) -> list[dict[str, Any]]:
        """What was said since the last time."""
        return news(session, self._wording, self._conversation, self._after)

    async def follow(self, response: Any, listener: Listener) -> None:
        """Sends what is new until the reader goes, the account may no longer look, or the process stops."""
        hub = self._desk.hub()
        while response.is_connected() and not hub.closed and await self._still_may():
            await self._show_alive()
            for message in await self._desk.read(self.new_messages):
                await self._send(response, "bericht", message, str(message["nummer"]))
                self._after = message["nummer"]
            await self._send_speaker(response)
            await self._send_connection(response)
            while listener.signals:
                if listener.signals.popleft()["kind"] == "typing":
                    await self._send(response, "typt", {})
            await listener.wait()

    async def _still_may(self) -> bool:
        """Signed in still, and still with this case: a stream must not outlive the right to read it."""
        token = self._request[VISIT].token

        def read(session: Session) -> bool:
            known = sessions.account_of(session, token, self._desk.now, self._desk.expiry)
            case = find_case(session, self._request.match_info["reference"])
            return known is not None and case is not None and may_handle(known, case, self._desk.catalogue)

        return await self._desk.read(read)

    async def _show_alive(self) -> None:
        now = self._desk.now
        if self._alive_at is not None and now - self._alive_at < SIGN_OF_LIFE:
            return
        self._alive_at = now

        def write(session: Session) -> bool:
            _, speaker = _case_and_speaker(session, self._request, self._account, self._desk)
            if self._account.partner_id:
                presence.seen(session, [self._account.partner_id], now)
            return live.partner_is_back(
                session, live.Desk(self._desk.catalogue, now), self._conversation, speaker.id
            )

        if await self._desk.write(write):
            self._desk.notify(self._conversation)

    async def _send_speaker(self, response: Any) -> None:
        def read(session: Session) -> tuple[str, str]:
            _, speaker = _case_and_speaker(session, self._request, self._account, self._desk)
            return who_speaks(session, self._conversation, speaker)

        speaks = await self._desk.read(read)
        if speaks != self._speaks:
            self._speaks = speaks
            await self._send(response, "spreekt", {"wie": speaks[0], "naam": speaks[1]})

    async def _send_connection(self, response: Any) -> None:
        there = self._desk.hub().connected(self._conversation, RESIDENT)
        if there != self._there:
            self._there = there
            await self._send(response, "verbinding", {"inwoner": there})

    @staticmethod
    async def _send(response: Any, event: str, data: dict[str, Any], number: str | None = None) -> None:
        await response.send(json.dumps(data, ensure_ascii=False), event=event, id=number)


async def show_presence(request: web.Request) -> web.Response:
    """Whether the account counts as present, and how to change that."""
    desk, account = desk_of(request), account_of(request)

    def read(session: Session) -> Any:
        return presence.find_presence(session, account.partner_id) if account.partner_id else None

    return render(request, "presence", known=await desk.read(read), today=desk.today)


async def say_presence(request: web.Request) -> web.Response:
    """The account says that it is there, is not, or is as its open page shows."""
    desk, account = desk_of(request), account_of(request)
    chosen = request[VISIT].posted.get("aanwezig", "")
    if chosen in _PRESENCE and account.partner_id:

        def write(session: Session) -> None:
            presence.said(session, account.partner_id, _PRESENCE[chosen], desk.now)
            note(session, "presence_said", account=account, now=desk.now, data={"there": _PRESENCE[chosen]})

        await desk.write(write)
    raise back_to("/desk/aanwezigheid")


async def show_sign_of_life(request: web.Request) -> web.Response:
    """An open page of the desk is there still; it hears how many new cases wait for its account."""
    desk, account = desk_of(request), account_of(request)
    partner = account.partner_id
    if not partner:
        return web.json_response({"nieuw": 0})

    def write(session: Session) -> int:
        presence.seen(session, [partner], desk.now)
        waiting = (Case.owner_kind == PARTNER_OWNER, Case.owner_id == partner)
        query = select(func.count()).select_from(Case).where(*waiting, Case.state == CaseState.RECEIVED)
        return session.scalar(query) or 0

    return web.json_response({"nieuw": await desk.write(write)})
