"""What people expect of a chat of the municipality: each feature of the widget, in the browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Route, expect
from town import REFERENCE, Town
from visitor import ANSWER, PLAN, Reader, Visitor

from routing.cases import presence
from tests.conversations.clocked_server import OPEN


def step_of(visitor: Visitor) -> str:
    """What the progress says; empty where it is not shown."""
    progress = visitor.panel.locator(".progress")
    return progress.inner_text().strip() if progress.is_visible() else ""


# --- progress


def test_progress_counts_what_was_told_and_passed_over(resident: Visitor) -> None:
    resident.open()
    assert step_of(resident) == ""
    # The plan tells who takes part: two of five, so the third is asked.
    resident.say(PLAN)
    assert step_of(resident) == "Stap 3 van 5: de plek"
    assert resident.panel.locator(".track .done").count() == 2
    resident.press("Overslaan")
    assert step_of(resident).startswith("Stap 4 van 5")
    before = step_of(resident)
    second = resident.another_tab()
    second.launcher.click()
    expect(second.panel.locator(".progress p")).to_have_text(before, timeout=ANSWER)
    # A question of the resident takes nobody further.
    resident.say("Wat doen jullie met mijn gegevens?")
    assert step_of(resident) == before
    resident.page.reload()
    expect(resident.panel.locator(".progress p")).to_have_text(before, timeout=ANSWER)
    resident.reach("summary")
    assert step_of(resident) == "Bijna klaar: klopt alles?"
    assert resident.panel.locator(".track .done").count() == 5
    expect(second.panel.locator(".progress p")).to_have_text("Bijna klaar: klopt alles?", timeout=ANSWER)
    resident.press("Ja, dat klopt")
    assert step_of(resident) == "Bijna klaar: hoe bereiken we je?"
    resident.reach("case")
    assert step_of(resident) == ""


# --- cards

LOOKS = """element => {
  const style = getComputedStyle(element);
  return [element.parentElement.dataset.goal, element.textContent, style.backgroundColor, style.color];
}"""


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of `rgb(…)` or `#…`."""
    parts = (
        [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        if colour.startswith("#")
        else [int(part) for part in re.findall(r"\d+", colour)[:3]]
    )
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (p / 255 for p in parts)]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2) of two colours."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_summary_shows_goals_in_official_colours_role_instruments_and_why(
    resident: Visitor, town: Town
) -> None:
    resident.open()
    resident.say(f"{PLAN} We zoeken geld voor het begin.")
    resident.reach("summary")
    card = resident.card("summary")
    shown = card.locator(".number").evaluate_all(f"all => all.map({LOOKS})")
    assert shown
    for goal, number, ground, ink in shown:
        known = town.catalogue.goals[int(goal)]
        assert number == goal
        assert luminance(ground) == pytest.approx(luminance(known.colour))
        assert contrast(ground, ink) >= 4.5
        expect(card).to_contain_text(known.name.nl)
    kept = next(m["kaart"] for m in resident.stored() if (m["kaart"] or {}).get("soort") == "samenvatting")
    expect(card).to_contain_text(kept["rol"]["naam"])
    assert kept["instrumenten"]
    for tool in kept["instrumenten"]:
        expect(card).to_contain_text(tool["naam"])
    reasons = [words for g in [*kept["doelen"], kept["rol"]] if (words := g["bewijs"])]
    assert reasons
    for words in reasons:
        assert words.casefold() in resident.said_by("resident").first.inner_text().casefold()
        expect(card).to_contain_text(f"“{words}”")


