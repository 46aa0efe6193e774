"""Danger told in other languages, through the HTTP API: the number to call, said in that language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.conftest import Server
from tests.conversations.script import asked_for
from tests.talk import Resident

SAID: dict[str, Any] = YAML(typ="safe").load(Path(__file__).with_name("danger_abroad.yml"))
DANGER = [(code, text, phone) for code, said in SAID.items() for text, phone in said["danger"]]
HARMLESS = [(code, text) for code, said in SAID.items() for text in said["harmless"]]
HERE = [
    ("nl", "er wordt nu bij mij ingebroken"),
    ("nl", "help, er breken nu mensen in bij de buren"),
    ("en", "someone is breaking in right now"),
    ("en", "help, somebody is breaking in at my neighbours"),
]
PLAN = "Ik wil met mijn buren in Tanthof een moestuin op het lege veldje, wie helpt ons aan grond?"


@pytest.mark.parametrize(("code", "text", "phone"), DANGER)
def test_danger_is_answered_in_the_language_in_which_it_was_told(
    server: Server, code: str, text: str, phone: str
) -> None:
    resident = Resident(server.url)
    first = resident.say(text)[0]["tekst"]
    assert SAID[code]["word"] in first
    assert phone in first
    assert resident.card("nood")["telefoon"] == phone
    if phone != "112":
        assert "112" in resident.last[1]["tekst"]
    assert not resident.card("zaak")


@pytest.mark.parametrize(("code", "text"), HARMLESS)
def test_nothing_harmless_is_taken_for_danger(server: Server, code: str, text: str) -> None:
    resident = Resident(server.url)
    resident.say(text)
    assert resident.card("nood") is None


@pytest.mark.parametrize(("language", "text"), HERE)
def test_a_break_in_now_is_danger_whatever_else_is_said(server: Server, language: str, text: str) -> None:
    resident = Resident(server.url, language)
    assert "112" in resident.say(text)[0]["tekst"]
    assert resident.card("nood")["id"] == "nood-112"


@pytest.mark.parametrize("code", SAID)
def test_danger_in_another_language_interrupts_an_intake(server: Server, code: str) -> None:
    resident = Resident(server.url)
    resident.say(PLAN)
    text, phone = SAID[code]["danger"][0]
    assert phone in resident.say(text)[0]["tekst"]
    assert not asked_for(resident.last[-1])
