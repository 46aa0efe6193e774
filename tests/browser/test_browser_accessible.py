"""The chat for everyone: screen reader, keyboard, small screens, zoom."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from visitor import ANSWER, PLAN, Reader, Visitor


@pytest.mark.parametrize("path", ["/", "/en", "/privacy", "/en/privacy", "/ontwikkelaar/postvak"])
def test_axe_finds_nothing_on_the_pages(visitor: Visitor, check_axe, path: str) -> None:
    visitor.go(path)
    if path in ("/", "/en"):
        expect(visitor.launcher).to_be_visible()
    check_axe(visitor.page)


def test_axe_finds_nothing_in_the_chat(visitor: Visitor, check_axe, watch) -> None:
    watch.expect("ERR_FAILED")
    visitor.open()
    check_axe(visitor.page)
    visitor.say(PLAN)
    check_axe(visitor.page)
    visitor.button("Begin opnieuw").click()
    check_axe(visitor.page)
    visitor.button("Nee, ga verder").click()
    visitor.reach("summary")
    check_axe(visitor.page)
    visitor.reach("case")
    check_axe(visitor.page)
    visitor.page.route("**/berichten", lambda route: route.abort(), times=1)
    visitor.type("Dank je wel!")
    expect(visitor.button("Opnieuw versturen")).to_be_visible()
    check_axe(visitor.page)
    visitor.type("x" * 4100)
    check_axe(visitor.page)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Ik wil een nieuw paspoort aanvragen", "service"), ("Er is brand bij mij thuis", "emergency")],
)
def test_axe_finds_nothing_on_other_cards(visitor: Visitor, check_axe, text: str, kind: str) -> None:
    visitor.open()
    visitor.say(text)
    expect(visitor.card(kind)).to_be_visible()
    check_axe(visitor.page)


def test_axe_finds_nothing_on_a_phone(server, visit, check_axe) -> None:
    visitor = visit(server.url, viewport={"width": 375, "height": 700}, is_mobile=True, has_touch=True)
    visitor.go("/")
    visitor.open()
    visitor.say(PLAN)
    check_axe(visitor.page)


def test_new_messages_are_announced_by_the_log(visitor: Visitor) -> None:
    visitor.open()
    reader = Reader(visitor.page)
    before = reader.log()
    assert (before["name"], before["live"], before["relevant"]) == ("Het gesprek", "polite", "additions")
    assert before["texts"][0] == "Chatbot"
    visitor.say(PLAN)
    after = reader.log()
    assert after["texts"][: len(before["texts"])] == before["texts"]
    announced = after["texts"][len(before["texts"]) :]
    assert announced[:2] == ["Jij", PLAN]
    assert "Chatbot" in announced
    assert not after.get("busy")


def test_the_log_is_busy_while_the_chatbot_thinks(visitor: Visitor) -> None:
    visitor.open()
    seen: list[object] = []

    def look_then_go(route) -> None:
        seen.append(visitor.log.get_attribute("aria-busy"))
        seen.append(visitor.status.inner_text())
        route.continue_()

    visitor.page.route("**/berichten", look_then_go, times=1)
    visitor.say(PLAN)
    assert seen == ["true", "De chatbot denkt na …"]
    expect(visitor.status).to_have_text("")


def test_a_reload_does_not_announce_the_past(visitor: Visitor) -> None:
    visitor.open()
    visitor.say(PLAN)
    visitor.page.add_init_script(
        """addEventListener("DOMContentLoaded", () => {
          window.live = [];
          const look = () => {
            const log = document.querySelector("loket-chat")?.shadowRoot?.querySelector("[role=log]");
            if (!log) return requestAnimationFrame(look);
            new MutationObserver(() => window.live.push(log.getAttribute("aria-live")))
              .observe(log, { childList: true });
          };
          look();
        })"""
    )
    visitor.page.reload()
    expect(visitor.said_by("resident")).to_have_count(1, timeout=ANSWER)
    assert set(visitor.page.evaluate("window.live")) == {"off"}
    expect(visitor.log).to_have_attribute("aria-live", "polite")


def test_used_quick_replies_stay_but_cannot_be_used(visitor: Visitor) -> None:
    visitor.open()
    visitor.say(PLAN)
    name = visitor.next_choice()
    visitor.press(name)
    group = visitor.log.get_by_role("group", name="Kies een antwoord").first
    for button in group.get_by_role("button").all():
        assert button.get_attribute("aria-disabled") == "true"
        assert button.get_attribute("tabindex") == "-1"
        assert button.get_attribute("disabled") is None
    sent = visitor.said_by("resident").count()
    group.get_by_role("button").first.dispatch_event("click")
    assert visitor.said_by("resident").count() == sent


def test_messages_name_their_speaker_and_language(visitor: Visitor) -> None:
    visitor.open()
    visitor.button("English").click()
    expect(visitor.said_by("chatbot").first).to_have_attribute("lang", "en", timeout=ANSWER)
    visitor.say("I want to start a repair café for the whole neighbourhood.")
    visitor.button("Nederlands").click()
    expect(visitor.said_by("chatbot").last).to_have_attribute("lang", "nl", timeout=ANSWER)
    assert visitor.said_by("chatbot").first.locator(".sender").inner_text() == "Chatbot"
    assert visitor.said_by("resident").first.locator(".sender").inner_text() == "You"
    assert visitor.page.locator("loket-chat").get_attribute("lang") == "nl"


def test_escape_closes_and_the_focus_returns(visitor: Visitor) -> None:
    visitor.open()
    visitor.page.keyboard.press("Escape")
    expect(visitor.panel).to_be_hidden()
    assert visitor.focused() == "Vertel je plan"
    expect(visitor.launcher).to_be_focused()
    start = visitor.page.locator("main").get_by_role("button", name="Vertel je plan")
    start.click()
    expect(visitor.field).to_be_focused()
    visitor.button("Sluit de chat").click()
    expect(start).to_be_focused()


def test_it_says_that_it_is_a_chatbot_and_what_happens_to_data(visitor: Visitor) -> None:
    visitor.open()
    expect(visitor.panel).to_contain_text("Chatbot van de gemeente Delft")
    expect(visitor.panel).to_contain_text("Je praat met een computer, niet met een mens.")
    visitor.panel.get_by_role("link", name="Wat doen we met je gegevens?").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Wat doen we met je gegevens?")


SIZES = """() => [...document.querySelector("loket-chat").shadowRoot.querySelectorAll("button, textarea")]
  .filter((element) => element.checkVisibility())
  .map((element) => [element.getBoundingClientRect(), element.textContent])
  .filter(([box]) => box.width < 24 || box.height < 24)"""


def test_targets_are_large_enough(visitor: Visitor) -> None:
    visitor.open()
    visitor.say(PLAN)
    assert visitor.page.evaluate(SIZES) == []


SIDEWAYS = """() => {
  const all = [document.documentElement];
  const root = document.querySelector("loket-chat").shadowRoot;
  all.push(...root.querySelectorAll(".panel, .scroll, .log"));
  return all.filter((element) => element.scrollWidth > element.clientWidth).length;
}"""
SCROLLERS = """() => {
  const root = document.querySelector("loket-chat").shadowRoot;
  const scrolls = (element) => element.scrollHeight > element.clientHeight + 1
    && !["hidden", "visible"].includes(getComputedStyle(element).overflowY);
  const page = document.documentElement;
  const pageScrolls = page.scrollHeight > page.clientHeight && getComputedStyle(page).overflowY !== "hidden";
  return [...root.querySelectorAll(".panel, .scroll, .log")].filter(scrolls).length + pageScrolls;
}"""


@pytest.mark.parametrize("height", [256, 640])
def test_320_pixels_wide_and_400_percent_zoom(server, visit, picture, height: int) -> None:
    """A window of 1280 by 1024 at 400% is a page of 320 by 256."""
    visitor = visit(server.url, viewport={"width": 320, "height": height})
    visitor.go("/")
    expect(visitor.launcher).to_be_visible()
    assert visitor.page.evaluate(SIDEWAYS) == 0
    visitor.open()
    visitor.say(PLAN)
    visitor.reach("case")
    picture(visitor.page, f"chat-320x{height}")
    assert visitor.page.evaluate(SIDEWAYS) == 0
    assert visitor.page.evaluate(SCROLLERS) == 1
    box = visitor.panel.bounding_box()
    assert (box["width"], box["height"]) == (320, height)
    visitor.page.keyboard.press("Escape")
    assert visitor.page.evaluate("getComputedStyle(document.documentElement).overflowY") != "hidden"


def test_zooming_while_open_keeps_the_focus(visitor: Visitor) -> None:
    visitor.open()
    visitor.field.fill("half")
    visitor.page.set_viewport_size({"width": 320, "height": 640})
    expect(visitor.field).to_be_focused()
    visitor.page.set_viewport_size({"width": 1280, "height": 900})
    expect(visitor.field).to_be_focused()
    expect(visitor.field).to_have_value("half")
    visitor.page.keyboard.press("Escape")
    expect(visitor.launcher).to_be_focused()


def test_a_phone_keeps_tab_inside_the_full_screen(server, visit, picture) -> None:
    visitor = visit(server.url, viewport={"width": 375, "height": 700}, is_mobile=True, has_touch=True)
    visitor.go("/")
    visitor.open()
    picture(visitor.page, "chat-phone")
    # The keyboard of a phone would cover the first words, so the field does not take the focus.
    assert visitor.focused() != "text"
    inside = "document.activeElement === document.body || document.activeElement.localName === 'loket-chat'"
    for _ in range(15):
        visitor.page.keyboard.press("Tab")
        assert visitor.page.evaluate(inside)


def test_forced_colours_and_the_second_language(server, visit, check_axe) -> None:
    visitor = visit(server.url, forced_colors="active", locale="en-GB")
    visitor.go("/en")
    visitor.open()
    expect(visitor.said_by("chatbot").first).to_contain_text("I am the chatbot")
    bubble = visitor.log.locator(".bubble").first
    assert bubble.evaluate("element => getComputedStyle(element).borderColor") != "rgba(0, 0, 0, 0)"
    check_axe(visitor.page)
