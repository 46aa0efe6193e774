"""A real browser on the real product: Chromium, watched for everything that must not happen."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from municipal_site import municipal_site
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from town import Town
from visitor import Visitor

from tests.conftest import Server
from tests.office import Office

CHROMIUM = "chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A page on a busy machine may take its time; five seconds, the default, is about a quiet one.
expect.set_options(timeout=20_000)


# Not for the whole session: Playwright keeps an event loop of its own running, next to which the
# asynchronous tests of other modules could not start theirs.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, started once for the tests of a module."""
    path = shutil.which(CHROMIUM)
    if path is None:
        pytest.skip("left out: browser tests, because Chromium is missing (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Watch:
    """What a page did that it must not do: errors, breaches of the content policy, other hosts."""

    host: str = ""
    expected: tuple[str, ...] = ()
    seen: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext, url: str) -> None:
        """Watch all pages of a context that belongs to the server at ``url``."""
        self.host = urlsplit(url).netloc
        context.on("console", lambda message: message.type == "error" and self._note(message.text))
        context.on("weberror", lambda error: self._note(str(error.error)))
        context.on("request", lambda request: self._meet(request.url))

    def expect(self, *words: str) -> None:
        """Errors that a test brings about itself, by words in them."""
        self.expected += words

    def check(self) -> None:
        """Nothing happened but what the test expected."""
        assert [note for note in self.seen if not any(word in note for word in self.expected)] == []

    def _note(self, text: str) -> None:
        self.seen.append(text)

    def _meet(self, url: str) -> None:
        if urlsplit(url).netloc != self.host:
            self._note(f"a request to another host: {url}")


@pytest.fixture
def watch() -> Iterator[Watch]:
    """The watch on the pages of a test; at the end it must have nothing to tell."""
    watching = Watch()
    yield watching
    watching.check()


@pytest.fixture
def visit(chromium: Browser, watch: Watch) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors, each with a browser profile of its own: ``visit(url, **options of the context)``."""
    contexts: list[BrowserContext] = []

    def start(url: str, **options: object) -> Visitor:
        settings = {"locale": "nl-NL", "reduced_motion": "reduce", "viewport": {"width": 1280, "height": 900}}
        context = chromium.new_context(**(settings | options))
        contexts.append(context)
        watch.follow(context, url)
        return Visitor(context.new_page(), url)

    yield start
    for context in contexts:
        context.close()


@pytest.fixture
def browser_page(server, visit: Callable[..., Visitor]) -> Page:
    """A fresh page that shows the home page of the running product."""
    visitor = visit(server.url)
    visitor.go("/")
    return visitor.page


@pytest.fixture
def visitor(server, browser_page: Page) -> Visitor:
    """A person at the home page."""
    return Visitor(browser_page, server.url)


AXE = {"rules": {"target-size": {"enabled": True}}}
"""All that axe looks at by itself, and the rule of WCAG 2.2 that it leaves out until it is asked for."""


@pytest.fixture
def check_axe() -> Callable[[Page], None]:
    """Asserts that axe finds nothing wrong on a page: WCAG 2.2 AA, and its best practices."""

    def check(page: Page) -> None:
        violations = Axe().run(page, options=AXE).response["violations"]
        assert [(v["id"], v["help"], node["html"]) for v in violations for node in v["nodes"]] == []

    return check


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Keeps a picture of a page where LOKET_LOOK names a folder, for people to look at."""

    def take(page: Page, name: str) -> None:
        if folder := os.environ.get("LOKET_LOOK"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png")

    return take


@pytest.fixture(scope="module")
def town(model, tmp_path_factory) -> Iterator[Town]:
    with municipal_site() as site:
        server = Server(
            tmp_path_factory.mktemp("town"),
            settings={"LOKET_ALLOWED_ORIGINS": site.url},
            command=("-m", "tests.conversations.clocked_server"),
        ).start()
        site.loket = server.url
        office = Office(server.data)
        yield Town(server, office, site)
        office.engine.dispose()
        server.stop()


@pytest.fixture
def resident(town: Town, visit: Callable[..., Visitor]) -> Visitor:
    """A person at the home page of the town."""
    visitor = visit(town.url)
    visitor.go("/")
    return visitor
