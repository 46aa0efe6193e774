"""What a municipality knows about itself: the values that the rest of Loket works with.

All values are frozen and built by `routing.catalogue.loader`; nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from routing.catalogue.phrases import Phrase, SplitText
from routing.catalogue.rules import Facts, Rule
from routing.catalogue.words import Mark, Problem, Words
from routing.catalogue.working_days import Calendar

FIRST_CONTACT = "partner"
"""The role that every municipality has: it looks at what tells no other."""
GENERAL_EMERGENCY = "nood-112"
"""The emergency that every municipality has: it answers danger of which the kind is not clear."""


@dataclass(frozen=True)
class Municipality:
    """The municipality itself; `phone` and `website` also fill the places in the texts of the catalogue."""

    id: str
    name: str
    phone: str
    website: str
    mail: str
    timezone: str
    address: str
    avoid: tuple[str, ...] = ()
    """Words that no text for people may contain; `routing.catalogue.check` looks for them."""
    aliases: tuple[str, ...] = ()
    """Other names that people use."""

    @property
    def names(self) -> tuple[str, ...]:
        """The name and the aliases."""
        return (self.name, *self.aliases)


@dataclass(frozen=True)
class Goal:
    """One of the seventeen Sustainable Development Goals."""

    number: int
    name: Words
    colour: str
    """The official colour as `#RRGGBB`."""
    example: Words
    """What the goal means for a plan in the city."""


@dataclass(frozen=True)
class Role:
    """One of the roles in which a partner of the municipality works."""

    id: str
    name: Words
    does: Words
    supporting: bool
    """True for a role that supports the city-facing roles."""
    promise_days: int
    """Working days within which a person gets an answer."""


@dataclass(frozen=True)
class Instrument:
    """A tool that the municipality can offer with a plan."""

    id: str
    name: Words
    offers: Words
    by: str
    """Who gives it."""
    audience: str
    """`initiator` or `staff`: whom it is offered to."""
    starts: bool = False
    """Whether every plan starts with it: offered when nothing else fits better."""
    url: str | None = None


@dataclass(frozen=True)
class Partner:
    """A person of the municipality who can own a case."""

    id: str
    name: str
    email: str
    roles: tuple[str, ...]
    neighbourhoods: tuple[str, ...] = ()
    """Ids; empty means the whole city. An area and its parts imply each other."""
    languages: tuple[str, ...] = ("nl",)
    deputy: str | None = None
    capacity: int = 10
    """How many open cases fit."""
    goals: tuple[int, ...] = ()
    """Goals that this partner knows well: of two with about as much room this one goes first."""
    absences: tuple[tuple[date, date], ...] = ()
    """First and last day away, both included."""

    def is_absent(self, day: date) -> bool:
        """Whether the partner is away on that day."""
        return any(start <= day <= end for start, end in self.absences)

    def covers(self, neighbourhood: str | None) -> bool:
        """Whether the partner works in that neighbourhood; an unknown one (None) suits everybody."""
        return neighbourhood is None or not self.neighbourhoods or neighbourhood in self.neighbourhoods


@dataclass(frozen=True)
class Team:
    """The last resort: owns a case when no partner can."""

    id: str
    name: Words
    email: str


@dataclass(frozen=True)
class Neighbourhood:
    """A part of the municipality that people name."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    """Ids of the neighbourhoods that make up this larger area."""

    @cached_property
    def phrases(self) -> tuple[Phrase, ...]:
        """The name and the aliases, ready to look for in a text."""
        return tuple(Phrase.of(name) for name in (self.name, *self.aliases))


@dataclass(frozen=True)
class Mention:
    """A neighbourhood and the words with which somebody named it."""

    neighbourhood: Neighbourhood
    words: str
    start: int
    """Offset of the words in the text."""


@dataclass(frozen=True)
class Service:
    """An ordinary service: what to do and where to go."""

    id: str
    name: Words
    answer: Words
    url: str
    phone: str
    keywords: tuple[str, ...]
    opening: Words | None = None


@dataclass(frozen=True)
class Emergency:
    """Danger to a person or an animal; the answer says the number first."""

    id: str
    name: Words
    answer: Words
    phone: str
    keywords: tuple[str, ...]
    """Those that are `certain` are among them."""
    url: str | None = None
    certain: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Words that decide alone, by the code of their language, also of those that Loket does not speak."""


