"""The story's ten cases come in at the door and each leaves as a case with an owner and a date."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from routing.cases.reference import parse_reference
from routing.catalogue import load_catalogue
from routing.settings import CATALOGUES
from tests.conftest import Server
from tests.talk import Resident

CASES = YAML(typ="safe").load(Path(__file__).with_name("ten_cases.yml"))

# A word of each question, in both languages, and the part that it asks for.
QUESTIONS = {
    "welke wijk": "neighbourhood",
    "which neighbourhood": "neighbourhood",
    "wie doen": "parties",
    "who takes part": "parties",
    "waarmee kunnen": "help",
    "what can we help": "help",
    "hoe ver": "phase",
    "how far": "phase",
}


@pytest.mark.parametrize("told", CASES, ids=[case["name"] for case in CASES])
def test_case_of_the_story(server: Server, told: dict[str, Any]) -> None:
    resident = Resident(server.url, told["language"])
    answers = {question: told["answers"][part] for question, part in QUESTIONS.items()}
    summary = resident.tell(told["plan"], answers)
    assert summary["rol"]["id"] in told["roles"], summary["rol"]
    assert summary["doelen"][0]["nummer"] in told["goals"], summary["doelen"]

    resident.press("klopt" if told["language"] == "nl" else "that is right")
    resident.press("code")
    case = resident.card("zaak")
    assert case, resident.text
    parse_reference(case["kenmerk"])
    assert case["rol"] == summary["rol"]["id"]
    assert case["doelen"] == [goal["nummer"] for goal in summary["doelen"]]
    assert case["eigenaar"]
    assert case["instrumenten"]
    assert set(case["instrumenten"]) <= set(load_catalogue(CATALOGUES / "delft").instruments)
    assert date.fromisoformat(case["antwoordVoor"]) > date.today()
    assert case["kenmerk"] in resident.text
    assert case["code"] in resident.text


def test_two_plans_in_one_conversation_become_two_cases(server: Server) -> None:
    resident = Resident(server.url)
    numbers = []
    for plan in (
        "Wij willen in onze straat een geveltuin bij elk huis",
        "Ik wil een leesclub voor ouderen in de bieb",
    ):
        resident.said.clear()
        resident.tell(plan, dict.fromkeys(QUESTIONS, "overslaan"))
        resident.press("klopt")
        resident.press("code")
        numbers.append(resident.card("zaak")["kenmerk"])
    assert len(set(numbers)) == 2
