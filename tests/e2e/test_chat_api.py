"""The chat API: its contract, bad input, repeats, limits and the event stream."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator

import httpx
import pytest
from openapi_spec_validator import validate_spec

from tests.conftest import Server
from tests.office import Office
from tests.pages.browser import PlainBrowser
from tests.talk import Message, Resident

PLAN = "Wij willen met de buurt in Voorhof een weggeefkast bij de flat zetten"


@pytest.fixture
def resident(server: Server) -> Resident:
    return Resident(server.url)


def _problem(answer: httpx.Response, status: int) -> Message:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


def test_the_document_is_valid_and_names_every_route(server: Server) -> None:
    answer = httpx.get(f"{server.url}/api/v1/openapi.json")
    assert answer.headers["API-Version"] == "1.0.0"
    document = answer.json()
    validate_spec(document)
    assert set(document["paths"]) == {
        "/gesprekken",
        "/gesprekken/{id}/berichten",
        "/gesprekken/{id}/typt",
        "/gesprekken/{id}/gebeurtenissen",
        "/gesprekken/{id}/waardering",
        "/gesprekken/{id}/gegevens",
        "/bereikbaarheid",
    }


def test_a_new_conversation_greets(server: Server) -> None:
    answer = httpx.post(f"{server.url}/api/v1/gesprekken")
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"id", "token", "berichten"}
    assert body["berichten"][0] | {"tijd": ""} == {
        "id": 1,
        "van": "chatbot",
        "tekst": body["berichten"][0]["tekst"],
        "taal": "nl",
        "knoppen": [],
        "kaart": None,
        "clientId": None,
        "tijd": "",
    }


@pytest.mark.parametrize(
    "text",
    [
        "😂😂😂🌻",
        "/plan",
        "/restart",
        '/ask_status{"x": 1}',
        "<script>alert(1)</script>",
        "/",
        "\u202e\u0000 \ud7ff",
        "'; DROP TABLE zaak; --",
    ],
)
def test_odd_words_get_a_friendly_answer_and_are_kept_as_typed(resident: Resident, text: str) -> None:
    answers = resident.say(text)
    assert answers
    assert all(m["van"] == "chatbot" for m in answers)
    assert [m["tekst"] for m in resident.all() if m["van"] == "inwoner"] == [
        text.replace("\u0000", "\ufffd").strip()
    ]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"tekst": "", "clientId": "a"}, {"tekst"}),
        ({"tekst": "  \n ", "clientId": "a"}, {"tekst"}),
        ({"tekst": "x" * 10_000, "clientId": "a"}, {"tekst"}),
        ({"tekst": 7, "clientId": "a"}, {"tekst"}),
        ({"tekst": "hoi"}, {"clientId"}),
        ({"tekst": "hoi", "clientId": ""}, {"clientId"}),
        ({"tekst": "hoi", "clientId": "y" * 101}, {"clientId"}),
        ({"tekst": "hoi", "keuze": "x", "clientId": "a"}, {"tekst"}),
        ({"keuze": "forged", "clientId": "a"}, {"keuze"}),
        ({"keuze": "/affirm", "clientId": "a"}, {"keuze"}),
        ({"clientId": 3, "iets": 1}, {"clientId", "tekst", "iets"}),
        ([], {""}),
        ("hoi", {""}),
    ],
)
def test_bad_bodies_get_every_error_at_once_and_store_nothing(
    resident: Resident, body: object, fields: set[str]
) -> None:
    problem = _problem(resident.post(body), 400)
    assert {error["field"] for error in problem["errors"]} == fields
    assert all(error["detail"] for error in problem["errors"])
    assert len(resident.all()) == 1


def test_what_is_not_json_is_refused(resident: Resident) -> None:
    send = resident.client.post
    path = f"{resident.path}/berichten"
    json_type = {**resident.headers, "Content-Type": "application/json"}
    _problem(send(path, content=b"{", headers=json_type), 400)
    _problem(send(path, content=b"\xff\xfe", headers=json_type), 400)
    _problem(send(path, content=b"[" * 20_000, headers=json_type), 400)
    _problem(
        send(path, content=b"tekst=hoi", headers={**resident.headers, "Content-Type": "text/plain"}), 415
    )
    _problem(send(path, content=b" " * 200_000, headers=json_type), 413)


def test_errors_come_in_the_callers_language(resident: Resident) -> None:
    english = resident.client.post(
        f"{resident.path}/berichten", json={}, headers={**resident.headers, "Accept-Language": "en"}
    )
    assert _problem(english, 400)["title"] == "The request is not right"
    assert _problem(resident.post({}), 400)["title"] == "De aanvraag klopt niet"


def test_only_the_own_token_opens_a_conversation(server: Server, resident: Resident) -> None:
    other = Resident(server.url)
    for headers in (
        {},
        {"Authorization": "Bearer nope"},
        other.headers,
        {"Authorization": f"Basic {resident.token}"},
    ):
        _problem(httpx.get(f"{resident.path}/berichten", headers=headers), 401)
        _problem(
            httpx.post(f"{resident.path}/berichten", json={"tekst": "hoi", "clientId": "1"}, headers=headers),
            401,
        )
        _problem(httpx.get(f"{resident.path}/gebeurtenissen", headers=headers), 401)
    _problem(
        httpx.get(f"{server.url}/api/v1/gesprekken/{uuid.uuid4()}/berichten", headers=resident.headers), 404
    )
    _problem(httpx.get(f"{resident.path}/berichten?na=abc", headers=resident.headers), 400)


def test_unknown_paths_and_methods_say_so(server: Server) -> None:
    _problem(httpx.get(f"{server.url}/api/v1/niets"), 404)
    refused = httpx.put(f"{server.url}/api/v1/gesprekken")
    _problem(refused, 405)
    assert "POST" in refused.headers["Allow"]


def test_rasas_own_api_is_not_there(server: Server) -> None:
    for path in ("/webhooks/rest/webhook", "/model", "/conversations/x/tracker", "/model/parse", "/domain"):
        _problem(httpx.get(f"{server.url}{path}"), 404)


def test_the_same_client_id_does_nothing_twice(resident: Resident) -> None:
    first = resident.say(PLAN, client_id="once")
    before = resident.all()
    assert resident.say(PLAN, client_id="once") == first
    assert resident.all() == before
    _problem(resident.post({"tekst": "iets anders", "clientId": "once"}), 400)


def test_a_button_pressed_twice_with_one_client_id_is_pressed_once(resident: Resident) -> None:
    resident.say(PLAN)
    button = resident.last[-1]["knoppen"][-1]
    first = resident.press(button["titel"], client_id="press")
    again = resident.post({"keuze": button["keuze"], "clientId": "press"})
    assert again.json()["berichten"] == first


def test_messages_at_the_same_moment_are_all_answered_in_order(resident: Resident) -> None:
    results: list[int] = []

    def send(index: int) -> None:
        with httpx.Client(timeout=60) as client:
            body = {"tekst": f"hallo {index}", "clientId": f"burst-{index}"}
            results.append(
                client.post(f"{resident.path}/berichten", json=body, headers=resident.headers).status_code
            )

    threads = [threading.Thread(target=send, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [200] * 6
    messages = resident.all()
    assert [m["id"] for m in messages] == list(range(1, len(messages) + 1))
    assert sum(m["van"] == "inwoner" for m in messages) == 6


def test_valid_citizen_numbers_are_masked_before_anything_keeps_them(
    server: Server, resident: Resident
) -> None:
    resident.say("mijn bsn is 111222333 en ik wil een plan indienen voor een buurttuin in Tanthof")
    stored = next(m for m in resident.all() if m["van"] == "inwoner")["tekst"]
    assert "111222333" not in stored
    assert "buurttuin" in stored
    for path in server.data.rglob("*"):
        if path.is_file():
            assert b"111222333" not in path.read_bytes(), path


def test_nothing_that_was_typed_reaches_the_log(server: Server, resident: Resident) -> None:
    resident.say("Wij willen een zwaluwtorenmarkering bouwen bij de vijver in Buitenhof")
    resident.say("/zwaluwtorenmarkering")
    resident.post({"tekst": "zwaluwtorenmarkering" * 1000, "clientId": "long"})
    assert "zwaluwtorenmarkering" not in server.log
    assert resident.token not in server.log
    assert resident.id not in server.log


def test_too_many_messages_are_told_when_to_come_back(own_server: Callable[..., Server]) -> None:
    busy = own_server(settings={"LOKET_RATE_MESSAGES": "2 per minute"}).start()
    resident = Resident(busy.url)
    resident.say("hoi")
    resident.say("hallo")
    refused = resident.post({"tekst": "nog een", "clientId": "three"})
    problem = _problem(refused, 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["Retry-After"] in problem["detail"]
    plain = PlainBrowser(busy.url)
    plain.go("/chat")
    for text in ("hoi", "hallo"):
        assert plain.press("Verstuur", tekst=text).status_code == 200
    # The page has the same limit, and keeps what was typed.
    refused = plain.press("Verstuur", tekst="nog een")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] in plain.words
    assert plain.filled("Verstuur")[1]["tekst"] == "nog een"


def _events(response: httpx.Response) -> Iterator[tuple[str, Message]]:
    number = ""
    for line in response.iter_lines():
        if line.startswith("id:"):
            number = line[3:].strip()
        elif line.startswith("data:"):
            yield number, json.loads(line[5:])


def test_the_stream_goes_on_from_where_the_reader_was(resident: Resident) -> None:
    resident.say("hoi")
    headers = {**resident.headers, "Last-Event-ID": "1"}
    with (
        httpx.Client(timeout=30) as client,
        client.stream("GET", f"{resident.path}/gebeurtenissen", headers=headers) as stream,
    ):
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        events = _events(stream)
        assert [next(events)[1]["van"] for _ in range(2)] == ["inwoner", "chatbot"]
        speaker = threading.Thread(target=resident.say, args=("dank je wel",))
        speaker.start()
        numbers = [int(next(events)[0]) for _ in range(2)]
        speaker.join()
    assert numbers == [4, 5]


def _progress(resident: Resident) -> Message | None:
    return httpx.get(f"{resident.path}/berichten", headers=resident.headers).json()["voortgang"]


def test_the_progress_counts_what_was_told_answered_and_passed_over(resident: Resident) -> None:
    assert _progress(resident) is None
    # The text tells who takes part and where: two questions fewer.
    answer = resident.post({"tekst": "Ik wil met de buren in Voorhof een moestuin beginnen", "clientId": "1"})
    far = answer.json()["voortgang"]
    assert (far["klaar"], far["van"]) == (3, 5)
    assert far["nu"] in ("hulp", "fase")
    assert _progress(resident) == far
    resident.say("overslaan")
    assert _progress(resident)["klaar"] == 4
    # A question in between is answered, and takes nobody further.
    resident.say("wat doen jullie met mijn gegevens?")
    assert _progress(resident)["klaar"] == 4
    resident.say("overslaan")
    assert _progress(resident) == {"klaar": 5, "van": 5, "nu": "controle"}
    resident.say("ja, dat klopt")
    assert _progress(resident) == {"klaar": 5, "van": 5, "nu": "contact"}
    resident.say("nee, geef mij een code")
    assert resident.card("zaak")
    assert _progress(resident) is None


def test_the_stream_tells_the_progress(resident: Resident) -> None:
    resident.say(PLAN)
    headers = {**resident.headers, "Last-Event-ID": "99"}
    with (
        httpx.Client(timeout=30) as client,
        client.stream("GET", f"{resident.path}/gebeurtenissen", headers=headers) as stream,
    ):
        assert next(_events(stream))[1] == _progress(resident)


def test_a_conversation_is_rated_once_with_its_case(server: Server, resident: Resident) -> None:
    def rate(body: object) -> httpx.Response:
        return httpx.post(f"{resident.path}/waardering", json=body, headers=resident.headers)

    _problem(rate({"cijfer": 4}), 409)
    resident.say(PLAN)
    while not resident.card("samenvatting"):
        resident.say("overslaan")
    resident.press("klopt")
    resident.say("nee, geef mij een code")
    for body in ({"cijfer": 0}, {"cijfer": 6}, {"cijfer": True}, {"cijfer": "5"}, {"cijfer": [3]}, {}):
        assert _problem(rate(body), 400)["errors"][0]["field"] == "cijfer"
    assert rate({"cijfer": 4}).json() == {"cijfer": 4}
    assert rate({"cijfer": 1}).json() == {"cijfer": 4}
    assert Office(server.data).events(resident.card("zaak")["kenmerk"]).count("satisfaction") == 1
    _problem(httpx.post(f"{resident.path}/waardering", json={"cijfer": 4}), 401)


def test_everybody_may_see_whether_people_can_be_reached(server: Server) -> None:
    answer = httpx.get(f"{server.url}/api/v1/bereikbaarheid", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    body = answer.json()
    assert body["wie"] in ("aanwezig", "gesloten", "feestdag", "niemand")
    assert "Monday to Friday" in body["openingstijden"]
    assert (body["opentWeer"] is None) == (body["wie"] in ("aanwezig", "niemand"))
    assert "Partner" not in answer.text


def test_every_answer_carries_the_security_headers(server: Server) -> None:
    for path in ("/", "/api/v1/openapi.json", "/niets"):
        headers = httpx.get(f"{server.url}{path}").headers
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_only_named_sites_may_use_the_api_from_their_pages(own_server: Callable[..., Server]) -> None:
    server = own_server(settings={"LOKET_ALLOWED_ORIGINS": "https://www.example.org"}).start()
    path = f"{server.url}/api/v1/gesprekken"
    preflight = {"Access-Control-Request-Method": "POST"}
    allowed = httpx.options(path, headers={"Origin": "https://www.example.org", **preflight})
    assert allowed.status_code == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://www.example.org"
    assert allowed.headers["Access-Control-Allow-Methods"] == "POST"
    opened = httpx.post(path, headers={"Origin": "https://www.example.org"})
    assert opened.headers["Access-Control-Allow-Origin"] == "https://www.example.org"
    for origin in ("https://evil.example", "null", "https://www.example.org.evil.example"):
        assert "Access-Control-Allow-Origin" not in httpx.post(path, headers={"Origin": origin}).headers
        _problem(httpx.options(path, headers={"Origin": origin, **preflight}), 405)


def test_a_named_site_may_show_and_erase_my_data(own_server: Callable[..., Server]) -> None:
    site = {"Origin": "https://www.example.org"}
    server = own_server(settings={"LOKET_ALLOWED_ORIGINS": site["Origin"]}).start()
    resident = Resident(server.url)
    path = f"{resident.path}/gegevens"
    preflight = httpx.options(path, headers={**site, "Access-Control-Request-Method": "DELETE"})
    assert preflight.headers["Access-Control-Allow-Methods"] == "DELETE, GET, HEAD"
    erased = httpx.delete(path, headers={**site, **resident.headers}, timeout=60)
    assert erased.headers["Access-Control-Allow-Origin"] == site["Origin"]
    assert erased.json() == {"blijvenOpen": []}
    elsewhere = httpx.options(
        f"{resident.path}/elders", headers={**site, "Access-Control-Request-Method": "GET"}
    )
    _problem(elsewhere, 404)


def test_open_streams_do_not_hold_up_a_stop(own_server: Callable[..., Server]) -> None:
    server = own_server().start()
    resident = Resident(server.url)
    with (
        httpx.Client(timeout=60) as client,
        client.stream("GET", f"{resident.path}/gebeurtenissen", headers=resident.headers) as stream,
    ):
        next(_events(stream))
        server.process.terminate()
        server.wait_dead(20)
    assert server.process.returncode == 0
