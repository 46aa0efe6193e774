"""A person with a browser: opens the chat, types, presses, reads."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

PLAN = "Ik wil met de buren een moestuin beginnen op het lege veldje, zodat we elkaar leren kennen."

CHOICES = (
    "De hele stad",
    "Alleen ik",
    "Weet ik nog niet",
    "Het is nog een idee",
    "Ja, dat klopt",
    "Nee, geef mij een code",
    "Overslaan",
)
"""What a person of few words presses at each question, up to the case."""

ANSWER = 30_000
"""Milliseconds for an answer on a busy machine."""

REMEMBERED = """() => JSON.parse(
  localStorage[Object.keys(localStorage).find((name) => name.endsWith("conversation"))])"""

FOCUSED = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element === document.body ? "" : element.id || element.textContent.trim() || element.ariaLabel;
}"""


class Visitor:
    """One tab of one person."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    # --- places

    def go(self, path: str) -> None:
        """Open a page of the product."""
        self.page.goto(self.url + path)

    def another_tab(self) -> Visitor:
        """A second tab in the same browser."""
        tab = Visitor(self.page.context.new_page(), self.url)
        tab.go("/")
        return tab

    @property
    def launcher(self) -> Locator:
        return self.page.locator("loket-chat .launcher")

    @property
    def panel(self) -> Locator:
        return self.page.locator("loket-chat .panel")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def status(self) -> Locator:
        return self.panel.get_by_role("status")

    @property
    def field(self) -> Locator:
        return self.panel.get_by_role("textbox")

    def button(self, name: str) -> Locator:
        """The newest button of that name in the chat."""
        return self.page.locator("loket-chat").get_by_role("button", name=name, exact=True).last

    def focused(self) -> str:
        """The id or the words of what has the focus; empty for the page itself."""
        return self.page.evaluate(FOCUSED)

    # --- doing

    def open(self) -> None:
        """Open the chat and wait for the first words."""
        self.launcher.click()
        expect(self.said_by("chatbot").first).to_be_visible(timeout=ANSWER)

    def type(self, text: str) -> None:
        """Type a message and send it with Enter."""
        self.field.fill(text)
        self.field.press("Enter")

    def say(self, text: str) -> None:
        """Send a message and wait until it is answered."""
        before = self.said_by("chatbot").count()
        self.type(text)
        self.wait_answer(before)

    def press(self, name: str) -> None:
        """Press a quick reply and wait until it is answered."""
        before = self.said_by("chatbot").count()
        self.button(name).click()
        self.wait_answer(before)

    def wait_answer(self, before: int) -> None:
        """Wait for more words of the chatbot than there were, and until it is ready."""
        expect(self.said_by("chatbot").nth(before)).to_be_visible(timeout=ANSWER)
        expect(self.log).to_have_attribute("aria-busy", "false", timeout=ANSWER)

    def choices(self) -> list[str]:
        """The quick replies that can be pressed now."""
        return self.log.locator('.choice[aria-disabled="false"]').all_inner_texts()

    def next_choice(self) -> str:
        """What a person of few words presses now."""
        offered = self.choices()
        return next(choice for choice in CHOICES if choice in offered)

    def reach(self, card: str, limit: int = 10) -> None:
        """Go on with quick replies until a card of that kind (`summary`, `case`) is shown."""
        for _ in range(limit):
            if self.card(card).count():
                return
            self.press(self.next_choice())
        raise AssertionError(f"no card {card!r}: {self.messages()}")

    # --- reading

    def said_by(self, sender: str) -> Locator:
        """The messages of `chatbot`, `resident`, `staff` or `system`."""
        return self.log.locator(f".from-{sender}")

    def card(self, kind: str) -> Locator:
        """The cards of that kind."""
        return self.log.locator(f".card-{kind}")

    def stored(self) -> list[dict[str, Any]]:
        """The messages of the remembered conversation as the server has them."""
        kept = self.page.evaluate(REMEMBERED)
        answer = self.page.request.get(
            f"{self.url}/api/v1/gesprekken/{kept['id']}/berichten?na=0",
            headers={"Authorization": f"Bearer {kept['token']}"},
        )
        return answer.json()["berichten"]

    def messages(self) -> list[str]:
        """Who said what, in the order on the screen, without the times."""
        texts = self.log.locator(".message").all_inner_texts()
        return [re.sub(r"\s+", " ", re.sub(r"\d\d:\d\d\s*$", "", text)).strip() for text in texts]


class Reader:
    """What a screen reader gets: the accessibility tree of the browser."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Accessibility.enable")

    def log(self) -> dict[str, Any]:
        """The properties of the log region (live, relevant, busy) and its texts in reading order."""
        return self._region("log")

    def status(self) -> dict[str, Any]:
        """The same of the status region."""
        return self._region("status")

    def _region(self, role: str) -> dict[str, Any]:
        nodes = self._session.send("Accessibility.getFullAXTree")["nodes"]
        by_id = {node["nodeId"]: node for node in nodes}
        region = next(node for node in nodes if node.get("role", {}).get("value") == role)
        properties = {p["name"]: p["value"].get("value") for p in region["properties"]}
        name = region.get("name", {}).get("value", "")
        return {**properties, "name": name, "texts": list(_texts(region, by_id))}


def _texts(node: dict[str, Any], by_id: dict[str, Any]) -> Any:
    if node.get("role", {}).get("value") == "StaticText":
        yield node["name"]["value"]
        return
    for child in node.get("childIds", ()):
        if child in by_id:
            yield from _texts(by_id[child], by_id)
