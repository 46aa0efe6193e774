"""The widget for people who use a keyboard, a small screen, another language, or little motion."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect
from town import Town
from visitor import PLAN, Visitor

FOCUS = """() => {
  const element = document.querySelector("loket-chat").shadowRoot.activeElement;
  if (!element) return ["", "none", 0];
  const style = getComputedStyle(element);
  const name = element.textContent.trim().slice(0, 30) || element.id || element.ariaLabel;
  return [name, style.outlineStyle, parseFloat(style.outlineWidth)];
}"""


def test_the_focus_is_always_seen(resident: Visitor) -> None:
    resident.open()
    resident.say(PLAN)
    seen = {}
    for _ in range(12):
        name, style, width = resident.page.evaluate(FOCUS)
        if name:
            seen[name] = (style, width)
        resident.page.keyboard.press("Shift+Tab")
    expected = {"text", "Naar een mens", "Bewaar", "Begin opnieuw", "English", "Sluit de chat", "Overslaan"}
    assert expected <= seen.keys()
    assert {name: look for name, look in seen.items() if look[0] == "none" or look[1] < 2} == {}


def test_the_focus_never_moves_by_itself(resident: Visitor) -> None:
    """Through a conversation, with a listener on every change of the focus."""
    resident.open()
    resident.page.evaluate(
        """() => {
          window.moved = [];
          const root = document.querySelector("loket-chat").shadowRoot;
          const note = ({ target }) => window.moved.push(target.textContent || target.id);
          root.addEventListener("focusin", note);
        }"""
    )
    resident.say(PLAN)
    resident.press("Overslaan")
    resident.say("Wat doen jullie met mijn gegevens?")
    # Only what the person did: the field filled, the button pressed, the field again.
    assert resident.page.evaluate("window.moved") == ["Overslaan", "text"]


@pytest.mark.parametrize(
    ("text", "language", "direction"),
    [("Merhaba, bir bahçe yapmak istiyorum", "tr", "ltr"), ("مرحبا، أريد أن أبدأ حديقة", "ar", "rtl")],
)
def test_words_of_another_language_are_marked_as_such(
    resident: Visitor, text: str, language: str, direction: str
) -> None:
    resident.open()
    resident.say(text)
    bubble = resident.said_by("chatbot").last.locator(".bubble")
    expect(bubble).to_have_attribute("lang", language)
    assert bubble.evaluate("element => getComputedStyle(element).direction") == direction
    # The name of the speaker is in the language of the page.
    expect(resident.said_by("chatbot").last).to_have_attribute("lang", "nl")


TARGETS = """() => [...document.querySelector("loket-chat").shadowRoot
    .querySelectorAll("button, textarea, .actions a")]
  .filter((element) => element.checkVisibility())
  .map((element) => [element.textContent, element.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)"""


def test_every_target_has_24_pixels_at_the_end_too(town: Town, visit) -> None:
    visitor = visit(town.url, viewport={"width": 320, "height": 640})
    visitor.go("/")
    visitor.open()
    visitor.say(PLAN)
    visitor.reach("case")
    visitor.say("Ik wil een nieuw paspoort aanvragen")
    assert visitor.page.evaluate(TARGETS) == []


def test_somebody_typing_is_seen_and_read(resident: Visitor) -> None:
    resident.open()
    dots = resident.panel.locator(".dots")
    expect(dots).to_be_hidden()
    seen: list[object] = []

    def look_then_go(route: Route) -> None:
        seen.extend([dots.is_visible(), resident.status.inner_text()])
        route.continue_()

    resident.page.route("**/berichten", look_then_go, times=1)
    resident.say(PLAN)
    assert seen == [True, "De chatbot denkt na …"]
    expect(dots).to_be_hidden()


def test_the_end_stays_in_sight_when_a_keyboard_takes_half_the_screen(town: Town, visit) -> None:
    visitor = visit(town.url, viewport={"width": 375, "height": 700})
    visitor.go("/")
    visitor.open()
    visitor.say(PLAN)
    skip = visitor.log.get_by_role("button", name="Overslaan")
    expect(skip).to_be_visible()
    # The person has read down to the end: the page has seen that before the keyboard comes.
    visitor.panel.locator(".scroll").evaluate(
        """element => new Promise((done) => {
          element.scrollTo(0, element.scrollHeight);
          requestAnimationFrame(() => requestAnimationFrame(done));
        })"""
    )
    visitor.page.set_viewport_size({"width": 375, "height": 520})
    expect(skip).to_be_in_viewport(ratio=1)


def test_reduced_motion_is_respected(town: Town, visit) -> None:
    moving = """() => document.querySelector("loket-chat").shadowRoot.getAnimations().length
      + [...document.querySelector("loket-chat").shadowRoot.querySelectorAll("*")]
        .filter((element) => getComputedStyle(element).animationName !== "none").length"""
    for motion, moves in (("reduce", False), ("no-preference", True)):
        visitor = visit(town.url, reduced_motion=motion)
        visitor.go("/")
        visitor.open()
        assert bool(visitor.page.evaluate(moving)) is moves
