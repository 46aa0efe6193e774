"""Ten people tell the same plan in their own way: how many end at the same role and share a first goal."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.conftest import Server
from tests.conversations.script import asked_for
from tests.talk import Resident

PLANS = YAML(typ="safe").load(Path(__file__).with_name("ten_ways.yml"))
SAME_ROLE, SAME_GOAL = 9, 7
"""Of ten; measured, and so a floor that a change may not fall below."""
MOST = 8


def told(url: str, text: str, answers: dict[str, str]) -> dict[str, Any] | None:
    """The summary at the end of the intake; a plan that sounds like a service is said to be one."""
    resident = Resident(url)
    resident.say(text)
    if any("toch een plan" in button["titel"] for button in resident.last[-1]["knoppen"]):
        resident.press("toch een plan")
    for _ in range(MOST):
        slot = asked_for(resident.last[-1])
        if slot == "summary_ok":
            return resident.card("samenvatting")
        resident.say(text if slot == "plan" else answers.get(slot, "overslaan"))
    return None


@pytest.mark.parametrize("plan", PLANS, ids=[plan["plan"] for plan in PLANS])
def test_ten_ways_of_telling_end_alike(server: Server, plan: dict[str, Any]) -> None:
    summaries = [told(server.url, text, plan["answers"]) for text in plan["told"]]
    assert all(summaries), [text for text, s in zip(plan["told"], summaries, strict=True) if not s]
    roles = Counter(summary["rol"]["id"] for summary in summaries)
    goals = Counter(goal["nummer"] for summary in summaries for goal in summary["doelen"])
    assert roles.most_common(1)[0][1] >= SAME_ROLE, roles
    assert max(goals.values(), default=0) >= SAME_GOAL, goals
