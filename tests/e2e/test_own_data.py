"""My data through the API: all of it, and gone; only with the conversation's own token."""

from __future__ import annotations

import httpx
import pytest
from jsonschema import Draft202012Validator

from tests.conftest import Server
from tests.talk import Resident

PLAN = "Ik wil met mijn buren in Tanthof een moestuin op het lege veldje, wie helpt ons aan grond?"
SKIP = dict.fromkeys(("wijk", "wie doen", "waarmee", "hoe ver"), "overslaan")


def _ask(resident: Resident, method: str, token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or resident.token}"}
    return resident.client.request(method, f"{resident.path}/gegevens", headers=headers)


@pytest.fixture
def handed_over(server: Server) -> Resident:
    resident = Resident(server.url)
    resident.tell(PLAN, SKIP)
    resident.press("klopt")
    resident.press("code")
    assert resident.card("zaak")
    return resident


def test_all_of_it_word_for_word(server: Server, handed_over: Resident) -> None:
    answer = _ask(handed_over, "GET")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    data = answer.json()
    assert [m["tekst"] for m in data["berichten"]] == [m["tekst"] for m in handed_over.all()]
    assert data["gesprek"]["id"] == handed_over.id
    (case,) = data["zaken"]
    assert case["kenmerk"] == handed_over.card("zaak")["kenmerk"]
    assert case["plan"] == PLAN
    assert case["advies"]["rol"]["rol"] == case["rol"]
    assert [goal["doel"] for goal in case["advies"]["doelen"]] == case["doelen"]
    assert case["advies"]["instrumenten"]
    assert case["verloop"][0]["wat"] == "received"
    document = handed_over.client.get(f"{server.url}/api/v1/openapi.json").json()
    schema = document["paths"]["/gesprekken/{id}/gegevens"]["get"]["responses"]["200"]["content"]
    wanted = {**schema["application/json"]["schema"], "components": document["components"]}
    # OpenAPI 3.0 says `nullable` where JSON Schema says "or null".
    Draft202012Validator(_with_null(wanted)).validate(data)


def test_gone_but_for_the_open_case_and_the_talk_goes_on(handed_over: Resident) -> None:
    reference = handed_over.card("zaak")["kenmerk"]
    last = handed_over.all()[-1]["id"]
    answer = _ask(handed_over, "DELETE")
    assert answer.json() == {"blijvenOpen": [reference]}
    assert handed_over.all() == []
    data = _ask(handed_over, "GET").json()
    assert data["berichten"] == []
    assert data["zaken"][0]["contact"] is None
    assert _ask(handed_over, "DELETE").json() == {"blijvenOpen": [reference]}
    # Nothing is remembered: the plan is asked for anew, and no number is used twice.
    handed_over.say("hallo")
    assert handed_over.last
    assert handed_over.last[0]["id"] > last
    assert "moestuin" not in handed_over.text
    handed_over.say("Ik wil met andere moeders in de Voorhof een weggeefwinkel openen")
    assert "Fijn dat" in handed_over.text


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_only_with_its_own_token(server: Server, handed_over: Resident, method: str) -> None:
    other = Resident(server.url)
    assert _ask(handed_over, method, other.token).status_code == 401
    assert handed_over.client.request(method, f"{handed_over.path}/gegevens").status_code == 401
    assert _ask(handed_over, "GET").json()["berichten"]


def _with_null(schema: object) -> object:
    if isinstance(schema, list):
        return [_with_null(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {key: _with_null(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [changed, {"type": "null"}]} if schema.get("nullable") is True else changed
