"""The pages around the chat, in the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from visitor import PLAN, Visitor


def test_the_home_page_explains_the_door_and_opens_the_chat(visitor: Visitor, picture) -> None:
    page = visitor.page
    expect(page.get_by_role("heading", level=1)).to_contain_text("Heb je een plan")
    expect(page.get_by_role("main")).to_contain_text("Dat is een computer, geen mens.")
    expect(visitor.launcher).to_be_visible()
    picture(page, "home")
    page.get_by_role("main").get_by_role("button", name="Vertel je plan").click()
    expect(visitor.said_by("chatbot").first).to_be_visible()
    expect(visitor.field).to_be_focused()


@pytest.mark.parametrize(("path", "other"), [("/", "/en"), ("/privacy", "/en/privacy")])
def test_every_page_has_its_twin_in_the_other_language(visitor: Visitor, path: str, other: str) -> None:
    page = visitor.page
    visitor.go(path)
    assert page.locator("html").get_attribute("lang") == "nl"
    page.get_by_role("banner").get_by_role("link", name="English").click()
    expect(page).to_have_url(visitor.url + other)
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("banner").get_by_role("link", name="Nederlands").click()
    expect(page).to_have_url(visitor.url + path)


@pytest.mark.parametrize("path", ["/", "/en"])
def test_without_javascript_the_door_is_as_open(server, visit, path: str) -> None:
    visitor = visit(server.url, java_script_enabled=False)
    visitor.go(path)
    text = visitor.page.get_by_role("main").inner_text()
    assert "14015" in text
    assert "@" in text
    assert visitor.page.locator("[data-loket-open]").is_hidden()
    visitor.page.locator("a.start").click()
    expect(visitor.page.locator("#tekst")).to_be_visible()


def test_the_skip_link_leads_to_the_content(visitor: Visitor) -> None:
    visitor.page.keyboard.press("Tab")
    assert visitor.focused() == "Naar de inhoud"
    visitor.page.keyboard.press("Enter")
    assert visitor.focused() == "inhoud"


def test_the_strict_policy_is_sent_with_the_page(visitor: Visitor) -> None:
    """The watch on each test has already seen that nothing breaks it."""
    policy = visitor.page.request.get(visitor.url + "/").headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


def test_developers_see_the_mail_of_a_case(visitor: Visitor) -> None:
    visitor.open()
    visitor.say(PLAN)
    visitor.reach("case")
    reference = visitor.card("case").locator(".ticket strong").first.inner_text()
    mail = visitor.page.locator(".mail", has_text=reference)
    visitor.go("/ontwikkelaar/postvak")
    for _ in range(200):
        if mail.count():
            break
        visitor.page.reload()
    expect(mail.first).to_contain_text("@")
