"""The widget on the site of a municipality, which is another host with a strict policy of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect
from town import REFERENCE, Town
from visitor import ANSWER, PLAN, Visitor


@dataclass
class Guest:
    """A visitor of the municipality's site, and every request that the browser made there."""

    visitor: Visitor
    requests: list[str]
    errors: list[str]


@pytest.fixture
def guest(town: Town, chromium) -> Iterator[Callable[..., Guest]]:
    """Opens a page of the site with these attributes on the script tag."""
    contexts = []

    def go(attributes: str = "", head: str = "", **options: object) -> Guest:
        town.site.pages["/pagina"] = (attributes, head)
        context = chromium.new_context(
            locale="nl-NL", viewport={"width": 1280, "height": 900}, reduced_motion="reduce", **options
        )
        contexts.append(context)
        requests: list[str] = []
        errors: list[str] = []
        context.on("request", lambda request: requests.append(request.url))
        context.on("console", lambda message: message.type == "error" and errors.append(message.text))
        context.on("weberror", lambda error: errors.append(str(error.error)))
        visitor = Visitor(context.new_page(), town.site.url)
        visitor.go("/pagina")
        return Guest(visitor, requests, errors)

    yield go
    for context in contexts:
        context.close()


def hosts(guest: Guest, town: Town) -> set[str]:
    """Where requests went, without the page itself and what it asked for on its own."""
    return {"/".join(url.split("/")[:3]) for url in guest.requests} - {town.site.url}


def test_one_script_tag_on_another_host_is_enough(guest, town: Town) -> None:
    seen = guest()
    visitor = seen.visitor
    visitor.open()
    visitor.say(PLAN)
    visitor.reach("case")
    expect(visitor.card("case")).to_contain_text(REFERENCE)
    visitor.page.reload()
    expect(visitor.card("case")).to_contain_text(REFERENCE, timeout=ANSWER)
    # Nothing but the page itself and Loket, and no breach of the policy.
    assert hosts(seen, town) == {town.url}
    assert {url for url in seen.requests if url.startswith(town.site.url)} <= {
        f"{town.site.url}/pagina",
        f"{town.site.url}/favicon.ico",
    }
    assert seen.errors == []
    privacy = visitor.panel.get_by_role("link", name="Wat doen we met je gegevens?")
    expect(privacy).to_have_attribute("href", f"{town.url}/privacy")


def test_a_site_that_is_not_named_cannot_use_the_chat(guest, town: Town) -> None:
    # The same site by another name is another origin.
    visitor = guest().visitor
    visitor.page.goto(town.site.url.replace("127.0.0.1", "localhost") + "/pagina")
    visitor.launcher.click()
    expect(visitor.status).to_contain_text("Geen verbinding", timeout=ANSWER)
    expect(visitor.log.locator(".message")).to_have_count(0)


def styles_of(page: Page) -> dict[str, str]:
    """How the parts of the widget look that a theme is about."""
    return page.evaluate(
        """() => {
          const root = document.querySelector("loket-chat").shadowRoot;
          const look = (selector) => getComputedStyle(root.querySelector(selector));
          return {
            bar: look(".head").backgroundColor,
            send: look(".send").backgroundColor,
            corner: look(".send").borderTopLeftRadius,
            font: look(".bubble").fontFamily,
            heading: look("h2").fontFamily,
            bubble: look(".bubble").backgroundColor,
          };
        }"""
    )


def test_the_second_theme_is_whole_and_accessible(guest, town: Town, check_axe) -> None:
    delft, other = guest(), guest(' data-theme="voorbeeldstad"')
    delft.visitor.open()
    first = styles_of(delft.visitor.page)
    visitor = other.visitor
    check_axe(visitor.page)
    visitor.open()
    second = styles_of(visitor.page)
    assert [name for name in first if first[name] == second[name]] == []
    check_axe(visitor.page)
    visitor.say(PLAN)
    check_axe(visitor.page)
    visitor.reach("summary")
    check_axe(visitor.page)
    visitor.reach("case")
    check_axe(visitor.page)
    visitor.button("Begin opnieuw").click()
    check_axe(visitor.page)
    visitor.button("Nee, ga verder").click()
    visitor.say("Ik wil een nieuw paspoort aanvragen")
    check_axe(visitor.page)
    visitor.page.set_viewport_size({"width": 375, "height": 700})
    check_axe(visitor.page)
    assert other.errors == []


def test_a_theme_that_does_not_exist_is_that_of_the_municipality(guest) -> None:
    looks = []
    for attributes in ("", ' data-theme="bestaat-niet"'):
        visitor = guest(attributes).visitor
        visitor.open()
        looks.append(styles_of(visitor.page))
    assert looks[0] == looks[1]


def test_a_municipality_brings_its_own_mark_font_and_colours(guest, town: Town) -> None:
    seen = guest(
        ' data-logo="/logo.svg" data-font="Georgia, serif" data-language="en"',
        '<link rel="stylesheet" href="/site.css">',
    )
    visitor = seen.visitor
    visitor.open()
    expect(visitor.said_by("chatbot").first).to_contain_text("I am the chatbot")
    styles = styles_of(visitor.page)
    assert styles["font"].startswith("Georgia")
    assert styles["send"] == "rgb(122, 31, 92)"
    mark = visitor.page.locator("loket-chat > img")
    assert mark.evaluate("image => image.naturalWidth > 0 && image.assignedSlot.name") == "logo"
    assert hosts(seen, town) == {town.url}
    assert seen.errors == []
