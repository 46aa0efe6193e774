"""What every answer goes through: problems, headers, and a log without anybody's words."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.chat.api import BASE, SETTINGS
from bot.chat.problems import Problem, language_of
from bot.pages.problem import problem_page, wants_page
from routing.errors import where

log = logging.getLogger("loket.access")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

API_VERSION = "1.0.0"

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_PROBLEM_OF_STATUS = {400: "unreadable", 404: "not_found", 405: "method", 413: "too_large"}


@web.middleware
async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into a page for people and problem+json for programs, once; nothing internal is shown."""
    try:
        return await handler(request)
    except Problem as problem:
        return _answer(request, problem)
    except web.HTTPException as error:
        code = _PROBLEM_OF_STATUS.get(error.status)
        if code is None:
            raise
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return _answer(request, Problem(code, headers=headers))
    except (ConnectionResetError, TimeoutError):
        raise
    except Exception as error:
        # The kind and place of the error, never its text: that may hold what somebody typed.
        log.error("unforeseen %s", where(error))
        return _answer(request, Problem("internal"))


def _answer(request: web.Request, problem: Problem) -> web.Response:
    if wants_page(request):
        return problem_page(request, problem.code, problem.headers)
    return problem.response(language_of(request))


@web.middleware
async def allow_origins(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let the sites of `LOKET_ALLOWED_ORIGINS` use the API from their own pages, and no other site.

    A conversation is opened by its token alone, never by a cookie, so no credentials are allowed.
    """
    served = _served(request)
    if served and request.method == "OPTIONS" and request.path.startswith(BASE) and _origin(request):
        return web.Response(
            status=204,
            headers={
                "Access-Control-Allow-Methods": ", ".join(sorted(served)),
                "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID, Accept-Language",
                "Access-Control-Max-Age": "600",
            },
        )
    return await handler(request)


def _served(request: web.Request) -> set[str]:
    """The methods of an address that was asked for them; nothing for an address that does not exist."""
    refused = request.match_info.http_exception
    return refused.allowed_methods if isinstance(refused, web.HTTPMethodNotAllowed) else set()


def _origin(request: web.Request) -> str | None:
    origin = request.headers.get("Origin")
    return origin if origin in request.app[SETTINGS].allowed_origins else None


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Security headers on everything, the version on the API. A signal, so that streams get them too."""
    for name, value in SECURITY.items():
        response.headers.setdefault(name, value)
    if request.path.startswith(BASE):
        response.headers["API-Version"] = API_VERSION
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Vary"] = "Origin"
        if _origin(request):
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Access-Control-Expose-Headers"] = "API-Version, Retry-After"


@web.middleware
async def log_access(request: web.Request, handler: Handler) -> web.StreamResponse:
    """One line a request: method, kind of path, status and time. Never a body, a query or a token."""
    start = time.perf_counter()
    response = await handler(request)
    resource = request.match_info.route.resource
    path = resource.canonical if resource else "-"
    log.info("%s %s %s %.0f ms", request.method, path, response.status, 1000 * (time.perf_counter() - start))
    return response
