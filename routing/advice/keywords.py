"""The catalogue's own words for services and emergencies, looked up in a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.catalogue.model import Emergency, Service
from routing.catalogue.phrases import Phrase, SplitText


@dataclass(frozen=True)
class Keywords:
    """Phrases by id, ready to be looked up."""

    phrases: Mapping[str, Sequence[Phrase]]

    @classmethod
    def of(cls, entries: Mapping[str, Service] | Mapping[str, Emergency]) -> Keywords:
        return cls({key: tuple(map(Phrase.of, entry.keywords)) for key, entry in entries.items()})

    def found(self, text: str) -> frozenset[str]:
        """The ids of which a phrase stands in the text."""
        split = SplitText.of(text)
        return frozenset(key for key, phrases in self.phrases.items() if any(map(split.has, phrases)))
