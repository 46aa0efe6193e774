"""Signing in and out, and what people change about their own account."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from aiohttp import web
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy import select
from sqlalchemy.orm import Session

from routing.cases.desk_models import Account
from routing.catalogue.words import LANGUAGES
from routing.desk import accounts, sessions
from routing.desk.audit import note
from routing.desk.context import VISIT, Desk, account_of, back_to, desk_of, render
from routing.desk.guard import forget_session, set_form_token, set_session

# One door for all: many wrong passwords from one place, or for one account from many.
_PER_ADDRESS, _PER_LOGIN = 10, 10
_TARGET = re.compile(r"/desk(?:/[\w./?=&%+-]*)?")


@dataclass
class SignInLimits:
    """Counts failed sign-ins, by address and account together and by each alone."""

    rate: RateLimitItem
    limiter: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))

    @classmethod
    def of(cls, rate: str) -> SignInLimits:
        """With a rate such as `10 per 15 minutes` for one address and account together."""
        return cls(parse(rate))

    def allows(self, address: str, login: str) -> bool:
        """Whether another try is allowed."""
        return all(self.limiter.test(rate, key) for rate, key in self._keys(address, login))

    def count(self, address: str, login: str) -> None:
        """Counts a failed try."""
        for rate, key in self._keys(address, login):
            self.limiter.hit(rate, key)

    def _keys(self, address: str, login: str) -> list[tuple[RateLimitItem, str]]:
        def times(factor: int) -> RateLimitItem:
            return type(self.rate)(self.rate.amount * factor, self.rate.multiples)

        return [
            (self.rate, f"both {address} {login}"),
            (times(_PER_ADDRESS), f"address {address}"),
            (times(_PER_LOGIN), f"login {login}"),
        ]


SIGN_INS = web.AppKey("sign_ins", SignInLimits)
AUTHENTICATOR = web.AppKey("authenticator", accounts.Authenticator)


def address_of(request: web.Request, desk: Desk) -> str:
    """Where the request comes from; behind a trusted proxy that is what it added last."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    if desk.settings.trust_proxy and forwarded:
        return forwarded.rsplit(",", 1)[-1].strip()
    return request.remote or ""


async def show_sign_in(request: web.Request) -> web.Response:
    """The form to sign in with; to who has no accounts at all it says how to make the first."""
    if request[VISIT].account is not None:
        raise back_to("/desk")
    return await _form(request, target=request.query.get("naar", ""))


async def sign_in(request: web.Request) -> web.Response:
    """Tries the credentials; an unknown account and a wrong password get the same answer."""
    desk, posted = desk_of(request), request[VISIT].posted
    login, password = posted.get("login", "").strip().lower()[:200], posted.get("wachtwoord", "")
    address, limits = address_of(request, desk), request.app[SIGN_INS]
    if not limits.allows(address, login):
        return await _form(request, 429, problem="too_many", login=login, target=posted.get("naar", ""))
    who = request.app[AUTHENTICATOR]
    account = await desk.read(lambda session: _find(session, who, login, password))
    before = request[VISIT].token if request[VISIT].account else ""
    token = await desk.write(lambda session: _note(session, desk, login, account, before))
    if token is None:
        limits.count(address, login)
        return await _form(request, 401, problem="wrong", login=login, target=posted.get("naar", ""))
    target = posted.get("naar", "")
    response = web.Response(
        status=303, headers={"Location": target if _TARGET.fullmatch(target) else "/desk"}
    )
    set_session(response, desk, token)
    return response


def _find(
    session: Session, who: accounts.Authenticator, login: str, password: str
) -> tuple[int, str | None] | None:
    """The id of the account, and a fresh hash if it needs one. Takes long, so no writer waits for it."""
    account = who.authenticate(session, login, password)
    return (account.id, who.fresh_hash(account, password)) if account else None


def _note(
    session: Session, desk: Desk, login: str, found: tuple[int, str | None] | None, before: str
) -> str | None:
    """Writes the try down; the token of the new session if it succeeded, which ends the one before."""
    if found is None:
        known = accounts.find_account(session, login)
        # Whose account it was, if it is one; what was typed might be a password in the wrong field.
        note(session, "sign_in_failed", account=None, now=desk.now, data={"for": known.id if known else None})
        return None
    account = session.get_one(Account, found[0])
    account.password_hash = found[1] or account.password_hash
    note(session, "signed_in", account=account, now=desk.now)
    sessions.end_session(session, before)
    return sessions.start_session(session, account, desk.now, desk.expiry)


async def _form(
    request: web.Request,
    status: int = 200,
    *,
    problem: str | None = None,
    login: str = "",
    target: str = "",
) -> web.Response:
    desk, visit = desk_of(request), request[VISIT]
    is_new = not visit.token
    if is_new:
        visit.token = sessions.new_token()
    empty = await desk.read(lambda session: session.scalar(select(Account.id).limit(1)) is None)
    response = render(
        request, "sign_in", status, problem=problem, login=login, target=target, no_accounts=empty
    )
    if is_new:
        set_form_token(response, desk, visit.token)
    return response


async def sign_out(request: web.Request) -> web.Response:
    """Ends this session."""
    desk, token, account = desk_of(request), request[VISIT].token, account_of(request)

    def end(session: Session) -> None:
        sessions.end_session(session, token)
        note(session, "signed_out", account=account, now=desk.now)

    await desk.write(end)
    response = web.Response(status=303, headers={"Location": "/desk/inloggen"})
    forget_session(response, desk)
    return response


async def show_account(request: web.Request) -> web.Response:
    """What the account is, and what its owner may change."""
    return render(request, "account", done=request.query.get("klaar"))


async def choose_language(request: web.Request) -> web.Response:
    """Shows the desk in the other language from now on."""
    desk, language = desk_of(request), request[VISIT].posted.get("taal", "")
    if language not in LANGUAGES:
        return render(request, "account", 400, problems=["language"])
    account_id = account_of(request).id

    def change(session: Session) -> None:
        account = session.get_one(Account, account_id)
        account.language = language
        note(session, "language_chosen", account=account, now=desk.now, data={"language": language})

    await desk.write(change)
    raise back_to("/desk/account?klaar=taal")


async def change_password(request: web.Request) -> web.Response:
    """Another password: signs out everywhere, and this browser in again."""
    desk, posted, account_id = desk_of(request), request[VISIT].posted, account_of(request).id
    address, limits, login = address_of(request, desk), request.app[SIGN_INS], account_of(request).login
    if not limits.allows(address, login):
        return render(request, "account", 429, problems=["too_many"])
    if posted.get("nieuw", "") != posted.get("nogmaals", ""):
        return render(request, "account", 400, problems=["different"])

    def change(session: Session) -> str:
        account = session.get_one(Account, account_id)
        if not accounts.local_accounts().is_password(account, posted.get("wachtwoord", "")):
            raise accounts.AccountProblem("old_password")
        accounts.set_password(session, account, posted.get("nieuw", ""), by=account, now=desk.now)
        return sessions.start_session(session, account, desk.now, desk.expiry)

    try:
        token = await desk.write(change)
    except accounts.AccountProblem as problem:
        if "old_password" in problem.codes:
            await asyncio.to_thread(limits.count, address, login)
        return render(request, "account", 400, problems=list(problem.codes))
    response = web.Response(status=303, headers={"Location": "/desk/account?klaar=wachtwoord"})
    set_session(response, desk, token)
    return response
