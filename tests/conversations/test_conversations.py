"""Whole conversations, turn by turn through the HTTP API of the running product."""

from __future__ import annotations

import pytest

from tests.conftest import Server
from tests.conversations.script import Talk, hold, read_talks


@pytest.mark.parametrize("talk", read_talks(), ids=str)
def test_conversation(server: Server, talk: Talk) -> None:
    wrong = hold(talk, server.url)
    assert not wrong, "\n".join(wrong)


def test_there_are_enough_conversations_in_both_languages() -> None:
    talks = read_talks()
    assert len(talks) >= 60
    assert sum(talk.language == "en" for talk in talks) >= 15
    assert len({str(talk) for talk in talks}) == len(talks)
