"""The document about the desk names every module of it and every kind of line that a step leaves behind."""

from __future__ import annotations

import re

import pytest
from ruamel.yaml import YAML

from bot.training import ROOT
from routing.cases.states import CaseAction

TEXT = (ROOT / "docs" / "desk.md").read_text(encoding="utf-8")
STEPS = TEXT[TEXT.index("## What a step leaves behind") :]
WORDS = YAML(typ="safe").load(ROOT / "routing" / "desk" / "texts" / "en.yml")
NAMED = set(re.findall(r"`(\w+)`", STEPS)) | {action.value for action in CaseAction}

NO_KINDS = {"with_mail", "other"}
"""Words that stand among the kinds: a part of a line, and what an unknown kind is called."""


@pytest.mark.parametrize("kinds", [WORDS["history"], WORDS["audit"]["kind"]], ids=["history", "log"])
def test_every_kind_is_named(kinds: dict[str, str]) -> None:
    assert kinds.keys() - NAMED - NO_KINDS == set()


def test_every_module_is_named() -> None:
    modules = {path.name for path in (ROOT / "routing" / "desk").glob("[a-z]*.py")}
    assert {name for name in modules if f"`{name}`" not in TEXT} == set()
