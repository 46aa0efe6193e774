"""Ordered rules of a municipality: the first one whose conditions hold decides."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from routing.catalogue.phrases import Phrase, SplitText
from routing.catalogue.words import Words


@dataclass(frozen=True)
class Facts:
    """What is known of somebody's words when the rules are tried; None where it is not known."""

    text: str
    kind: str | None = None
    goals: tuple[int, ...] = ()
    role: str | None = None
    neighbourhood: str | None = None
    language: str | None = None
    audience: str | None = None
    """`resident` or `staff`."""

    @cached_property
    def words(self) -> SplitText:
        """The text cut into words, once for all rules."""
        return SplitText.of(self.text)


@dataclass(frozen=True)
class Condition:
    """All that is set must hold; what is empty does not count.

    `any_words` holds when one of the phrases stands in the text, `all_words` when every one does,
    `no_words` when none does. The others list the allowed values; for goals one in common is enough.
    """

    any_words: tuple[Phrase, ...] = ()
    all_words: tuple[Phrase, ...] = ()
    no_words: tuple[Phrase, ...] = ()
    kind: tuple[str, ...] = ()
    goals: tuple[int, ...] = ()
    role: tuple[str, ...] = ()
    neighbourhood: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()

    def holds(self, facts: Facts) -> bool:
        """Whether everything that is set holds for the facts."""
        return self._values_hold(facts) and self._words_hold(facts.words)

    def _values_hold(self, facts: Facts) -> bool:
        pairs = (
            (self.kind, facts.kind),
            (self.role, facts.role),
            (self.neighbourhood, facts.neighbourhood),
            (self.language, facts.language),
            (self.audience, facts.audience),
        )
        if any(allowed and value not in allowed for allowed, value in pairs):
            return False
        return not self.goals or bool(set(self.goals) & set(facts.goals))

    def _words_hold(self, words: SplitText) -> bool:
        if self.any_words and not any(map(words.has, self.any_words)):
            return False
        return all(map(words.has, self.all_words)) and not any(map(words.has, self.no_words))


@dataclass(frozen=True)
class Outcome:
    """What a rule decides; None and empty where it leaves the advice as it is."""

    role: str | None = None
    partner: str | None = None
    instruments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Examples:
    """Texts that the rule must catch (as the first rule) and texts that it must leave alone."""

    match: tuple[str, ...]
    no_match: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """One rule with the reason that people may read and the examples that prove it."""

    id: str
    when: Condition
    then: Outcome
    why: Words
    examples: Examples

    def matches(self, facts: Facts) -> bool:
        """Whether all conditions hold."""
        return self.when.holds(facts)

    def facts_for(self, text: str) -> Facts:
        """The facts with which an example is tried: all but the words is as the rule asks."""
        when = self.when
        return Facts(
            text=text,
            kind=_first(when.kind) or "plan",
            goals=when.goals[:1],
            role=_first(when.role),
            neighbourhood=_first(when.neighbourhood),
            language=_first(when.language) or "nl",
            audience=_first(when.audience) or "resident",
        )


def _first(values: tuple[str, ...]) -> str | None:
    return values[0] if values else None
