"""Adds the pages to the application."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from bot.chat.limits import RateLimit
from bot.pages import case, chat
from bot.pages.case import CasePages, Doorbell
from bot.pages.chat import ChatPages
from bot.pages.forms import Keeper
from bot.pages.frame import setup_frame
from bot.pages.thread import Teller
from routing.backoffice import Backoffice
from routing.catalogue import Catalogue
from routing.settings import Settings


def setup_form_pages(
    app: web.Application,
    provider: Callable[[], Backoffice],
    catalogue: Catalogue,
    settings: Settings,
    doorbell: Doorbell,
) -> None:
    """The chat and the case by forms; `provider` gives the backoffice once it is open."""

    def keeper() -> Keeper:
        return Keeper(provider().secret, settings.public_url)

    setup_frame(app, catalogue.municipality)
    characters = settings.limits.message_characters
    talk = ChatPages(keeper, Teller(catalogue), characters)
    follow = CasePages(provider, keeper, doorbell, RateLimit(settings.limits.cases), characters)
    for paths, pages in ((chat.PATHS, talk), (case.PATHS, follow)):
        for path in paths.values():
            app.router.add_get(path, pages.show)
            app.router.add_post(path, pages.take)
