"""The texts of a live conversation, which stand in `live.yml` beside this file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from routing.catalogue.words import LANGUAGES


@cache
def _texts() -> Mapping[str, Any]:
    return YAML(typ="safe").load(Path(__file__).with_name("live.yml"))


def say(language: str, key: str, **values: object) -> str:
    """A text in a language, with its places filled in; Dutch for a language there is none in."""
    text = _texts()[key][language if language in LANGUAGES else LANGUAGES[0]]
    return text.format(**values)


def day_in_words(day: date, language: str) -> str:
    """A date as people write it."""
    return f"{day.day} {say(language, 'months').split()[day.month - 1]} {day.year}"