def test_all_seventeen_goals_can_be_read(resident: Visitor, town: Town) -> None:
    """On each official colour the number reads with a contrast of 4.5 or more."""
    resident.open()
    found = resident.page.evaluate(
        """() => {
          const root = document.querySelector("loket-chat").shadowRoot;
          const list = Object.assign(document.createElement("ul"), { className: "goals" });
          root.querySelector(".log").append(list);
          return Array.from({ length: 17 }, (_, index) => {
            const item = list.appendChild(document.createElement("li"));
            item.dataset.goal = index + 1;
            const style = getComputedStyle(item.appendChild(
              Object.assign(document.createElement("span"), { className: "number" })));
            return [style.backgroundColor, style.color];
          });
        }"""
    )
    for number, (ground, ink) in enumerate(found, start=1):
        assert luminance(ground) == pytest.approx(luminance(town.catalogue.goals[number].colour)), number
        assert contrast(ground, ink) >= 4.5, number


def test_the_case_can_be_copied_and_that_is_announced(resident: Visitor) -> None:
    resident.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    resident.open()
    resident.say(PLAN)
    resident.reach("case")
    card = resident.card("case")
    reference = REFERENCE.search(card.inner_text())[0]
    code = re.search(r"Code\s+(\S+)", card.inner_text())[1]
    expect(card).to_contain_text(re.compile(r"Antwoord uiterlijk\s*\w+dag \d+ \w+ 2026"))
    copy = card.get_by_role("button", name="Kopieer nummer en code")
    copy.focus()
    resident.page.keyboard.press("Enter")
    expect(resident.status).to_have_text("Gekopieerd: je nummer en code.")
    assert resident.page.evaluate("navigator.clipboard.readText()") == f"{reference} {code}"
    expect(copy).to_be_focused()
    follow = card.get_by_role("link", name="Volg je plan op een eigen pagina")
    expect(follow).to_have_attribute("href", f"{resident.url}/zaak")
    assert resident.page.request.get(f"{resident.url}/zaak").ok
    # Told by the status region and not by the log, as the browser passes it to a screen reader.
    reader = Reader(resident.page)
    assert "Gekopieerd: je nummer en code." in reader.status()["texts"]
    assert reader.status()["live"] == "polite"
    assert "Gekopieerd: je nummer en code." not in reader.log()["texts"]


def test_a_service_shows_phone_page_and_opening_hours(resident: Visitor, town: Town, watch) -> None:
    watch.expect("ERR_FAILED")

    def open_daily(route: Route) -> None:
        """A municipality that has filled in the hours of its services."""
        answer = route.fetch()
        body = answer.json()
        for message in body["berichten"]:
            if message["kaart"]:
                message["kaart"]["open"] = "elke werkdag van 9 tot 17 uur."
        route.fulfill(response=answer, json=body)

    service = town.catalogue.services["paspoort"]
    resident.open()
    resident.page.route("**/berichten", open_daily)
    # The stream would tell it as the catalogue has it.
    resident.page.route("**/gebeurtenissen", lambda route: route.abort())
    resident.page.reload()
    resident.say("Ik wil een nieuw paspoort aanvragen")
    card = resident.card("service")
    expect(card.get_by_role("heading")).to_have_text(service.name.nl)
    phone = card.get_by_role("link", name=f"Bel {service.phone}")
    expect(phone).to_have_attribute("href", "tel:" + re.sub(r"[^\d+]", "", service.phone))
    expect(card.get_by_role("link", name="Meer over")).to_have_attribute("href", service.url)
    expect(card).to_contain_text("elke werkdag van 9 tot 17 uur")


# --- a person


def test_a_person_is_always_one_press_away(resident: Visitor) -> None:
    """At the greeting, at each question and at the summary; and what was open is asked again."""
    resident.open()

    def ask() -> None:
        before = resident.said_by("chatbot").count()
        resident.button("Naar een mens").click()
        resident.wait_answer(before)
        expect(resident.said_by("chatbot").nth(before)).to_contain_text("14015")
        resident.press(next(way for way in resident.choices() if way in BACK))

    ask()
    resident.say(PLAN)
    while not resident.card("summary").count():
        ask()
        resident.press(resident.next_choice())
    ask()


BACK = ("Toch niet", "Nee, ik ga hier verder")


@pytest.fixture
def colleagues(town: Town) -> Iterator[list[str]]:
    """Two partners at their desks."""
    there = list(town.catalogue.partners)[:2]
    with town.office.work() as session:
        presence.seen(session, there, OPEN)
    yield there
    with town.office.work() as session:
        for one in there:
            presence.said(session, one, False, OPEN)


