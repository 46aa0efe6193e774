"""The fixed files of widget and pages, read once and served from memory to any site that embeds the chat."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ETag, web

HERE = Path(__file__).parent

SCRIPT_PARTS = (
    "dom", "memory", "api", "thread", "stream", "conversation", "cards", "messages", "transcript", "composer",
    "ending", "head", "panel", "element",
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
    body = path.read_bytes()
    if path.suffix == ".css":
        body = _slim(_CSS_REMARK.sub("", body.decode())).encode()
    return Asset(body, mimetypes.guess_type(path.name)[0] or "application/octet-stream")


def _script() -> bytes:
    """One classic script: strict, in a scope of its own, so that it meets no name of the page."""
    parts = [(HERE / "script" / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPT_PARTS]
    slim = [_slim(_SCRIPT_REMARK.sub("", part)) for part in parts]
    return "\n".join(['(() => {\n"use strict";', *slim, "})();", ""]).encode()


_SCRIPT_REMARK = re.compile(r"^[ \t]*(?://[^\n]*|/\*\*.*?\*/)$", re.DOTALL | re.MULTILINE)
"""Remarks on lines of their own; others stay, so that no text that only looks like one is lost."""
_CSS_REMARK = re.compile(r"/\*.*?\*/", re.DOTALL)


def _slim(text: str) -> str:
    """The text without indentation and empty lines: people read the source, a phone loads this."""
    return "\n".join(line for line in map(str.strip, text.splitlines()) if line)
