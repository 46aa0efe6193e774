"""Pages that tell something: what they promise holds, links lead somewhere, and errors are pages too."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.chat.middleware import answer_problems
from bot.pages.forms import Keeper
from bot.pages.frame import all_texts, setup_frame
from routing.advice.figures import read_card
from routing.backoffice import catalogue_of
from routing.settings import catalogue_folder
from tests.conftest import Server
from tests.pages.browser import PlainBrowser
from tests.test_readable import AVERAGE_SENTENCE, LONGEST_SENTENCE, OFFICE
from tests.test_readable import _sentences as sentences_of

TWINS = {
    "/": "/en", "/chat": "/en/chat", "/zaak": "/en/case", "/privacy": "/en/privacy",
    "/toegankelijkheid": "/en/accessibility", "/algoritme": "/en/algorithm",
}  # fmt: skip
PAGES = [*TWINS, *TWINS.values()]


@pytest.fixture(scope="module")
def listening(server: Server) -> PlainBrowser:
    return PlainBrowser(server.url)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole(listening: PlainBrowser, path: str) -> None:
    page = listening.go(path)
    assert page.status_code == 200
    language = "en" if path.startswith("/en") else "nl"
    assert f'<html lang="{language}">' in page.text
    assert page.text.count("<h1") == 1
    assert "{" not in listening.words
    for inline in ("style=", "<style", "onclick"):
        assert inline not in page.text
    assert page.text.count("<script") == page.text.count("<script src=")
    twin = TWINS.get(path) or next(dutch for dutch, english in TWINS.items() if english == path)
    assert f'href="{twin}" hreflang' in page.text
    for other in ("/privacy", "/toegankelijkheid", "/algoritme"):
        assert f'href="{TWINS[other] if language == "en" else other}"' in page.text


def test_every_link_of_ours_leads_somewhere(listening: PlainBrowser) -> None:
    links = {
        link for path in PAGES for link in re.findall(r'(?:href|src)="(/[^"#]*)', listening.go(path).text)
    }
    links |= set(re.findall(r'href="(/[^"#]*)', listening.go("/desk/inloggen").text))
    assert len(links) > 15
    assert {link for link in links if listening.go(link).status_code != 200} == set()


def test_the_figures_are_those_of_the_model_card(listening: PlainBrowser) -> None:
    card = read_card()
    assert card.texts > 1000
    assert sum(card.languages.values()) == card.texts
    for path in ("/algoritme", "/en/algorithm"):
        listening.go(path)
        assert str(card.texts) in listening.words
        for name in ("kind accuracy", "role accepted", "first goal accepted", "urgent found"):
            assert f"{card.percent(name)}%" in listening.words


def test_a_card_without_a_figure_leaves_it_out(tmp_path) -> None:
    (tmp_path / "CARD.md").write_text("Training texts: 10\n- Languages: nl 9, en 1\n| role exact | 0.5 |\n")
    card = read_card(tmp_path)
    assert (card.texts, card.languages, card.percent("role exact")) == (10, {"nl": 9, "en": 1}, 50)
    assert card.percent("urgent found") is None
    (tmp_path / "CARD.md").write_text("something else")
    with pytest.raises(ValueError, match="no model card"):
        read_card(tmp_path)


def test_the_privacy_page_says_how_long_cookies_live(listening: PlainBrowser) -> None:
    listening.go("/privacy")
    assert "dertig dagen lang" in listening.words
    assert "een uur open" in listening.words


@pytest.mark.parametrize(
    ("method", "path", "accept_language", "status", "words"),
    [
        ("GET", "/nergens", "nl", 404, "Deze pagina is er niet"),
        ("GET", "/nergens", "en-GB,en;q=0.9,nl;q=0.5", 404, "This page is not there"),
        ("GET", "/en/nowhere", "nl", 404, "This page is not there"),
        ("POST", "/privacy", "nl", 405, "Dit kan niet op deze pagina"),
        ("DELETE", "/en/chat", "nl", 405, "This page cannot do that"),
    ],
)
def test_errors_are_pages_in_the_language_of_the_person(
    server: Server, method: str, path: str, accept_language: str, status: int, words: str
) -> None:
    headers = {"Accept": "text/html", "Accept-Language": accept_language}
    answer = httpx.request(method, server.url + path, headers=headers)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert words in answer.text
    # What to do next: somewhere to go, and a person to call.
    assert 'href="tel:14015"' in answer.text
    if status == 405:
        assert answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/api/v1/nergens", "/health/nergens", "/nergens"])
def test_programs_get_json(server: Server, path: str) -> None:
    answer = httpx.get(server.url + path, headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_bytes_that_are_no_text_are_a_page_too(server: Server) -> None:
    headers = {
        "Accept": "text/html",
        "Content-Type": "application/x-www-form-urlencoded; charset=unknown-8",
    }
    answer = httpx.post(f"{server.url}/chat", content=b"tekst=%ff", headers=headers)
    assert answer.status_code == 400
    assert "We konden dit niet lezen" in answer.text


async def test_an_unforeseen_error_shows_nothing_internal() -> None:
    async def fail(request: web.Request) -> web.Response:
        raise RuntimeError("the secret word is zwaluw")

    app = web.Application(middlewares=[answer_problems])
    setup_frame(app, catalogue_of(catalogue_folder("delft")).municipality)
    app.router.add_get("/en/stuk", fail)
    app.router.add_get("/api/v1/stuk", fail)
    async with TestClient(TestServer(app)) as client:
        page = await client.get("/en/stuk", headers={"Accept": "text/html"})
        text = await page.text()
        assert page.status == 500
        assert "Something went wrong with us" in text
        assert "zwaluw" not in text
        assert (await client.get("/api/v1/stuk")).content_type == "application/problem+json"


def _keys(texts: object, path: str = "") -> set[str]:
    if not isinstance(texts, dict):
        return {path}
    return set().union(*(_keys(value, f"{path}.{key}") for key, value in texts.items()))


def test_both_languages_have_the_same_texts() -> None:
    texts = all_texts()
    assert _keys(texts["nl"]) == _keys(texts["en"])


class _Text(HTMLParser):
    """The paragraphs, headings and the like of a page, each as one text."""

    BLOCKS = frozenset(("p", "h1", "h2", "h3", "li", "dt", "dd", "label", "legend", "button", "summary"))

    def __init__(self, html: str) -> None:
        super().__init__()
        self.blocks = [""]
        self.feed(html[html.index("<main") : html.index("</main>")])

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in self.BLOCKS:
            self.blocks.append("")

    handle_endtag = lambda self, tag: self.handle_starttag(tag, ())  # noqa: E731

    def handle_data(self, data: str) -> None:
        self.blocks[-1] += data


@pytest.mark.parametrize("path", PAGES)
def test_sentences_are_short_and_plain(listening: PlainBrowser, path: str) -> None:
    """The same limits as for the words of the chatbot."""
    blocks = _Text(listening.go(path).text).blocks
    sentences = [words for block in blocks for words in sentences_of(block)]
    assert [" ".join(words) for words in sentences if len(words) > LONGEST_SENTENCE] == []
    assert sum(map(len, sentences)) / len(sentences) <= AVERAGE_SENTENCE
    assert [block for block in blocks if OFFICE.search(block)] == []


def test_on_https_cookies_are_bound_to_the_host() -> None:
    keeper = Keeper(b"secret", "https://loket.example.org")
    response = web.Response()
    keeper.give(response, "loket_chat", "value", 60)
    cookie = response.cookies["__Host-loket_chat"].OutputString()
    for part in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=60"):
        assert part in cookie
    assert "Domain" not in cookie
