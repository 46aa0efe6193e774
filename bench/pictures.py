"""The pictures of the documentation, taken of the real product while a resident and a partner use it.

    make pictures

A plan is told in the chat, taken up at the desk and followed on its page; and once more by forms alone. Each
picture is cut to a window and kept with few colours, so that the documentation stays small.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from bot.training import ROOT, trained_model
from routing.cases.database import unit_of_work
from routing.desk.accounts import NewAccount, add_account
from tests.browser.visitor import ANSWER, CHOICES, Visitor
from tests.conftest import MODELS, Server
from tests.desk.conftest import PASSWORD, add_case
from tests.office import Office

FOLDER = ROOT / "docs" / "pictures"
LARGEST = 120_000
"""Bytes of a picture."""
COLOURS = (256, 128, 64, 32)
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 800}
PLAN = (
    "Ik wil met de buren een moestuin beginnen op het lege veldje in Voorhof, zodat we elkaar leren kennen. "
    "De school om de hoek wil meedoen."
)
OTHERS = (
    "Onze fietsclub wil oude fietsen opknappen met jongeren die geen werk hebben.",
    "Wij willen de daken van de hele straat volleggen met zonnepanelen en de stroom delen.",
    "In het buurthuis koken we elke week voor mensen die alleen zijn. We zoeken een grotere keuken.",
    "Als bakker gooi ik elke dag brood weg. Wie helpt mij om het bij de voedselbank te krijgen?",
)
REFERENCE = re.compile(r"LK-\d{4}-\d{6}-\d\d")
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


class Camera:
    """Keeps pictures under their names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, page: Page, name: str, *, at: Locator | None = None) -> None:
        """The window as it is, or scrolled so that something stands at its top."""
        if at is not None:
            at.evaluate("element => window.scrollTo(0, element.getBoundingClientRect().top + scrollY - 24)")
        body = _small(page.screenshot())
        (self._folder / f"{name}.png").write_bytes(body)
        print(f"{name:14} {len(body):7} bytes")


