"""The desk in a real browser: the way of a case, by keyboard and pointer, and without scripts."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from routing.cases.database import unit_of_work
from routing.cases.models import DEAD, OutboxItem
from routing.handoff.outbox import enqueue
from tests.desk.conftest import PASSWORD, accounts, delft, login_of, make_case, signed_in, store

FIXTURES = (accounts, delft, make_case, signed_in, store)
"""Of the other tests of the desk."""

FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
WIDTHS = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 320, "height": 800}}


@pytest.fixture
def photograph() -> Callable[[Page, str], None]:
    """Keeps a picture of a whole page where LOKET_LOOK names a folder, for people to look at."""

    def take(page: Page, name: str) -> None:
        if folder := os.environ.get("LOKET_LOOK"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return take


@pytest.fixture
def at_desk(server, visit, accounts) -> Iterator[Callable[..., Page]]:
    """Opens a browser and signs in as the account of a role."""

    def start(role: str, **options: object) -> Page:
        page = visit(server.url, **options).page
        page.goto(f"{server.url}/desk")
        page.get_by_label("Mailadres").fill(login_of(role))
        page.get_by_label("Wachtwoord").fill(PASSWORD)
        page.get_by_role("button", name="Inloggen").click()
        expect(page.get_by_role("button", name="Uitloggen")).to_be_visible()
        return page

    return start


def open_form(page: Page, name: str) -> None:
    """Fold a form of a case out."""
    page.locator("summary", has_text=name).click()


def test_the_way_of_a_case(server, at_desk, make_case, check_axe, picture, photograph) -> None:
    case = make_case(
        plan="Met de straat willen we een moestuin naast de oude schuur, en daar fietsen opknappen. "
        "Wie wil er meedoen?"
    )
    page = at_desk("partner")
    expect(page).to_have_url(f"{server.url}/desk/zaken")
    expect(page.locator("tbody tr", has_text=case.reference)).to_be_visible()
    picture(page, "desk-inbox")
    photograph(page, "inbox")
    page.get_by_label("Zoeken", exact=True).fill("schuur fietsen")
    page.get_by_label("Zoeken", exact=True).press("Enter")
    page.get_by_role("link", name=case.reference).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Zaak {case.reference}")
    photograph(page, "case")
    picture(page, "desk-case")
    page.get_by_role("button", name="Ik pak dit op").click()
    expect(page.get_by_role("status").first).to_have_text("Je hebt de zaak opgepakt.")

    page.get_by_label("Standaardtekst").select_option("kennismaken")
    page.get_by_role("button", name="Zet in het bericht").click()
    expect(page.locator("#bericht-tekst")).to_have_value(re.compile("^Dank je wel .* liever langs\\?$"))
    page.get_by_label("Vraag (we wachten op de inwoner)").check()
    page.get_by_role("button", name="Verstuur").click()
    expect(page.locator(".case-head .tag")).to_have_text("wacht op inwoner")
    expect(page.locator(".talk .medewerker")).to_contain_text("Ik maak graag kennis met je")

    open_form(page, "Doorzetten")
    page.get_by_label("Naar wie?").select_option("partner:partner-2")
    page.get_by_label("Waarom?").fill("Hij kent de schuren in de Voorhof.")
    page.get_by_role("button", name="Zet door").click()
    expect(page.locator(".case-head")).to_contain_text("Eigenaar: Partner Twee")
    expect(page.locator(".history")).to_contain_text("Doorgezet van Partner Een naar Partner Twee.")

    other = at_desk("lead")
    other.goto(f"{server.url}/desk/zaken/{case.reference}")
    expect(other.locator("[data-here]")).to_contain_text("Collega Partner")
    photograph(other, "case-two")
    open_form(other, "Afronden")
    other.get_by_label("Resultaat").select_option("helped")
    other.get_by_role("button", name="Rond af").click()
    expect(other.locator(".case-head .tag").first).to_have_text("afgerond")
    open_form(other, "Heropenen")
    other.locator("#heropenen-waarom").fill("De inwoner belde: het is nog niet opgelost.")
    other.get_by_role("button", name="Open opnieuw").click()
    expect(other.locator(".case-head .tag").first).to_have_text("nieuw")
    check_axe(other)


def test_without_scripts_everything_works(server, at_desk, make_case, photograph) -> None:
    case = make_case(email=None)
    page = at_desk("partner", java_script_enabled=False)
    page.goto(f"{server.url}/desk/zaken/{case.reference}")
    page.locator("#bericht-tekst").fill("Dag Wilhelmina,")
    page.get_by_label("Standaardtekst").select_option("uitzoeken")
    page.get_by_role("button", name="Zet in het bericht").click()
    expect(page.locator("#bericht-tekst")).to_have_value(re.compile("^Dag Wilhelmina,\n\nDit moet ik"))
    page.get_by_label("Antwoord (de belofte").check()
    page.get_by_role("button", name="Verstuur").click()
    expect(page.locator(".case-head .tag").first).to_have_text("beantwoord")


def test_what_was_typed_is_kept_when_somebody_was_faster(
    server, at_desk, make_case, signed_in, check_axe, photograph, watch
) -> None:
    watch.expect("409 (Conflict)")
    case = make_case()
    page = at_desk("partner")
    page.goto(f"{server.url}/desk/zaken/{case.reference}")
    page.locator("#bericht-tekst").fill("Ik schreef hier een lang antwoord.")
    page.get_by_label("Antwoord (de belofte").check()
    assert signed_in["lead"].on_case(case, "afronden", resultaat="helped").status_code == 303
    page.get_by_role("button", name="Verstuur").click()
    expect(page.get_by_role("alert")).to_contain_text("Collega Lead: Afgerond. Resultaat: Verder geholpen.")
    expect(page.get_by_label("Wat je had getypt")).to_have_value("Ik schreef hier een lang antwoord.")
    photograph(page, "clash")
    check_axe(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible(
    server, at_desk, make_case, store, check_axe, photograph, watch, width: str
) -> None:
    watch.expect("404 (Not Found)")
    case = make_case()
    make_case(plan="Wij willen een moestuin met de straat, op het grasveld.")
    now = datetime.now(UTC)
    with unit_of_work(store) as session:
        item = enqueue(session, "owner_step", f"dead-{width}", {}, now, recipient="owner", case_id=case.id)
        item.state, item.finished_at, item.last_error, item.attempts = DEAD, now, "TimeoutError", 24
    page = at_desk("lead", viewport=WIDTHS[width])
    for path in (
        "zaken?lijst=alle", f"zaken/{case.reference}", "initiatieven", "overzicht", "postvak-uit", "logboek",
        "account", "zaken?zoek=bestaatniet", "nergens", "zaken?lijst=laat&status=received", "vraag",
        "aanwezigheid",
    ):  # fmt: skip
        page.goto(f"{server.url}/desk/{path}")
        check_axe(page)
        assert page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), path
        photograph(page, f"{width}-{path.partition('?')[0].replace('/', '-')}")
    for name in ("Doorzetten", "Rol of doelen aanpassen", "Later terugkomen", "Afronden"):
        page.goto(f"{server.url}/desk/zaken/{case.reference}")
        open_form(page, name)
        check_axe(page)
        photograph(page, f"{width}-form-{name.split()[0].lower()}")
    page.get_by_role("button", name="Uitloggen").click()
    check_axe(page)
    photograph(page, f"{width}-sign-in")
    with unit_of_work(store) as session:
        session.get(OutboxItem, item.id).state = "cancelled"


def test_the_desk_is_there_in_english(server, at_desk, make_case, signed_in, check_axe, photograph) -> None:
    case = make_case(language="en")
    page = at_desk("admin")
    page.goto(f"{server.url}/desk/account")
    page.get_by_label("Taal van de werkplek").select_option("en")
    page.get_by_role("button", name="Taal opslaan").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto(f"{server.url}/desk/zaken/{case.reference}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Case {case.reference}")
    for path in (
        f"zaken/{case.reference}",
        "zaken",
        "initiatieven",
        "overzicht",
        "vraag",
        "logboek",
        "postvak-uit",
    ):
        page.goto(f"{server.url}/desk/{path}")
        check_axe(page)
    page.get_by_role("navigation", name="About Loket").get_by_role("link", name="Privacy").click()
    expect(page).to_have_url(f"{server.url}/en/privacy")
    page.goto(f"{server.url}/desk/zaken/{case.reference}")
    photograph(page, "english")
    page.goto(f"{server.url}/desk/account")
    page.get_by_label("Language of the desk").select_option("nl")
    page.get_by_role("button", name="Save language").click()
    expect(page.locator("html")).to_have_attribute("lang", "nl")


def test_the_keyboard_is_enough(server, at_desk, make_case) -> None:
    case = make_case()
    page = at_desk("partner")
    page.goto(f"{server.url}/desk/zaken/{case.reference}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Naar de inhoud")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.locator("#notitie-tekst").focus()
    page.keyboard.type("Even overlegd.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".note")).to_contain_text("Even overlegd.")


def test_a_reply_reaches_the_open_chat_at_once(server, visitor, signed_in) -> None:
    visitor.open()
    visitor.say("Ik wil met de buren een moestuin beginnen op het lege veldje.")
    visitor.reach("case")
    card = visitor.log.locator(".card").last
    reference = next(word for word in card.inner_text().split() if word.startswith("LK-"))
    lead = signed_in["lead"]
    sent = lead.on_case(reference, "bericht", tekst="Leuk plan, ik bel je morgen.", soort="answer")
    assert sent.status_code == 303, sent.text
    expect(visitor.said_by("staff").last).to_contain_text("Leuk plan, ik bel je morgen.")
