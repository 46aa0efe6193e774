"""What every page of the desk works with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import aiohttp_jinja2
import jinja2
from aiohttp import web
from sqlalchemy.orm import Session

from routing.backoffice import Backoffice
from routing.cases.database import reading, unit_of_work
from routing.cases.desk_models import Account
from routing.catalogue import Catalogue
from routing.desk.sessions import Expiry, csrf_token
from routing.desk.similar import SimilarCases
from routing.desk.texts import Words, words_in
from routing.handoff.hub import Hub
from routing.settings import Settings

T = TypeVar("T")
_LONGEST_NUMBER = 18


@dataclass(frozen=True)
class Desk:
    """The desk's ties to the rest: set once at start, passed to every page."""

    provider: Callable[[], Backoffice]
    settings: Settings
    notify: Callable[[str], None]
    """Tells open pages of a conversation that it has something new."""
    is_there: Callable[[str], bool]
    """Whether the resident of a conversation has it open now."""
    wake_delivery: Callable[[], None]
    """Lets mail leave at once."""
    similar: Callable[[], SimilarCases]
    hub: Callable[[], Hub]
    """The open streams of conversations."""

    @property
    def backoffice(self) -> Backoffice:
        """Catalogue, store and clock, once they are open."""
        return self.provider()

    @property
    def catalogue(self) -> Catalogue:
        """The municipality."""
        return self.backoffice.catalogue

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.backoffice.clock()

    @property
    def today(self) -> date:
        """The day on the municipality's clock."""
        return self.catalogue.calendar.local(self.now).date()

    @property
    def secure(self) -> bool:
        """Whether people reach the desk through https, so that cookies may demand it."""
        return self.settings.public_url.startswith("https://")

    @property
    def expiry(self) -> Expiry:
        """How long a sign-in lasts."""
        desk = self.settings.desk
        return Expiry(timedelta(minutes=desk.idle_minutes), timedelta(hours=desk.session_hours))

    async def read(self, work: Callable[[Session], T]) -> T:
        """Do work that only reads, off the event loop."""
        return await asyncio.to_thread(self._within, reading, work)

    async def write(self, work: Callable[[Session], T]) -> T:
        """Do work in one commit, off the event loop."""
        return await asyncio.to_thread(self._within, unit_of_work, work)

    def _within(self, transaction: Callable[..., Any], work: Callable[[Session], T]) -> T:
        with transaction(self.backoffice.engine) as session:
            return work(session)


@dataclass
class Visit:
    """Who asks for a page, and with which token."""

    account: Account | None
    token: str
    """Of the session, or of the form where nobody is signed in."""
    posted: Mapping[str, str] = field(default_factory=dict)

    @property
    def language(self) -> str:
        """In which pages are shown."""
        return self.account.language if self.account else "nl"


DESK = web.AppKey("desk", Desk)
VISIT = web.RequestKey("desk_visit", Visit)
TEMPLATES = web.AppKey("desk_templates", jinja2.Environment)


def desk_of(request: web.Request) -> Desk:
    """The desk that answers this request."""
    return request.config_dict[DESK]


def account_of(request: web.Request) -> Account:
    """Who is signed in; the guard lets nobody else through to a page that asks this."""
    account = request[VISIT].account
    if account is None:
        raise web.HTTPForbidden
    return account


def words_of(request: web.Request) -> Words:
    """The texts in the language of who asks."""
    return words_in(request[VISIT].language)


def render(request: web.Request, template: str, status: int = 200, **values: object) -> web.Response:
    """A page of the desk; `template` without its ending."""
    visit: Visit = request[VISIT]
    desk = desk_of(request)
    context = {
        "t": words_in(visit.language),
        "language": visit.language,
        "account": visit.account,
        "csrf": csrf_token(desk.backoffice.secret, visit.token) if visit.token else "",
        "municipality": desk.catalogue.municipality,
        "path": request.path,
        **values,
    }
    return aiohttp_jinja2.render_template(
        f"{template}.html", request, context, app_key=TEMPLATES, status=status
    )


def number_of(text: str) -> int | None:
    """A number from an address, as far as a database can have it."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _LONGEST_NUMBER else None


def back_to(path: str) -> web.HTTPSeeOther:
    """After a form: the page that shows what came of it."""
    return web.HTTPSeeOther(path)
