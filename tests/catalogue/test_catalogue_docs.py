"""The description of the catalogue names every key that the catalogues use, and its examples load."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

from ruamel.yaml import YAML

from routing.catalogue.loader import SHIPPED

DOCS = (Path(__file__).parents[2] / "docs" / "catalogue.md").read_text(encoding="utf-8")
SECTIONS_WITH_IDS = {
    "canned",
    "emergencies",
    "goals",
    "instruments",
    "neighbourhoods",
    "partners",
    "roles",
    "services",
}


def keys_of(value: object) -> set[str]:
    if isinstance(value, dict):
        return {str(key) for key in value} | set().union(*(keys_of(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(keys_of(item) for item in value), set())
    return set()


def test_every_key_is_described(second_path):
    for path in [*(SHIPPED / "delft").glob("*.yml"), *second_path.glob("*.yml")]:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        values = content.values() if path.stem in SECTIONS_WITH_IDS else [content]
        for key in set().union(*(keys_of(value) for value in values)) - {
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
        }:
            assert re.search(rf"\b{re.escape(key)}\b", DOCS), f"{key} of {path.name}"
        assert f"`{path.name}`" in DOCS


def test_the_examples_are_yaml():
    blocks = re.findall(r"^ *```yaml\n(.*?)```", DOCS, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 2
    for block in blocks:
        assert YAML(typ="safe", pure=True).load(dedent(block))
