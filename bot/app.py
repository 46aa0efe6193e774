"""Builds the whole product as one aiohttp application from its settings."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from bot.chat.api import BACKOFFICE, GATEWAY, HUB, setup_api
from bot.chat.gateway import Gateway
from bot.chat.middleware import add_headers, allow_origins, answer_problems, log_access
from bot.links.pages import Doorbell, setup_link_pages
from bot.pages.case import Doorbell as CaseDoorbell
from bot.pages.setup import setup_form_pages
from bot.widget.pages import setup_pages, theme_of
from routing.backoffice import catalogue_of, open_backoffice, utc_now
from routing.desk.app import setup_desk
from routing.errors import where
from routing.handoff.assembly import ticker_of, worker_of
from routing.handoff.delivery import DeliveryWorker
from routing.handoff.hub import RESIDENT, Hub
from routing.handoff.ticker import Ticked, keep_ticking
from routing.settings import Settings

if TYPE_CHECKING:
    from bot.assistant import Assistant
    from routing.backoffice import Backoffice

log = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024
"""Bytes of a request; the limit on a message is in characters and far below."""

WORKER = web.AppKey("worker", DeliveryWorker)


@dataclass
class Outcome:
    """How the run ended, for the exit code of the command."""

    failed: bool = False


OUTCOME = web.AppKey("outcome", Outcome)


def build_app(settings: Settings, model: Path, clock: Callable[[], datetime] = utc_now) -> web.Application:
    """The application: chat API, pages, delivery, health. The assistant loads while it already listens.

    Raises CatalogueError when the catalogue has problems.
    """
    app = web.Application(
        middlewares=[log_access, answer_problems, allow_origins], client_max_size=BODY_LIMIT
    )
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(_end_streams)
    app[OUTCOME] = Outcome()
    app[HUB] = Hub()
    setup_api(app, settings)
    setup_pages(
        app,
        municipality=catalogue_of(settings.catalogue).municipality,
        developer_mailbox=settings.mailbox if settings.developer_pages else None,
        message_characters=settings.limits.message_characters,
    )
    setup_desk(
        app,
        lambda: app[BACKOFFICE],
        settings,
        theme=theme_of(catalogue_of(settings.catalogue).municipality),
        notify=lambda conversation_id: app[HUB].publish(conversation_id),
        is_there=lambda conversation_id: app[HUB].connected(conversation_id, RESIDENT),
        wake_delivery=lambda: app[WORKER].wake(),
        hub=lambda: app[HUB],
    )
    setup_link_pages(
        app,
        lambda: app[BACKOFFICE],
        catalogue_of(settings.catalogue).municipality,
        Doorbell(
            publish=lambda conversation_id: app[HUB].publish(conversation_id),
            is_there=lambda conversation_id: app[HUB].connected(conversation_id, RESIDENT),
            wake_delivery=lambda: app[WORKER].wake(),
        ),
        settings.limits.message_characters,
    )
    setup_form_pages(
        app,
        lambda: app[BACKOFFICE],
        catalogue_of(settings.catalogue),
        settings,
        CaseDoorbell(
            publish=lambda conversation_id: app[HUB].publish(conversation_id),
            wake_delivery=lambda: app[WORKER].wake(),
        ),
    )
    app.router.add_get("/health/live", live)
    app.router.add_get("/health/ready", ready)
    app.cleanup_ctx.append(lambda app: _run_backoffice(app, settings, clock))
    app.cleanup_ctx.append(lambda app: _run_delivery(app, settings))
    app.cleanup_ctx.append(lambda app: _run_assistant(app, model))
    return app


async def _end_streams(app: web.Application) -> None:
    app[HUB].close()


async def live(request: web.Request) -> web.Response:
    """The process runs."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """A message can be answered."""
    request.app[GATEWAY].check_ready()
    return web.json_response({"status": "ok"})


async def _run_backoffice(
    app: web.Application, settings: Settings, clock: Callable[[], datetime]
) -> AsyncIterator[None]:
    backoffice = await asyncio.to_thread(open_backoffice, settings, clock)
    app[BACKOFFICE] = backoffice
    yield
    backoffice.engine.dispose()


async def _run_delivery(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    worker = app[WORKER] = worker_of(settings, app[BACKOFFICE])
    ticker = ticker_of(settings, app[BACKOFFICE])
    tasks = [
        asyncio.create_task(worker.run()),
        asyncio.create_task(keep_ticking(ticker, lambda done: _tell(app, done))),
    ]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _tell(app: web.Application, done: Ticked) -> None:
    """What a tick brought about goes out at once."""
    for conversation_id in done.conversations:
        app[HUB].publish(conversation_id)
    if done.deliveries:
        app[WORKER].wake()


async def _run_assistant(app: web.Application, model: Path) -> AsyncIterator[None]:
    app[GATEWAY] = Gateway(app[BACKOFFICE], app[HUB], after_turn=app[WORKER].wake)
    # Rasa and TensorFlow take seconds to import: the port is open meanwhile, and says "not ready".
    task = asyncio.create_task(_start_assistant(app, model))
    yield
    task.cancel()
    (assistant,) = await asyncio.gather(task, return_exceptions=True)
    if assistant is not None and not isinstance(assistant, BaseException):
        await assistant.stop()


async def _start_assistant(app: web.Application, model: Path) -> Assistant | None:
    try:
        return await _load_assistant(app, model)
    except Exception as error:
        # A door that only ever says "not ready" helps nobody: whoever started us must see it.
        # Messages that waited are answered here too, so the error may hold their words.
        log.critical("the assistant could not be loaded: %s", where(error))
        signal.raise_signal(signal.SIGTERM)
        app[OUTCOME].failed = True
        return None


async def _load_assistant(app: web.Application, model: Path) -> Assistant:
    assistant = await asyncio.to_thread(_make_assistant, model, app[BACKOFFICE])
    await assistant.start()
    answered = await app[GATEWAY].attach(assistant)
    log.info("ready; %d messages were waiting since the last stop", answered)
    return assistant


def _make_assistant(model: Path, backoffice: Backoffice) -> Assistant:
    from bot.assistant import Assistant

    return Assistant(model, backoffice)
