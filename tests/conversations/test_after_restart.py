"""The server stops in the middle of an intake and comes back: the question that was open is still open."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Server
from tests.conversations.script import asked_for
from tests.talk import Resident

TOLD = {
    "nl": "Ik wil met mijn buren in Tanthof een moestuin op het lege veldje beginnen.",
    "en": "My neighbours and I want to start a vegetable garden on the empty field in Tanthof.",
}
BACK = {"nl": "ik ben er weer", "en": "I'm back"}
ANSWERS = {"nl": {"help": "een stukje grond", "phase": "het is nog een idee"}}
ANSWERS["en"] = {"help": "a piece of land", "phase": "it is just an idea"}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_open_question_is_still_open(own_server: Callable[..., Server], language: str) -> None:
    server = own_server().start()
    resident = Resident(server.url, language)
    resident.say(TOLD[language])
    resident.last = resident.all()
    question = asked_for(resident.last[-1])
    assert question in ANSWERS[language]

    stored = resident.all()
    server.stop()
    server.start()
    assert resident.all() == stored

    # Who says hello again hears the question once more; what was told is not asked.
    resident.say(BACK[language])
    assert asked_for(resident.last[-1]) == question
    server.kill()
    server.start()

    # Who just answers is heard as well.
    asked = [question]
    while not resident.card("samenvatting"):
        resident.say(ANSWERS[language][asked[-1]])
        asked.append(asked_for(resident.last[-1]))
    assert sorted(asked[:-1]) == sorted(ANSWERS[language])
    summary = resident.card("samenvatting")
    assert summary["plan"] == TOLD[language]
    assert "Tanthof" in summary["wijk"]
