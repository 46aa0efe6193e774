"""A partner in a running chat: the chatbot is silent, both are heard in order, and it goes on after."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import Server
from tests.office import Office
from tests.talk import Resident


@pytest.fixture(scope="module")
def office(server: Server) -> Office:
    return Office(server.data)


@pytest.fixture
def resident(server: Server) -> Resident:
    return Resident(server.url)


def events(response: httpx.Response) -> Iterator[tuple[str, dict]]:
    name = ""
    for line in response.iter_lines():
        if line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            yield name, json.loads(line[5:])


def test_the_chatbot_is_silent_while_a_partner_speaks_and_goes_on_after(server, office, resident) -> None:
    resident.say("Wij willen met de buren een moestuin beginnen op het lege veldje in Voorhof")
    asked = resident.last[-1]
    reference = office.case_from(resident.id, f"live-{uuid.uuid4()}")
    office.take_over(reference)
    assert resident.say("ben jij een mens?", "live-1") == []
    assert resident.say("ben jij een mens?", "live-1") == []
    office.say(reference, "Ja, ik ben er.")
    resident.say("fijn")
    office.give_back(reference)
    said = resident.all()
    assert [m["id"] for m in said] == list(range(1, len(said) + 1))
    assert [m["van"] for m in said[-7:]] == [
        "systeem", "inwoner", "medewerker", "inwoner", "systeem", "chatbot", "chatbot",
    ]  # fmt: skip
    assert said[-1]["tekst"] == asked["tekst"]
    assert [b["titel"] for b in said[-1]["knoppen"]] == [b["titel"] for b in asked["knoppen"]]
    # Its intake is as it was: the next answer is an answer to its question.
    answers = resident.say("weet ik nog niet")
    assert answers
    assert {m["van"] for m in answers} == {"chatbot"}
    assert answers[-1]["tekst"] != asked["tekst"]


def test_the_stream_tells_who_speaks(server, office, resident) -> None:
    resident.say("hoi")
    reference = office.case_from(resident.id, f"live-{uuid.uuid4()}")
    office.take_over(reference)
    with (
        httpx.Client(timeout=30) as client,
        client.stream("GET", f"{resident.path}/gebeurtenissen", headers=resident.headers) as stream,
    ):
        names = events(stream)
        data = next(data for name, data in names if name == "spreekt")
        assert data == {
            "wie": "medewerker", "naam": "Partner Twee", "rol": "verbinder", "rolNaam": "verbinder",
            "verbonden": True,
        }  # fmt: skip
        typing = threading.Thread(target=resident.say, args=("dag mens",))
        typing.start()
        office.give_back(reference)
        data = next(data for name, data in names if name == "spreekt")
        typing.join()
        assert data == {"wie": "chatbot"}


def test_typing_is_a_passing_sign_that_needs_the_token(server, resident) -> None:
    path = f"{resident.path}/typt"
    assert httpx.post(path, headers=resident.headers).status_code == 204
    assert httpx.post(path).status_code == 401
    before = resident.all()
    assert httpx.post(path, json={}, headers=resident.headers).status_code == 204
    assert resident.all() == before


def test_a_crash_leaves_nothing_for_the_chatbot_that_was_said_to_a_partner(own_server) -> None:
    server = own_server().start()
    resident = Resident(server.url)
    resident.say("hoi")
    office = Office(server.data)
    reference = office.case_from(resident.id, "crash")
    office.take_over(reference)
    resident.say("dit is voor een mens")
    server.kill()
    server.start()
    before = resident.all()
    assert resident.say("dit ook") == []
    said = resident.all()
    assert [m["van"] for m in said] == [m["van"] for m in before] + ["inwoner"]