@dataclass(frozen=True)
class Canned:
    """A text that staff send often, to begin a message with."""

    id: str
    name: Words
    """As staff choose it."""
    text: Words


@dataclass(frozen=True)
class Catalogue:
    """Everything of one municipality; every reference in it is known to be right."""

    municipality: Municipality
    goals: Mapping[int, Goal]
    roles: Mapping[str, Role]
    instruments: Mapping[str, Instrument]
    partners: Mapping[str, Partner]
    team: Team
    neighbourhoods: Mapping[str, Neighbourhood]
    services: Mapping[str, Service]
    emergencies: Mapping[str, Emergency]
    calendar: Calendar
    rules: tuple[Rule, ...]
    questions: Mapping[frozenset[str], Words]
    canned: Mapping[str, Canned] = field(default_factory=dict)
    ordinary: tuple[str, ...] = ()
    """Texts of ordinary plans that no rule may catch; `routing.catalogue.check` tries them."""
    warnings: tuple[Problem, ...] = ()
    """What is allowed but deserves a look, such as a role without a partner."""
    marks: Mapping[tuple[str, str], Mark] = field(default_factory=dict)
    """Where an entry stands: (section, id) to file and line."""

    def first_rule(self, facts: Facts) -> Rule | None:
        """The first rule, in the order of the catalogue, whose conditions all hold; None if there is none."""
        return next((rule for rule in self.rules if rule.matches(facts)), None)

    def question_between(self, first: str, second: str) -> Words | None:
        """The question whose answer separates the two roles best."""
        return self.questions.get(frozenset((first, second)))

    def certain_danger(self, text: str) -> tuple[str, ...]:
        """The languages in which the text holds words of danger that decide alone; empty if it holds none."""
        words = SplitText.of(text)
        # Few phrases have a word in common with the text, and only those are looked for.
        near = (found for word in (*words.vocabulary, "") for found in self._certain_danger.get(word, ()))
        return tuple(dict.fromkeys(language for language, phrase in near if words.has(phrase)))

    @cached_property
    def _certain_danger(self) -> Mapping[str, list[tuple[str, Phrase]]]:
        """Language and phrase by the longest whole word of the phrase; under "" where it has none."""
        found: dict[str, list[tuple[str, Phrase]]] = {}
        for emergency in self.emergencies.values():
            for language, keywords in emergency.certain.items():
                for phrase in map(Phrase.of, keywords):
                    whole = [word for word in phrase.words if "*" not in word]
                    found.setdefault(max(whole, key=len, default=""), []).append((language, phrase))
        return found

    def find_mentions(self, text: str) -> list[Mention]:
        """Neighbourhoods named in the text, in the order of the text, each once.

        Whole words in any case. A longer name wins over a shorter one at the same place, so "Tanthof-West"
        is not also "Tanthof".
        """
        found = sorted(self._all_mentions(text), key=lambda m: (m.start, -len(m.words)))
        kept: list[Mention] = []
        end = 0
        for mention in found:
            if mention.start < end:
                continue
            end = mention.start + len(mention.words)
            if all(mention.neighbourhood.id != earlier.neighbourhood.id for earlier in kept):
                kept.append(mention)
        return kept

    def find_neighbourhoods(self, text: str) -> list[Neighbourhood]:
        """The neighbourhoods of `find_mentions`, without the words."""
        return [mention.neighbourhood for mention in self.find_mentions(text)]

    def _all_mentions(self, text: str) -> list[Mention]:
        words = SplitText.of(text)
        return [
            Mention(neighbourhood, text[start:end], start)
            for neighbourhood in self.neighbourhoods.values()
            for phrase in neighbourhood.phrases
            for start, end in words.find(phrase)
        ]
