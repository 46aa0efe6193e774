"""The fixed files of widget and pages, read once and served from memory to any site that embeds the chat."""

from __future__ import annotations

import hashlib
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ETag, web

HERE = Path(__file__).parent

SCRIPT_PARTS = (
    "dom", "memory", "api", "thread", "conversation", "cards", "messages", "composer", "panel", "element",
)  # fmt: skip
"""Parts of widget.js in the order in which they need each other."""


@dataclass(frozen=True)
class Asset:
    """One file as it goes over the line."""

    body: bytes
    content_type: str

    @property
    def tag(self) -> str:
        """Changes when the content does; browsers ask with it whether theirs is still right."""
        return hashlib.sha256(self.body).hexdigest()[:16]


def load_assets() -> dict[str, Asset]:
    """The files of `static` by name, and `widget.js` joined from its parts."""
    files = sorted((HERE / "static").iterdir())
    return {path.name: _file(path) for path in files} | {"widget.js": Asset(_script(), "text/javascript")}


def settings_asset(settings: Mapping[str, Any], texts: Asset) -> Asset:
    """What the widget needs to know, as `settings.json`: our settings and the texts in both languages."""
    document = {**settings, "texts": json.loads(texts.body)}
    return Asset(json.dumps(document, ensure_ascii=False).encode(), "application/json")


def answer(request: web.Request, asset: Asset) -> web.Response:
    """Serve an asset, or 304 where the browser has it already."""
    tags = request.if_none_match or ()
    response = web.Response(status=304) if any(tag.value == asset.tag for tag in tags) else _full(asset)
    response.etag = ETag(value=asset.tag)
    # Always ask: script, styles and texts of two versions do not fit together.
    response.headers["Cache-Control"] = "no-cache"
    # Public files without a word about anybody: every site may fetch them to show the chat.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _full(asset: Asset) -> web.Response:
    response = web.Response(body=asset.body, content_type=asset.content_type, charset="utf-8")
    response.enable_compression()
    return response


def _file(path: Path) -> Asset:
    return Asset(path.read_bytes(), mimetypes.guess_type(path.name)[0] or "application/octet-stream")


def _script() -> bytes:
    """One classic script: strict, in a scope of its own, so that it meets no name of the page."""
    parts = [(HERE / "script" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPT_PARTS]
    return "\n".join(['(() => {\n"use strict";', *parts, "})();", ""]).encode()
