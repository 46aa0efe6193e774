"""The desk as a part of the application: its pages, its templates, and the guard before them."""

from __future__ import annotations

import asyncio
import logging
import mimetypes
from collections.abc import AsyncIterator, Callable
from functools import cached_property
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from routing.backoffice import Backoffice
from routing.desk import ask_pages, case_pages, lead_pages, list_pages, live, signin
from routing.desk.accounts import Authenticator, local_accounts
from routing.desk.context import DESK, TEMPLATES, VISIT, Desk
from routing.desk.forms import FORMS
from routing.desk.guard import CSRF_FIELD, guard, problem
from routing.desk.signin import AUTHENTICATOR, SIGN_INS, SignInLimits
from routing.desk.similar import SimilarCases, StoredVectors
from routing.desk.wording import kind_words, log_words
from routing.errors import where
from routing.handoff.hub import Hub
from routing.settings import Settings

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
PREFIX = "/desk"
_LEARN_EVERY, _LEARN_AT_ONCE = 10.0, 20
_Handler = Callable[[web.Request], object]


class _Similar:
    """The search for similar cases, made when the store is open."""

    def __init__(self, provider: Callable[[], Backoffice]) -> None:
        self._provider = provider

    @cached_property
    def stored(self) -> StoredVectors:
        backoffice = self._provider()
        return StoredVectors.of(backoffice.engine, backoffice.advisor)


def setup_desk(
    app: web.Application,
    provider: Callable[[], Backoffice],
    settings: Settings,
    *,
    theme: str,
    notify: Callable[[str], None],
    is_there: Callable[[str], bool],
    wake_delivery: Callable[[], None],
    similar: Callable[[], SimilarCases] | None = None,
    hub: Callable[[], Hub] | None = None,
    authenticator: Authenticator | None = None,
) -> web.Application:
    """Mounts the desk at `/desk` and returns it.

    `provider` gives the backoffice once it is open. `notify` tells open pages of a conversation that there is
    something new, `is_there` whether the resident has it open, `wake_delivery` lets mail leave at once.
    `theme` is the style sheet of the municipality, if it has one. Without `similar` cases are compared by
    vectors that the desk stores itself, and without `authenticator` people sign in with a password kept here.
    """
    desk = web.Application(middlewares=[_errors, guard])
    vectors = _Similar(provider)
    desk[DESK] = Desk(
        provider,
        settings,
        notify,
        is_there,
        wake_delivery,
        similar or (lambda: vectors.stored),
        hub or _hub_of_its_own(),
    )
    desk[SIGN_INS] = SignInLimits.of(settings.desk.sign_ins)
    desk[AUTHENTICATOR] = authenticator or local_accounts()
    environment = aiohttp_jinja2.setup(
        desk,
        app_key=TEMPLATES,
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(theme=theme, csrf_field=CSRF_FIELD, log_words=log_words, kind_words=kind_words)
    _add_routes(desk)
    if similar is None:
        desk.cleanup_ctx.append(lambda _app: _learn(vectors))
    app.add_subapp(PREFIX, desk)
    return desk


def _hub_of_its_own() -> Callable[[], Hub]:
    """For a desk without the front door: its own pages still hear of each other."""
    alone = Hub()
    return lambda: alone


def _add_routes(desk: web.Application) -> None:
    pages: dict[str, _Handler] = {
        "": list_pages.go_home,
        "/inloggen": signin.show_sign_in,
        "/account": signin.show_account,
        "/zaken": list_pages.show_inbox,
        "/vraag": ask_pages.show_question,
        "/initiatieven": list_pages.show_initiatives,
        "/initiatieven.csv": list_pages.download,
        "/zaken/{reference}": case_pages.show_case,
        "/zaken/{reference}/aanwezig": case_pages.who_is_here,
        "/overzicht": lead_pages.show_overview,
        "/postvak-uit": lead_pages.show_outbox,
        "/logboek": lead_pages.show_log,
        "/gesprek/{reference}/gebeurtenissen": live.stream,
        "/aanwezigheid": live.show_presence,
        "/aanwezigheid/teken": live.show_sign_of_life,
        "/static/{name}": _asset_handler(),
    }
    changes: dict[str, _Handler] = {
        "/inloggen": signin.sign_in,
        "/uitloggen": signin.sign_out,
        "/vraag": ask_pages.answer_question,
        "/vraag/zaak": ask_pages.make_case,
        "/account/taal": signin.choose_language,
        "/account/wachtwoord": signin.change_password,
        "/gesprek/{reference}/overnemen": live.take_over,
        "/gesprek/{reference}/zeg": live.say,
        "/gesprek/{reference}/typt": live.types,
        "/gesprek/{reference}/teruggeven": live.give_back,
        "/aanwezigheid": live.say_presence,
        "/zaken/{reference}/volgen": case_pages.follow,
        "/zaken/{reference}/loslaten": case_pages.unfollow,
        "/zaken/{reference}/vervolg/{number}/afzeggen": case_pages.call_off,
        "/postvak-uit/{item}/opnieuw": lead_pages.deliver_again,
    }
    changes |= {f"/zaken/{{reference}}/{form.name}": case_pages.handler_of(form) for form in FORMS.values()}
    for path, handler in pages.items():
        desk.router.add_get(path, handler)
    for path, handler in changes.items():
        desk.router.add_post(path, handler)


@web.middleware
async def _errors(request: web.Request, handler: Callable) -> web.StreamResponse:
    """An unforeseen error becomes a page as well; its text, which may hold what was typed, stays unlogged."""
    try:
        return await handler(request)
    except (web.HTTPException, ConnectionResetError, TimeoutError):
        raise
    except Exception as error:
        log.error("unforeseen %s", where(error))
        if VISIT not in request:
            raise
        return problem(request, 500)


def _asset_handler() -> Callable:
    files = {path.name: path.read_bytes() for path in sorted((HERE / "static").iterdir())}

    async def show_asset(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in files:
            raise web.HTTPNotFound
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        response = web.Response(body=files[name], content_type=kind, charset="utf-8")
        response.headers["Cache-Control"] = "no-cache"
        return response

    return show_asset


async def _learn(vectors: _Similar) -> AsyncIterator[None]:
    """Gives new cases their vectors, a few at a time and out of everybody's way."""
    task = asyncio.create_task(_keep_learning(vectors))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _keep_learning(vectors: _Similar) -> None:
    while True:
        try:
            while await asyncio.to_thread(lambda: vectors.stored.learn(_LEARN_AT_ONCE)):
                continue
        except Exception as error:
            # The next round tries again; a page of a case works without it.
            log.warning("similar cases could not be learned: %s", where(error))
        await asyncio.sleep(_LEARN_EVERY)
