"""What is done to a person's words before they are weighed: calming, sentences, words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from routing.characters import whole_characters

LOUD_SHARE = 0.6
"""From this share of capitals on a text is shouting, which the encoders cannot read."""

_SPACE = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|\s+[-•*]\s+")
_WORD = re.compile(r"[^\W_](?:[^\W_]|['’\-.](?=[^\W_]))*")
_TAKEN_OUT = re.compile(
    r"(?:\b(?:mijn|mn|m'n|my)\s+)?"
    r"(?:\b(?:bsn|burgerservicenummer|sofinummer|iban|rekeningnummer|citizen service number|account number)\b"
    r"(?:\s*(?:nummer|number|is|:|=))*\s*)?"
    r"\[[^\[\]]*\b(?:weggehaald|removed)\](?:\s*[,;.])?(?:\s+(?:en|and)\b)?\s*",
    re.IGNORECASE,
)
"""A number that was taken out of the text, with the words that announced it."""
MIN_SENTENCE_LETTERS = 12
OTHER_SCRIPTS = 0x370
"""From this code point on no letter is Latin."""


@dataclass(frozen=True)
class Span:
    """A stretch of a text: ``text[start:end]``."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


def tidy(text: str) -> str:
    """The text in NFC with single spaces, and without half characters, which nothing after this can read."""
    return _SPACE.sub(" ", unicodedata.normalize("NFC", whole_characters(text))).strip()


def is_other_script(text: str) -> bool:
    """Whether all letters are of a script in which neither Dutch nor English is written."""
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and all(ord(c) >= OTHER_SCRIPTS for c in letters)


def calm(text: str) -> str:
    """The text as the encoders read it: NFC, single spaces, no shouting, no mention of a number taken out.

    Texts that are mostly capitals are lower-cased as a whole; single words in capitals stay. "My BSN is"
    before a plan would make it a question about papers.
    """
    clean = tidy(text)
    while (shorter := _TAKEN_OUT.sub("", clean).strip()) and shorter != clean:
        clean = shorter
    letters = [c for c in clean if c.isalpha()]
    if len(letters) >= 4 and sum(c.isupper() for c in letters) >= LOUD_SHARE * len(letters):
        return clean.lower()
    return clean


def sentences(text: str) -> tuple[Span, ...]:
    """The sentences of a text; a piece too short to mean something joins the one before it."""
    spans: list[Span] = []
    start = 0
    for match in [*_SENTENCE_END.finditer(text), None]:
        end = match.start() if match else len(text)
        if text[start:end].strip():
            spans.append(Span(start, end))
        start = match.end() if match else end
    return tuple(_join_short(text, spans))


def _join_short(text: str, spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in spans:
        short = sum(c.isalpha() for c in span.of(text)) < MIN_SENTENCE_LETTERS
        if joined and (short or _is_short(text, joined[-1])):
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return joined


def _is_short(text: str, span: Span) -> bool:
    return sum(c.isalpha() for c in span.of(text)) < MIN_SENTENCE_LETTERS


def words(text: str, within: Span | None = None) -> tuple[Span, ...]:
    """The words of a text, or of one stretch of it; signs are left out."""
    span = within or Span(0, len(text))
    return tuple(Span(m.start(), m.end()) for m in _WORD.finditer(text, span.start, span.end))
