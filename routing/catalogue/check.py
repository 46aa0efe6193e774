"""Trying a catalogue that loaded: do rules do what their examples say, do texts say what they must?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from routing.catalogue.model import Catalogue
from routing.catalogue.phrases import Phrase, find_phrase
from routing.catalogue.rules import Facts, Rule
from routing.catalogue.texts import all_texts
from routing.catalogue.words import LANGUAGES, Mark, Problem

_SENTENCE_END = re.compile(r"[.!?](?:\s|$)")


def check(catalogue: Catalogue) -> list[Problem]:
    """Everything that is wrong or deserves a look, in the order of the files; empty when all is well.

    Every rule is tried against its own examples (an example that an earlier rule takes away counts as wrong)
    and against the ordinary plans of the catalogue. The warnings of loading are in the list too.
    """
    problems = set(catalogue.warnings)
    for rule in catalogue.rules:
        problems.update(_check_examples(catalogue, rule))
    problems.update(_check_ordinary(catalogue))
    problems.update(_check_emergencies(catalogue))
    problems.update(_check_avoided(catalogue))
    problems.update(_check_keywords(catalogue))
    return sorted(problems)


def _check_examples(catalogue: Catalogue, rule: Rule) -> Iterator[Problem]:
    mark = catalogue.marks["rules", rule.id]
    for text in rule.examples.match:
        facts = rule.facts_for(text)
        first = catalogue.first_rule(facts)
        if not rule.matches(facts):
            yield Problem(mark, f"rule {rule.id} does not match its example {text!r}")
        elif first is not rule:
            yield Problem(mark, f"rule {first.id} comes first for the example of {rule.id} {text!r}")
    for text in rule.examples.no_match:
        if rule.matches(rule.facts_for(text)):
            yield Problem(mark, f"rule {rule.id} must not match its example {text!r}")


def _check_ordinary(catalogue: Catalogue) -> Iterator[Problem]:
    """Only rules that go by words can be tried: an ordinary text has no role or goals to go by."""
    for text in catalogue.ordinary:
        rule = catalogue.first_rule(Facts(text=text, kind="plan", language="nl", audience="resident"))
        if rule is not None:
            yield Problem(
                catalogue.marks["rules", rule.id], f"rule {rule.id} catches the ordinary plan {text!r}"
            )


def _check_emergencies(catalogue: Catalogue) -> Iterator[Problem]:
    for emergency in catalogue.emergencies.values():
        for language in LANGUAGES:
            first_sentence = _SENTENCE_END.split(emergency.answer.in_(language), maxsplit=1)[0]
            if emergency.phone not in first_sentence:
                mark = catalogue.marks["emergencies", emergency.id]
                yield Problem(
                    mark, f"the {language} answer of {emergency.id} does not begin with {emergency.phone}"
                )


def _check_avoided(catalogue: Catalogue) -> Iterator[Problem]:
    for section, entry, words in all_texts(catalogue):
        for avoided in catalogue.municipality.avoid:
            if any(find_phrase(words.in_(language), Phrase.of(avoided)) for language in LANGUAGES):
                mark = catalogue.marks.get((section, entry), catalogue.marks["municipality", ""])
                yield Problem(
                    mark, f"a text of {section} {entry} contains {avoided!r}, which is to be avoided"
                )


def _check_keywords(catalogue: Catalogue) -> Iterator[Problem]:
    """A keyword of two entries cannot point to one of them."""
    owners: dict[Phrase, str] = {}
    for section in ("services", "emergencies"):
        for entry in getattr(catalogue, section).values():
            for keyword in entry.keywords:
                first = owners.setdefault(Phrase.of(keyword), entry.id)
                if first != entry.id:
                    yield _double(catalogue.marks[section, entry.id], keyword, first, entry.id)


def _double(mark: Mark, keyword: str, first: str, second: str) -> Problem:
    return Problem(mark, f"the keyword {keyword!r} of {second} already belongs to {first}")
