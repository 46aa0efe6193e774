"""The chat API: paths, what comes in, what goes out. The contract stands in openapi.yml beside this file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp_sse import sse_response
from ruamel.yaml import YAML

from bot.chat.events import as_event, passing_event
from bot.chat.gateway import CHATBOT_SPEAKS, Gateway, Incoming, Standing
from bot.chat.limits import RateLimit
from bot.chat.problems import FieldError, Problem, language_of
from bot.chat.reach import read_reach
from routing.backoffice import Backoffice
from routing.handoff.afterwards import SCORES
from routing.handoff.hub import RESIDENT, Hub, Listener
from routing.settings import Settings

GATEWAY = web.AppKey("gateway", Gateway)
BACKOFFICE = web.AppKey("backoffice", Backoffice)
HUB = web.AppKey("hub", Hub)
SETTINGS = web.AppKey("settings", Settings)
MESSAGE_RATE = web.AppKey("message_rate", RateLimit)
TYPING_RATE = web.AppKey("typing_rate", RateLimit)
CONVERSATION_RATE = web.AppKey("conversation_rate", RateLimit)
OPENAPI = web.AppKey("openapi", bytes)

BASE = "/api/v1"
CLIENT_ID_LENGTH = 100
TYPING = "120 per minute"
"""How often a conversation may say that somebody types; the widget does so once in three seconds."""


def setup_api(app: web.Application, settings: Settings) -> None:
    """Add the chat API to the application; the gateway itself is put there at start-up."""
    app[SETTINGS] = settings
    app[MESSAGE_RATE] = RateLimit(settings.limits.messages)
    app[TYPING_RATE] = RateLimit(TYPING)
    app[CONVERSATION_RATE] = RateLimit(settings.limits.conversations)
    app[OPENAPI] = _openapi()
    app.router.add_get(f"{BASE}/openapi.json", show_openapi)
    app.router.add_post(f"{BASE}/gesprekken", open_conversation)
    app.router.add_post(f"{BASE}/gesprekken/{{id}}/berichten", post_message)
    app.router.add_get(f"{BASE}/gesprekken/{{id}}/berichten", list_messages)
    app.router.add_post(f"{BASE}/gesprekken/{{id}}/typt", post_typing)
    app.router.add_get(f"{BASE}/gesprekken/{{id}}/gebeurtenissen", stream_messages)
    app.router.add_post(f"{BASE}/gesprekken/{{id}}/waardering", post_rating)
    app.router.add_get(f"{BASE}/gesprekken/{{id}}/gegevens", show_data)
    app.router.add_delete(f"{BASE}/gesprekken/{{id}}/gegevens", erase_data)
    app.router.add_get(f"{BASE}/bereikbaarheid", show_reach)


def _openapi() -> bytes:
    document = YAML(typ="safe").load(Path(__file__).with_name("openapi.yml"))
    return json.dumps(document, ensure_ascii=False).encode()


async def show_openapi(request: web.Request) -> web.Response:
    """The document of this API."""
    return web.Response(body=request.app[OPENAPI], content_type="application/json")


async def open_conversation(request: web.Request) -> web.Response:
    """Start a conversation."""
    request.app[GATEWAY].check_ready()
    body = await _object(request, optional=True)
    language = body.get("taal")
    errors = _unknown(body, {"taal"})
    if language not in (None, "nl", "en"):
        errors.append(FieldError("taal", "language"))
    _refuse(errors)
    request.app[CONVERSATION_RATE].hit(address_of(request))
    opened = await request.app[GATEWAY].open(language)
    return _json({"id": opened.id, "token": opened.token, "berichten": opened.messages}, 201)


async def post_message(request: web.Request) -> web.Response:
    """Take a message in and give the answers to it."""
    conversation = await _authorised(request)
    incoming = _incoming(await _object(request), request.app[SETTINGS].limits.message_characters)
    request.app[GATEWAY].check_ready()
    request.app[MESSAGE_RATE].hit(conversation)
    return await _messages(request, conversation, await request.app[GATEWAY].send(conversation, incoming))


async def post_typing(request: web.Request) -> web.Response:
    """The resident is typing; nothing is kept of it."""
    conversation = await _authorised(request)
    request.app[TYPING_RATE].hit(conversation)
    request.app[GATEWAY].typing(conversation)
    return web.Response(status=204)


async def list_messages(request: web.Request) -> web.Response:
    """All messages behind the number in ``na``."""
    conversation = await _authorised(request)
    after = _number(request.query.get("na", "0"), "na")
    return await _messages(request, conversation, await request.app[GATEWAY].since(conversation, after))


async def post_rating(request: web.Request) -> web.Response:
    """Keep how the resident found the conversation; a second figure changes nothing."""
    conversation = await _authorised(request)
    body = await _object(request)
    score, errors = body.get("cijfer"), _unknown(body, {"cijfer"})
    if isinstance(score, bool) or score not in SCORES:
        errors.append(FieldError("cijfer", "score"))
    _refuse(errors)
    request.app[MESSAGE_RATE].hit(conversation)
    return _json({"cijfer": await request.app[GATEWAY].rate(conversation, int(score))})


async def show_data(request: web.Request) -> web.Response:
    """All that is kept of this conversation, to take along."""
    conversation = await _authorised(request, own=True)
    request.app[MESSAGE_RATE].hit(conversation)
    name = f'attachment; filename="loket-{conversation}.json"'
    response = _json(await request.app[GATEWAY].held(conversation))
    response.headers["Content-Disposition"] = name
    return response


async def erase_data(request: web.Request) -> web.Response:
    """Erase it; the conversation itself can go on, from nothing."""
    conversation = await _authorised(request, own=True)
    request.app[GATEWAY].check_ready()
    request.app[MESSAGE_RATE].hit(conversation)
    return _json({"blijvenOpen": await request.app[GATEWAY].erase(conversation)})


async def show_reach(request: web.Request) -> web.Response:
    """Whether people can be reached now, and when; open to everybody."""
    return _json(await read_reach(request.app[BACKOFFICE], language_of(request)))


async def stream_messages(request: web.Request) -> web.StreamResponse:
    """Send every message from ``Last-Event-ID`` on, and who speaks or types, while the reader listens."""
    conversation = await _authorised(request)
    after = _number(request.headers.get("Last-Event-ID", "0"), "Last-Event-ID")
    gateway = request.app[GATEWAY]
    hub = request.app[HUB]
    # A reader knows that the chatbot speaks and no plan is told until it hears otherwise.
    told = Standing(CHATBOT_SPEAKS)
    async with hub.listen(conversation, RESIDENT) as news, sse_response(request) as stream:
        while stream.is_connected() and not hub.closed:
            for message in await gateway.since(conversation, after):
                await stream.send(**as_event(message))
                after = message["id"]
            now = await gateway.standing(conversation)
            if now.speaks != told.speaks:
                await stream.send(**passing_event("spreekt", now.speaks))
            if now.progress != told.progress:
                await stream.send(**passing_event("voortgang", now.progress))
            told = now
            await _pass_signals(stream, news)
            await news.wait()
    return stream


async def _pass_signals(stream: Any, news: Listener) -> None:
    """What the other side signals and nobody stores: for the resident that somebody types."""
    while news.signals:
        signal = news.signals.popleft()
        if signal["kind"] == "typing":
            await stream.send(**passing_event("typt", {"naam": signal.get("name", "")}))


async def _messages(request: web.Request, conversation: str, messages: list[dict[str, Any]]) -> web.Response:
    """Messages, with how far the plan is now."""
    progress = await request.app[GATEWAY].progress(conversation)
    return _json({"berichten": messages, "voortgang": progress})


async def _authorised(request: web.Request, own: bool = False) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem("unauthorised", headers={"WWW-Authenticate": "Bearer"})
    conversation = request.match_info["id"]
    await request.app[GATEWAY].authorise(conversation, token.strip(), own)
    return conversation


async def _object(request: web.Request, optional: bool = False) -> dict[str, Any]:
    """The JSON object of a request. Raises Problem when it is something else."""
    raw = await request.read()
    if optional and not raw.strip():
        return {}
    if request.content_type != "application/json":
        raise Problem("media_type")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise Problem("invalid", (FieldError("", "not_json"),)) from None
    if not isinstance(body, dict):
        raise Problem("invalid", (FieldError("", "not_object"),))
    return body


def _incoming(body: dict[str, Any], limit: int) -> Incoming:
    """A valid message. Raises Problem with every error at once."""
    errors = _unknown(body, {"tekst", "keuze", "clientId"})
    client_id, text, choice = body.get("clientId"), body.get("tekst"), body.get("keuze")
    if not isinstance(client_id, str) or not 0 < len(client_id) <= CLIENT_ID_LENGTH:
        errors.append(FieldError("clientId", "client_id"))
    if (text is None) == (choice is None):
        errors.append(FieldError("tekst", "text_or_choice"))
    elif text is not None:
        errors += _text_errors(text, limit)
    elif not isinstance(choice, str):
        errors.append(FieldError("keuze", "choice"))
    _refuse(errors)
    return Incoming(client_id, (text or "").strip(), choice)


def _text_errors(text: Any, limit: int) -> list[FieldError]:
    if not isinstance(text, str):
        return [FieldError("tekst", "text_type")]
    if not text.strip():
        return [FieldError("tekst", "text_empty")]
    if len(text) > limit:
        return [FieldError("tekst", "text_long", {"length": len(text), "limit": limit})]
    return []


def _unknown(body: dict[str, Any], known: set[str]) -> list[FieldError]:
    return [FieldError(name, "unknown_field") for name in sorted(body.keys() - known)]


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise Problem("invalid", tuple(errors))


def _number(text: str, field: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Problem("invalid", (FieldError(field, "after"),))
    return int(text)


def address_of(request: web.Request) -> str:
    """Whose conversations are counted: the address, behind a trusted proxy the one that it names."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if request.app[SETTINGS].trust_proxy and forwarded:
        return forwarded.split(",")[-1].strip()
    return request.remote or ""


def _json(body: dict[str, Any], status: int = 200) -> web.Response:
    return web.json_response(body, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False))
