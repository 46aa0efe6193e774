"""Browsers of allowed sites may use each address of the API by the methods that it serves, and no other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.chat.api import setup_api
from bot.chat.middleware import add_headers, allow_origins, answer_problems
from routing.settings import read_settings

SITE = "https://www.example.org"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> web.Application:
    monkeypatch.setenv("LOKET_ALLOWED_ORIGINS", SITE)
    made = web.Application(middlewares=[answer_problems, allow_origins])
    made.on_response_prepare.append(add_headers)
    setup_api(made, read_settings())
    return made


def _asked(app: web.Application, path: str, origin: str = SITE) -> tuple[int, Mapping[str, str]]:
    async def ask() -> tuple[int, Mapping[str, str]]:
        async with TestClient(TestServer(app)) as client:
            headers = {"Origin": origin, "Access-Control-Request-Method": "DELETE"}
            answer = await client.options(f"/api/v1{path}", headers=headers)
            return answer.status, answer.headers

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/gesprekken", "POST"),
        ("/gesprekken/een/berichten", "GET, HEAD, POST"),
        ("/gesprekken/een/gegevens", "DELETE, GET, HEAD"),
        ("/bereikbaarheid", "GET, HEAD"),
    ],
)
def test_what_an_address_serves(app: web.Application, path: str, methods: str) -> None:
    status, headers = _asked(app, path)
    assert status == 204
    assert headers["Access-Control-Allow-Methods"] == methods
    assert headers["Access-Control-Allow-Origin"] == SITE


@pytest.mark.parametrize(
    ("path", "origin", "status"),
    [("/gesprekken/een/gegevens", "https://evil.example", 405), ("/elders", SITE, 404)],
)
def test_no_other_site_and_no_other_address(
    app: web.Application, path: str, origin: str, status: int
) -> None:
    answered, headers = _asked(app, path, origin)
    assert answered == status
    assert "Access-Control-Allow-Methods" not in headers
