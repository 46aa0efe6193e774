"""The plan with the very words marked that led to goals and role."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Piece:
    """A stretch of the plan, and what its words led to (`11` for a goal, or the id of a role)."""

    text: str
    led_to: tuple[str, ...] = ()


def marked(plan: str, evidence: Iterable[tuple[str, str | None]]) -> list[Piece]:
    """The plan in pieces; `evidence` gives what was concluded with the words it was concluded from."""
    spans = [span for label, words in evidence if words for span in _places(plan, words, label)]
    edges = sorted({0, len(plan), *(edge for start, end, _ in spans for edge in (start, end))})
    pieces = []
    for start, end in pairwise(edges):
        led_to = tuple(dict.fromkeys(label for a, b, label in spans if a <= start and end <= b))
        pieces.append(Piece(plan[start:end], led_to))
    return pieces


def _places(plan: str, words: str, label: str) -> list[tuple[int, int, str]]:
    """Where the words stand: the first time only, in any case and with any spaces between them."""
    low, wanted = plan.lower(), words.lower().split()
    # Letters whose small form has another length would shift every place.
    if len(low) != len(plan) or not wanted:
        return []
    start = low.find(wanted[0])
    while start >= 0:
        end = _end(low, start, wanted)
        if end is not None:
            return [(start, end, label)]
        start = low.find(wanted[0], start + 1)
    return []


def _end(text: str, start: int, wanted: list[str]) -> int | None:
    place = start
    for number, word in enumerate(wanted):
        if number:
            after = place
            while place < len(text) and text[place].isspace():
                place += 1
            if place == after:
                return None
        if not text.startswith(word, place):
            return None
        place += len(word)
    return place
