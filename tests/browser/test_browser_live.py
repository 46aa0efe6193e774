"""The whole way of a plan in several browsers: told, mailed, talked about, given on, closed, opened again."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Page, expect
from visitor import ANSWER, PLAN, Visitor

from routing.cases.states import CaseAction, CaseState
from routing.desk.accounts import NewAccount, add_account
from routing.handoff.links import CONTINUE, FOLLOW_UP, REPLY, SOLVED
from tests.conftest import Server, free_port
from tests.desk.conftest import PASSWORD, accounts, delft, make_case, store
from tests.office import Office

FIXTURES = (accounts, delft, make_case, store)
"""Of the tests of the desk."""

REFERENCE = re.compile(r"LK-\d{4}-\d{6}-\d\d")
WIDTHS = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 320, "height": 800}}


@dataclass
class Postman:
    """A mail server that keeps what it gets."""

    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - the name is aiosmtpd's
        self.mails.append(message_from_bytes(envelope.original_content, policy=policy.default))
        return "250 OK"

    def find(self, address: str, words: str) -> EmailMessage | None:
        """The newest mail to an address with these words in its subject."""
        fitting = (mail for mail in self.mails if address in mail["To"] and words in mail["Subject"])
        return max(fitting, key=lambda mail: mail["Date"].datetime, default=None)

    def wait(self, page: Page, address: str, words: str) -> str:
        """The text of such a mail, once it has come."""
        for _ in range(300):
            if mail := self.find(address, words):
                return mail.get_content()
            # The page lives on meanwhile.
            page.wait_for_timeout(100)
        raise AssertionError(
            f"no mail {words!r} to {address}: {[(m['To'], m['Subject']) for m in self.mails]}"
        )


@pytest.fixture
def postman() -> Iterator[tuple[Postman, int]]:
    """A real SMTP server on a free port."""
    post, port = Postman(), free_port()
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    yield post, port
    controller.stop()


@pytest.fixture
def photograph() -> Callable[[Page, str], None]:
    """Keeps a picture of a page where LOKET_LOOK names a folder, for people to look at."""

    def take(page: Page, name: str) -> None:
        if folder := os.environ.get("LOKET_LOOK"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png")

    return take


@pytest.fixture
def town(own_server: Callable[..., Server], postman) -> Server:
    """The product with that mail server, and an account for each partner."""
    server = own_server(settings={"LOKET_SMTP_HOST": "127.0.0.1", "LOKET_SMTP_PORT": str(postman[1])}).start()
    office = Office(server.data)
    with office.work() as session:
        for partner in office.catalogue.partners.values():
            new = NewAccount(partner.email, partner.name, "partner", partner.id)
            add_account(session, office.catalogue, new, PASSWORD, now=datetime.now(UTC))
    return server


def sign_in(page: Page, address: str, login: str) -> None:
    """Follow a link of a mail to the desk, and sign in on the way."""
    page.goto(address)
    page.get_by_label("Mailadres").fill(login)
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_role("button", name="Inloggen").click()


def hand_over(resident: Visitor) -> str:
    """Tell a plan, leave a name and an address, and get a case; its number."""
    resident.open()
    resident.say(f"{PLAN} Het veldje ligt in Voorhof.")
    resident.reach("summary")
    resident.press("Ja, dat klopt")
    resident.press("Ja, noteer mijn gegevens")
    resident.say("Wilhelmina")
    resident.say("inwoner-1@example.org")
    resident.reach("case")
    return REFERENCE.search(resident.card("case").inner_text())[0]


def test_the_whole_way_of_a_plan(town, postman, visit, photograph, check_axe) -> None:
    post, office = postman[0], Office(town.data)
    resident = visit(town.url)
    resident.go("/")
    reference = hand_over(resident)
    case = office.case(reference)
    owner = office.catalogue.partners[case.owner_id]

    # The owner gets a mail, signs in from it and takes the chat over.
    mail = post.wait(resident.page, owner.email, "Nieuw plan voor jou")
    desk = visit(town.url).page
    sign_in(desk, re.search(r"http\S+/desk/zaken/\S+", mail)[0], owner.email)
    expect(desk.get_by_role("heading", level=1)).to_have_text(f"Zaak {reference}")
    expect(desk.get_by_text("De inwoner heeft de chat open.")).to_be_visible()
    desk.get_by_role("button", name="Neem het gesprek over", exact=True).click()
    expect(resident.said_by("system").last).to_contain_text(f"{owner.name} (")
    expect(resident.panel).to_contain_text(f"Je praat met {owner.name}")
    expect(resident.panel).to_contain_text("Je praat nu met een mens")

    # Both talk, and see each other type.
    desk.get_by_label("Zeg iets in de chat").press_sequentially("Dag Wilhelmina, ")
    expect(resident.status).to_have_text(f"{owner.name} is aan het typen …")
    photograph(resident.page, "live-resident-typing")
    desk.get_by_label("Zeg iets in de chat").press_sequentially("wat een goed idee!")
    desk.get_by_role("button", name="Zeg dit").click()
    expect(resident.said_by("staff").last).to_contain_text("wat een goed idee!")
    expect(resident.said_by("staff").last).to_contain_text(owner.name)
    resident.field.press_sequentially("Fijn dat je ")
    expect(desk.get_by_text("De inwoner is aan het typen …")).to_be_visible()
    resident.type("Fijn dat je er bent <3")
    expect(desk.locator(".talk li.inwoner").last).to_contain_text("Fijn dat je er bent <3")
    expect(desk.locator(".talk li.medewerker")).to_have_count(1)
    chatbot = resident.said_by("chatbot").count()
    photograph(desk, "live-desk")
    photograph(resident.page, "live-resident")
    check_axe(desk)
    check_axe(resident.page)

    # Back to the chatbot; then on to a colleague, with the reason.
    desk.get_by_role("button", name="Geef terug aan de chatbot").click()
    expect(resident.said_by("chatbot")).to_have_count(chatbot + 1, timeout=ANSWER)
    expect(resident.panel).not_to_contain_text(f"Je praat met {owner.name}")
    other = next(p for p in office.catalogue.partners.values() if p.id not in (owner.id, "partner-5"))
    desk.reload()
    desk.locator("summary", has_text="Doorzetten").click()
    desk.get_by_label("Naar wie?").select_option(f"partner:{other.id}")
    desk.locator("#doorzetten textarea").fill("Zij kent deze straat goed.")
    desk.locator("#doorzetten").get_by_role("button").click()
    given = post.wait(desk, other.email, reference)
    assert "Zij kent deze straat goed." in given
    assert office.case(reference).owner_id == other.id

    # The colleague closes it; the resident says that it is not solved.
    colleague = visit(town.url).page
    sign_in(colleague, re.search(r"http\S+/desk/zaken/\S+", given)[0], other.email)
    colleague.locator("summary", has_text="Afronden").click()
    colleague.locator("#resultaat").select_option("helped")
    colleague.locator("#afronden").get_by_role("button").click()
    expect(colleague.locator(".case-head .tag").first).to_have_text("afgerond")
    assert f"{town.url}/opgelost/" in post.wait(colleague, "inwoner-1@example.org", "Ben je geholpen?")
    expect(resident.said_by("system").last).to_contain_text("Ben je geholpen?", timeout=ANSWER)
    resident.button("Niet opgelost").click()
    expect(resident.said_by("system").last).to_contain_text("We pakken je plan")
    assert office.case(reference).state is CaseState.RECEIVED
    assert "Deze zaak is weer open" in post.wait(colleague, other.email, "Weer open")
    colleague.reload()
    expect(colleague.locator(".case-head .tag").first).to_have_text("nieuw")
    assert office.events(reference).count("reopen") == 1


def test_a_lost_connection_is_told_and_nothing_is_lost(server, visit, watch) -> None:
    office = Office(server.data)
    watch.expect("ERR_INTERNET_DISCONNECTED", "Failed to load resource")
    resident = visit(server.url)
    resident.go("/")
    resident.open()
    reference = office.case_from(resident.page.evaluate(CONVERSATION), "lost-connection")
    office.take_over(reference)
    # Done behind the back of this process, so its streams see it when they look again by themselves.
    expect(resident.panel).to_contain_text("Je praat met Partner Twee", timeout=ANSWER)
    resident.page.context.set_offline(True)
    office.say(reference, "Ben je er nog?", there=False)
    resident.type("zonder verbinding getypt")
    expect(resident.status).to_contain_text("niet verstuurd")
    resident.page.context.set_offline(False)
    expect(resident.said_by("staff").last).to_contain_text("Ben je er nog?", timeout=ANSWER)
    expect(resident.said_by("resident").last).to_have_attribute("data-state", "sent", timeout=ANSWER)
    stored = [(m["van"], m["tekst"]) for m in resident.stored()]
    assert stored.count(("inwoner", "zonder verbinding getypt")) == 1
    assert "resident_message" in office.mail(reference)


CONVERSATION = """() => JSON.parse(
  localStorage[Object.keys(localStorage).find((name) => name.endsWith("conversation"))]).id"""


def test_the_desk_sends_again_what_did_not_arrive(server, visit, watch, accounts, make_case) -> None:
    watch.expect("ERR_FAILED", "Failed to load resource", "ERR_INTERNET_DISCONNECTED", "ERR_INCOMPLETE")
    case = make_case()
    page = visit(server.url).page
    sign_in(page, f"{server.url}/desk/zaken/{case.reference}", "partner@example.org")
    page.get_by_role("button", name="Neem het gesprek over", exact=True).click()
    expect(page.get_by_text("Jij praat met de inwoner.")).to_be_visible()
    page.context.set_offline(True)
    field_ = page.get_by_label("Zeg iets in de chat")
    for words in ("eerste", "tweede"):
        field_.fill(words)
        field_.press("Enter")
    expect(page.get_by_role("button", name="Opnieuw versturen")).to_have_count(2)
    page.context.set_offline(False)
    page.get_by_role("button", name="Opnieuw versturen").first.click()
    expect(page.locator(".talk li[data-number]", has_text="eerste")).to_have_count(1, timeout=ANSWER)
    # What else failed goes out by itself when the stream is back, or by its own button.
    again = page.get_by_role("button", name="Opnieuw versturen")
    if again.count():
        again.first.click()
    expect(page.locator(".talk li[data-number]", has_text="tweede")).to_have_count(1, timeout=ANSWER)
    expect(page.locator(".talk li.medewerker")).to_have_count(2)


def test_a_link_goes_on_in_another_browser(server, visit, photograph, check_axe) -> None:
    office = Office(server.data)
    first = visit(server.url)
    first.go("/")
    first.open()
    first.say(PLAN)
    reference = office.case_from(first.page.evaluate(CONVERSATION), "another-browser")
    other = visit(server.url)
    other.go(office.link(CONTINUE, reference))
    check_axe(other.page)
    photograph(other.page, "link-continue")
    other.page.get_by_role("button", name="Ga verder").click()
    expect(other.log.locator(".message").first).to_be_visible(timeout=ANSWER)
    assert other.messages() == first.messages()
    assert "/verder/" not in other.page.url
    other.press(other.next_choice())
    # A reload keeps it, as in the first browser.
    other.page.reload()
    expect(other.log.locator(".message").first).to_be_visible(timeout=ANSWER)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_of_links_work_without_scripts_and_for_everybody(
    server, visit, watch, width, photograph, check_axe
) -> None:
    watch.expect("422")
    office = Office(server.data)
    reference = office.case_from(None, f"pages-{width}")
    seen = visit(server.url, viewport=WIDTHS[width])
    for purpose in (REPLY, FOLLOW_UP, SOLVED):
        seen.go(office.link(purpose, reference, subject="1"))
        check_axe(seen.page)
        photograph(seen.page, f"link-{purpose}-{width}")
        assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    plain = visit(server.url, java_script_enabled=False).page
    plain.goto(server.url + office.link(REPLY, reference))
    plain.get_by_role("button", name="Verstuur het antwoord").click()
    expect(plain.get_by_role("alert")).to_contain_text("Typ eerst een antwoord.")
    plain.get_by_label("Jouw antwoord").fill("Kom maar langs.")
    plain.get_by_role("button", name="Verstuur het antwoord").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Je antwoord is verstuurd")
    office.step(reference, CaseAction.CLOSE)
    plain.goto(server.url + office.link(SOLVED, reference, subject="1"))
    plain.get_by_label("Niet opgelost").check()
    plain.get_by_role("button", name="Verstuur").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("We pakken het weer op")
