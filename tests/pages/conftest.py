"""What the tests of the pages share."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from tests.conftest import Server
from tests.office import Office
from tests.pages.browser import PlainBrowser


@pytest.fixture
def plain(server: Server) -> PlainBrowser:
    """Somebody with a browser without scripts."""
    return PlainBrowser(server.url)


@pytest.fixture(scope="module")
def office(server: Server) -> Office:
    """The other side of the running product."""
    return Office(server.data)


@pytest.fixture
def opened(server: Server, office: Office) -> Callable[..., tuple[PlainBrowser, str]]:
    """Hands a plan over and opens it with its number and code: the browser and the number."""

    def start(conversation: str | None = None, language: str = "nl") -> tuple[PlainBrowser, str]:
        browser = PlainBrowser(server.url)
        reference, code = office.case_with_code(conversation, f"case-{uuid.uuid4()}", language)
        browser.go("/zaak" if language == "nl" else "/en/case")
        browser.press("Laat zien" if language == "nl" else "Show me", nummer=reference, code=code)
        assert reference in browser.words
        return browser, reference

    return start
