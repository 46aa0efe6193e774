"""Errors that callers of the API see: application/problem+json (RFC 9457), in their language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from ruamel.yaml import YAML

CONTENT_TYPE = "application/problem+json"


@cache
def texts() -> Mapping[str, Any]:
    """The gateway's own texts, per language."""
    return YAML(typ="safe").load(Path(__file__).with_name("texts.yml"))


def text(language: str, *path: str, **values: object) -> str:
    """One text in a language ("nl" or "en"), with its values filled in."""
    found: Any = texts()
    for key in path:
        found = found[key]
    return found[language].format(**values)


@dataclass(frozen=True)
class FieldError:
    """One thing that is wrong: the field and the key of a text under `errors`."""

    field: str
    code: str
    values: Mapping[str, object] = field(default_factory=dict)


class Problem(Exception):
    """Raised anywhere in the gateway; answered once, by the middleware.

    ``code`` is a key under `problems` in texts.yml, ``values`` are filled into its detail.
    """

    def __init__(
        self,
        code: str,
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.errors = errors
        self.headers = dict(headers or {})
        self.values = values

    def response(self, language: str) -> web.Response:
        """The answer that says what is wrong and what to do."""
        status = texts()["problems"][self.code]["status"]
        body: dict[str, Any] = {
            "type": f"urn:loket:problem:{self.code.replace('_', '-')}",
            "title": text(language, "problems", self.code, "title"),
            "status": status,
            "detail": text(language, "problems", self.code, "detail", **self.values),
        }
        if self.errors:
            body["errors"] = [
                {"field": e.field, "code": e.code, "detail": text(language, "errors", e.code, **e.values)}
                for e in self.errors
            ]
        return web.Response(
            body=json.dumps(body, ensure_ascii=False).encode(),
            status=status,
            content_type=CONTENT_TYPE,
            headers=self.headers,
        )


def language_of(request: web.Request) -> str:
    """The language of an error: English when the caller puts it before Dutch."""
    accepted = [
        part.split(";")[0].strip()[:2].lower()
        for part in request.headers.get("Accept-Language", "").split(",")
    ]
    return next((language for language in accepted if language in ("nl", "en")), "nl")
