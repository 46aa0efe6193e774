"""The pages in Chromium: without scripts, on a phone, at 400%, with the keyboard, and what axe finds."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from visitor import ANSWER, CHOICES, PLAN, Visitor

from routing.cases.states import CaseAction
from tests.office import Office

FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
ZOOMED = {"width": 320, "height": 256}
"""A window of 1280 by 1024 at 400%."""
REFERENCE = re.compile(r"LK-\d{4}-\d{6}-\d\d")
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")

READABLE = ("/", "/zaak", "/chat", "/privacy", "/toegankelijkheid", "/algoritme", "/nergens")
ENGLISH = ("/en", "/en/case", "/en/chat", "/en/privacy", "/en/accessibility", "/en/algorithm", "/en/nowhere")

# A target in a line of text may be smaller (WCAG 2.5.8); everything else may not.
SMALL = """() => [...document.querySelectorAll("button, input, textarea, summary, nav a, .button")]
  .filter((element) => element.checkVisibility() && element.type !== "hidden")
  .map((element) => [element, element.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([element]) => element.outerHTML)"""


@pytest.fixture(scope="module")
def office(server) -> Office:
    return Office(server.data)


@pytest.fixture
def plain(server, visit) -> Callable[..., Page]:
    """A browser without JavaScript."""
    return lambda **options: visit(server.url, java_script_enabled=False, **options).page


@pytest.fixture
def check_plain(chromium, check_axe) -> Iterator[Callable[[Page], None]]:
    """What `check_axe` does, for a page in a browser that runs no script, and so not axe either.

    The very same document is opened at the same address and size in a browser that does.
    """
    context = chromium.new_context(locale="nl-NL", reduced_motion="reduce")
    twin = context.new_page()

    def check(page: Page) -> None:
        document = re.sub(r"<script.*?</script>", "", page.content(), flags=re.DOTALL)
        twin.set_viewport_size(page.viewport_size)
        address = page.url.partition("#")[0]
        twin.route(address, lambda route: route.fulfill(body=document, content_type="text/html"))
        twin.goto(address)
        check_axe(twin)
        twin.unroute(address)

    yield check
    context.close()


def tell(page: Page, url: str, path: str = "/chat", text: str = PLAN) -> None:
    """Begin a conversation."""
    page.goto(url + path)
    page.locator("#tekst").fill(text)
    page.get_by_role("button", name="Verstuur" if path == "/chat" else "Send", exact=True).click()
    expect(page.locator(".from-resident").first).to_be_visible(timeout=ANSWER)


def reach(page: Page, card: str) -> None:
    """Press quick replies until this card comes."""
    for _ in range(12):
        if page.locator(f".card-{card}").count():
            return
        offered = page.locator(".replies button").all_inner_texts()
        page.get_by_role("button", name=next(c for c in CHOICES if c in offered), exact=True).click()
    raise AssertionError(f"no card {card!r}")


def test_a_whole_conversation_without_javascript_on_a_phone(
    server, plain, office, check_plain, watch
) -> None:
    watch.expect("422")
    page = plain(viewport=PHONE)
    tell(page, server.url)
    check_plain(page)
    reach(page, "summary")
    expect(page.locator(".card-summary")).to_contain_text("Want je zegt")
    check_plain(page)
    page.get_by_role("button", name="Verstuur", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Typ eerst een bericht.")
    check_plain(page)
    reach(page, "case")
    check_plain(page)
    assert page.evaluate(FITS)
    assert page.evaluate(SMALL) == []
    card = page.locator(".card-case").inner_text()
    reference, code = REFERENCE.search(card)[0], CODE.search(card)[0]
    office.take_over(reference)
    office.say(reference, "Ik kom graag kijken.")
    page.get_by_role("button", name="Ververs").click()
    expect(page.locator(".from-staff")).to_contain_text("Partner Twee")
    expect(page.locator(".speaks")).to_contain_text("Je praat nu met een mens: Partner Twee")
    check_plain(page)
    # A reload sends nothing again.
    before = page.locator(".message").count()
    page.reload()
    expect(page.locator(".message")).to_have_count(before)
    follow(page, server.url, reference, code)
    expect(page.locator(".said.staff")).to_contain_text("Ik kom graag kijken.")
    page.locator("#tekst").fill("Fijn! Zaterdag ben ik er.")
    page.get_by_role("button", name="Verstuur", exact=True).first.click()
    expect(page.get_by_role("status")).to_contain_text("Dank je wel.")
    page.goto(f"{server.url}/chat")
    expect(page.locator(".from-resident").last).to_contain_text("Zaterdag ben ik er.")


def follow(page: Page, url: str, reference: str, code: str, path: str = "/zaak") -> None:
    """Open a case with its number and code."""
    page.goto(url + path)
    page.locator("#nummer").fill(reference)
    page.locator("#code").fill(code)
    page.locator("form .start").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(reference)


@pytest.mark.parametrize(("paths", "size"), [(READABLE, WIDE), (ENGLISH, PHONE)], ids=["nl", "en"])
def test_every_page_is_for_everybody(server, plain, check_plain, watch, paths, size) -> None:
    watch.expect("404 (Not Found)")
    page = plain(viewport=size)
    for path in paths:
        page.goto(server.url + path)
        assert page.locator("html").get_attribute("lang") == ("en" if path.startswith("/en") else "nl")
        check_plain(page)
        page.set_viewport_size(ZOOMED)
        assert page.evaluate(FITS), path
        assert page.evaluate(SMALL) == [], path
        page.set_viewport_size(size)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_case_in_every_state_is_for_everybody(
    server, plain, office, check_plain, watch, language
) -> None:
    watch.expect("422", "403")
    path = "/zaak" if language == "nl" else "/en/case"
    reference, code = office.case_with_code(None, f"axe-{uuid.uuid4()}", language)
    page = plain(viewport=PHONE)
    page.goto(server.url + path)
    page.locator("form .start").click()
    expect(page.get_by_role("alert")).to_be_visible()
    check_plain(page)
    page.locator(".problem a").first.click()
    expect(page.locator("#nummer")).to_be_focused()
    follow(page, server.url, reference, code, path)
    check_plain(page)
    page.locator("form .start").first.click()
    expect(page.get_by_role("alert")).to_be_visible()
    check_plain(page)
    page.locator("summary").click()
    check_plain(page)
    office.step(reference, CaseAction.PICK_UP, CaseAction.ANSWER, CaseAction.CLOSE)
    page.goto(server.url + path)
    page.locator("form .start").click()
    expect(page.get_by_role("alert")).to_be_visible()
    check_plain(page)
    page.set_viewport_size(ZOOMED)
    assert page.evaluate(FITS)
    assert page.evaluate(SMALL) == []


def test_without_javascript_in_english_and_with_the_keyboard_alone(server, plain, check_plain) -> None:
    page = plain(locale="en-GB")
    page.goto(f"{server.url}/en/chat")
    check_plain(page)
    page.locator("#tekst").focus()
    page.keyboard.type("We want to start a repair cafe for the whole neighbourhood.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".from-resident")).to_have_count(1, timeout=ANSWER)
    check_plain(page)
    page.get_by_role("button", name="Verder in het Nederlands").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/chat#b\d+$"))
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    expect(page.locator(".from-chatbot").first).to_have_attribute("lang", "en")
    check_plain(page)
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Ja, begin opnieuw").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".from-resident")).to_have_count(0)


def test_with_scripts_the_chat_is_the_page(server, visit, check_axe) -> None:
    visitor: Visitor = visit(server.url)
    visitor.go("/chat")
    expect(visitor.said_by("chatbot").first).to_be_visible(timeout=ANSWER)
    expect(visitor.page.locator(".chat-forms")).to_be_hidden()
    assert visitor.focused() == ""
    place, page = visitor.panel.bounding_box(), visitor.page.locator(".talk-page").bounding_box()
    assert place["x"] >= page["x"]
    assert place["width"] > 700
    assert visitor.page.evaluate(FITS)
    check_axe(visitor.page)
    visitor.say(PLAN)
    visitor.reach("summary")
    check_axe(visitor.page)


def test_who_likes_it_simple_has_it_simple_with_scripts_too(server, visit) -> None:
    page = visit(server.url).page
    page.goto(f"{server.url}/chat")
    page.get_by_role("button", name="Open de eenvoudige chat").dispatch_event("click")
    expect(page.locator(".from-chatbot").first).to_be_visible(timeout=ANSWER)
    assert page.locator("loket-chat").count() == 0
    tell(page, server.url)
    expect(page.locator(".from-resident")).to_have_count(1)


def test_when_the_script_does_not_come_the_forms_are_there(server, visit, watch) -> None:
    watch.expect("ERR_FAILED", "Failed to load")
    page = visit(server.url).page
    page.route("**/widget/widget.js", lambda route: route.abort())
    tell(page, server.url)


def test_forced_colours_keep_their_borders(server, plain) -> None:
    page = plain(forced_colors="active")
    tell(page, server.url)
    border = page.locator(".message").first.evaluate("element => getComputedStyle(element).borderStyle")
    assert border == "solid"
