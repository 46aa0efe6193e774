"""All texts for people in a catalogue, in one row."""

from __future__ import annotations

from collections.abc import Iterator

from routing.catalogue.model import Catalogue
from routing.catalogue.words import Words


def all_texts(catalogue: Catalogue) -> Iterator[tuple[str, str, Words]]:
    """Every text that people may read, with the section and the id of the entry in which it stands."""
    yield "municipality", "team", catalogue.team.name
    for goal in catalogue.goals.values():
        yield from _of("goals", str(goal.number), goal.name, goal.example)
    for role in catalogue.roles.values():
        yield from _of("roles", role.id, role.name, role.does)
    for instrument in catalogue.instruments.values():
        yield from _of("instruments", instrument.id, instrument.name, instrument.offers)
    for service in catalogue.services.values():
        yield from _of("services", service.id, service.name, service.answer, service.opening)
    for emergency in catalogue.emergencies.values():
        yield from _of("emergencies", emergency.id, emergency.name, emergency.answer)
    for canned in catalogue.canned.values():
        yield from _of("canned", canned.id, canned.name, canned.text)
    for rule in catalogue.rules:
        yield from _of("rules", rule.id, rule.why)
    for pair, question in catalogue.questions.items():
        yield from _of("questions", "/".join(sorted(pair)), question)
    yield from _of("hours", "text", catalogue.calendar.opening_text)
    for holiday in catalogue.calendar.holidays:
        yield from _of("hours", holiday.name.nl, holiday.name)


def _of(section: str, entry: str, *texts: Words | None) -> Iterator[tuple[str, str, Words]]:
    for words in texts:
        if words is not None:
            yield section, entry, words