def test_who_is_there_is_shown_in_numbers_and_roles(resident: Visitor, town: Town, colleagues) -> None:
    resident.open()
    reach = resident.panel.locator(".reach")
    expect(reach).to_contain_text("Er zijn nu 2 medewerkers (")
    expect(reach.get_by_role("link", name="14015")).to_have_attribute("href", "tel:14015")
    expect(resident.panel.locator(".hours")).to_contain_text("van 9 tot 17 uur")
    for one in colleagues:
        assert town.catalogue.partners[one].name not in resident.panel.inner_text()
    resident.button("English").click()
    expect(reach).to_contain_text("There are 2 staff members now (")


@pytest.mark.parametrize(
    ("there", "words"),
    [
        ({"wie": "niemand"}, "Er is nu geen medewerker vrij in de chat."),
        (
            {"wie": "gesloten", "opentWeer": "2026-11-25T09:00:00+01:00"},
            "Er is nu geen medewerker. We zijn er weer op woensdag 09:00.",
        ),
        (
            {"wie": "feestdag", "feestdag": "eerste kerstdag", "opentWeer": "2026-12-28T09:00:00+01:00"},
            "Vandaag is er geen medewerker: het is eerste kerstdag. We zijn er weer op maandag 09:00.",
        ),
    ],
)
def test_why_nobody_is_there_is_told_honestly(visit, town: Town, there: dict[str, str], words: str) -> None:
    # In the time zone of somebody abroad: the hours are still those of the municipality.
    visitor = visit(town.url, timezone_id="Asia/Tokyo")
    answer = {"aantal": 0, "rollen": [], "openingstijden": "", "telefoon": "14015", **there}
    visitor.page.route("**/bereikbaarheid", lambda route: route.fulfill(json=answer))
    visitor.go("/")
    visitor.open()
    expect(visitor.panel.locator(".reach")).to_have_text(f"{words} Bel 14015.")


def test_a_member_of_staff_is_named_with_role_and_the_chatbot_is_silent(
    resident: Visitor, town: Town
) -> None:
    resident.open()
    resident.say(PLAN)
    resident.reach("case")
    reference = REFERENCE.search(resident.card("case").inner_text())[0]
    town.office.take_over(reference)
    town.office.say(reference, "Dag, wat een mooi plan.")
    # Done behind the back of the process: the page need not wait until it looks again by itself.
    resident.page.reload()
    expect(resident.said_by("staff").last).to_contain_text("wat een mooi plan", timeout=ANSWER)
    expect(resident.said_by("staff").last.locator(".sender")).to_have_text(
        re.compile(r"^Medewerker: Partner Twee, \w+")
    )
    expect(resident.panel).to_contain_text("Je praat nu met een mens: Partner Twee.")
    expect(resident.button("Naar een mens")).to_be_hidden()
    expect(resident.said_by("chatbot").last.locator(".sender")).to_have_text("Chatbot")


# --- to keep


def test_times_are_shown_and_can_be_read_by_machines(resident: Visitor) -> None:
    resident.open()
    resident.say(PLAN)
    stored = {message["tijd"] for message in resident.stored()}
    times = resident.log.locator("time")
    assert times.count() == len(resident.stored())
    for moment in times.all():
        assert moment.get_attribute("datetime") in stored
        assert re.search(r"\d\d:\d\d", moment.text_content())


