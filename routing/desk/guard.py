"""What every request at the desk goes through: who is it, may they, does the form come from us."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from sqlalchemy.orm import Session
from yarl import URL

from routing.cases.desk_models import Account
from routing.desk import sessions
from routing.desk.context import VISIT, Desk, Visit, desk_of, render
from routing.desk.rights import ANYBODY, BY_ITSELF, may

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SAFE = frozenset((hdrs.METH_GET, hdrs.METH_HEAD))
CSRF_FIELD = "formulier"
SIGN_IN = "/desk/inloggen"
_COOKIE, _FORM_COOKIE = "loket_desk", "loket_desk_form"
_SECRET_FIELDS = frozenset((CSRF_FIELD, "wachtwoord", "nieuw", "nogmaals", "versie", "gezien"))


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses what is not allowed with a page that says so, before any handler sees the request."""
    desk = desk_of(request)
    visit = request[VISIT] = await _visit(request, desk)
    try:
        response = await _guarded(request, handler, visit, desk)
    except web.HTTPException as error:
        if error.status < 400:
            _private(error)
            raise
        response = problem(request, error.status)
        if hdrs.ALLOW in error.headers:
            response.headers[hdrs.ALLOW] = error.headers[hdrs.ALLOW]
    if not response.prepared:
        _private(response)
    return response


async def _guarded(request: web.Request, handler: Handler, visit: Visit, desk: Desk) -> web.StreamResponse:
    if request.match_info.http_exception is not None:
        raise request.match_info.http_exception
    if request.method not in SAFE:
        visit.posted = await _form_of(request)
    if not may(visit.account.role if visit.account else ANYBODY, request.method, path_of(request)):
        return problem(request, 403) if visit.account else _sign_in_first(request)
    if request.method not in SAFE and not is_our_form(request, visit, desk):
        return problem(request, 403, "form")
    return await handler(request)


def path_of(request: web.Request) -> str:
    """The path as the table of rights has it, with its places unfilled."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else ""


def is_our_form(request: web.Request, visit: Visit, desk: Desk) -> bool:
    """Whether a form was sent from our own page of this very session."""
    given = visit.posted.get(CSRF_FIELD, "")
    if not visit.token or not sessions.is_csrf_token(desk.backoffice.secret, visit.token, given):
        return False
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get(hdrs.ORIGIN)
    if site is None and origin is None:
        return False
    return site in (None, "same-origin") and (origin is None or origin in _our_origins(request, desk))


def _our_origins(request: web.Request, desk: Desk) -> set[str]:
    parts = urlsplit(desk.settings.public_url)
    # A machine is reached by more names than the public one, but then the page came by the same name.
    return {f"{parts.scheme}://{parts.netloc}", f"{request.scheme}://{request.host}"}


async def _visit(request: web.Request, desk: Desk) -> Visit:
    token = request.cookies.get(cookie_name(desk, _COOKIE), "")
    if not token:
        return Visit(None, request.cookies.get(cookie_name(desk, _FORM_COOKIE), ""))

    def find(session: Session) -> tuple[Account | None, bool]:
        account = sessions.account_of(session, token, desk.now, desk.expiry)
        return account, account is not None and sessions.needs_notice(session, token, desk.now)

    account, in_use = await desk.read(find)
    # What an open page asks by itself says nothing about somebody sitting before it.
    if in_use and path_of(request) not in BY_ITSELF:
        await desk.write(lambda session: sessions.touch(session, token, desk.now))
    if account is None:
        return Visit(None, request.cookies.get(cookie_name(desk, _FORM_COOKIE), ""))
    return Visit(account, token)


def cookie_name(desk: Desk, name: str) -> str:
    """With a prefix that makes browsers hold the cookie to https and this host, where that is possible."""
    return f"__Host-{name}" if desk.secure else name


def set_session(response: web.Response, desk: Desk, token: str) -> None:
    """Gives the browser its token; the browser forgets it when it is closed."""
    _set(response, desk, _COOKIE, token)
    response.del_cookie(cookie_name(desk, _FORM_COOKIE), path="/", secure=desk.secure)


def forget_session(response: web.Response, desk: Desk) -> None:
    """Takes the token back."""
    response.del_cookie(cookie_name(desk, _COOKIE), path="/", secure=desk.secure)


def set_form_token(response: web.Response, desk: Desk, token: str) -> None:
    """For the one form that people send before they are signed in."""
    _set(response, desk, _FORM_COOKIE, token)


def _set(response: web.Response, desk: Desk, name: str, token: str) -> None:
    # Lax: a link in a mail must find its reader signed in. Forms are guarded by more than the cookie.
    response.set_cookie(
        cookie_name(desk, name), token, path="/", httponly=True, samesite="Lax", secure=desk.secure
    )


def _sign_in_first(request: web.Request) -> web.Response:
    if request.method in SAFE:
        target = URL(SIGN_IN).with_query(naar=str(request.rel_url)) if request.path != "/desk" else SIGN_IN
        raise web.HTTPSeeOther(target)
    return problem(request, 401)


def problem(request: web.Request, status: int, what: str | None = None) -> web.Response:
    """A page that says what is wrong and what to do, with whatever somebody had typed."""
    key = what or (str(status) if status in (401, 403, 404, 405, 413) else "400" if status < 500 else "500")
    kept = [
        text
        for name, text in request[VISIT].posted.items()
        if name not in _SECRET_FIELDS and len(text.split()) > 1
    ]
    return render(request, "problem", status, key=key, kept=kept)


async def _form_of(request: web.Request) -> dict[str, str]:
    """The texts of a form; a name that comes twice (boxes that are ticked) has all values, one a line."""
    try:
        form = await request.post()
    except (ValueError, LookupError) as error:
        # Bytes that are no text, or in an alphabet that nobody knows.
        raise web.HTTPBadRequest from error
    texts: dict[str, str] = {}
    for name, value in form.items():
        if isinstance(value, str):
            texts[name] = f"{texts[name]}\n{value}" if name in texts else value
    return texts


def _private(response: web.StreamResponse) -> None:
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers.setdefault("X-Robots-Tag", "noindex")
