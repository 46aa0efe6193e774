"""Reads the model card back: what the heads in use were trained on and how good they were on unseen texts.

The page about the algorithm takes its figures from here, so that it can say nothing else than the card.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from routing.advice.card import FILE

HEADS = Path(__file__).parent / "heads"
_ROW = re.compile(r"^\| (?P<name>[^|]+?) \| (?P<value>\d+(?:\.\d+)?) \|$", re.MULTILINE)
_TEXTS = re.compile(r"^Training texts: (\d+)", re.MULTILINE)
_LANGUAGES = re.compile(r"^- Languages: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Card:
    """The figures of a model card."""

    texts: int
    languages: Mapping[str, int]
    """How many of the training texts are in each language."""
    figures: Mapping[str, float]

    def percent(self, name: str) -> int | None:
        """A share as a whole percentage; None where the card does not have it."""
        return round(100 * self.figures[name]) if name in self.figures else None


def read_card(folder: Path = HEADS) -> Card:
    """The card in a folder of heads.

    Raises:
        OSError: there is none.
        ValueError: it is no such card.
    """
    text = (folder / FILE).read_text(encoding="utf-8")
    texts, languages = _TEXTS.search(text), _LANGUAGES.search(text)
    if texts is None or languages is None:
        raise ValueError(f"{folder / FILE} is no model card")
    pairs = (part.rsplit(" ", 1) for part in languages[1].split(", "))
    figures = {row["name"]: float(row["value"]) for row in _ROW.finditer(text)}
    return Card(int(texts[1]), {code: int(count) for code, count in pairs}, figures)
