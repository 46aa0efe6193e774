"""A municipality that is only a folder: fewer roles, things of its own, and a whole conversation."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from routing.catalogue import load_catalogue
from routing.catalogue.check import check
from routing.settings import CATALOGUES
from tests.conftest import Server
from tests.e2e.test_ten_cases import QUESTIONS
from tests.talk import Resident

SECOND = Path(__file__).parents[1] / "catalogue" / "fixtures" / "voorbeeldstad"
LEFT_OUT = "kwaliteitsbewaker"
PLAN = (
    "Ons eetproject voor ouderen draait nu drie jaar in heel Voorbeeld aan Zee. We weten niet of het echt "
    "iets oplevert. Wie kijkt onafhankelijk mee en meet of de eenzaamheid minder wordt?"
)
"""What the role that is left out is for."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Voorbeeldstad without one of the roles."""
    copy, yaml = tmp_path / "voorbeeldstad", YAML(typ="safe", pure=True)
    shutil.copytree(SECOND, copy)
    delft = {name: yaml.load(CATALOGUES / "delft" / f"{name}.yml") for name in ("roles", "questions")}
    mine: dict[str, Any] = {
        "roles": {name: role for name, role in delft["roles"].items() if name != LEFT_OUT},
        "questions": [one for one in delft["questions"] if LEFT_OUT not in one["between"]],
    }
    for name, content in mine.items():
        yaml.dump(content, copy / f"{name}.yml")
    return copy


def test_a_whole_conversation_up_to_a_case(own_server: Callable[..., Server], folder: Path) -> None:
    catalogue = load_catalogue(folder)
    assert {problem.level for problem in check(catalogue)} == {"warning"}
    resident = Resident(own_server(settings={"LOKET_CATALOGUE": str(folder)}).start().url)
    assert "gemeente Voorbeeldstad" in resident.text

    resident.say("Hoe laat is het fietsdepot open? Mijn fiets is weggehaald.")
    assert resident.card("dienst")["id"] == "fietsdepot"
    resident.say("help, er is brand in onze flat")
    assert resident.card("nood")["telefoon"] == "112"

    summary = resident.tell(PLAN, dict.fromkeys(QUESTIONS, "overslaan"))
    assert summary["rol"]["id"] in catalogue.roles
    assert summary["wijk"] == "de hele stad"
    assert {tool["id"] for tool in summary["instrumenten"]} <= set(catalogue.instruments)
    assert summary["instrumenten"][0]["id"] == "buurtbudget"

    resident.press("iets aanpassen")
    resident.press("wie het oppakt")
    offered = {button["keuze"] for message in resident.last for button in message["knoppen"]}
    assert offered
    assert not any(LEFT_OUT in choice for choice in offered)
    resident.say("iemand die meet wat het oplevert")
    assert resident.card("samenvatting")["rol"]["id"] in catalogue.roles

    resident.press("klopt")
    resident.press("code")
    case = resident.card("zaak")
    assert case, resident.text
    assert case["rol"] in catalogue.roles
    assert case["instrumenten"][0] == "buurtbudget"
    assert "buurtbudget" in resident.text
    assert case["kenmerk"]
    resident.say("Hoe staat het met mijn plan?")
    assert catalogue.roles[case["rol"]].name.nl in resident.text
