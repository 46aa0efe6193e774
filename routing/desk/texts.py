"""The words of the desk in both languages; templates ask for them by key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from routing.catalogue.words import LANGUAGES

Words = Callable[..., str]
_FOLDER = Path(__file__).parent / "texts"


@cache
def all_texts(language: str) -> Mapping[str, str]:
    """Every text of a language by its whole key, such as `inbox.title`."""
    return dict(_flat("", YAML(typ="safe").load(_FOLDER / f"{language}.yml")))


def words_in(language: str | None) -> Words:
    """A function that gives the text of a key, its places filled.

    It raises KeyError for a key that there is none of: a page never shows the key itself.
    """
    texts = all_texts(language if language in LANGUAGES else LANGUAGES[0])

    def words(key: str, **places: object) -> str:
        return texts[key].format(**places) if places else texts[key]

    return words


def has_words(key: str) -> bool:
    """Whether there is a text of that key."""
    return key in all_texts(LANGUAGES[0])


def keys_under(prefix: str) -> list[str]:
    """The last parts of the keys that stand directly under a prefix, in their order."""
    start = f"{prefix}."
    return [key.removeprefix(start) for key in all_texts(LANGUAGES[0]) if key.startswith(start)]


def _flat(prefix: str, value: Any) -> list[tuple[str, str]]:
    if not isinstance(value, dict):
        return [(prefix, " ".join(str(value).split()))]
    return [
        pair for key, item in value.items() for pair in _flat(f"{prefix}.{key}" if prefix else str(key), item)
    ]