def test_the_transcript_holds_who_said_what_and_when(resident: Visitor) -> None:
    resident.open()
    resident.say(PLAN)
    resident.reach("summary")
    with resident.page.expect_download() as waiting:
        resident.button("Bewaar").click()
    assert re.fullmatch(r"gesprek-\d{4}-\d\d-\d\d\.txt", waiting.value.suggested_filename)
    text = waiting.value.path().read_text(encoding="utf-8")
    assert text.startswith("Gesprek met de gemeente Delft, bewaard op ")
    assert re.search(r"^Chatbot \(24 november 2026 om \d\d:\d\d\)\nHallo!", text, re.MULTILINE)
    assert re.search(rf"^Jij \(24 november 2026 om \d\d:\d\d\)\n{re.escape(PLAN)}$", text, re.MULTILINE)
    assert "Dit heb ik begrepen" in text
    assert re.search(r"^11 Duurzame steden", text, re.MULTILINE)
    assert "Want je zegt: “" in text
    assert len(re.findall(r"^Jij \(", text, re.MULTILINE)) == resident.said_by("resident").count()
    expect(resident.status).to_contain_text("downloads")


def test_a_conversation_can_be_rated_once_after_the_end(resident: Visitor, town: Town) -> None:
    resident.open()
    resident.say(PLAN)
    ending = resident.panel.get_by_role("group", name="Hoe ging dit gesprek?")
    expect(ending).to_be_hidden()
    resident.reach("case")
    reference = REFERENCE.search(resident.card("case").inner_text())[0]
    ending.get_by_role("button", name="Goed", exact=True).click()
    expect(resident.status).to_contain_text("We hebben je antwoord bewaard")
    expect(ending.get_by_role("button", pressed=True)).to_have_text("Goed")
    ending.get_by_role("button", name="Slecht", exact=True).click(force=True)
    assert town.office.events(reference).count("satisfaction") == 1
    resident.page.reload()
    expect(ending.get_by_role("button", pressed=True)).to_have_text("Goed", timeout=ANSWER)
    # A second plan: nobody is asked about the conversation in the middle of it.
    resident.say("Ik heb nog een plan: een boekenkast voor de hele straat bij de speeltuin neerzetten.")
    expect(ending).to_be_hidden()


def test_a_rating_that_fails_is_told_and_can_be_given_again(resident: Visitor, watch) -> None:
    watch.expect("ERR_FAILED")
    resident.open()
    resident.say(PLAN)
    resident.reach("case")
    resident.page.route("**/waardering", lambda route: route.abort(), times=1)
    button = resident.panel.get_by_role("button", name="Heel goed")
    button.click()
    expect(resident.status).to_contain_text("Dat lukte niet")
    button.click()
    expect(resident.status).to_contain_text("We hebben je antwoord bewaard")


# --- the line


def test_offline_shows_a_banner_and_catches_up_quietly(resident: Visitor, watch) -> None:
    """While one tab is away the other goes on; afterwards both show the same, once, and the focus stays."""
    watch.expect("ERR_INTERNET_DISCONNECTED")
    resident.open()
    resident.say(PLAN)
    phone = resident.page.context
    stored = phone.storage_state()
    other = phone.browser.new_context(storage_state=stored, locale="nl-NL")
    elsewhere = Visitor(other.new_page(), resident.url)
    elsewhere.go("/")
    elsewhere.launcher.click()
    expect(elsewhere.said_by("resident")).to_have_count(1, timeout=ANSWER)
    phone.set_offline(True)
    expect(resident.status).to_contain_text("Geen verbinding")
    assert (
        resident.status.evaluate("element => getComputedStyle(element).backgroundColor") != "rgba(0, 0, 0, 0)"
    )
    # A message that fails is told, and the banner comes back.
    resident.type("zonder verbinding getypt")
    expect(resident.status).to_contain_text("niet verstuurd")
    expect(resident.status).to_contain_text("Geen verbinding")
    resident.button("Aanpassen").click()
    elsewhere.press("Overslaan")
    elsewhere.say("We zijn met acht buren.")
    phone.set_offline(False)
    expect(resident.log.locator(".message")).to_have_count(
        elsewhere.log.locator(".message").count(), timeout=ANSWER
    )
    expect(resident.status).to_have_text("")
    assert resident.messages() == elsewhere.messages()
    assert step_of(resident) == step_of(elsewhere)
    assert resident.focused() == "text"
    expect(resident.field).to_have_value("zonder verbinding getypt")
    other.close()
