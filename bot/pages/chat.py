"""The chat as a whole page, and without scripts as forms: each is sent, answered, and then shown by a GET.

Behind it is the gateway of the API, with the same limits. The key of the conversation is in a cookie that
scripts cannot read. Each form has a number of its own, so that sending it twice says nothing twice.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import hdrs, web

from bot.chat import problems
from bot.chat.api import (
    BACKOFFICE,
    CLIENT_ID_LENGTH,
    CONVERSATION_RATE,
    GATEWAY,
    MESSAGE_RATE,
    address_of,
)
from bot.chat.gateway import CHATBOT_SPEAKS, Gateway, Incoming, Key, Standing
from bot.chat.problems import FieldError, Problem
from bot.chat.reach import read_reach
from bot.pages.forms import COOKIE, FIELD, Keeper, read_form
from bot.pages.frame import language_of_path, show, words_of
from bot.pages.thread import Teller, with_links

PATHS = {"nl": "/chat", "en": "/en/chat"}
CONVERSATION = "loket_chat"
REMEMBERED = 30 * 24 * 3600
"""Seconds that a browser keeps the key of a conversation: as long as a link that goes on with it is good."""


@dataclass(frozen=True)
class Filled:
    """What a form holds, to be shown again when it could not be used."""

    text: str = ""
    number: str = ""
    """By which a repeat of the form is recognised."""


@dataclass(frozen=True)
class Wrong:
    """Why a form could not be used: what to say, and whether the text in it is what is wrong."""

    status: int
    text: str
    about_text: bool = False
    is_used: bool = False
    """Whether this very form was sent before with something else in it, so that it needs a new number."""
    headers: Mapping[str, str] | None = None


def go_on_by_forms(keeper: Keeper, language: str, key: Key, place: str = "") -> web.Response:
    """Leads to the page, with the key of the conversation for this browser."""
    response = web.Response(status=303, headers={hdrs.LOCATION: f"{PATHS[language]}{place}"})
    keeper.give(response, CONVERSATION, ".".join(key), REMEMBERED)
    return response


class ChatPages:
    """Show the conversation of this browser, and take what its forms send."""

    def __init__(self, keeper: Callable[[], Keeper], teller: Teller, characters: int) -> None:
        self._keeper_of = keeper
        self._teller = teller
        self._characters = characters

    async def show(self, request: web.Request) -> web.Response:
        """The conversation so far, or how to begin one."""
        return await self._page(request, Filled())

    async def take(self, request: web.Request) -> web.Response:
        """Do what a form asks and lead back to the page, so that a reload sends nothing again."""
        form = await read_form(request)
        filled = Filled(form.get("tekst", ""), form.get("nummer", ""))
        if not self._keeper.is_ours(request, form):
            return await self._page(request, filled, Wrong(403, self._words(request)["chat"]["form_old"]))
        try:
            if form.get("doe") == "opnieuw":
                return self._begin_again(request)
            return await self._say(request, form, filled)
        except Problem as problem:
            return await self._page(request, filled, self._wrong(request, problem))

    async def _say(self, request: web.Request, form: Mapping[str, str], filled: Filled) -> web.Response:
        gateway = request.config_dict[GATEWAY]
        language = language_of_path(request.path)
        incoming = self._incoming(request, form, filled)
        gateway.check_ready()
        key = await self._key(request) or await self._open(request, incoming.client_id, language)
        request.config_dict[MESSAGE_RATE].hit(key[0])
        answers = []
        if incoming.text or incoming.choice is not None:
            answers = await gateway.send(key[0], incoming)
        target = form.get("taal") if form.get("taal") in PATHS else language
        place = f"#b{answers[0]['id']}" if answers else "#einde" if incoming.text else ""
        return go_on_by_forms(self._keeper, target, key, place)

    def _incoming(self, request: web.Request, form: Mapping[str, str], filled: Filled) -> Incoming:
        """What a form says: a button, a wish that has a button of this page, or what was typed.

        Raises:
            Problem: there is nothing that could be sent.
        """
        number = filled.number if 0 < len(filled.number) <= CLIENT_ID_LENGTH else uuid.uuid4().hex
        here = language_of_path(request.path)
        wishes = {"mens": (here, "wish_person"), "taal": (form.get("taal", here), "wish_language")}
        if "keuze" in form:
            return Incoming(number, choice=form["keuze"])
        if form.get("doe") == "begin":
            return Incoming(number)
        if form.get("doe") in wishes:
            tongue, wish = wishes[form["doe"]]
            return Incoming(number, words_of(request, "en" if tongue == "en" else "nl")["chat"][wish])
        text = filled.text.strip()
        if not text:
            raise Problem("invalid", (FieldError("tekst", "text_empty"),))
        if len(text) > self._characters:
            values = {"length": len(text), "limit": self._characters}
            raise Problem("invalid", (FieldError("tekst", "text_long", values),))
        return Incoming(number, text)

    async def _open(self, request: web.Request, number: str, language: str) -> Key:
        """A conversation that belongs to the form which asked for it: sent twice, it still is one."""
        request.config_dict[CONVERSATION_RATE].hit(address_of(request))
        digest = self._keeper.digest("plain-chat", self._keeper.seed(request), number)
        token = base64.urlsafe_b64encode(digest[16:46]).decode()
        key = (str(uuid.UUID(bytes=digest[:16], version=4)), token)
        await request.config_dict[GATEWAY].open(language, key)
        return key

    def _begin_again(self, request: web.Request) -> web.Response:
        """Forgets the conversation, and every form that this browser still has of it."""
        path = PATHS[language_of_path(request.path)]
        response = web.Response(status=303, headers={hdrs.LOCATION: path})
        self._keeper.take(response, CONVERSATION)
        self._keeper.take(response, COOKIE)
        return response

    async def _key(self, request: web.Request) -> Key | None:
        """Id and token of this browser's conversation, if it still has one."""
        identifier, _, token = self._keeper.cookie(request, CONVERSATION).partition(".")
        if not identifier:
            return None
        try:
            await request.config_dict[GATEWAY].authorise(identifier, token)
        except Problem:
            return None
        return identifier, token

    async def _page(self, request: web.Request, filled: Filled, wrong: Wrong | None = None) -> web.Response:
        gateway: Gateway = request.config_dict[GATEWAY]
        key = await self._key(request)
        messages = self._teller.tell(await gateway.since(key[0], 0)) if key else []
        standing = await gateway.standing(key[0]) if key else Standing(CHATBOT_SPEAKS)
        there = await read_reach(request.config_dict[BACKOFFICE], language_of_path(request.path))
        seed = self._keeper.seed(request)
        is_repeat = wrong is not None and not wrong.is_used and filled.number
        response = show(
            request,
            "chat",
            language_of_path(request.path),
            status=wrong.status if wrong else 200,
            paths=PATHS,
            messages=messages,
            has_begun=key is not None,
            is_lost=bool(self._keeper.cookie(request, CONVERSATION)) and key is None,
            speaks=standing.speaks,
            progress=standing.progress,
            there=self._there(request, there),
            wrong=wrong,
            typed=filled.text if wrong else "",
            number=filled.number if is_repeat else uuid.uuid4().hex,
            mark={"name": FIELD, "value": self._keeper.mark(seed)},
            with_links=with_links,
        )
        self._keeper.give(response, COOKIE, seed)
        response.headers.update((wrong and wrong.headers) or {})
        return response

    def _wrong(self, request: web.Request, problem: Problem) -> Wrong:
        """What a problem of the gateway says to somebody who reads a page."""
        language = language_of_path(request.path)
        status = problems.texts()["problems"][problem.code]["status"]
        if not problem.errors:
            text = problems.text(language, "problems", problem.code, "detail", **problem.values)
            return Wrong(status, text, headers=problem.headers)
        error = problem.errors[0]
        text = problems.text(language, "errors", error.code, **error.values)
        if error.field == "clientId":
            return Wrong(409, self._words(request)["chat"]["form_used"], is_used=True)
        return Wrong(422, text, about_text=error.field == "tekst")

    def _there(self, request: web.Request, there: Mapping[str, Any]) -> str:
        """Who can be reached now, in words."""
        text = self._words(request)["chat"]["there"][there["wie"]]
        return text.replace("{hours}", there["openingstijden"] or "").replace(
            "{holiday}", there["feestdag"] or ""
        )

    def _words(self, request: web.Request) -> Mapping[str, Any]:
        return words_of(request, language_of_path(request.path))

    @property
    def _keeper(self) -> Keeper:
        return self._keeper_of()
