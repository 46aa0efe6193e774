"""Errors as a page, for people with a browser; programs and the API get problem+json."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import hdrs, web

from bot.chat import problems
from bot.pages.frame import language_of_person, show, words_of

FOR_PROGRAMS = ("/api/", "/health/", "/widget/")


def wants_page(request: web.Request) -> bool:
    """Whether a person with a browser asks, and not at the addresses of programs."""
    return not request.path.startswith(FOR_PROGRAMS) and "text/html" in request.headers.get(hdrs.ACCEPT, "")


def problem_page(request: web.Request, code: str, headers: Mapping[str, str]) -> web.Response:
    """A page in the person's language that says what is wrong and what to do next."""
    language = language_of_person(request)
    known = words_of(request, language)["problem"]
    status = problems.texts()["problems"][code]["status"]
    response = show(
        request, "problem", language, status=status, what=known[code if code in known else "other"]
    )
    response.headers.update(headers)
    return response