def _small(picture: bytes) -> bytes:
    """The picture with as many colours as fit into `LARGEST` bytes.

    Raises:
        ValueError: not even the fewest do.
    """
    whole = Image.open(io.BytesIO(picture)).convert("RGB")
    for colours in COLOURS:
        file = io.BytesIO()
        whole.quantize(colours, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        if file.tell() <= LARGEST:
            return file.getvalue()
    raise ValueError(f"a picture of {file.tell()} bytes")


@contextmanager
def running() -> Iterator[Server]:
    """The product, trained and ready, in a folder that goes away."""
    trained_model(MODELS)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            yield server.start()
        finally:
            server.stop()


def furnish(office: Office) -> None:
    """Accounts of the partners, and a few plans of others."""
    with unit_of_work(office.engine) as session:
        for partner in office.catalogue.partners.values():
            new = NewAccount(partner.email, partner.name, "lead", partner.id)
            add_account(session, office.catalogue, new, PASSWORD, now=datetime.now(UTC))
    for plan in OTHERS:
        add_case(office.engine, office.catalogue, plan=plan, owner="partner-2", email=None)


def tell(browser: Browser, server: Server, camera: Camera) -> tuple[Visitor, str, str]:
    """Somebody tells a plan in the chat; the visitor, and number and code of the case."""
    visitor = Visitor(_page(browser, WIDE), server.url)
    visitor.go("/")
    visitor.launcher.wait_for()
    camera.take(visitor.page, "home")
    visitor.open()
    camera.take(visitor.page, "chat-start")
    visitor.say(PLAN)
    visitor.reach("summary")
    # What was understood, with the words that led there, is lower on the card.
    goal = visitor.card("summary").locator("[data-goal]").first
    goal.evaluate("element => element.scrollIntoView({ block: 'center' })")
    camera.take(visitor.page, "chat-summary")
    visitor.reach("case")
    visitor.card("case").evaluate("element => element.scrollIntoView({ block: 'start' })")
    camera.take(visitor.page, "chat-case")
    words = visitor.card("case").inner_text()
    return visitor, REFERENCE.search(words)[0], CODE.search(words)[0]


def take_up(browser: Browser, server: Server, camera: Camera, visitor: Visitor, reference: str) -> None:
    """A partner sees the plan at the desk, and talks with the resident."""
    page = _page(browser, WIDE)
    page.goto(f"{server.url}/desk/zaken/{reference}")
    page.get_by_label("Mailadres").fill("partner-2@example.org")
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_role("button", name="Inloggen").click()
    camera.take(page, "desk-case")
    page.get_by_role("button", name="Neem het gesprek over", exact=True).click()
    page.get_by_label("Zeg iets in de chat").fill(
        "Wat een mooi plan! Zal ik morgen langskomen bij het veldje?"
    )
    page.get_by_label("Zeg iets in de chat").press("Enter")
    visitor.said_by("staff").last.wait_for(timeout=ANSWER)
    visitor.type("Graag! Om vier uur is de school uit.")
    page.locator(".talk li.inwoner", has_text="vier uur").wait_for(timeout=ANSWER)
    camera.take(visitor.page, "chat-person")
    page.goto(f"{server.url}/desk/zaken?lijst=alle")
    camera.take(page, "desk-inbox")


def by_forms(browser: Browser, server: Server, camera: Camera) -> None:
    """The same plan on a telephone without scripts."""
    page = _page(browser, PHONE, java_script_enabled=False)
    page.goto(f"{server.url}/chat")
    page.locator("#tekst").fill(PLAN)
    page.get_by_role("button", name="Verstuur", exact=True).click()
    while not page.locator(".card-summary").count():
        offered = page.locator(".replies button").all_inner_texts()
        page.get_by_role("button", name=next(c for c in CHOICES if c in offered), exact=True).click()
    camera.take(page, "chat-plain", at=page.locator(".from-resident").last)


def follow(browser: Browser, server: Server, camera: Camera, reference: str, code: str) -> None:
    """The page of the case, and what stands in a page about the algorithm."""
    page = _page(browser, WIDE)
    page.goto(f"{server.url}/zaak")
    page.locator("#nummer").fill(reference)
    page.locator("#code").fill(code)
    page.get_by_role("button", name="Laat zien").click()
    camera.take(page, "case-page", at=page.get_by_role("heading", level=1))
    page.goto(f"{server.url}/algoritme")
    camera.take(page, "algorithm", at=page.get_by_role("heading", name="Hoe vaak het klopt"))


def on_a_phone(browser: Browser, server: Server, camera: Camera) -> None:
    """Page and chat on a small screen."""
    visitor = Visitor(_page(browser, PHONE, is_mobile=True, has_touch=True), server.url)
    visitor.go("/")
    visitor.launcher.wait_for()
    camera.take(visitor.page, "home-phone")
    visitor.open()
    visitor.say(PLAN)
    camera.take(visitor.page, "chat-phone")


def _page(browser: Browser, size: dict[str, int], **options: object) -> Page:
    given = {"locale": "nl-NL", "timezone_id": "Europe/Amsterdam", "reduced_motion": "reduce"}
    return browser.new_context(viewport=size, **given, **options).new_page()


def main() -> int:
    """Takes all pictures; the exit code is 1 without Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("Chromium is missing (apt-get install chromium).", file=sys.stderr)
        return 1
    camera = Camera(FOLDER)
    with running() as server, sync_playwright() as playwright:
        office = Office(server.data)
        furnish(office)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        visitor, reference, code = tell(browser, server, camera)
        take_up(browser, server, camera, visitor, reference)
        follow(browser, server, camera, reference, code)
        by_forms(browser, server, camera)
        on_a_phone(browser, server, camera)
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
