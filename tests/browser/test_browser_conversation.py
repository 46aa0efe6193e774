"""The conversation in the browser: it reaches a case, survives, and loses nothing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect
from visitor import ANSWER, PLAN, Visitor

REFERENCE = re.compile(r"LK-\d{4}-\d{6}-\d\d")
SECOND_PLAN = "Ook wil ik een boekenkast voor de hele straat bij de speeltuin neerzetten."


def tab_to(visitor: Visitor, name: str, key: str = "Tab") -> None:
    """Press Tab until the focus is on what has that name."""
    for _ in range(60):
        if visitor.focused().startswith(name):
            return
        visitor.page.keyboard.press(key)
    raise AssertionError(f"the keyboard does not reach {name!r}")


def press_by_keyboard(visitor: Visitor, name: str) -> None:
    before = visitor.said_by("chatbot").count()
    tab_to(visitor, name, "Shift+Tab")
    visitor.page.keyboard.press("Enter")
    visitor.wait_answer(before)
    # The focus stays on the button that was pressed: it never moves by itself.
    assert visitor.focused() == name
    tab_to(visitor, "text")


def test_keyboard_only_from_opening_to_case_number(visitor: Visitor, picture) -> None:
    keyboard = visitor.page.keyboard
    expect(visitor.launcher).to_be_visible()
    # The page has a link and a button of the same name before it.
    for _ in range(60):
        if visitor.launcher.evaluate("button => button === button.getRootNode().activeElement"):
            break
        keyboard.press("Tab")
    expect(visitor.launcher).to_be_focused()
    keyboard.press("Enter")
    expect(visitor.said_by("chatbot").first).to_be_visible(timeout=ANSWER)
    assert visitor.focused() == "text"
    before = visitor.said_by("chatbot").count()
    keyboard.type(PLAN)
    picture(visitor.page, "chat-start")
    keyboard.press("Enter")
    visitor.wait_answer(before)
    while not visitor.card("case").count():
        press_by_keyboard(visitor, visitor.next_choice())
    expect(visitor.card("case")).to_contain_text(REFERENCE)


def test_the_case_card_tells_all_that_counts(visitor: Visitor, picture) -> None:
    visitor.open()
    visitor.say(PLAN)
    visitor.reach("summary")
    expect(visitor.card("summary")).to_contain_text("moestuin")
    expect(visitor.card("summary").locator("[data-goal]").first).to_be_visible()
    picture(visitor.page, "chat-summary")
    visitor.reach("case")
    picture(visitor.page, "chat-case")
    card = visitor.card("case").inner_text()
    assert REFERENCE.search(card)
    assert "Ligt bij" in card
    assert re.search(r"Antwoord uiterlijk\s+\w+dag \d{1,2} \w+ 20\d\d", card)
    assert re.search(r"Code\s+\S+", card)


def test_a_reload_keeps_the_conversation(visitor: Visitor) -> None:
    visitor.open()
    visitor.say(PLAN)
    visitor.field.fill("half getypt")
    before = visitor.messages()
    visitor.page.reload()
    expect(visitor.log.locator(".message")).to_have_count(len(before), timeout=ANSWER)
    assert visitor.messages() == before
    assert visitor.focused() == ""
    expect(visitor.field).to_have_value("half getypt")
    visitor.field.fill("")
    visitor.press(visitor.next_choice())


def test_two_tabs_show_the_same_order(visitor: Visitor) -> None:
    visitor.open()
    second = visitor.another_tab()
    second.open()
    visitor.say(PLAN)
    expect(second.said_by("resident")).to_have_count(1, timeout=ANSWER)
    second.say("In de Voorhof.")
    expect(visitor.said_by("resident")).to_have_count(2, timeout=ANSWER)
    visitor.type("Eerst dit.")
    second.type("Dan dat.")
    for tab in (visitor, second):
        expect(tab.said_by("resident")).to_have_count(4, timeout=ANSWER)
        expect(tab.log).to_have_attribute("aria-busy", "false", timeout=ANSWER)
    stored = visitor.stored()
    for tab in (visitor, second):
        expect(tab.log.locator(".message")).to_have_count(len(stored), timeout=ANSWER)
        said = [message["tekst"] for message in stored if message["van"] == "inwoner"]
        expect(tab.said_by("resident").locator(".bubble")).to_have_text(said)
    assert visitor.messages() == second.messages()


def test_a_new_conversation_in_one_tab_reaches_the_other(visitor: Visitor) -> None:
    visitor.open()
    visitor.say(PLAN)
    second = visitor.another_tab()
    second.open()
    second.button("Begin opnieuw").click()
    second.button("Ja, begin opnieuw").click()
    for tab in (visitor, second):
        expect(tab.said_by("resident")).to_have_count(0, timeout=ANSWER)
        expect(tab.said_by("chatbot")).to_have_count(1, timeout=ANSWER)


def test_begin_again_asks_first_only_when_something_was_told(visitor: Visitor) -> None:
    visitor.open()
    visitor.button("Begin opnieuw").click()
    expect(visitor.page.locator("loket-chat .confirm")).to_be_hidden()
    expect(visitor.said_by("chatbot")).to_have_count(1, timeout=ANSWER)
    visitor.say(PLAN)
    visitor.button("Begin opnieuw").click()
    visitor.button("Nee, ga verder").click()
    expect(visitor.said_by("resident")).to_have_count(1)


def test_messages_that_come_while_the_panel_is_closed_are_counted(visitor: Visitor) -> None:
    visitor.open()
    second = visitor.another_tab()
    held: list[Route] = []
    visitor.page.route("**/berichten", lambda route: held.append(route), times=1)
    with visitor.page.expect_request("**/berichten"):
        visitor.type(PLAN)
    # The answer must not be faster than the closing of the panel.
    visitor.page.keyboard.press("Escape")
    held[0].continue_()
    for tab in (visitor, second):
        expect(tab.launcher).to_have_accessible_name(re.compile(r"^Vertel je plan \d nieuw$"), timeout=ANSWER)
    visitor.launcher.click()
    expect(visitor.said_by("chatbot").nth(1)).to_be_visible()
    # Read in one tab is read.
    expect(second.launcher).to_have_accessible_name("Vertel je plan")


def test_a_restart_of_the_server_loses_nothing(own_server, visit, watch) -> None:
    watch.expect("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_EMPTY_RESPONSE", "503")
    server = own_server().start()
    visitor = visit(server.url)
    visitor.go("/")
    visitor.open()
    visitor.say(PLAN)
    server.kill()
    visitor.type("Het is in de Voorhof.")
    expect(visitor.log).to_contain_text("Niet verstuurd", timeout=ANSWER)
    expect(visitor.button("Opnieuw versturen")).to_be_visible()
    expect(visitor.status).to_contain_text("Geen verbinding", timeout=ANSWER)
    before = visitor.said_by("chatbot").count()
    server.start()
    # The line comes back and the message goes out by itself.
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    visitor.wait_answer(before)
    expect(visitor.said_by("resident")).to_have_count(2)
    expect(visitor.button("Opnieuw versturen")).to_be_hidden()
    visitor.page.reload()
    expect(visitor.said_by("resident")).to_have_count(2, timeout=ANSWER)


def test_a_message_that_failed_can_be_sent_again_and_counts_once(visitor: Visitor, watch) -> None:
    watch.expect("ERR_FAILED")
    visitor.open()
    sent: list[str] = []

    def fail_after_arrival(route: Route) -> None:
        # The worst case: the server has the message, its answer is lost.
        sent.append(route.request.post_data_json["clientId"])
        if len(sent) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    visitor.page.route("**/berichten", fail_after_arrival)
    visitor.type(PLAN)
    visitor.button("Opnieuw versturen").click(timeout=ANSWER)
    assert visitor.focused() == "text"
    expect(visitor.button("Opnieuw versturen")).to_be_hidden(timeout=ANSWER)
    assert len(set(sent)) == 1
    visitor.page.unroute("**/berichten")
    visitor.page.reload()
    expect(visitor.said_by("resident")).to_have_count(1, timeout=ANSWER)


def test_a_refusal_shows_its_reason_and_keeps_what_was_typed(visitor: Visitor, watch) -> None:
    watch.expect("429")
    visitor.open()
    problem = {"title": "Even rustig aan", "detail": "Probeer het over 5 seconden weer.", "status": 429}
    visitor.page.route(
        "**/berichten",
        lambda route: route.fulfill(status=429, json=problem, content_type="application/problem+json"),
        times=1,
    )
    visitor.type(PLAN)
    expect(visitor.log).to_contain_text("Niet verstuurd. Probeer het over 5 seconden weer.")
    visitor.button("Aanpassen").click()
    expect(visitor.field).to_have_value(PLAN)
    expect(visitor.said_by("resident")).to_have_count(0)
    visitor.say(PLAN)


def test_a_server_that_starts_is_waited_for_without_blame(visitor: Visitor, watch) -> None:
    watch.expect("503")
    visitor.open()
    visitor.page.route(
        "**/berichten",
        lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}, json={}),
        times=1,
    )
    before = visitor.said_by("chatbot").count()
    visitor.type(PLAN)
    expect(visitor.status).to_contain_text("start op")
    visitor.wait_answer(before)
    expect(visitor.log).not_to_contain_text("Niet verstuurd")


def test_the_network_goes_and_comes_back(visitor: Visitor, watch) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED")
    visitor.open()
    context = visitor.page.context
    context.set_offline(True)
    expect(visitor.status).to_contain_text("Geen verbinding")
    visitor.type(PLAN)
    expect(visitor.log).to_contain_text("Niet verstuurd")
    before = visitor.said_by("chatbot").count()
    context.set_offline(False)
    visitor.wait_answer(before)
    expect(visitor.log).not_to_contain_text("Niet verstuurd")
    expect(visitor.status).to_have_text("")


def test_an_answer_from_before_does_not_say_that_the_network_is_back(visitor: Visitor, watch) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED")
    first: list[Route] = []

    def hold(route: Route) -> None:
        if first:
            route.abort("internetdisconnected")
        else:
            first.append(route)

    visitor.page.route("**/gebeurtenissen", hold)
    with visitor.page.expect_request("**/gebeurtenissen"):
        visitor.open()
    visitor.page.context.set_offline(True)
    expect(visitor.status).to_contain_text("Geen verbinding")
    first[0].fulfill(status=200, content_type="text/event-stream", body=": hier ben ik\n\n")
    visitor.page.wait_for_timeout(300)
    assert "Geen verbinding" in visitor.status.inner_text()


def test_what_was_not_sent_survives_a_reload(visitor: Visitor, watch) -> None:
    watch.expect("ERR_FAILED")
    visitor.open()
    # Every time: a stream that comes up only now would send the message by itself.
    visitor.page.route("**/berichten", lambda route: route.abort())
    visitor.type(PLAN)
    expect(visitor.log).to_contain_text("Niet verstuurd")
    visitor.page.unroute("**/berichten")
    visitor.page.reload()
    expect(visitor.said_by("chatbot").nth(1)).to_be_visible(timeout=ANSWER)
    expect(visitor.said_by("resident")).to_have_count(1)


def test_a_conversation_that_is_gone_is_begun_anew(visitor: Visitor, watch) -> None:
    watch.expect("401")
    visitor.open()
    visitor.say(PLAN)
    visitor.page.evaluate(
        """() => {
          const key = Object.keys(localStorage).find((name) => name.endsWith("conversation"));
          localStorage.setItem(key, JSON.stringify({ ...JSON.parse(localStorage[key]), token: "wrong" }));
        }"""
    )
    visitor.page.reload()
    expect(visitor.said_by("system")).to_contain_text("Je vorige gesprek is er niet meer", timeout=ANSWER)
    expect(visitor.said_by("chatbot")).to_have_count(1, timeout=ANSWER)
    expect(visitor.said_by("resident")).to_have_count(0)
    visitor.say(PLAN)


def test_empty_and_too_long_messages_stay_in_the_field(visitor: Visitor) -> None:
    visitor.open()
    visitor.type("   ")
    expect(visitor.status).to_have_text("Typ eerst een bericht.")
    visitor.field.fill("x" * 3990)
    expect(visitor.panel.locator(".count")).to_have_text("Nog 10 tekens.")
    # Code points count, as on the server: an emoji is one.
    visitor.type("🌳" * 4001)
    expect(visitor.panel.locator(".count")).to_contain_text("1 tekens te veel")
    expect(visitor.status).to_contain_text("te lang")
    expect(visitor.field).to_have_attribute("aria-invalid", "true")
    expect(visitor.said_by("resident")).to_have_count(0)
    assert len(visitor.field.input_value()) == 4001
    visitor.field.fill("kort")
    expect(visitor.status).to_have_text("")


def test_shift_enter_makes_a_new_line(visitor: Visitor) -> None:
    visitor.open()
    visitor.field.fill("een")
    visitor.field.press("Shift+Enter")
    visitor.page.keyboard.type("twee")
    expect(visitor.field).to_have_value("een\ntwee")
    expect(visitor.said_by("resident")).to_have_count(0)


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "{{ 7*7 }}"])
def test_markup_is_shown_as_text(visitor: Visitor, text: str) -> None:
    visitor.open()
    visitor.say(text)
    expect(visitor.said_by("resident")).to_contain_text(text)
    assert visitor.log.locator("img, script").count() == 0


def test_the_language_can_be_switched_before_and_after_the_first_words(visitor: Visitor) -> None:
    visitor.open()
    visitor.button("English").click()
    expect(visitor.said_by("chatbot").first).to_contain_text("I am the chatbot", timeout=ANSWER)
    expect(visitor.said_by("resident")).to_have_count(0)
    expect(visitor.button("Send")).to_be_visible()
    visitor.say("I want to start a vegetable garden with my neighbours on the empty field.")
    before = visitor.said_by("chatbot").count()
    visitor.button("Nederlands").click()
    visitor.wait_answer(before)
    expect(visitor.button("Verstuur")).to_be_visible()
    expect(visitor.said_by("resident")).to_have_count(2)
    expect(visitor.said_by("chatbot").nth(before)).to_contain_text("Nederlands")


def test_messages_typed_quickly_arrive_in_order(visitor: Visitor) -> None:
    visitor.open()
    for text in (PLAN, SECOND_PLAN, "En nog iets."):
        visitor.type(text)
    expect(visitor.said_by("resident")).to_have_count(3)
    expect(visitor.log.locator('[data-state="sending"]')).to_have_count(0, timeout=ANSWER)
    visitor.page.reload()
    expect(visitor.said_by("resident").locator(".bubble")).to_have_text(
        [PLAN, SECOND_PLAN, "En nog iets."], timeout=ANSWER
    )
