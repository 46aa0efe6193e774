"""The pages around the chat that only tell something, the developers' mailbox, and the widget's files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.widget.assets import HERE, Asset, answer, load_assets, settings_asset
from bot.widget.mailbox import read_mailbox
from routing.advice.figures import read_card
from routing.catalogue import Municipality

TEMPLATES = web.AppKey("widget_templates", jinja2.Environment)

PAGES = {
    "/": ("home", "nl"),
    "/en": ("home", "en"),
    "/privacy": ("privacy", "nl"),
    "/en/privacy": ("privacy", "en"),
    "/toegankelijkheid": ("accessibility", "nl"),
    "/en/accessibility": ("accessibility", "en"),
    "/algoritme": ("algorithm", "nl"),
    "/en/algorithm": ("algorithm", "en"),
}
"""Path of each page, with its template and language."""


def setup_pages(
    app: web.Application,
    *,
    municipality: Municipality,
    developer_mailbox: Path | None,
    message_characters: int = 4000,
) -> None:
    """Add the pages and the widget's files to an application.

    ``developer_mailbox`` is the folder whose mails `/ontwikkelaar/postvak` shows; without it that page does
    not exist. ``message_characters`` is the longest message that the chat may send. The strict content
    security policy comes from the application.
    """
    environment = setup_templates(app, TEMPLATES, municipality, HERE / "templates")
    assets = load_assets()
    environment.globals.update(card=read_card())
    settings = {
        # What fills the places in texts.json.
        "values": {
            "municipality": municipality.name,
            "phone": municipality.phone,
            "mail": municipality.mail,
        },
        "theme": environment.globals["theme"],
        "themes": sorted(name[6:-4] for name in assets if name.startswith("theme-")),
        "limit": message_characters,
    }
    assets["settings.json"] = settings_asset(settings, assets.pop("texts.json"))
    _add_routes(app, assets, developer_mailbox)


def setup_templates(
    app: web.Application, key: web.AppKey[jinja2.Environment], municipality: Municipality, *folders: Path
) -> jinja2.Environment:
    """Gives the application the templates of some folders, which know the municipality and its theme.

    Each kind of page has a key of its own, so that all of them can stand in one application.
    """
    environment = aiohttp_jinja2.setup(
        app,
        app_key=key,
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(municipality=municipality, theme=theme_of(municipality))
    return environment


def theme_of(municipality: Municipality) -> str:
    """The style sheet with the municipality's own colours; empty when it has none."""
    name = f"theme-{municipality.id}.css"
    return name if (HERE / "static" / name).is_file() else ""


def _add_routes(app: web.Application, assets: dict[str, Asset], developer_mailbox: Path | None) -> None:
    app.router.add_get("/widget/{name}", _asset_handler(assets))
    for path, (template, language) in PAGES.items():
        app.router.add_get(path, _page_handler(template, language))
    if developer_mailbox is not None:
        app.router.add_get("/ontwikkelaar/postvak", _mailbox_handler(developer_mailbox))


def _asset_handler(assets: dict[str, Asset]) -> Handler:
    async def show_asset(request: web.Request) -> web.Response:
        asset = assets.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound
        return answer(request, asset)

    return show_asset


def _page_handler(template: str, language: str) -> Handler:
    paths = {tongue: path for path, (name, tongue) in PAGES.items() if name == template}

    async def show_page(request: web.Request) -> web.Response:
        return _render(request, template, language, paths=paths)

    return show_page


def _mailbox_handler(folder: Path) -> Handler:
    async def show_mailbox(request: web.Request) -> web.Response:
        mails = await asyncio.to_thread(read_mailbox, folder)
        response = _render(request, "mailbox", "nl", mails=mails)
        response.headers["Cache-Control"] = "no-store"
        return response

    return show_mailbox


def _render(request: web.Request, template: str, language: str, **values: object) -> web.Response:
    context = {"language": language, **values}
    name = f"{template}.{language}.html"
    return aiohttp_jinja2.render_template(name, request, context, app_key=TEMPLATES)
