"""What every page here stands in: its templates, its texts in both languages, its head and foot."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import hdrs, web
from ruamel.yaml import YAML

from bot.chat.problems import language_of
from bot.widget.assets import HERE as WIDGET
from bot.widget.pages import setup_templates
from routing.catalogue import Municipality

HERE = Path(__file__).parent
TEMPLATES = web.AppKey("page_templates", jinja2.Environment)
ENGLISH = "/en"

PRIVATE = {
    hdrs.CACHE_CONTROL: "no-store",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""For pages with somebody's own words on them."""


def setup_frame(app: web.Application, municipality: Municipality) -> None:
    """Give the application the templates of these pages."""
    setup_templates(app, TEMPLATES, municipality, HERE / "templates", WIDGET / "templates")


@cache
def all_texts() -> Mapping[str, Any]:
    """The texts of these pages, by language."""
    return YAML(typ="safe").load(HERE / "texts.yml")


def words_of(request: web.Request, language: str) -> Mapping[str, Any]:
    """The texts in a language, with name and phone number of the municipality filled in."""
    municipality = request.config_dict[TEMPLATES].globals["municipality"]
    return _filled(all_texts()[language], {"municipality": municipality.name, "phone": municipality.phone})


def _filled(texts: Any, values: Mapping[str, object]) -> Any:
    if isinstance(texts, dict):
        return {key: _filled(text, values) for key, text in texts.items()}
    if isinstance(texts, str):
        for name, value in values.items():
            texts = texts.replace(f"{{{name}}}", str(value))
    return texts


def language_of_path(path: str) -> str:
    """English below /en, Dutch everywhere else."""
    return "en" if path == ENGLISH or path.startswith(f"{ENGLISH}/") else "nl"


def language_of_person(request: web.Request) -> str:
    """The language of the page that was asked for, or else the one that the browser asks for."""
    return "en" if language_of_path(request.path) == "en" else language_of(request)


def show(
    request: web.Request,
    template: str,
    language: str,
    *,
    status: int = 200,
    paths: Mapping[str, str] | None = None,
    **values: Any,
) -> web.Response:
    """A page, for its reader alone. `paths` are the addresses of the same page in both languages."""
    context = {
        "language": language,
        "t": words_of(request, language),
        **({"paths": paths} if paths else {}),
        **values,
    }
    response = aiohttp_jinja2.render_template(
        f"{template}.html", request, context, app_key=TEMPLATES, status=status
    )
    response.headers.update(PRIVATE)
    response.headers[hdrs.CONTENT_LANGUAGE] = language
    return response
