"""Finding words and phrases in what people type: whole words, any case, accents ignored.

A phrase is one or more words in a row ("right to challenge"). A word may start or end with `*` for any
letters there, because Dutch glues words together: `uitdaag*` finds "uitdaagrecht" and "uitdaagrechten".
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# A letter and its accent may be typed as two signs: the accents U+0300 to U+036F belong to the word.
_TOKEN = re.compile(r"[\w\u0300-\u036f]+")
_PATTERN = re.compile(r"\*?[\w\u0300-\u036f]+\*?")


@dataclass(frozen=True)
class Token:
    """One word of a text in folded form, with its place in the text as typed."""

    word: str
    start: int
    end: int


@dataclass(frozen=True)
class Phrase:
    """A pattern of one or more folded words in a row."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Phrase:
        """The phrase as written in a catalogue.

        Raises:
            ValueError: there is no word in it.
        """
        words = tuple(fold(match.group()) for match in _PATTERN.finditer(text))
        if not words:
            raise ValueError(f"no word in {text!r}")
        return cls(words)


def fold(text: str) -> str:
    """The text in lower case without accents ("Één" becomes "een")."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def find_phrase(text: str, phrase: Phrase) -> list[tuple[int, int]]:
    """All places (start, end) in the text where the phrase stands."""
    return SplitText.of(text).find(phrase)


@dataclass(frozen=True)
class SplitText:
    """A text cut into its words once, to look for many phrases in it."""

    tokens: tuple[Token, ...]
    vocabulary: frozenset[str]

    @classmethod
    def of(cls, text: str) -> SplitText:
        """The words of the text; hyphens and other signs separate words."""
        tokens = tuple(Token(fold(m.group()), m.start(), m.end()) for m in _TOKEN.finditer(text))
        return cls(tokens, frozenset(token.word for token in tokens))

    def find(self, phrase: Phrase) -> list[tuple[int, int]]:
        """All places (start, end) in the text where the phrase stands."""
        # Most phrases stand nowhere: one word of theirs that does not occur saves the walk.
        if any("*" not in pattern and pattern not in self.vocabulary for pattern in phrase.words):
            return []
        length = len(phrase.words)
        return [
            (self.tokens[at].start, self.tokens[at + length - 1].end)
            for at in range(len(self.tokens) - length + 1)
            if all(_fits(self.tokens[at + i].word, pattern) for i, pattern in enumerate(phrase.words))
        ]

    def has(self, phrase: Phrase) -> bool:
        """Whether the phrase stands in the text."""
        return bool(self.find(phrase))


def _fits(word: str, pattern: str) -> bool:
    core = pattern.strip("*")
    starts, ends = pattern.startswith("*"), pattern.endswith("*")
    if starts and ends:
        return core in word
    if starts:
        return word.endswith(core)
    if ends:
        return word.startswith(core)
    return word == pattern
